"""Compare two adapters module by module: common directions, angle and sign conflicts.

The figures say whether adding the adapters up would disturb what either does.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from lorasurgery.errors import AlignmentError, UnsupportedError
from lorasurgery.linalg import pooled_overlap
from lorasurgery.paths import StrPath
from lorasurgery.reports import Report
from lorasurgery.surgery.adapter_input.open_adapter import open_adapter
from lorasurgery.surgery.adapter_input.reading import AdapterReading
from lorasurgery.surgery.base.name_filter import NameFilter
from lorasurgery.surgery.base.open_base import open_base
from lorasurgery.surgery.inspect import is_adapter
from lorasurgery.surgery.inspection.adapter_spectra import MatrixInBoth, jobs_of, svd_of_job
from lorasurgery.surgery.workers import Bench, Meter, Progress, working_limit
from lorasurgery.text import counted, listed, times

if TYPE_CHECKING:
    from lorasurgery.linalg.overlap import Overlap

REPORT_VERSION = 1
# Beyond this cosine, adapters add up or cancel; beyond so many times chance, they share their
# subspaces.
ALIKE, SHARED = 0.3, 4.0


@dataclass(frozen=True)
class ComparedModule:
    """One module of both adapters."""

    module: str
    overlap: Overlap

    def as_json(self) -> dict[str, Any]:
        return {"module": self.module, "cosine": self.overlap.cosine, **asdict(self.overlap)}


@dataclass(frozen=True, repr=False)
class CompareReport(Report):
    """The overlap of two adapters.

    `only` are the modules that one adapter has alone. `skipped` are modules with a non-additive
    change, which cannot be compared without a model.
    """

    names: tuple[str, str]
    modules: Sequence[ComparedModule]
    only: tuple[tuple[str, ...], tuple[str, ...]]
    skipped: tuple[str, ...]

    ROWS: ClassVar[str] = "modules"

    @property
    def summary(self) -> str:
        """Which adapters, and how alike they are."""
        modules = counted(len(self.modules), "module")
        return f"{' and '.join(self.names)}, {modules} in both, cosine {self.cosine:+.3f}"

    @property
    def cosine(self) -> float:
        """The angle between the two changes as a whole, over the modules that both have."""
        return pooled_overlap.cosine(self._overlaps)

    def mean(self, figure: Callable[[Overlap], float]) -> float:
        """A figure's mean over the modules, weighted by the smaller of both changes."""
        return pooled_overlap.mean(self._overlaps, figure)

    @property
    def sum_energy(self) -> float:
        """‖ΔW₁ + ΔW₂‖² over ‖ΔW₁‖² + ‖ΔW₂‖².

        It is 1 where the changes are orthogonal, less where they cancel, and up to 2 where they
        agree.
        """
        overlaps = self._overlaps
        total = sum(sum(each.energies) for each in overlaps)
        return pooled_overlap.sum_energy(pooled_overlap.inner_product(overlaps), total)

    @property
    def _overlaps(self) -> list[Overlap]:
        return [each.overlap for each in self.modules]

    @property
    def verdict(self) -> str:
        """What adding them up would do, in words."""
        overlap = max(self.mean(lambda o: o.left), self.mean(lambda o: o.right))
        chance = max(self.mean(lambda o: o.chance_left), self.mean(lambda o: o.chance_right))
        if self.cosine > ALIKE:
            return (
                "they say much the same: added at full weight the change is doubled; weigh them so that "
                "the weights add up to 1"
            )
        if self.cosine < -ALIKE:
            return "they contradict each other: added, they cancel"
        if overlap > SHARED * chance and overlap > ALIKE:
            return "they use the same directions for different things: added, each disturbs the other"
        return "they are nearly independent: added, neither disturbs the other much"

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {
            "version": REPORT_VERSION,
            "names": list(self.names),
            "cosine": self.cosine,
            "left": self.mean(lambda o: o.left),
            "right": self.mean(lambda o: o.right),
            "conflicts": self.mean(lambda o: o.conflicts),
            "sum_energy": self.sum_energy,
            "verdict": self.verdict,
            "modules": [each.as_json() for each in self.modules],
            "only": [list(names) for names in self.only],
            "skipped": list(self.skipped),
        }


def compare(
    one: StrPath,
    other: StrPath,
    *,
    base: StrPath | None = None,
    include: str | Sequence[str] = (),
    exclude: str | Sequence[str] = (),
    module: str | Sequence[str] = (),
    alpha: float | None = None,
    experts_order: str | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> CompareReport:
    """Compare two adapters for one model.

    Args:
        one, other: adapters in any format, whose changes are sums of products.
        base: the model that they are for, where their files do not have all shapes or names.
        include, exclude, module: globs over module paths, as for `inspect`.
        alpha: for formats that do not store their scale.
        experts_order: `peft` or `grouped-by-expert`, how PEFT's file packs the factors of fused
            experts; by default as the file says.
        workers: modules at a time; by default one for each core.
        progress: called with the bytes read so far and in all; True draws a bar.

    Raises:
        AlignmentError: they have no module in common, or one of different shapes.
        UnsupportedError: one of them is not an adapter, or all changes are non-additive.
    """
    names = os.fspath(one), os.fspath(other)
    for name in names:
        if not is_adapter(name):
            raise UnsupportedError(f"{name} is a checkpoint; --compare is for two adapters.")
    choice, reading = NameFilter.of(include, exclude, module), AdapterReading(alpha, experts_order)
    opened_base = open_base(base)
    adapters = [open_adapter(name, opened_base, reading) for name in names]
    reading.check(each.file for each in adapters)
    sides = []
    for each in adapters:
        sides.append({job.path: job for job in jobs_of(each.adapter, choice, each.weights, full=False)})
    both = [path for path in sides[0] if path in sides[1]]
    if not both:
        raise AlignmentError(
            f"{names[0]} and {names[1]} have no module in common: {next(iter(sides[0]), '')!r} is in the "
            f"one, {next(iter(sides[1]), '')!r} in the other. "
            "Check that both are for one model."
        )
    couples = [MatrixInBoth(sides[0][path], sides[1][path]) for path in both]
    bench = Bench(workers, working_limit(), Meter(sum(each.read_bytes for each in couples), progress))
    found = dict(zip(both, bench(couples, _compared), strict=True))
    modules = [ComparedModule(path, each) for path, each in found.items() if each is not None]
    skipped = tuple(path for path, each in found.items() if each is None)
    if not modules:
        raise UnsupportedError(
            f"{listed(skipped)}: a non-additive or non-finite change, or one whose shape only --base "
            "tells; there is nothing to compare."
        )
    only = tuple(tuple(path for path in mine if path not in theirs) for mine, theirs in (sides, sides[::-1]))
    return CompareReport(names, modules, (only[0], only[1]), skipped)


def _compared(couple: MatrixInBoth) -> Overlap | None:
    from lorasurgery.linalg.overlap import overlap

    one, other = svd_of_job(couple.one), svd_of_job(couple.other)
    if one is None or other is None:
        return None
    shapes = [(svd.U.shape[0], svd.V.shape[0]) for svd in (one, other)]
    if shapes[0] != shapes[1]:
        raise AlignmentError(
            f"{couple.one.path!r} is {times(shapes[0])} in the one adapter and {times(shapes[1])} in the "
            "other. Check that both are for one model."
        )
    return overlap(one, other)

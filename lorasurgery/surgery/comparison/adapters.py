"""Compare two adapters module by module, by the change that each makes, whatever the format."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence

from lorasurgery.errors import UnsupportedError
from lorasurgery.paths import StrPath
from lorasurgery.surgery.adapter_input.open_adapter import open_adapter
from lorasurgery.surgery.adapter_input.reading import AdapterReading
from lorasurgery.surgery.base.name_filter import NameFilter
from lorasurgery.surgery.base.open_base import open_base
from lorasurgery.surgery.comparison.diff_report import DiffReport
from lorasurgery.surgery.comparison.tensor_diff import TensorDiff
from lorasurgery.surgery.inspection.adapter_spectra import MatrixInBoth, jobs_of, svd_of_job
from lorasurgery.surgery.workers import Bench, Meter, Progress, working_limit
from lorasurgery.text import counted, in_percent
from lorasurgery.variants.edit import lazy_tensors, nbytes

# Products of the same factors in float32, multiplied in another order or with the scale elsewhere,
# differ by less; those of factors that were rounded to a half dtype by more than the one and less
# than the other.
SAME, ROUNDED = 1e-6, 2e-2


def compare_adapters(
    one: StrPath,
    other: StrPath,
    *,
    base: StrPath | None,
    workers: int | None,
    progress: Progress | None,
) -> DiffReport:
    """Compare ΔW of every module of two adapters."""
    reading, choice, opened_base = AdapterReading(), NameFilter.of((), (), ()), open_base(base)
    opened = [open_adapter(os.fspath(name), opened_base, reading) for name in (one, other)]
    unresolved = next((each for each in opened if each.adapter.unresolved), None)
    formats = {each.adapter.source.format for each in opened if each.adapter.source}
    if unresolved is not None and len(formats) > 1:
        raise UnsupportedError(f"{unresolved.name}: {unresolved.adapter.unresolved}")
    sides = [
        {job.path: job for job in jobs_of(each.adapter, choice, each.weights, full=False)} for each in opened
    ]
    couples = [MatrixInBoth(job, sides[1][path]) for path, job in sides[0].items() if path in sides[1]]
    bench = Bench(workers, working_limit(), Meter(sum(each.read_bytes for each in couples), progress))
    lines = bench(couples, _compared)
    for side, others, state in ((sides[0], sides[1], "gone"), (sides[1], sides[0], "new")):
        lines += [_alone(path, state) for path in side if path not in others]
    relation, sentence = _verdict(lines)
    return DiffReport(
        str(one), str(other), relation, sentence, sorted(lines, key=lambda each: each.title), row="module"
    )


def _alone(path: str, state: str) -> TensorDiff:
    name, other = (path, None) if state == "gone" else (None, path)
    return TensorDiff(name, other, "", (), (), "", "", state)


def _are_same(couple: MatrixInBoth) -> bool:
    """Whether both sides store the same factors of one kind, number by number."""
    import numpy as np

    one, other = couple.one.factors, couple.other.factors
    if type(one) is not type(other):
        return False
    sides = lazy_tensors(one), lazy_tensors(other)
    return len(sides[0]) == len(sides[1]) and all(
        (a.shape, a.dtype) == (b.shape, b.dtype)
        and np.array_equal(a.read_bits(0, a.numel), b.read_bits(0, b.numel))
        for a, b in zip(*sides, strict=True)
    )


def _compared(couple: MatrixInBoth) -> TensorDiff:
    from lorasurgery.linalg.factored import distance

    found = svd_of_job(couple.one), svd_of_job(couple.other)
    path = couple.one.path
    if found[0] is None or found[1] is None:
        if _are_same(couple):
            return TensorDiff(path, path, "", (), (), "", "", "equal")
        reason = "the change is not a product of factors, or is not finite"
        return TensorDiff(path, path, "", (), (), "", "", "unread", reason=reason)
    shapes = [(svd.U.shape[0], svd.V.shape[0]) for svd in found if svd is not None]
    ranks = [int((svd.S > 0).sum()) for svd in found if svd is not None]
    size = nbytes(couple.one.factors)
    if shapes[0] != shapes[1]:
        return TensorDiff(
            path, path, "", shapes[0], shapes[1], "", "", "changed", "full", elements=size, differing=size
        )
    products = [(svd.U * svd.S, svd.V.T) for svd in found if svd is not None]
    energies = [float((svd.S**2).sum()) for svd in found if svd is not None]
    apart = distance(products[0], products[1])
    ratio = apart / math.sqrt(energies[0]) if energies[0] else (math.inf if apart else 0.0)
    state = "equal" if ratio <= SAME else "rounded" if ratio <= ROUNDED else "changed"
    return TensorDiff(
        path,
        path,
        "",
        shapes[0],
        shapes[1],
        f"rank {ranks[0]}",
        f"rank {ranks[1]}",
        state,
        "full" if state == "changed" else "",
        rank=max(ranks),
        elements=math.prod(shapes[0]),
        ratio=ratio,
        energy=energies[0],
        change_energy=apart**2,
    )


def _verdict(lines: Sequence[TensorDiff]) -> tuple[str, str]:
    both = [each for each in lines if each.state in ("equal", "rounded", "changed")]
    changed = [each for each in lines if each.state == "changed"]
    alone = [each for each in lines if each.state in ("gone", "new")]
    unread = [each for each in lines if each.state == "unread"]
    modules = counted(len(both), "module")
    if not both and not unread:
        return "unrelated", "nothing in common: the adapters have no module in common"
    worst = max((each.ratio for each in both), default=0.0)
    more = "".join(
        f"; {counted(len(found), 'module')} {words}"
        for found, words in ((alone, "in one of them alone"), (unread, "cannot be compared"))
        if found
    )
    if changed:
        energy = sum(each.energy for each in both)
        ratio = math.sqrt(sum(each.change_energy for each in both) / energy) if energy else math.inf
        return "full", (
            f"different adapters: {len(changed)} of {modules} differ, by {in_percent(ratio)} of ‖ΔW‖{more}"
        )
    if more:
        return "partial", f"the same change in {modules}{more}"
    if any(each.state == "rounded" for each in both):
        return "rounded", f"the same adapter but for rounding: ΔW differs by at most {in_percent(worst)}"
    return "same-weights", f"the same adapter: ΔW is equal in all {modules} (within {worst:.0e})"

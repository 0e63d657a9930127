"""What a conversion made of an adapter: plain values, for the screen and for `--json`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from lorasurgery.reports import Report
from lorasurgery.surgery.conversion.interference import Interference
from lorasurgery.text import counted, percent, ranks_in_words

# Raised when a field changes its meaning or goes; new fields do not raise it.
REPORT_VERSION = 1


@dataclass(frozen=True)
class ModuleLoss:
    """One module before and after.

    `change` is ‖ΔW‖_F before, `lost` ‖ΔW_before − ΔW_after‖_F as stored, `base` ‖W‖_F where a base
    is given. `lost` is None where the two are not to be compared: ranks that were trained nested
    have another scale at every rank. `is_cut` says that nothing was done but to leave directions of
    ΔW out, so that what is lost is orthogonal to what is kept.
    """

    module: str
    shape: tuple[int, ...]
    rank_before: int | None
    rank: int
    change: float
    lost: float | None
    base: float | None = None
    is_cut: bool = True

    @property
    def relative_error(self) -> float | None:
        """‖ΔW_before − ΔW_after‖_F / ‖ΔW_before‖_F."""
        return None if self.lost is None else self.lost / self.change if self.change else 0.0

    @property
    def energy_kept(self) -> float | None:
        """The share of ‖ΔW_before‖²_F that is kept; None where something else was done than a cut."""
        error = self.relative_error
        return max(0.0, 1 - error**2) if self.is_cut and error is not None else None

    @property
    def error_to_base(self) -> float | None:
        """‖ΔW_before − ΔW_after‖_F / ‖W‖_F."""
        return self.lost / self.base if self.base and self.lost is not None else None

    @property
    def loss(self) -> float | None:
        """The former name of `relative_error`."""
        return self.relative_error

    @property
    def loss_to_base(self) -> float | None:
        """The former name of `error_to_base`."""
        return self.error_to_base


@dataclass(frozen=True, repr=False)
class ConversionReport(Report):
    """What was written; `dropped` are the modules that have no rank left."""

    verb: str
    inputs: Sequence[tuple[str, float]]
    output: str
    format: str
    variant: str
    rank: str
    modules: Sequence[ModuleLoss]
    dropped: Sequence[str]
    carried: Sequence[str]
    nbytes: int
    nbytes_before: int
    dtype: str
    notes: Sequence[str] = field(default=())

    ROWS: ClassVar[str] = "modules"

    @property
    def summary(self) -> str:
        """Modules, ranks, the error where it is known, and where the output is."""
        ranks = ranks_in_words(module.rank for module in self.modules if module.rank)
        error = "" if self.relative_error is None else f"relative error {percent(self.relative_error)}, "
        return f"{counted(len(self.modules), 'module')}, {ranks}, {error}{self.format}, wrote {self.output}"

    @property
    def relative_error(self) -> float | None:
        """‖ΔW_before − ΔW_after‖_F / ‖ΔW_before‖_F over all modules together."""
        lost = [each.lost for each in self.modules if each.lost is not None]
        if len(lost) < len(self.modules):
            return None
        change = math.fsum(each.change**2 for each in self.modules)
        return math.sqrt(math.fsum(value**2 for value in lost) / change) if change else 0.0

    @property
    def energy_kept(self) -> float | None:
        """The share of ‖ΔW_before‖²_F that all modules together keep.

        None where something else was done than to cut ranks off.
        """
        error = self.relative_error
        is_cut = all(each.is_cut for each in self.modules)
        return max(0.0, 1 - error**2) if is_cut and error is not None else None

    @property
    def loss(self) -> float | None:
        """The former name of `relative_error`."""
        return self.relative_error

    def as_json(self) -> dict[str, Any]:
        """Return JSON values with the derived figures; `loss` and `loss_to_base` are former names."""
        content = asdict(self)
        for row, module in zip(content["modules"], self.modules, strict=True):
            row |= _figures(module)
        totals = {"energy_kept": self.energy_kept, "relative_error": self.relative_error}
        return {"version": REPORT_VERSION, **content, "loss": self.loss, **totals}


@dataclass(frozen=True, repr=False)
class FuseReport(ConversionReport):
    """A conversion of several adapters, and their overlap before they were fused."""

    interference: Interference | None = None

    @staticmethod
    def of(report: ConversionReport, interference: Interference) -> FuseReport:
        """The report of a conversion with the overlap of its sources."""
        return FuseReport(**vars(report), interference=interference)


def _figures(module: ModuleLoss) -> dict[str, float | None]:
    names = ("loss", "loss_to_base", "energy_kept", "relative_error", "error_to_base")
    return {name: getattr(module, name) for name in names}

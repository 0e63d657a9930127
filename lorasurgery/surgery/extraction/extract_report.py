"""What an extraction found, kept and left out: plain values, for the screen, the model card and `--json`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from lorasurgery.reports import Report
from lorasurgery.text import counted, percent, ranks_in_words

# Raised when a field changes its meaning or goes; new fields do not raise it.
REPORT_VERSION = 1


@dataclass(frozen=True)
class ModuleReport:
    """One module's low-rank factors, as they are stored.

    `error` is ‖ΔW − s·B·A‖_F of the stored, rounded factors; `change` is ‖ΔW‖_F and `base`
    ‖W_base‖_F. A fused experts parameter counts as one module, its experts added up.
    """

    module: str
    kind: str
    shape: tuple[int, ...]
    rank: int
    change: float
    error: float
    base: float

    @property
    def energy_kept(self) -> float:
        """The share of ‖ΔW‖²_F that the factors hold."""
        return 1 - (self.error / self.change) ** 2 if self.change else 1.0

    @property
    def relative_error(self) -> float:
        """The error relative to ‖ΔW‖_F."""
        return self.error / self.change if self.change else 0.0

    @property
    def error_to_base(self) -> float:
        """The error relative to ‖W_base‖_F."""
        return self.error / self.base if self.base else 0.0

    @property
    def residual(self) -> float:
        """The former name of `relative_error`."""
        return self.relative_error

    @property
    def residual_to_base(self) -> float:
        """The former name of `error_to_base`."""
        return self.error_to_base


@dataclass(frozen=True)
class KeptReport:
    """A parameter that is kept as it is.

    `form` says how; `share` is its share of the change, None where the base lacks it.
    """

    name: str
    form: str
    nbytes: int
    share: float | None


@dataclass(frozen=True)
class LostReport:
    """A parameter that changed and is not in the adapter, and why."""

    name: str
    reason: str
    share: float | None


@dataclass(frozen=True, repr=False)
class ExtractReport(Report):
    """What an extraction wrote and left out.

    `nbytes` is the size of the adapter's tensors; `change` is ‖ΔW‖_F over everything that was
    compared. `vocabulary` and `num_labels` are what the base must be given before the adapter fits,
    None where it fits as it is; `reshaped` says that the base's own head has another shape, which
    makes loading it so an error unless told otherwise; `untied` are weights that the base shares
    with another parameter and the fine-tune does not. `not_chosen` were not read.
    """

    base: str
    tuned: str
    modules: Sequence[ModuleReport]
    kept: Sequence[KeptReport]
    lost: Sequence[LostReport]
    unchanged: int
    notes: Sequence[str]
    nbytes: int
    model_nbytes: int
    change: float
    vocabulary: int | None = None
    num_labels: int | None = None
    reshaped: bool = False
    untied: Sequence[str] = ()
    not_chosen: Sequence[str] = ()
    output: str = ""
    format: str = ""
    rank: str = ""
    dtype: str = ""

    ROWS: ClassVar[str] = "modules"

    @property
    def summary(self) -> str:
        """Modules, ranks, what was kept, and where it is."""
        ranks = ranks_in_words(module.rank for module in self.modules if module.rank)
        modules = counted(len(self.modules), "module")
        return f"{modules}, {ranks}, {percent(self.energy_kept)} of ‖ΔW‖² kept, wrote {self.output}"

    @property
    def energy_kept(self) -> float:
        """The share of the whole change that the low-rank factors hold, over the modules that have them."""
        change = sum(module.change**2 for module in self.modules)
        error = sum(module.error**2 for module in self.modules)
        return 1 - error / change if change else 1.0

    @property
    def accounted(self) -> float:
        """The share of the whole change that is in the adapter, in one form or the other."""
        total = self.change**2
        error = sum(module.error**2 for module in self.modules)
        lost = sum(each.share or 0.0 for each in self.lost)
        return 1 - error / total - lost if total else 1.0

    @property
    def relative_error(self) -> float:
        """‖ΔW − B·A‖_F / ‖ΔW‖_F over the modules that have factors."""
        return math.sqrt(max(0.0, 1 - self.energy_kept))

    @property
    def residual(self) -> float:
        """The former name of `relative_error`."""
        return self.relative_error

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values with the derived figures, `residual…` under former names too."""
        content = asdict(self)
        figures = ("energy_kept", "residual", "residual_to_base", "relative_error", "error_to_base")
        for row, module in zip(content["modules"], self.modules, strict=True):
            row |= {name: getattr(module, name) for name in figures}
        totals = ("energy_kept", "accounted", "residual", "relative_error")
        return {"version": REPORT_VERSION, **content, **{name: getattr(self, name) for name in totals}}


@dataclass(frozen=True, repr=False)
class ExtractForecast(Report):
    """What an extraction would do, from headers alone.

    `nbytes` is an upper bound, None where the values decide.
    """

    output: str
    is_file: bool
    nbytes: int | None
    peak_nbytes: int
    read_nbytes: int
    factored: int
    measured: int
    notes: Sequence[str]

    @property
    def summary(self) -> str:
        """What would be written, and its size."""
        return f"would write {self.output}, {self.bound}, peak memory about {self.peak_nbytes / 1e6:,.0f} MB"

    @property
    def bound(self) -> str:
        """The bound in words."""
        return (
            "of a size that is known only when it is written"
            if self.nbytes is None
            else f"at most {self.nbytes / 1e6:,.1f} MB"
        )

    def as_json(self) -> dict[str, Any]:
        """The forecast as JSON values."""
        return {"version": REPORT_VERSION, **asdict(self)}

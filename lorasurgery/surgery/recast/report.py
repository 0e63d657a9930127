"""What became of an adapter: plain values, for the screen, the model card and `--json`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

# Raised when a field changes its meaning or goes; new fields do not raise it.
REPORT_VERSION = 1


@dataclass(frozen=True)
class ModuleLoss:
    """One module before and after. `change` is ‖ΔW‖_F before, `lost` ‖ΔW_before − ΔW_after‖_F as stored, `base` ‖W‖_F where a base is given."""

    module: str
    shape: tuple[int, ...]
    rank_before: int | None
    rank: int
    change: float
    lost: float
    base: float | None = None

    @property
    def loss(self) -> float:
        """Relative to ΔW."""
        return self.lost / self.change if self.change else 0.0

    @property
    def loss_to_base(self) -> float | None:
        """Relative to W."""
        return self.lost / self.base if self.base else None


@dataclass(frozen=True)
class RecastReport:
    """What was written. `dropped` are modules that have no rank left; `exact` says that nothing but the rounding of the dtype was lost."""

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

    @property
    def loss(self) -> float:
        """‖ΔW_before − ΔW_after‖_F / ‖ΔW_before‖_F over all modules together."""
        change = math.fsum(each.change**2 for each in self.modules)
        lost = math.fsum(each.lost**2 for each in self.modules)
        return math.sqrt(lost / change) if change else 0.0

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values, with the derived figures spelled out."""
        content = asdict(self)
        for row, module in zip(content["modules"], self.modules, strict=True):
            row |= {"loss": module.loss, "loss_to_base": module.loss_to_base}
        return {"version": REPORT_VERSION, **content, "loss": self.loss}

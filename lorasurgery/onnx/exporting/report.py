"""What an export did: plain values, for the screen, `--json`, the model card and `lorasurgery.json`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from lorasurgery.reports import Report
from lorasurgery.text import counted

# Raised when a field changes its meaning or goes; new fields do not raise it.
REPORT_VERSION = 1


@dataclass(frozen=True)
class OutputComparison:
    """One graph beside torch in float32, over all runs: the largest difference at places that
    count, the largest number among torch's, and in which share of the rows both have their maximum
    in one place.

    `runs` counts them, and `steps` those that fed a cache back; `shapes` are their (batch, length).
    """

    graph: str
    max_difference: float
    largest: float
    argmax_agreement: float
    shapes: Sequence[tuple[int, ...]]
    runs: int
    steps: int = 0

    @property
    def relative(self) -> float:
        return self.max_difference / self.largest if self.largest else self.max_difference


@dataclass(frozen=True)
class ExportCheck:
    """What was compared before the output was put in place, how far apart was allowed, and the
    memory that the comparison's own process took.

    `effect` is the largest change that the adapters make to torch's answers; None without adapters,
    and where the base alone cannot be run.
    """

    graphs: Sequence[OutputComparison]
    tolerance: float
    peak_nbytes: int
    quantised: Sequence[OutputComparison] = ()
    effect: float | None = None

    @property
    def is_blind(self) -> bool:
        """Whether the adapters change so little that graphs without them would have passed as well."""
        allowed = self.tolerance * (1 + max((each.largest for each in self.graphs), default=0.0))
        return self.effect is not None and self.effect <= allowed


@dataclass(frozen=True)
class GraphReport:
    """One graph that was written. `turned` counts matrices that are stored as (in, out)."""

    file: str
    inputs: Sequence[str]
    outputs: Sequence[str]
    nodes: int
    parameters: int
    turned: int


@dataclass(frozen=True, repr=False)
class ExportReport(Report):
    """What an export did.

    `check` is None where it was not asked for; `referred_nbytes` lie in the base's own files.
    """

    model: str
    adapters: Sequence[tuple[str, float]]
    output: str
    task: str
    model_class: str
    dtype: str
    opset: int
    attention: str
    graphs: Sequence[GraphReport]
    nbytes: int
    changed: int
    referred_nbytes: int
    int8: bool
    check: ExportCheck | None
    notes: Sequence[str]

    ROWS: ClassVar[str] = "graphs"

    @property
    def summary(self) -> str:
        """Graphs, task and dtype, the largest difference from torch, and where the output is."""
        apart = max((each.max_difference for each in self.check.graphs), default=0.0) if self.check else None
        compared = "not compared with torch" if apart is None else f"max |graph − torch| {apart:.1e}"
        graphs = counted(len(self.graphs), "graph")
        return f"{graphs} for {self.task}, {self.dtype}, {compared}, wrote {self.output}"

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {"version": REPORT_VERSION, **asdict(self)}

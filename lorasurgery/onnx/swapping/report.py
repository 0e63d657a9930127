"""What `swappable` did: plain values, for the screen and `--json`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from lorasurgery.reports import Report
from lorasurgery.text import counted

# Raised when a field changes its meaning or goes; new fields do not raise it.
REPORT_VERSION = 1


@dataclass(frozen=True)
class SwapModule:
    """A module that got a branch: its two inputs, what they map from and to, and the nodes, which
    a quantiser has to leave out.
    """

    module: str
    kind: str
    inputs: tuple[str, str]
    taken: int
    given: int
    nodes: Sequence[str]


@dataclass(frozen=True)
class AdapterCheck:
    """An adapter fed to the graph, beside the graph with the adapter merged into it: the largest
    difference of any output, the largest number among the merged one's, and `effect`, the largest
    difference that the adapter makes to the bare base.
    """

    max_difference: float
    largest: float
    effect: float
    tolerance: float

    @property
    def allowed(self) -> float:
        """How far the two may be apart."""
        return self.tolerance * (1 + self.largest)


@dataclass(frozen=True)
class SwapAdapter:
    """An adapter's file. `ranks` are the lowest and the highest; `check` is None where nothing was run."""

    name: str
    weight: float
    file: str
    modules: int
    ranks: tuple[int, int]
    nbytes: int
    check: AdapterCheck | None


@dataclass(frozen=True)
class BaseCheck:
    """The graph without an adapter beside the original: all outputs the same, to the bit, with
    nodes run as they stand; and their largest difference once ONNX Runtime has optimised both.
    `shapes` are those of the inputs in each run.
    """

    outputs: int
    optimised_difference: float
    shapes: Sequence[dict[str, tuple[int, ...]]]


@dataclass(frozen=True, repr=False)
class SwapReport(Report):
    """What was made: a base graph (`file`, from `graph`) whose adapters are inputs, and a file for
    each adapter.
    """

    graph: str
    file: str
    output: str
    base: str | None
    dtype: str
    modules: Sequence[SwapModule]
    adapters: Sequence[SwapAdapter]
    nbytes: int
    check: BaseCheck | None
    notes: Sequence[str]

    ROWS: ClassVar[str] = "adapters"

    @property
    def summary(self) -> str:
        """Modules and adapters, and where the output is."""
        return (
            f"{counted(len(self.modules), 'module')} with inputs for "
            f"{counted(len(self.adapters), 'adapter')}, "
            f"wrote {self.output}"
        )

    @property
    def nodes(self) -> tuple[str, ...]:
        """All nodes of all branches: what a quantiser has to leave out (`nodes_to_exclude`), for
        it takes the empty defaults for constants.
        """
        return tuple(name for module in self.modules for name in module.nodes)

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {"version": REPORT_VERSION, **asdict(self)}

"""Find the noise edge of a matrix of a pair: the singular values that rounding alone explains.

Of two sides in one dtype the tuned one was rounded: ΔW was added to the base as it is stored. A
base in a coarser dtype than its fine-tune may have been rounded on its own, after tuning; then its
rounding is in the difference as well, and `noise.Edges` decides. So it is with a quantised base,
whose rounding is known from its codes and scales.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.base.matrix import Matrix, blocks
from lorasurgery.surgery.factorise.delta import is_equal, streams_rows
from lorasurgery.text import percent

if TYPE_CHECKING:
    from lorasurgery.linalg.noise import Edges
    from lorasurgery.linalg.spacing import Steps, StreamedRows
    from lorasurgery.linalg.truncated import Rule
    from lorasurgery.surgery.factorise.matrix_pair import MatrixPair

# A base whose spacing is less than this share of its fine-tune's does not move the edge.
_LEAST_SHARE = 1 / 16
# A module in which at least so many singular values are above the edge, and more than half of these
# within twice the edge, has a spectrum that goes on where the rounding ends.
_MANY, _NEAR = 16, 2.0


@dataclass(frozen=True)
class ModuleEdge:
    """A module's singular values and their noise edge, which may count the rounding of both sides.

    `quantised` names the format of a side whose error of quantising it counts; `beneath` is the
    share of ‖ΔW‖² that no value above the edge holds.
    """

    module: str
    sigma: Sequence[float]
    edge: float
    counts_both: bool = False
    quantised: str = ""
    beneath: float = 0.0

    @property
    def is_crowded(self) -> bool:
        """Whether many singular values are just above the edge, as where the noise is larger than assumed."""
        above = [value for value in self.sigma if value > self.edge]
        near = sum(value <= _NEAR * self.edge for value in above)
        return len(above) >= _MANY and 2 * near > len(above)


def edges_of(pair: MatrixPair) -> Edges:
    """Simulate the noise edges of a matrix that both sides have; they are zero where both are equal."""
    from lorasurgery.linalg.noise import Edges, noise_edge, noise_edges

    assert pair.base is not None, "only what both sides have is decomposed"
    base, tuned = pair.base, pair.tuned
    if is_equal(base, tuned):
        return Edges(0.0, 0.0, 0.0)
    if not may_be_rounded_apart(pair):
        edge = noise_edge(stored_side(tuned), seed=pair.seed)
        return Edges(edge, edge, 0.0)
    if base.transposed != tuned.transposed:
        base, tuned = base.upright(), tuned.upright()
    return noise_edges(stored_side(tuned), stored_side(base), seed=pair.seed)


def has_edges(*sides: Matrix | None) -> bool:
    """Whether the rounding of all sides is known: to a dtype, or to codes whose steps are known."""
    return all(side is None or side.quantised is None or side.steps is not None for side in sides)


def may_be_rounded_apart(pair: MatrixPair) -> bool:
    """Whether the base is quantised, or has another dtype than its fine-tune that is coarse enough to
    count.
    """
    if pair.base is None:
        return False
    if pair.base.quantised is not None or pair.tuned.quantised is not None:
        return pair.base.quantised is not None
    base, tuned = (side.parts[0].dtype for side in (pair.base, pair.tuned))
    return base is not tuned and base.eps >= _LEAST_SHARE * tuned.eps


def module_edge(pair: MatrixPair, rule: Rule, sigma: Sequence[float], energy: float) -> ModuleEdge | None:
    """Hold the singular values that a rule kept against its noise edge; None for other rules."""
    from lorasurgery.linalg.noise import Edges
    from lorasurgery.linalg.rank_rules import capped

    edges = rule.rule if isinstance(rule, capped) else rule
    if not isinstance(edges, Edges):
        return None
    # Those that were not kept are below the edge, so that to it these are all.
    edge = edges.edge(sigma, energy, complete=True)
    assert edge is not None, "all values are known"
    counts_both, above = edge > edges.alone, sum(value**2 for value in sigma if value > edge)
    beneath = max(0.0, 1 - above / energy) if energy else 0.0
    quantised = _quantised_as(pair, counts_both=counts_both)
    return ModuleEdge(pair.path, sigma, edge, counts_both, quantised, beneath)


def _quantised_as(pair: MatrixPair, *, counts_both: bool) -> str:
    """Say how a side is quantised whose error the edge counts; nothing where there is none."""
    sides = [pair.base.quantised if pair.base and counts_both else None, pair.tuned.quantised]
    return next((each.label for each in sides if each), "")


def stored_side(matrix: Matrix) -> Iterator[StoredArray] | Steps | StreamedRows:
    """One side as the simulation takes it; a very large one is read anew in each sweep."""
    from lorasurgery.linalg.spacing import Steps, StreamedRows

    if streams_rows(matrix, matrix):
        return StreamedRows(matrix.shape, matrix.raw_rows)
    if matrix.quantised is None:
        return _rows_of(matrix)
    assert matrix.steps is not None, "edges are asked for only where steps are known"
    return Steps.of(_rows_of(matrix.steps))


def _rows_of(matrix: Matrix) -> Iterator[StoredArray]:
    return (matrix.raw_rows(*block) for block in blocks(matrix))


def notes_of(modules: Sequence[ModuleEdge]) -> list[str]:
    """Notes on edges that users should read before they trust the ranks."""
    both = [each.module for each in modules if each.counts_both and not each.quantised]
    crowded = [each.module for each in modules if each.is_crowded]
    notes = []
    if both:
        notes.append(
            f"The noise edge of {_counted(both)} counts the rounding of the base's coarser dtype too: the "
            "difference has room for it, so that the base may have been rounded on its own. If the fine-tune "
            "began from the rounded base, --energy or --rank keeps more."
        )
    if crowded:
        notes.append(
            f"{_counted(crowded)} {'have' if len(crowded) > 1 else 'has'} many singular values just above "
            "the noise edge. A full fine-tune looks like that, and so does a pair that was not rounded once "
            "and to nearest (truncated, rounded stochastically, or both sides rounded on their own): then "
            "these "
            "ranks are rounding, and --energy, --rank or --max-rank choose better."
        )
    quantised = [each for each in modules if each.quantised]
    if quantised:
        largest = max(quantised, key=lambda each: each.beneath)
        notes.append(
            f"The noise edge of {_counted([each.module for each in quantised])} counts the error of "
            f"quantising ({largest.quantised}). What is under it cannot be distinguished from that error, "
            f"and is left out: up to {percent(largest.beneath)} of ‖ΔW‖² ({largest.module!r}). If the "
            "fine-tune began from the quantised weights, --energy or --rank keeps more."
        )
    return notes


def _counted(modules: Sequence[str]) -> str:
    return f"{modules[0]!r}" if len(modules) == 1 else f"{len(modules)} modules ({modules[0]!r})"

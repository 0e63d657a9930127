"""The rank of a change from the whole matrix: its singular values above the simulated noise edge."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lorasurgery.errors import NumericError
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.base.matrix import Matrix, blocks
from lorasurgery.surgery.comparison.copied_dtype import as_rounded
from lorasurgery.surgery.comparison.rank_of_change import count_above
from lorasurgery.surgery.factorise.delta import read_delta
from lorasurgery.surgery.factorise.matrix_pair import MatrixPair
from lorasurgery.surgery.factorise.noise_edge import edges_of

if TYPE_CHECKING:
    from lorasurgery.linalg.noise import Edges


@dataclass(frozen=True)
class RankSearch:
    """A job: the rank of the change from one matrix to another, if it is at most `at_most`."""

    name: str
    one: LazyTensor
    other: LazyTensor
    at_most: int

    @property
    def read_bytes(self) -> int:
        return self.one.nbytes + self.other.nbytes

    @property
    def working_bytes(self) -> int:
        """Both sides in float32, the change, and the noise that is drawn."""
        return 16 * math.prod(self.one.shape)

    def advise(self) -> None:
        for side in (self.one, self.other):
            if side.advise:
                side.advise()

    def __call__(self) -> int | None:
        """Return the rank; None where it is higher."""
        return rank_of_change(self.name, self.one, self.other, at_most=self.at_most)


def rank_of_change(name: str, one: LazyTensor, other: LazyTensor, *, at_most: int) -> int | None:
    """Count the singular values that rounding does not explain; None where there are more than `at_most`."""
    from lorasurgery.linalg.rank_rules import capped
    from lorasurgery.linalg.svd import truncated_svd

    base, tuned = (_matrix(as_rounded(side)) for side in (one, other))
    pair = MatrixPair(name, name, "linear", base, tuned, deepest=at_most)
    assert pair.base is not None
    try:
        for find in (edges_of, _edges_of_both):
            edges = find(pair)
            delta = read_delta(name, pair.base, pair.tuned)
            if delta.D is None:
                return 0
            found = truncated_svd(delta.D, capped(edges, at_most + 1), seed=pair.seed, energy=delta.energy)
            sigma = found.S.tolist()
            edge = edges.edge(sigma, found.energy, complete=True)
            assert edge is not None, "all values are known"
            if (rank := count_above(sigma, edge)) <= at_most:
                return rank
    except NumericError:
        pass
    return None


def _edges_of_both(pair: MatrixPair) -> Edges:
    """The edge where both sides were rounded, as two merges into one base are."""
    from lorasurgery.linalg.noise import noise_edges

    assert pair.base is not None
    tuned, base = ([side.raw_rows(*block) for block in blocks(side)] for side in (pair.tuned, pair.base))
    edges = noise_edges(tuned, base, seed=pair.seed)
    return replace(edges, alone=edges.both)


def _matrix(tensor: LazyTensor) -> Matrix:
    return Matrix((tensor,), transposed=False)

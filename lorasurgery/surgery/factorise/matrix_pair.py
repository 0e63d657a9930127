"""One matrix that is compared or factorised on both sides of a pair of checkpoints."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lorasurgery.surgery.base.host import module_path
from lorasurgery.surgery.base.matrix import Matrix, matrices
from lorasurgery.surgery.base.pair import CheckpointPair, PairedParameter
from lorasurgery.surgery.factorise.memory import (
    decomposing_bytes,
    kept_bytes,
    measuring_bytes,
    searching_bytes,
)


@dataclass(frozen=True, slots=True)
class MatrixPair:
    """One matrix on both sides; no base where only the tuned checkpoint has it.

    `path` is what the adapter calls it; `expert` counts the experts of a fused parameter; `deepest`
    is the largest rank that it can get, 0 where it is only measured; `is_recovered`, whether its
    factors are searched for in the cells of a merge's rounding.
    """

    path: str
    parameter: str
    kind: str
    base: Matrix | None
    tuned: Matrix
    expert: int = 0
    deepest: int = 0
    is_recovered: bool = False

    @property
    def is_expert(self) -> bool:
        """Whether it is one of several experts of its module."""
        return self.kind == "experts"

    @property
    def key(self) -> str:
        """What sets it apart from all other matrices of a run."""
        return f"{self.parameter}#{self.expert}"

    @property
    def unit(self) -> str:
        """What is worked on in one place: a parameter, with all of its experts."""
        return self.parameter

    @property
    def seed(self) -> int:
        """A seed that depends on the parameter's name alone."""
        return zlib.crc32(self.key.encode())

    @property
    def working_bytes(self) -> int:
        """What it takes while it is worked on."""
        if self.base is None or not self.deepest:
            return measuring_bytes(self.base, self.tuned)
        searching = searching_bytes(self.tuned) if self.is_recovered else 0
        return decomposing_bytes(self.base, self.tuned, self.deepest) + searching

    @property
    def kept_bytes(self) -> int:
        """What a worker keeps of it after it was factorised, for its next matrix."""
        return kept_bytes(self.tuned) if self.deepest else 0

    @property
    def read_bytes(self) -> int:
        """What is read of both sides."""
        return self.tuned.nbytes + (self.base.nbytes if self.base else 0)

    def advise(self) -> None:
        """Ask for both sides' bytes to be fetched in the background."""
        for side in (self.base, self.tuned):
            if side:
                side.advise()


def matrix_pairs(
    pair: CheckpointPair,
    names: Sequence[str],
    deepest: Callable[[tuple[int, int]], int] = lambda _: 0,
    *,
    is_recovered: bool = False,
) -> list[MatrixPair]:
    """The matrices of these parameters, in order; experts in theirs.

    Args:
        deepest: the largest rank that a matrix of a shape can get; by default they are only
            measured.
        is_recovered: their factors are searched for in the cells of a merge's rounding.
    """
    return [
        MatrixPair(
            path=module_path(each.parameter),
            parameter=each.name,
            kind=each.parameter.kind,
            base=base,
            tuned=tuned,
            expert=expert,
            deepest=deepest(tuned.shape),
            is_recovered=is_recovered,
        )
        for each in (pair.parameters[name] for name in names)
        for expert, (base, tuned) in enumerate(_sides(pair, each))
    ]


def _sides(pair: CheckpointPair, each: PairedParameter) -> list[tuple[Matrix | None, Matrix]]:
    tuned = matrices(pair.tuned, each.tuned)
    base: Sequence[Matrix | None]
    base = matrices(pair.base, each.base) if each.base and each.is_comparable else (None,) * len(tuned)
    if each.wider:
        base = [side and side.widened(each.shape[1]) for side in base]
    return list(zip(base, tuned, strict=True))

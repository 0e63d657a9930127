"""Add ΔW to a quantised matrix under its stored scales, so that the error is orthogonal to what ΔW reads.

W' = W + ΔW + E, each element of W' the number of one of the two codes around W + ΔW. With V (in, r)
an orthonormal basis of the rows of ΔW, column j after column j of a row takes the code whose error ε
is the better one for

    ε² (‖vⱼ‖² + λⱼ) + 2 ε ⟨e, vⱼ⟩,        then e += ε vⱼ

so that e = Σ ε v, the row of E V so far, stays near 0: rounding noise moves into directions that ΔW
does not use. Columns with a large ‖vⱼ‖ go first, and those with a small one, last, make up for what
is left. λⱼ = 2 (r/in) (1 − j/in) spares moves at first, when what they cost can still be made up for.

The same loop goes backwards: whether a code moves depends on ΔW, the scales and e, and on an even
grid on nothing else. So from the moved codes, those before them are known but for a few, which are
noted. All is float32 in a fixed order: the same codes on every machine.

`stochastic` takes the upper code with the probability of the remainder instead, by a hash of a seed
and the place; it is unbiased, with an error in every direction, and serves what error feedback does
not: matrices that are narrow beside the rank of the change, and changes without factors. `nearest`
is for comparison: it loses all of ΔW that is below half a step.

Source: error feedback is that of sigma-delta converters and of GPTQ (Frantar et al., 2022, arXiv
2210.17323), here in the metric V Vᵀ.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lorasurgery.linalg.code_grid import CodeGrid
from lorasurgery.linalg.kernels.call import Kernel
from lorasurgery.linalg.kernels.tiles import FEEDBACK, GROUP, LANES, NEAREST, STOCHASTIC
from lorasurgery.linalg.ordered import ordered_rows
from lorasurgery.linalg.terms import Term

if TYPE_CHECKING:
    from numpy.typing import NDArray

CODE_ROUNDINGS = ("feedback", "stochastic", "nearest")
_BY_NAME = dict(zip(CODE_ROUNDINGS, (FEEDBACK, STOCHASTIC, NEAREST), strict=True))
# The numbers below, but for the last two, decide which codes move: an undo record that was written with
# others could not be read. Raise its version with them.
# Elements in a block of rows, by which the notes of moves are kept.
BLOCK_ELEMENTS = 1 << 20
# What is left of a vector below this share of its norm, after others were taken away, is rounding.
DEPENDENT = 1e-6
# The largest share of a row's columns that the error is kept orthogonal to. Before a row's first code
# moves, e has to grow to about a step times √(r/in), and what it owes is a pattern of ΔW's own: of a
# change of relative size δ steps it is a share √r/(in δ). In narrow matrices that is seen (MiniLM, 384
# wide, rank 16, 2 %: it agreed with base + adapter on 94 % of sentences, and on 98 % by chance), so
# there rounding is stochastic.
MOST_RANK = 1 / 64
# The largest penalty λ, in shares r/in.
SPARING = 2.0
# One of so many rows is looked at for what the base's own quantisation lost.
NOISE_ROWS = 32
# Bytes for each element of a block: its codes before, after and unpacked, notes and scales.
PER_ELEMENT = 24
_ORTHONORMALISE = Kernel("orthonormal", "orthonormalise")
_MOVE_EVEN, _MOVE_UNEVEN = Kernel("feedback", "move_even"), Kernel("feedback", "move_uneven")


@dataclass
class Kept:
    """What became of ΔW, in sums over elements.

    Attributes:
        along: ⟨moves, ΔW⟩.
        change: ‖ΔW‖².
        error: ‖moves − ΔW‖².
        base_noise: an estimate of the square error of the base's own quantisation.
        moved, count: codes that changed, and all.
    """

    along: float = 0.0
    change: float = 0.0
    error: float = 0.0
    base_noise: float = 0.0
    moved: int = 0
    count: int = 0

    def add(self, other: Kept) -> None:
        """Add the sums of another matrix, or of other rows."""
        for name in ("along", "change", "error", "base_noise", "moved", "count"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def times(self, factor: float) -> Kept:
        """Return the sums of a matrix of which these are from a part, by how much larger it is."""
        return Kept(
            self.along * factor,
            self.change * factor,
            self.error * factor,
            self.base_noise * factor,
            round(self.moved * factor),
            round(self.count * factor),
        )

    @property
    def share(self) -> float:
        """The share of ΔW that is kept along itself, 1 where ΔW is zero."""
        return self.along / self.change if self.change else 1.0

    @property
    def noise(self) -> float:
        """‖E‖ over that of the base's own quantisation; infinite where that has none."""
        if not self.base_noise:
            return 0.0 if not self.error else float("inf")
        return math.sqrt(self.error / self.base_noise)

    @property
    def moved_share(self) -> float:
        """The share of codes that changed."""
        return self.moved / self.count if self.count else 0.0


@dataclass(frozen=True)
class CodeRows:
    """Some rows of a quantised matrix: codes (rows, columns) as int16, scales (rows, groups) as float32."""

    codes: NDArray[np.int16]
    scales: NDArray[np.float32]


@dataclass(frozen=True)
class QuantisedChange:
    """ΔW of a quantised matrix: terms, or any matrix by its rows.

    Attributes:
        shape: rows and columns.
        groups: the group of each column, whose scale it has.
        dense: rows of ΔW in float64, where it has no terms; then rounding is stochastic or nearest.
        seed: of stochastic rounding.
    """

    shape: tuple[int, int]
    grid: CodeGrid
    groups: NDArray[np.int64]
    terms: tuple[Term, ...] = ()
    dense: Callable[[int, int], NDArray[np.float64]] | None = None
    rounding: str = "feedback"
    seed: int = 0

    def blocks(self) -> Iterator[tuple[range, Sequence[Term]]]:
        """Cut the rows where the terms that change them begin and end, and into blocks."""
        edges = {0, self.shape[0]}
        for term in self.terms:
            edges |= {term.rows.start, term.rows.stop}
        ordered = sorted(edges)
        most = max(1, BLOCK_ELEMENTS // max(1, self.shape[1]) // LANES) * LANES
        for start, stop in itertools.pairwise(ordered):
            here = [term for term in self.terms if term.rows.start <= start and stop <= term.rows.stop]
            for first in range(start, stop, most):
                yield range(first, min(first + most, stop)), here


class CodeMover:
    """Moves the codes of a quantised matrix along a change, block after block, and back."""

    def __init__(self, change: QuantisedChange) -> None:
        self._change = change
        self._space: _Subspace | None = None
        self._of: tuple[int, ...] = ()

    def move(self, rows: range, terms: Sequence[Term], block: CodeRows) -> tuple[Kept, NDArray[np.int16]]:
        """Move the codes of a block in place.

        Returns:
            what is kept of ΔW, and what `restore` needs beside ΔW and the scales.
        """
        before, steps = block.codes.copy(), np.empty(_padded(len(rows)) * block.codes.shape[1], np.int16)
        sums = np.zeros((3, LANES))
        noted = self._run(rows, terms, block, steps, sums, is_back=False)
        along, change, error = sums.sum(axis=1).tolist()
        moved = int(np.count_nonzero(before != block.codes))
        noise = _base_noise(self._change, CodeRows(before, block.scales))
        return Kept(along, change, error, noise, moved, before.size), steps[:noted]

    def restore(self, rows: range, terms: Sequence[Term], block: CodeRows, steps: NDArray[np.int16]) -> bool:
        """Put codes back to what they were before `move`, in place; return whether `steps` fit them."""
        room = np.zeros(_padded(len(rows)) * block.codes.shape[1], np.int16)
        if len(steps) > len(room):
            return False
        room[: len(steps)] = steps
        return self._run(rows, terms, block, room, np.zeros((3, LANES)), is_back=True) == len(steps)

    def _run(
        self,
        rows: range,
        terms: Sequence[Term],
        block: CodeRows,
        steps: NDArray[np.int16],
        sums: NDArray[np.float64],
        *,
        is_back: bool,
    ) -> int:
        subspace = self._subspace(terms)
        change, grid, columns = self._change, self._change.grid, self._change.shape[1]
        count, whole = len(rows), _padded(len(rows))
        left = _filled(subspace.left(terms, rows), whole)
        dense: NDArray[Any] = np.empty((0, columns), np.float32)
        if change.dense is not None:
            dense = _filled(change.dense(rows.start, rows.stop).astype(np.float32), whole)
        codes, scales = _filled(block.codes, whole), _filled(block.scales, whole)
        noted = (_MOVE_EVEN if grid.is_even else _MOVE_UNEVEN)(
            codes, left, scales, dense,
            subspace.columns, change.groups, subspace.basis, subspace.weights,
            *grid.tables, subspace.rounding, change.seed, rows.start, int(is_back), steps,
            np.empty((columns, LANES), np.int16),
            np.empty((columns if len(dense) else 1, LANES), np.float32),
            np.empty((scales.shape[1], LANES), np.float32),
            np.empty((left.shape[1], LANES), np.float32),
            np.empty((left.shape[1], LANES), np.float32),
            np.zeros((9, LANES), np.float32),
            np.empty((4, LANES), np.int16),
            sums,
        )  # fmt: skip
        if codes is not block.codes:
            block.codes[:] = codes[:count]
        return noted

    def _subspace(self, terms: Sequence[Term]) -> _Subspace:
        """Return the space that terms read from, the last one again where they are the same."""
        of = tuple(map(id, terms))
        if self._space is None or of != self._of:
            self._space, self._of = _subspace(self._change, terms), of
        return self._space


@dataclass(frozen=True)
class _Subspace:
    """An orthonormal basis of what terms read, columns in the order in which they are visited.

    Attributes:
        basis: (columns, r), r filled up with zeros to a multiple of `GROUP`.
        weights: ‖vⱼ‖² + λⱼ of each column.
        coefficients: (all ranks of the terms, r): what gives their right sides.
    """

    columns: NDArray[np.int64]
    basis: NDArray[np.float32]
    weights: NDArray[np.float32]
    coefficients: NDArray[np.float64]
    rounding: int

    def left(self, terms: Sequence[Term], rows: range) -> NDArray[np.float32]:
        """Return ΔW V of some rows."""
        total, first = np.zeros((len(rows), self.basis.shape[1])), 0
        for term in terms:
            here = self.coefficients[first : first + term.rank]
            part = Term(
                np.ascontiguousarray(term.left[rows.start - term.row : rows.stop - term.row]),
                here,
                term.scale,
            )
            ordered_rows(total, [part], 0)
            first += term.rank
        return total.astype(np.float32)


def _subspace(change: QuantisedChange, terms: Sequence[Term]) -> _Subspace:
    columns, ranks = change.shape[1], sum(term.rank for term in terms)
    stacked, first = np.zeros((ranks, columns)), 0
    for term in terms:
        stacked[first : first + term.rank, term.columns] = term.right
        first += term.rank
    basis, coefficients = np.zeros((columns, ranks)), np.zeros((ranks, ranks))
    held = _ORTHONORMALISE(stacked, basis, coefficients, np.zeros(ranks), DEPENDENT) if ranks else 0
    rounding = _BY_NAME[change.rounding]
    if rounding == FEEDBACK and (change.dense is not None or held > MOST_RANK * columns):
        rounding = STOCHASTIC
    lengths = np.zeros(columns)
    for index in range(held):  # in order: the last bits decide the order of columns
        lengths += basis[:, index] ** 2
    order = np.argsort(-lengths, kind="stable").astype(np.int64)
    wide = max(GROUP, -(-held // GROUP) * GROUP)
    visited = np.zeros((columns, wide), np.float32)
    visited[:, :held] = basis[order, :held]
    penalty = SPARING * held / columns * (1 - np.arange(columns) / columns)
    filled = np.zeros((ranks, wide))
    filled[:, :held] = coefficients[:, :held]
    return _Subspace(order, visited, (lengths[order] + penalty).astype(np.float32), filled, rounding)


def moving_bytes(shape: tuple[int, int]) -> int:
    """Return a bound for the memory that moving the codes of a matrix takes, but for its terms."""
    rows, columns = shape
    block = min(max(BLOCK_ELEMENTS, LANES * columns), _padded(rows) * columns)
    # To which come the lanes of a tile, and the codes that are moved, where they are packed as a whole.
    return PER_ELEMENT * block + 8 * LANES * columns + 2 * rows * columns


def _padded(rows: int) -> int:
    return -(-rows // LANES) * LANES


def _filled(values: NDArray[Any], rows: int) -> NDArray[Any]:
    """Append rows of zeros where some are missing: codes without scales, which do not move."""
    if len(values) == rows:
        return np.ascontiguousarray(values)
    out = np.zeros((rows, *values.shape[1:]), values.dtype)
    out[: len(values)] = values
    return out


def _base_noise(change: QuantisedChange, block: CodeRows) -> float:
    """Estimate the square error of a block's own quantisation, from some of its rows."""
    sample = slice(None, None, NOISE_ROWS)
    codes, wide = block.codes[sample], block.scales[sample][:, change.groups]
    squares = change.grid.noise.take(codes) * wide * wide
    return float(squares.sum(dtype=np.float64)) * len(block.codes) / len(codes)

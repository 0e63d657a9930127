"""The noise edge: the largest singular value that rounding to the stored dtype adds to a difference
of weights.

    W_tuned = round(W_base + ΔW)  =>  D = W_tuned − W_base = ΔW + N
    N_ij ≈ u_ij · U(−½, ½),   u_ij = ulp(W_tuned,ij)

The profile u is known entry by entry, so nothing is estimated: N is drawn, its σ₁ found, and its
spread added. Thresholds that take the noise to be homogeneous (Marchenko-Pastur, Gavish-Donoho) are
wrong on weights whose rows and columns differ in scale.

Where |ΔW_ij| is well under u_ij/2 the entry does not move: its error is −ΔW_ij, smaller than the
model's and no longer independent of the signal. There the edge is too high rather than too low, and
D itself has lost part of ΔW: singular values above the edge are still signal, but shrunk, and
signal below it is not seen.

Only the rounding of `tuned` counts where ΔW was added to the base as it is stored. Where the base
was rounded on its own after tuning (a float32 base, published in bfloat16), both errors are in D.
Nobody can tell from the files' names; but what a base's rounding adds to ‖D‖² is known, so that it
can be ruled out where D holds less than that. `Edges` decides between both so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy import ndarray

from lorasurgery.linalg.coarse import coarse
from lorasurgery.linalg.draws import generator
from lorasurgery.linalg.krylov import Krylov
from lorasurgery.linalg.panels import image, row_slices
from lorasurgery.linalg.shapes import Float
from lorasurgery.linalg.spacing import Spacings, Steps, StreamedRows, StreamedSpacing, spacing_of
from lorasurgery.linalg.streamed import StreamedMatrix
from lorasurgery.stored_array import StoredArray

# Standard deviations between what is drawn and the edge; two draws, the simulated and the real one,
# differ by √2 of one's own.
_SIGMAS = 4.5
# What the model and the Ritz value that stands for σ₁ may fall short.
_MARGIN = 1.005
# Where σ₁² has more than this relative spread, few entries decide it, its law is not near normal,
# and more draws are taken.
_BY_FEW = 0.15
_DRAWS_OF_FEW = 6
# Standard deviation of the Tracy-Widom law for real matrices, in its own unit.
_TRACY_WIDOM = 1.268
BLOCK = 16
# The subspace grows until σ₁ does so by less than this share a step.
_STALLED = 5e-3
# A base that was rounded on its own leaves nearly all of its rounding's energy below the edge.
# Where D has less there than this share of it, the base was not.
_RULED_OUT = 0.25

# The spacings of some rows, of both roundings together where there are two, relative to the
# largest.
Scales = Callable[[slice], Float[ndarray, "rows in"]]
# The stored values of a weight, whole, streamed or as consecutive blocks of rows; of a quantised one
# its steps.
Side = StoredArray | Iterable[StoredArray] | Steps | StreamedRows


@dataclass(frozen=True)
class Edges:
    """The noise edge by the rounding of the tuned side `alone`, and of `both` sides.

    As a rule, it keeps the singular values above one of them.

    `base_energy` is ‖·‖²_F of the base's rounding.
    """

    alone: float
    both: float
    base_energy: float

    def __call__(self, values: ndarray, energy: float, complete: bool) -> int | None:
        edge = self.edge(values, energy, complete=complete)
        return None if edge is None else _count_above(edge, values, complete)

    def edge(self, values: Sequence[float] | ndarray, energy: float, *, complete: bool) -> float | None:
        """Return the edge that holds for these leading singular values and this ‖D‖²_F; None if
        more must be known.
        """
        count = _count_above(self.both, np.asarray(values), complete)
        if count is None:
            return None
        beneath = energy - float(np.square(np.asarray(values[:count], dtype=np.float64)).sum())
        return self.alone if beneath < _RULED_OUT * self.base_energy else self.both


def _count_above(edge: float, values: ndarray, complete: bool) -> int | None:
    count = int(np.count_nonzero(np.asarray(values) > edge))
    return count if complete or count < len(values) else None


def noise_edge(tuned: Side, *, seed: int) -> float:
    """Simulate the edge from the stored values of a weight.

    Memory is two bytes an element, and the noise in the dtype that products run in; of a streamed
    weight it is that of panels. A weight and its transpose have about the same edge.
    """
    return _simulated([spacing_of(tuned)], seed)


def noise_edges(tuned: Side, base: Side, *, seed: int) -> Edges:
    """Simulate both edges, from the stored values of both sides."""
    sides = [spacing_of(tuned), spacing_of(base)]
    squares = sum(float(np.square(panel, dtype=np.float64).sum()) for panel in _panels(sides[1]))
    base_energy = squares * sides[1].largest ** 2 / 12
    return Edges(_simulated(sides[:1], seed), _simulated(sides, seed), base_energy)


def _panels(spacing: Spacings) -> Iterator[Float[ndarray, "rows in"]]:
    return (spacing.relative_to(spacing.largest, rows) for rows in row_slices(spacing.shape))


def _simulated(sides: Sequence[Spacings], seed: int) -> float:
    """The edge of one rounding, or of two that are independent."""
    largest = max(side.largest for side in sides)
    if largest == 0.0:
        return 0.0

    def scales(rows: slice) -> ndarray:
        first, *second = (side.relative_to(largest, rows) for side in sides)
        return np.hypot(first, *second) if second else first

    shape = sides[0].shape
    drawn = _streamed if isinstance(sides[0], StreamedSpacing) else _drawn
    edge, by_few = _edge(drawn, scales, shape, seed)
    if by_few:
        more = (_edge(drawn, scales, shape, seed + draw)[0] for draw in range(1, _DRAWS_OF_FEW))
        edge = max(edge, *more)
    return largest * max(edge, 0.5)


def _edge(
    drawn: Callable[[Scales, tuple[int, int], int], ndarray | StreamedMatrix],
    scales: Scales,
    shape: tuple[int, int],
    seed: int,
) -> tuple[float, bool]:
    """An upper bound on σ₁ of nearly all draws, from one, and whether few entries decide it.

    Where σ₁ comes from the bulk of the matrix it varies by Tracy and Widom's law. Where it comes
    from few rows or columns of great scale, its square is about their energy and varies like it: Σᵢ
    pᵢ⁴ Var‖Nᵢ‖² for a singular vector p. A uniform x ~ U(−½, ½) has E x² = 1/12 and Var x² = 1/180.
    """
    top, left, right = _leading_triplet(drawn(scales, shape, seed), seed)
    squares, fourths = _line_sums(scales, shape)
    heaviest = max(float(line.max()) for line in squares) / 12
    local = float(left**4 @ fourths[0] + fourths[1] @ right**4) / 180
    square = max(top**2, heaviest)
    roots = [math.sqrt(side) for side in shape]
    bulk = _TRACY_WIDOM * square * sum(1 / root for root in roots) ** (1 / 3) / sum(roots)
    spread = math.sqrt(local)
    return _MARGIN * math.sqrt(square + _SIGMAS * math.hypot(bulk, spread)), spread > _BY_FEW * square


def _leading_triplet(noise: ndarray | StreamedMatrix, seed: int) -> tuple[float, ndarray, ndarray]:
    """σ₁ from below, and its singular vectors, roughly."""
    products = coarse(noise)
    krylov, top = Krylov(products, BLOCK, seed), 0.0
    while True:
        krylov.grow()
        ritz = krylov.ritz()
        before, top = top, float(ritz.values[0])
        if top <= (1 + _STALLED) * before or krylov.exhausted:
            break
    right = krylov.right_vectors(ritz, 1)[0]
    left = image(products, right[None])[:, 0]
    return top, left / np.linalg.norm(left), right / np.linalg.norm(right)


def _line_sums(
    scales: Scales, shape: tuple[int, int]
) -> tuple[tuple[ndarray, ndarray], tuple[ndarray, ndarray]]:
    """Sums of u² and of u⁴ along each row and each column."""
    rows2, rows4 = np.empty((2, shape[0]), np.float32)
    columns2, columns4 = np.zeros((2, shape[1]), np.float32)
    for rows in row_slices(shape):
        square = np.square(scales(rows))
        rows2[rows], columns2 = square.sum(1), columns2 + square.sum(0)
        np.square(square, out=square)
        rows4[rows], columns4 = square.sum(1), columns4 + square.sum(0)
    return (rows2, columns2), (rows4, columns4)


def _drawn(scales: Scales, shape: tuple[int, int], seed: int) -> Float[ndarray, "out in"]:
    """Draw the noise once."""
    noise, draws = np.empty(shape, np.float32), generator(seed)
    for rows in row_slices(shape):
        _draw(noise[rows], scales(rows), draws)
    return noise


def _streamed(scales: Scales, shape: tuple[int, int], seed: int) -> StreamedMatrix:
    """Draw the same noise anew in each sweep, which reads its panels in order."""
    draws = generator(seed)

    def read(start: int, stop: int) -> ndarray:
        nonlocal draws
        if start == 0:
            draws = generator(seed)
        panel = np.empty((stop - start, shape[1]), np.float32)
        _draw(panel, scales(slice(start, stop)), draws)
        return panel

    return StreamedMatrix(shape, read)


def _draw(panel: ndarray, scale: ndarray, draws: np.random.Generator) -> None:
    """Fill a panel with U(−½, ½) from sixteen random bits an element, times the element's spacing.

    Four elements a word, five times faster than floats drawn one by one; panels of whole words draw the
    same bits as the whole would.
    """
    words = draws.integers(0, 2**64 - 1, (panel.size + 3) // 4, np.uint64, endpoint=True)
    bits = words.view(np.int16)[: panel.size].reshape(panel.shape)
    np.multiply(bits, scale, out=panel)
    panel *= np.float32(2.0**-16)

"""Find a product by its elements whose cells are narrowest, which know it far better than all others.

A cell is as wide as the spacing of floats at the merged number, so that an element near zero tells ΔW
to a hundredth of what an average one does. Least squares weighs an element by 1 / variance: a twelfth
of its cell's width squared, plus the variance τ of what the other side's factor still lacks,

    lᵢ = argmin Σⱼ (dᵢⱼ − lᵢ · vⱼ)² / (width²ᵢⱼ / 12 + τ)        j: the narrowest cells of row i

for each row of L with R held, then for each row of R with L held, and so on. Half the information is
in a thirtieth of the elements, so that four rounds take a quarter of the time of twelve projections of all
cells (`projections.py`) and come nearer to ΔW. What wide cells add in the end, only projections find.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int32
from torch import Tensor

from lorasurgery.linalg.cells import cells_of
from lorasurgery.linalg.kernels.call import Kernel
from lorasurgery.linalg.kernels.narrow import WIDTH
from lorasurgery.linalg.projections import LowRank

_SMALLEST, _SOLVE = Kernel("narrow", "smallest"), Kernel("narrow", "solve_rows")
# Elements of a row that are looked at, for each rank; of high ranks fewer, since each takes r² products.
FOR_EACH_RANK, LEAST_FOR_EACH, MANY = 12, 8, 384
MAGNITUDES = 2048
MOST_ROUNDS = 4
# τ is estimated from the narrowest quarter of these rows' elements.
ROWS_FOR_VARIANCE, NARROWEST = 64, 1 / 4
# A round that leaves more than this share of τ is the last; and τ has this share of ΔW² at least.
STALLED, LEAST_VARIANCE, FIRST_VARIANCE = 0.5, 1e-9, 0.01


@dataclass(frozen=True)
class NarrowCells:
    """The elements of each row with the narrowest cells: where, the cells' centres, their width² / 12."""

    places: Int32[Tensor, "out s"]
    centres: Float[Tensor, "out s"]
    variances: Float[Tensor, "out s"]

    @staticmethod
    def of(
        base: Float[Tensor, "out in"], merged: Float[Tensor, "out in"], product: torch.dtype | None, rank: int
    ) -> NarrowCells:
        """Choose elements of each row; arguments as those of `cells_of`."""
        rows, columns = merged.shape
        count = min(columns, max(LEAST_FOR_EACH * rank, min(FOR_EACH_RANK * rank, MANY))) // 4 * 4
        places = torch.empty(rows, count, dtype=torch.int32)
        bits = merged.contiguous().view(torch.int16).numpy().view(np.uint16)
        _SMALLEST(bits, np.empty(MAGNITUDES, np.int32), places.numpy())
        index = places.long()
        cells = cells_of(base.gather(1, index).float(), merged.gather(1, index), product)
        return NarrowCells(places, (cells.low + cells.high) / 2, (cells.high - cells.low).square_().div_(12))

    def variance_of(self, sides: Float[Tensor, "out r"], basis: Float[Tensor, "in r"]) -> float:
        """Estimate the variance of what `sides @ basisᵀ` lacks."""
        some = slice(None, None, max(1, len(sides) // ROWS_FOR_VARIANCE))
        fitted = torch.einsum("nsr,nr->ns", basis[self.places[some].long()], sides[some])
        beyond = (self.centres[some] - fitted).square_() - self.variances[some]
        narrow = self.variances[some] <= self.variances[some].quantile(NARROWEST)
        return float(beyond[narrow].mean())

    def solved(
        self, sides: Float[Tensor, "out r"], basis: Float[Tensor, "in r"], variance: float
    ) -> Float[Tensor, "out r"]:
        """Return the rows that least squares gives, each starting from what it was."""
        rank = basis.shape[1]
        wide = -(-rank // WIDTH) * WIDTH
        moved, columns = (torch.nn.functional.pad(side, (0, wide - rank)) for side in (sides, basis))
        _SOLVE(
            moved.numpy(),
            columns.contiguous().numpy(),
            self.places.numpy(),
            self.centres.numpy(),
            self.variances.numpy(),
            np.float32(variance),
            np.empty((wide, wide), np.float32),
            np.empty(wide, np.float32),
        )
        return moved[:, :rank]


def refined(
    base: Float[Tensor, "out in"],
    merged: Float[Tensor, "out in"],
    right: Float[Tensor, "in r"],
    product: torch.dtype | None = None,
) -> LowRank:
    """Find the change that was merged by alternating least squares, from a guess of its rows' space.

    Args:
        base, merged: in one dtype of 16 bits.
        right: orthonormal columns.
        product: the dtype that ΔW was rounded to before it was added, if it was.
    """
    rank = right.shape[1]
    of_rows = NarrowCells.of(base, merged, product, rank)
    of_columns = NarrowCells.of(base.T, merged.T, product, rank)
    square = float(of_rows.centres.square().mean())
    left, last = torch.zeros(len(merged), rank), FIRST_VARIANCE * square
    for _ in range(MOST_ROUNDS):
        left, R = torch.linalg.qr(of_rows.solved(left, right, last))
        right = right @ R.T
        variance = max(of_columns.variance_of(right, left), LEAST_VARIANCE * square)
        right, R = torch.linalg.qr(of_columns.solved(right, left, variance))
        left = left @ R.T
        variance = max(of_rows.variance_of(left, right), LEAST_VARIANCE * square)
        if variance > STALLED * last:
            break
        last = variance
    return LowRank(left, right)

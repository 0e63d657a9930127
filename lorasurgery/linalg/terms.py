"""A term: a part of ΔW, as the product that is never formed.

Term        scale · left @ right, of few columns
Dense       anything that can be asked for row by row; of these
Hadamard    scale · (left₁ @ right₁) ∘ (left₂ @ right₂)
Kronecker   scale · w₁ ⊗ w₂
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor


@dataclass(frozen=True)
class Term:
    """scale · left @ right, added to the rectangle of W that begins at (`row`, `column`); left (n,
    r), right (r, m).

    Both sides are arrays of float32 or float64, and hold their values exactly.
    """

    left: NDArray[Any]
    right: NDArray[Any]
    scale: float = 1.0
    row: int = 0
    column: int = 0

    @staticmethod
    def of(left: Tensor, right: Tensor, scale: float = 1.0, row: int = 0, column: int = 0) -> Term:
        """A term whose sides are tensors; they share the memory."""
        import numpy as np

        return Term(np.asarray(left), np.asarray(right), scale, row, column)

    @property
    def tensors(self) -> tuple[Tensor, Tensor]:
        """Both sides as tensors; they share the memory."""
        import torch

        return torch.from_numpy(self.left), torch.from_numpy(self.right)

    @property
    def is_finite(self) -> bool:
        """Whether neither side has a NaN or an infinity."""
        import numpy as np

        return bool(np.isfinite(self.left).all() and np.isfinite(self.right).all())

    @property
    def rank(self) -> int:
        return int(self.left.shape[1])

    @property
    def rows(self) -> range:
        """The rows of W that it changes."""
        return range(self.row, self.row + self.left.shape[0])

    @property
    def columns(self) -> slice:
        """The columns of W that it changes."""
        return slice(self.column, self.column + self.right.shape[1])

    def within(self, start: int, stop: int) -> Term | None:
        """The part of it in some rows of W; None where there is none."""
        first, last = max(start, self.rows.start), min(stop, self.rows.stop)
        if first >= last:
            return None
        return dataclasses.replace(self, left=self.left[first - self.row : last - self.row], row=first)

    @property
    def turned(self) -> Term:
        """The same for Wᵀ."""
        return Term(self.right.T, self.left.T, self.scale, self.column, self.row)

    @property
    def negated(self) -> Term:
        return dataclasses.replace(self, scale=-self.scale)


@dataclass(frozen=True)
class Dense:
    """A part of ΔW without low-rank factors: `rows(start, stop)` gives rows of ΔW / scale in float64."""

    rows: Callable[[int, int], Tensor]
    scale: float = 1.0

    @property
    def shape(self) -> tuple[int, int] | None:
        """Its rows and columns; None where it was made for the shape of W that was asked for."""
        return None


@dataclass(frozen=True)
class Hadamard(Dense):
    """The element-wise product of two products: each side is a pair (out, rᵢ), (rᵢ, in) in float64."""

    one: tuple[Tensor, Tensor] = field(kw_only=True)
    other: tuple[Tensor, Tensor] = field(kw_only=True)

    @staticmethod
    def of(one: tuple[Tensor, Tensor], other: tuple[Tensor, Tensor], scale: float) -> Hadamard:
        def rows(start: int, stop: int) -> Tensor:
            return (one[0][start:stop] @ one[1]) * (other[0][start:stop] @ other[1])

        return Hadamard(rows, scale, one=one, other=other)

    @property
    def rank(self) -> int:
        """At most r₁ r₂."""
        return self.one[0].shape[1] * self.other[0].shape[1]

    @property
    def shape(self) -> tuple[int, int]:
        return self.one[0].shape[0], self.one[1].shape[1]

    def as_term(self) -> Term:
        """Return the elementwise product of two terms as one term, by the Khatri-Rao products of
        their sides.
        """
        (left1, right1), (left2, right2) = self.one, self.other
        left = (left1[:, :, None] * left2[:, None, :]).reshape(len(left1), self.rank)
        right = (right1[:, None, :] * right2[None, :, :]).reshape(self.rank, right1.shape[1])
        return Term.of(left, right, self.scale)


# A matrix, or two that are multiplied: (rows, r) and (r, columns).
Side = tuple["Tensor"] | tuple["Tensor", "Tensor"]


@dataclass(frozen=True)
class Kronecker(Dense):
    """w₁ ⊗ w₂ in float64: row i · b + j is the outer product of row i of w₁ and row j of w₂ (of b rows).

    Either may be a product.
    """

    w1: Side = field(kw_only=True)
    w2: Side = field(kw_only=True)

    @staticmethod
    def of(w1: Side, w2: Side, scale: float) -> Kronecker:
        one, other = (side[0] @ side[1] if len(side) == 2 else side[0] for side in (w1, w2))

        def rows(start: int, stop: int) -> Tensor:
            import numpy as np

            index = np.arange(start, stop)
            left, right = one[index // len(other)], other[index % len(other)]
            return (left[:, :, None] * right[:, None, :]).reshape(len(index), -1)

        return Kronecker(rows, scale, w1=w1, w2=w2)

    @property
    def shape(self) -> tuple[int, int]:
        rows, columns = zip(
            *((side[0].shape[0], side[-1].shape[1]) for side in (self.w1, self.w2)), strict=True
        )
        return math.prod(rows), math.prod(columns)

"""A term: a low-rank part of ΔW, as the product that is never formed."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Term:
    """scale · left @ right, with left (n, r) and right (r, m), added to the rectangle of W that begins at (`row`, `column`).

    Both sides are float32 or float64, and hold their values exactly.
    """

    left: Tensor
    right: Tensor
    scale: float = 1.0
    row: int = 0
    column: int = 0

    @property
    def rank(self) -> int:
        return self.left.shape[1]

    @property
    def rows(self) -> range:
        """The rows of W that it changes."""
        return range(self.row, self.row + self.left.shape[0])

    @property
    def columns(self) -> slice:
        """The columns of W that it changes."""
        return slice(self.column, self.column + self.right.shape[1])

    @property
    def turned(self) -> Term:
        """The same for Wᵀ."""
        return Term(self.right.T, self.left.T, self.scale, self.column, self.row)

    @property
    def negated(self) -> Term:
        return dataclasses.replace(self, scale=-self.scale)

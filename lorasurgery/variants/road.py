"""RoAd: W' = c₁ ∘ W + c₂ ∘ rot(W), and the bias likewise: pairs of outputs are rotated and scaled.

The rows of W lie in groups; row i of the first half of a group is paired with row i of its second
half, and turn takes a pair (x, y) to (−y, x). c₁ = α cos θ and c₂ = α sin θ, with a θ and an α for
each pair (road_1), each output (road_2), or each output and each of c₁ and c₂ (road_4).

Source: Liao and Monz, "3-in-1: 2D Rotary Adaptation for Efficient Finetuning, Efficient Batching
and Composability", 2024, arXiv 2409.00119.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Edit, Function, Shape, exact

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class RoadFactors:
    """θ and α: out / 2, out, or 2 out numbers each, and the number of rows in a group."""

    theta: LazyTensor
    alpha: LazyTensor
    group: int

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        theta, alpha = self._by_column(self.theta, shape[0]), self._by_column(self.alpha, shape[0])
        first, second = alpha[0] * theta[0].cos(), alpha[1] * theta[1].sin()
        change = Function(lambda W: _turned(W, first, second))
        return Edit(change, change)

    def _by_column(self, stored: LazyTensor, out: int) -> Tensor:
        """The numbers for c₁ and for c₂: (2, groups, 2 halves, group / 2)."""
        numbers = exact(stored).double()
        groups, half = out // self.group, self.group // 2
        columns, halves = max(1, len(numbers) // out), min(2, 2 * len(numbers) // out)
        return numbers.reshape(groups, columns, halves, half).transpose(0, 1).expand(2, groups, 2, half)


def _turned(W: Tensor, first: Tensor, second: Tensor) -> Tensor:
    import torch

    pairs = W.reshape(*first.shape, -1)
    turn = torch.stack((-pairs[:, 1], pairs[:, 0]), dim=1)
    return (first[..., None] * pairs + second[..., None] * turn).reshape(W.shape)

"""LoKr: ΔW = scale · w1 ⊗ w2, a Kronecker product.

w1 is (a, c) and w2 (b, d · kernel), with out = a · b and in = c · d.

Each of the two may be a product instead: wi = wi_a @ wi_b, with wi_a (a or b, r) and wi_b (r, c or
d · kernel). With a Tucker core ("effective convolution") w2 is t2 (r, r, *kernel) contracted with
w2_a (r, b) and w2_b (r, d).

Source: Yeh et al., "Navigating Text-To-Image Customization: From LyCORIS Fine-Tuning to Model
Evaluation", 2023, arXiv 2309.14859; before it Edalati et al., "KronA: Parameter Efficient Tuning
with Kronecker Adapter", 2022, arXiv 2212.10650.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.lazy import LazyTensor
from lorasurgery.linalg.terms import Kronecker, Side
from lorasurgery.variants.edit import Dense, Edit, Shape, Sum, exact

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class LokrFactors:
    """Either `w1` or `w1_a` and `w1_b`; either `w2` or `w2_a` and `w2_b`, these perhaps with a core `t2`."""

    scale: float
    w1: LazyTensor | None = None
    w1_a: LazyTensor | None = None
    w1_b: LazyTensor | None = None
    w2: LazyTensor | None = None
    w2_a: LazyTensor | None = None
    w2_b: LazyTensor | None = None
    t2: LazyTensor | None = None

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        w1, w2 = _side(self.w1, self.w1_a, self.w1_b, None), _side(self.w2, self.w2_a, self.w2_b, self.t2)
        if w2[-1].ndim == 3:
            return Edit(Sum((Dense(_rows_of_conv1d(_whole(w1), w2[0]), self.scale),)))
        flat = (w2[0], w2[1]) if len(w2) == 2 else (w2[0].flatten(1),)
        return Edit(Sum((Kronecker.of(w1, flat, self.scale),)))

    @property
    def shape(self) -> Shape | None:
        """(out, in · kernel), where no core holds the kernel."""
        if self.t2 is not None:
            return None
        one, other = _shape(self.w1, self.w1_a, self.w1_b), _shape(self.w2, self.w2_a, self.w2_b)
        return one[0] * other[0], math.prod((*one[1:], *other[1:]))


def _shape(whole: LazyTensor | None, a: LazyTensor | None, b: LazyTensor | None) -> Shape:
    if whole is not None:
        return whole.shape
    assert a is not None, "the reader gives either the whole or both of its factors"
    assert b is not None, "the reader gives either the whole or both of its factors"
    return a.shape[0], *b.shape[1:]


def _side(
    whole: LazyTensor | None, a: LazyTensor | None, b: LazyTensor | None, core: LazyTensor | None
) -> Side:
    """One side of the Kronecker product in float64: a matrix, or two that are multiplied."""
    import torch

    if whole is not None:
        return (exact(whole).double(),)
    assert a is not None, "the reader gives either the whole or both of its factors"
    assert b is not None, "the reader gives either the whole or both of its factors"
    left, right = exact(a).double(), exact(b).double()
    if core is not None:
        return (torch.einsum("ijkl,ip,jr->prkl", exact(core).double(), left, right),)
    return (left, right) if right.ndim == 2 else (torch.tensordot(left, right, dims=1),)


def _whole(side: Side) -> Tensor:
    return side[0] @ side[1] if len(side) == 2 else side[0]


def _rows_of_conv1d(w1: Tensor, w2: Tensor) -> Callable[[int, int], Tensor]:
    """Rows for a w2 (b, d, k) of a one-dimensional convolution.

    PEFT aligns w1 with the last two of its dimensions, so that its product is (b, a · d, c · k),
    and then only renames them to (out, in, k). That is not the product that was meant, but it is
    what was trained.
    """
    import torch

    product = torch.kron(w1, w2).reshape(w1.shape[0] * w2.shape[0], -1)
    return lambda start, stop: product[start:stop]

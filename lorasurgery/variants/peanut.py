"""PEANuT: W' = W + scale · f(Wᵀ)ᵀ, where f is a small network that sees one column of W (out)
after the other:

    h = σ(A w)
    h = σ(E_i h)              for every encoder, keeping what went in as r_i
    h = σ(D_i h) + r_{n−1−i}    for every decoder
    f(w) = B h

with A (r, out), E_i and D_i (r, r), B (out, r) and σ an activation function by transformers' name.

Source: Zhong et al., "PEANuT: Parameter-Efficient Adaptation with Weight-aware Neural Tweakers",
2024, arXiv 2410.01870.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.errors import UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Edit, Function, Shape, exact

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class PeanutFactors:
    """The matrices of the network, and its activation function."""

    A: LazyTensor
    B: LazyTensor
    encoders: tuple[LazyTensor, ...]
    decoders: tuple[LazyTensor, ...]
    activation: str
    scale: float

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        A, B = exact(self.A).double(), exact(self.B).double()
        encoders = [exact(each).double() for each in self.encoders]
        decoders = [exact(each).double() for each in self.decoders]
        act = _function(self.activation)

        def apply(W: Tensor) -> Tensor:
            return W + self.scale * (_through(W.T @ A.T, encoders, decoders, act) @ B.T).T

        return Edit(Function(apply))


def _function(name: str) -> Callable[[Tensor], Tensor]:
    from transformers.activations import ACT2FN

    if name not in ACT2FN:
        raise UnsupportedError(
            f"The adapter is PEANuT with act_fn {name!r}, which transformers here does not know; update it."
        )
    found: Callable[[Tensor], Tensor] = ACT2FN[name]
    return found


def _through(
    h: Tensor, encoders: list[Tensor], decoders: list[Tensor], act: Callable[[Tensor], Tensor]
) -> Tensor:
    h, kept = act(h), []
    for encoder in encoders:
        kept.append(h)
        h = act(h @ encoder.T)
    for decoder in decoders:
        h = act(h @ decoder.T) + kept.pop()
    return h

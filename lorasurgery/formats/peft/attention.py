"""PEFT's LoRA on torch's `nn.MultiheadAttention`, whose projections cannot be wrapped one by one.

PEFT wraps the attention and the output projection inside it, with one rank and one alpha for both:

    ΔW of in_proj_weight  = s · B A      `attention.lora_A.weight`, ...
    ΔW of out_proj.weight = 2s · B A     `attention.base_layer.out_proj.lora_A.weight`, ...

PEFT adds the second one twice, in the forward pass as in the merge.

Source: PEFT 0.21.2, `tuners/lora/layer.py` (`MultiheadAttention`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lorasurgery.adapter import Adapter
from lorasurgery.formats.peft.layout import PeftTarget, tensors
from lorasurgery.formats.peft.module_tensors import OF_ATTENTION
from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.lora import LoraFactors

if TYPE_CHECKING:
    pass

INPUT, OUTPUT = ".in_proj_weight", ".out_proj"
TIMES_ADDED = 2


@dataclass(frozen=True)
class MultiheadFactors:
    """The factors of one attention: of its input and its output projection, of one rank and one scale."""

    path: str
    inner: LoraFactors | None
    outer: LoraFactors | None

    @property
    def target(self) -> PeftTarget:
        """The attention as the config addresses it."""
        factors = self.inner or self.outer
        assert factors is not None, f"{self.path} has factors"
        return PeftTarget(self.path, "linear", factors)

    @property
    def wrapped(self) -> tuple[str, str]:
        """The modules that PEFT wraps for this attention."""
        return self.path, self.path + OUTPUT

    def tensors(self) -> dict[str, LazyTensor]:
        """Lay out PEFT's tensors by key."""
        places = {self.path: self.inner, self.path + OF_ATTENTION: self.outer}
        return {
            key: tensor
            for place, factors in places.items()
            if factors is not None
            for key, tensor in tensors(PeftTarget(place, "linear", factors), 0).items()
        }


def attentions(adapter: Adapter) -> dict[str, MultiheadFactors]:
    """List the attentions that an adapter changes, by path; its factors are plain LoRA (see `refusals`)."""
    found: dict[str, dict[str, LoraFactors]] = {}
    for path, owner in _owners(adapter).items():
        factors = adapter.modules[path]
        if isinstance(factors, LoraFactors):
            found.setdefault(owner, {})[path] = factors
    return {path: _attention(path, factors) for path, factors in found.items()}


def refusals(adapter: Adapter) -> list[str]:
    """Say what PEFT cannot do to an attention."""
    held = {path: adapter.modules[path] for path in _owners(adapter)}
    return [
        (
            f"'{path}' belongs to torch's MultiheadAttention, for which PEFT has plain LoRA without a bias "
            "only; convert it to lora"
        )
        for path, factors in held.items()
        if not isinstance(factors, LoraFactors) or factors.bias is not None
    ]


def _owners(adapter: Adapter) -> dict[str, str]:
    """Find the attention that each adapted projection belongs to."""
    known = {name.removesuffix(INPUT) for name in adapter.host.parameters if name.endswith(INPUT)}
    # Without the model: a module with factors of its own has no child with factors, unless it is an
    # attention.
    known |= {path for path in adapter.modules if path + OUTPUT in adapter.modules}
    return {
        path: path.removesuffix(OUTPUT)
        for path in sorted(adapter.modules)
        if path.removesuffix(OUTPUT) in known
    }


def _attention(path: str, factors: Mapping[str, LoraFactors]) -> MultiheadFactors:
    inner, outer = factors.get(path), factors.get(path + OUTPUT)
    if outer is not None:
        outer = replace(outer, scale=outer.scale / TIMES_ADDED)
    if inner is None or outer is None:
        return MultiheadFactors(path, inner, outer)
    rank, scale = max(inner.rank, outer.rank), inner.scale or outer.scale
    return MultiheadFactors(path, _with(inner, rank, scale), _with(outer, rank, scale))


def _with(factors: LoraFactors, rank: int, scale: float) -> LoraFactors:
    """Give the same change another scale, and more ranks, of zeros; the rest of the scale goes into B."""
    A = factors.A.padded(rank, factors.A.shape[1])
    B = factors.B.padded(factors.B.shape[0], rank)
    rest = factors.scale / scale if scale else 1.0
    if not math.isclose(rest, 1.0, rel_tol=1e-15):
        B = B.scaled(rest)
    return replace(factors, A=A, B=B, scale=scale)

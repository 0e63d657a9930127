"""The layout of a module's low-rank factors in PEFT's file (PEFT 0.21.2, `tuners/lora/layer.py`).

| kind           | PEFT's tensors, ours being A (r, in) and B (out, r)                                      |
| -------------- | ---------------------------------------------------------------------------------------- |
| linear, conv1d | `lora_A.weight` (r, in), `lora_B.weight` (out, r)                                        |
| embedding      | `lora_embedding_A` (r, vocab) = Bᵀ, `lora_embedding_B` (width, r) = Aᵀ: its ΔW is (B A)ᵀ |
| conv           | `lora_A.weight` (r, in, *kernel), `lora_B.weight` (out, r, 1...)                         |
| parameter      | as linear, of the parameter's owner; the parameter is named in `target_parameters`       |
| experts        | `lora_A.weight` (E·r, in), by expert; `lora_B.weight` (out, r·E), column k·E + e         |

Next to them are `lora_magnitude_vector` (out) of DoRA, and `lora_B.bias` (out). AdaLoRA's three are
parameters, not modules: `lora_A`, `lora_B` and `lora_E` (r, 1).

Several parameters of one owner (`experts.gate_up_proj`, `experts.down_proj`) are wrappers one
inside the other, in the order in which the model registers them: the first is innermost, and each
layer around a wrapper adds one `base_layer` to its keys.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.adapter import PARAMETER_KINDS
from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.adalora import AdaloraFactors
from lorasurgery.variants.dora import DoraFactors
from lorasurgery.variants.lora import LoraFactors

if TYPE_CHECKING:
    from torch import Tensor

PREFIX = "base_model.model."

# transformers 5 fused these experts; for `target_modules` that end in these names PEFT assumes an
# adapter from before that, and points its config at the fused parameters instead: dense layers of
# the same name are never reached
# (`utils/transformers_weight_conversion._MOE_TARGET_MODULE_MAPPING`).
RENAMED_IN_FUSED_MODELS = frozenset({"gate", "w1", "w2", "w3", "gate_proj", "up_proj", "down_proj"})


@dataclass(frozen=True)
class PeftTarget:
    """Low-rank factors as PEFT addresses them: by `name`, the path of a module or the name of a parameter."""

    name: str
    kind: str
    factors: LoraFactors | DoraFactors | AdaloraFactors
    kernel: tuple[int, ...] = ()

    @property
    def is_parameter(self) -> bool:
        return self.kind in PARAMETER_KINDS

    @property
    def module(self) -> str:
        return self.name.rpartition(".")[0] if self.is_parameter else self.name


def depths(targets: Mapping[str, PeftTarget], registered: tuple[str, ...]) -> dict[str, int]:
    """Count the wrappers around each target's own: 0 but for earlier parameters of one owner."""
    order = {name: position for position, name in enumerate(registered)}
    by_module: dict[str, list[str]] = {}
    for name in sorted(targets, key=lambda name: order.get(name, -1)):
        by_module.setdefault(targets[name].module, []).append(name)
    return {name: len(group) - 1 - i for group in by_module.values() for i, name in enumerate(group)}


def run_time_key(name: str, wrappers: Mapping[str, int]) -> str:
    """Find the key of a tensor once some modules are wrapped: each wrapper adds a `base_layer`."""
    parts = name.split(".")
    owners = [".".join(parts[: stop + 1]) for stop in range(len(parts))]
    return PREFIX + ".".join(
        part + ".base_layer" * wrappers.get(owner, 0) for part, owner in zip(parts, owners, strict=True)
    )


def tensors(target: PeftTarget, depth: int) -> dict[str, LazyTensor]:
    """Give PEFT's tensors of a target, by key."""
    place = PREFIX + target.module + ".base_layer" * depth
    A, B = target.factors.A, target.factors.B
    beside = {}
    if isinstance(target.factors, DoraFactors):
        magnitude = target.factors.magnitude
        beside[f"{place}.lora_magnitude_vector"] = magnitude.viewed((magnitude.numel,))
    if isinstance(target.factors, AdaloraFactors):
        A, B, E = target.factors.A, target.factors.B, target.factors.E
        return {f"{place}.lora_A": A, f"{place}.lora_B": B, f"{place}.lora_E": E}
    if target.factors.bias is not None:
        beside[f"{place}.lora_B.bias"] = target.factors.bias
    if target.kind == "embedding":
        return beside | {
            f"{place}.lora_embedding_A": B.T,
            f"{place}.lora_embedding_B": A.T,
        }
    shape_A, shape_B = _shapes(target)
    if target.kind == "experts":
        B = B.map(lambda t: rank_major(t).contiguous(), shape=shape_B)
    return beside | {
        f"{place}.lora_A.weight": A.viewed(shape_A),
        f"{place}.lora_B.weight": B.viewed(shape_B),
    }


def rank_major(B: Tensor) -> Tensor:
    """Lay the experts' B (E, out, r) out as (out, r·E): all experts' first columns, then all second ones."""
    return B.permute(1, 2, 0).flatten(1)


def _shapes(target: PeftTarget) -> tuple[tuple[int, ...], tuple[int, ...]]:
    A, B = target.factors.A.shape, target.factors.B.shape
    match target.kind:
        case "linear" | "conv1d" | "parameter":
            return A, B
        case "conv":
            rank, width = A
            channels, rest = divmod(width, math.prod(target.kernel))
            assert target.kernel, f"{target.name} is a convolution, and the host does not know its kernel"
            assert not rest, f"{target.name}: {width} inputs do not fill a kernel of {target.kernel}"
            return (rank, channels, *target.kernel), (*B, *(1 for _ in target.kernel))
        case "experts":
            experts, rank, width = A
            return (experts * rank, width), (B[1], rank * experts)
    raise AssertionError(f"PEFT has no layer for a module of kind {target.kind!r} ({target.name})")

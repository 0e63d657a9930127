"""Apple's MLX, as mlx-lm trains and loads adapters: a folder with a config and `adapters.safetensors`.

    <module>.lora_a    Aᵀ (in, r); of an embedding B (vocabulary, r); of fused experts A (experts, r, in)
    <module>.lora_b    Bᵀ (r, out); of an embedding A (r, width); of fused experts B (experts, out, r)
    <module>.m         DoRA's magnitude, one number for each row of W

    fine_tune_type   lora, dora, or full: parameters by their own names
    num_layers       so many layers, counted from the last one, in which ...
    lora_parameters  ... the modules called `keys` have factors of one `rank`; and the `scale`,
    which is not
                     divided by it

mlx-lm refuses any tensor of another rank than the config's; lower ranks are therefore padded with
zeros, which changes nothing. One scale is for all modules: where an adapter has several, they are
multiplied into B, rounded to float32 once, and the scale is 1. An adapter is LoRA or DoRA as a
whole. A change to an embedding is one to the head that shares its weight.

Also read: `lora_a` of experts as mlx-lm had it until 2025, (experts · r, in). Not carried:
whatever is replaced outright, biases, convolutions. Source: mlx-lm 0.32.2,
`tuner/{utils,lora,dora}.py`; names in `tensor_names`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lorasurgery.adapter import Adapter
from lorasurgery.dtypes import Dtype
from lorasurgery.formats._format import Format
from lorasurgery.formats._module_rules import module_refusal
from lorasurgery.formats._stated_base import base_metadata
from lorasurgery.formats.mlx import reader
from lorasurgery.formats.mlx.reader import CONFIG_FILE, WEIGHTS_FILE
from lorasurgery.formats.mlx.refusals import refused
from lorasurgery.formats.mlx.tensor_names import MlxSlot, reach, slots
from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.dora import DoraFactors
from lorasurgery.variants.lora import LoraFactors

Low = LoraFactors | DoraFactors

recognise = reader.find
read = reader.read


def refusals(adapter: Adapter) -> list[str]:
    """Say what of this adapter mlx-lm cannot be given."""
    return list(refused(adapter))


def plan(adapter: Adapter) -> tuple[dict[str, Any], dict[str, LazyTensor]]:
    """Lay the adapter out, without reading it: the config, and the tensors by key, sorted."""
    modules = {path: _low(path, factors) for path, factors in adapter.modules.items()}
    rank = max((each.rank for each in modules.values()), default=1)
    scales = {each.scale for each in modules.values()}
    scale = scales.pop() if len(scales) == 1 else 1.0
    laid_out: dict[str, LazyTensor] = {}
    names = []
    for path, factors in modules.items():
        is_embedding = adapter.host.kinds.get(path) == "embedding"
        for slot in slots(path, adapter.host):
            names.append(slot.name)
            laid_out |= _tensors(slot, factors, rank, scale, is_embedding=is_embedding)
    num_layers, keys = reach(names, adapter.host)
    config: dict[str, Any] = {
        "fine_tune_type": "dora"
        if any(isinstance(each, DoraFactors) for each in modules.values())
        else "lora",
        "num_layers": num_layers,
        "lora_parameters": {"rank": rank, "scale": scale, "dropout": 0.0, "keys": keys},
    }
    if adapter.host.base_name is not None:
        config["model"] = adapter.host.base_name
    return config, dict(sorted(laid_out.items()))


def write(adapter: Adapter, folder: Path, progress: Callable[[int], None] | None = None) -> None:
    """Write the adapter's two files into an existing folder; `progress` is given the bytes of each tensor.

    Raises:
        NoSpaceError: the disk is full.
    """
    from lorasurgery.checkpoint import write_safetensors, write_text

    config, laid_out = plan(adapter)
    write_text(folder / CONFIG_FILE, json.dumps(config, indent=4, sort_keys=True) + "\n")
    header = {"format": "mlx", **base_metadata(adapter.host)}
    write_safetensors(folder / WEIGHTS_FILE, laid_out, header, progress)


def _low(path: str, factors: object) -> Low:
    assert isinstance(factors, LoraFactors | DoraFactors), f"{path} is of a variant that MLX does not hold"
    return factors


def _tensors(
    slot: MlxSlot, factors: Low, rank: int, scale: float, *, is_embedding: bool
) -> dict[str, LazyTensor]:
    """Give mlx-lm's tensors of one of its modules, by key."""
    A, B = factors.A, _half(factors.B, slot.half)
    B = B if factors.scale in (scale, 1) else B.scaled(factors.scale, Dtype.F32)
    A, B = A.padded(rank, A.shape[-1]), B.padded(B.shape[-2], rank)
    if is_embedding:
        A, B = B, A
    elif len(A.shape) == 2:
        A, B = A.T, B.T
    found = {"lora_a": A, "lora_b": B}
    if isinstance(factors, DoraFactors):
        found["m"] = factors.magnitude.viewed(factors.B.shape[:1])
    return {f"{slot.name}.{part}": _storable(tensor) for part, tensor in found.items()}


def _half(B: LazyTensor, half: int | None) -> LazyTensor:
    """Take the rows of all experts' B that a module holds."""
    if half is None:
        return B
    out = B.shape[1]
    return B.sliced(half * out // 2, (half + 1) * out // 2, dim=1)


def _storable(tensor: LazyTensor) -> LazyTensor:
    """Cast to a dtype that MLX computes with on a GPU: float64 is not one."""

    if tensor.dtype is not Dtype.F64:
        return tensor
    return tensor.cast(Dtype.F32)


FORMAT = Format(
    name="mlx",
    recognise=reader.find,
    read=reader.read,
    holds=(LoraFactors, DoraFactors),
    write=write,
    refusals=refusals,
    module_refusal=module_refusal,
)

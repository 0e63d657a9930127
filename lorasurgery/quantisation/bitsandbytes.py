"""bitsandbytes: NF4 and FP4 in four bits, LLM.int8() in eight.

    4 bit   X.weight uint8 (out·in/2, 1)   X.weight.absmax   X.weight.quant_map
            X.weight.quant_state.bitsandbytes__nf4; X.weight.nested_absmax,
            X.weight.nested_quant_map where the scales are quantised as well
    8 bit   X.weight int8 (out, in)        X.SCB (out)       X.weight_format

Source: Dettmers et al., "QLoRA", 2023, arXiv 2305.14314, and "LLM.int8()", 2022, arXiv 2208.07339.
Not read as numbers yet.
"""

from __future__ import annotations

from collections.abc import Iterator

from lorasurgery.dtypes import Dtype
from lorasurgery.quantisation._module import WEIGHT, Module
from lorasurgery.quantisation._small import small_text
from lorasurgery.quantisation._stated import Stated
from lorasurgery.quantisation._weight import QuantisedWeight, unread

STATE = "weight.quant_state."


def weights(module: Module, _: Stated) -> Iterator[QuantisedWeight]:
    """The weight of a module in four or eight bits."""
    own = [leaf for leaf in module.tensors if leaf.startswith(f"{WEIGHT}.")]
    states = [leaf for leaf in own if leaf.startswith(STATE)]
    if WEIGHT in module.tensors and (states or f"{WEIGHT}.absmax" in own):
        kind = states[0].rpartition("__")[2].upper() if states else "4 bit"
        label = f"bitsandbytes {kind}" + (", double quantised" if f"{WEIGHT}.nested_absmax" in own else "")
        yield unread(module, WEIGHT, WEIGHT, own, label, _shape(module, states))
    elif module.dtype(WEIGHT) is Dtype.I8 and "SCB" in module.tensors:
        others = ("SCB", "weight_format", "CxB", "SB", "SCBt")
        yield unread(module, WEIGHT, WEIGHT, others, "bitsandbytes 8 bit", module.shape(WEIGHT))


def _shape(module: Module, states: list[str]) -> tuple[int, ...] | None:
    shape = small_text(module, states[0]).get("shape") if states else None
    is_shape = (
        isinstance(shape, list) and bool(shape) and all(type(each) is int and each > 0 for each in shape)
    )
    return tuple(shape) if is_shape and shape is not None else None

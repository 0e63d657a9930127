"""NVFP4 and other four-bit weights as ModelOpt writes them, and DeepSeek's pairs of four-bit floats.

    ModelOpt   X.weight uint8 (out, in/2)   X.weight_scale float8 (out, in/16)
               X.weight_scale_2 ()   X.input_scale ()
    DeepSeek   X.weight int8 (out, in/2)    X.scale float8_e8m0fnu (out, in/32)

Source: NVIDIA, "Pretraining Large Language Models with NVFP4", 2025, arXiv 2509.25149;
transformers' integrations/finegrained_fp8.py. Not read as numbers yet.
"""

from __future__ import annotations

from collections.abc import Iterator

from lorasurgery.dtypes import Dtype
from lorasurgery.quantisation._module import BYTES, FLOAT8, WEIGHT, Module
from lorasurgery.quantisation._stated import Stated
from lorasurgery.quantisation._weight import QuantisedWeight, unread

OTHERS = (
    "weight_scale",
    "weight_scale_2",
    "input_scale",
    "pre_quant_scale",
    "k_scale",
    "v_scale",
    "output_scale",
)
DEEPSEEK = ("scale", "weight_scale_inv")


def weights(module: Module, _: Stated) -> Iterator[QuantisedWeight]:
    """The weight of a module in pairs of four-bit floats."""
    if module.dtype(WEIGHT) not in (*BYTES, Dtype.F4) or len(module.shape(WEIGHT)) < 2:
        return
    shape = (*module.shape(WEIGHT)[:-1], 2 * module.shape(WEIGHT)[-1])
    if "weight_scale_2" in module.tensors and module.dtype("weight_scale") in FLOAT8:
        yield unread(module, WEIGHT, WEIGHT, OTHERS, "NVFP4, 4 bit, groups of 16", shape)
    powers = [leaf for leaf in DEEPSEEK if module.dtype(leaf) is Dtype.F8_E8M0]
    if powers:
        group = shape[-1] // max(1, module.shape(powers[0])[-1])
        yield unread(module, WEIGHT, WEIGHT, powers, f"FP4 in pairs, 4 bit, groups of {group}", shape)

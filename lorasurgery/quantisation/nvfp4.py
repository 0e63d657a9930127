"""NVFP4 and other four-bit weights as ModelOpt writes them, and DeepSeek's pairs of four-bit floats.

    ModelOpt   X.weight uint8 (out, in/2)   X.weight_scale float8 (out, in/16)
               X.weight_scale_2 ()   X.input_scale ()
    DeepSeek   X.weight int8 (out, in/2)    X.scale float8_e8m0fnu (out, in/32)

Source: NVIDIA, "Pretraining Large Language Models with NVFP4", 2025, arXiv 2509.25149;
transformers' integrations/finegrained_fp8.py; ModelOpt's nvfp4_tensor.py.

    ModelOpt   W = E2M1 · scale · scale_2, the first of a pair in the low nibble
    DeepSeek   W = E2M1 · 2^(scale − 127)

A weight that was scaled before it was quantised (`pre_quant_scale`, AWQ) is recognised and not
read.
"""

from __future__ import annotations

from collections.abc import Iterator

from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor
from lorasurgery.quantisation._encoding import Encoding
from lorasurgery.quantisation._module import BYTES, FLOAT8, WEIGHT, Module
from lorasurgery.quantisation._pairs import encoding_of_pairs, pairs_of_floats
from lorasurgery.quantisation._stated import Stated
from lorasurgery.quantisation._weight import QuantisedWeight, packed

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
        label = "NVFP4, 4 bit, groups of 16"
        numbers, encoding = _of_modelopt(module)
        yield packed(module, WEIGHT, WEIGHT, OTHERS, label, shape, numbers, encoding)
    powers = [leaf for leaf in DEEPSEEK if module.dtype(leaf) is Dtype.F8_E8M0]
    if powers:
        group = shape[-1] // max(1, module.shape(powers[0])[-1])
        label = f"FP4 in pairs, 4 bit, groups of {group}"
        codes, scales = module.tensors[WEIGHT], module.tensors[powers[0]]
        numbers = pairs_of_floats(codes, scales) if len(powers) == 1 else None
        encoding = encoding_of_pairs(codes, scales) if numbers is not None else None
        yield packed(module, WEIGHT, WEIGHT, powers, label, shape, numbers, encoding)


def _of_modelopt(module: Module) -> tuple[LazyTensor | None, Encoding | None]:
    """Return the weight as numbers and how it is written again, or None twice if it is not read."""
    codes, scales, whole = (module.tensors[leaf] for leaf in (WEIGHT, "weight_scale", "weight_scale_2"))
    if whole.numel != 1 or "pre_quant_scale" in module.tensors:
        return None, None

    def factor() -> float:
        return float(whole.raw().single().reshape(()))

    numbers = pairs_of_floats(codes, scales, factor)
    return numbers, None if numbers is None else encoding_of_pairs(codes, scales, factor)

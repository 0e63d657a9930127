"""compressed-tensors (llm-compressor), but for its float8 weights, which are `fp8.py`'s.

    pack-quantized     X.weight_packed int32 (out, ⌈in·bits/32⌉), X.weight_scale (out, in/G),
                       X.weight_shape (2)
    int-quantized      X.weight int8 (out, in), X.weight_scale (out, 1)
    nvfp4-pack-…       X.weight_packed uint8 (out, in/2), X.weight_scale float8 (out, in/16),
                       X.weight_global_scale
    mxfp4-pack-…       X.weight_packed uint8 (out, in/2), X.weight_scale uint8 (out, in/32)
    sparse-…-bitmask   X.compressed, X.bitmask, X.shape, X.row_offsets

Source: https://github.com/vllm-project/compressed-tensors, compressors/. Not read as numbers yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lorasurgery.dtypes import Dtype
from lorasurgery.quantisation._module import WEIGHT, Module
from lorasurgery.quantisation._small import small_integers
from lorasurgery.quantisation._stated import Stated
from lorasurgery.quantisation._weight import QuantisedWeight, unread, words

METHOD = "compressed-tensors"
OTHERS = (
    "weight_scale",
    "weight_shape",
    "weight_zero_point",
    "weight_g_idx",
    "weight_global_scale",
    "input_global_scale",
    "input_scale",
    "input_zero_point",
    "output_scale",
    "k_scale",
    "v_scale",
    "meta",
)
SPARSE = ("bitmask", "shape", "row_offsets", "weight_scale", "weight_zero_point", "input_scale")


def weights(module: Module, stated: Stated) -> Iterator[QuantisedWeight]:
    """The weights of a module in one of compressed-tensors' formats."""
    packed = "weight_packed"
    if module.dtype(packed) is Dtype.I32:
        shape = small_integers(module, "weight_shape")
        yield unread(module, WEIGHT, packed, OTHERS, _packed(module, shape, stated), shape)
    elif module.dtype(packed) in (Dtype.U8, Dtype.I8, Dtype.F4):
        rows, columns = module.shape(packed)[-2:]
        name = "MXFP4" if module.dtype("weight_scale") in (Dtype.U8, Dtype.F8_E8M0) else "NVFP4"
        shape = (*module.shape(packed)[:-2], rows, 2 * columns)
        yield unread(module, WEIGHT, packed, OTHERS, f"{METHOD} {name}, 4 bit", shape)
    elif stated.method == METHOD and module.dtype(WEIGHT) is Dtype.I8 and "weight_scale" in module.tensors:
        yield unread(module, WEIGHT, WEIGHT, OTHERS, f"{METHOD} int8", module.shape(WEIGHT))
    elif "compressed" in module.tensors and "bitmask" in module.tensors:
        shape = small_integers(module, "shape")
        yield unread(module, WEIGHT, "compressed", SPARSE, f"{METHOD} sparse", shape)


def _packed(module: Module, shape: tuple[int, ...] | None, stated: Stated) -> str:
    """What is packed into 32 bits: of how many bits each, in groups of how many."""
    groups = module.shape("weight_scale")[-1:]
    columns = shape[-1] if shape else None
    group = columns // groups[0] if columns and groups and groups[0] > 1 else None
    bits = 32 * module.shape("weight_packed")[-1] // columns if columns else _bits(stated)
    return words(f"{METHOD} pack-quantized", bits, group, columns)


def _bits(stated: Stated) -> int | None:
    """The bits that all groups of modules have, where the config states one number."""
    groups = stated.settings.get("config_groups")
    held = [
        each["weights"].get("num_bits")
        for each in (groups.values() if isinstance(groups, Mapping) else ())
        if isinstance(each, Mapping) and isinstance(each.get("weights"), Mapping)
    ]
    found = {each for each in held if type(each) is int}
    return found.pop() if len(found) == 1 else None

"""compressed-tensors (llm-compressor), but for its float8 weights, which are `fp8.py`'s.

    pack-quantized     X.weight_packed int32 (out, ⌈in·bits/32⌉), X.weight_scale (out, in/G),
                       X.weight_shape (2)
    int-quantized      X.weight int8 (out, in), X.weight_scale (out, 1)
    nvfp4-pack-…       X.weight_packed uint8 (out, in/2), X.weight_scale float8 (out, in/16),
                       X.weight_global_scale
    mxfp4-pack-…       X.weight_packed uint8 (out, in/2), X.weight_scale uint8 (out, in/32)
    sparse-…-bitmask   X.compressed, X.bitmask, X.shape, X.row_offsets

    packed ints   W = (u − z) · scale, with z = 2^(bits − 1) where there are no zero points
    int8          W = (q − z) · scale
    NVFP4         W = E2M1 · scale / global scale
    MXFP4         W = E2M1 · 2^(scale − 127)

Zero points are packed along rows. Sparse weights are recognised and not read.

Source: https://github.com/vllm-project/compressed-tensors, compressors/.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor
from lorasurgery.linalg.code_grid import CodeGrid
from lorasurgery.quantisation._codes import packed_codes, unpacked_codes
from lorasurgery.quantisation._encoding import (
    Encoding,
    encoding_of_int8,
    equal_groups,
    scales_of,
)
from lorasurgery.quantisation._module import WEIGHT, Module
from lorasurgery.quantisation._packed import (
    Held,
    by_rows,
    grouped,
    groups_in_order,
    integers_as_floats,
    is_grid,
    scaled_by_columns,
    stored_groups,
    unpacked,
)
from lorasurgery.quantisation._pairs import encoding_of_pairs, pairs_of_floats
from lorasurgery.quantisation._small import small_integers
from lorasurgery.quantisation._stated import Stated
from lorasurgery.quantisation._weight import QuantisedWeight, packed, unread, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

METHOD = "compressed-tensors"
# Widths of packed integers that are read, as a dense stream of bits (compressed-tensors up to 0.10
# left gaps).
PACKED_BITS = (2, 3, 4, 5, 6, 7, 8)
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
    codes = "weight_packed"
    if module.dtype(codes) is Dtype.I32:
        shape = small_integers(module, "weight_shape")
        label = _packed(module, shape, stated)
        numbers = _integers(module, shape)
        encoding = _encoding_of_integers(module, shape) if numbers is not None and shape else None
        yield packed(module, WEIGHT, codes, OTHERS, label, shape, numbers, encoding)
    elif module.dtype(codes) in (Dtype.U8, Dtype.I8, Dtype.F4) and len(module.shape(codes)) > 1:
        rows, columns = module.shape(codes)[-2:]
        name = "MXFP4" if module.dtype("weight_scale") in (Dtype.U8, Dtype.F8_E8M0) else "NVFP4"
        shape = (*module.shape(codes)[:-2], rows, 2 * columns)
        label, (numbers, encoding) = f"{METHOD} {name}, 4 bit", _floats(module, name)
        yield packed(module, WEIGHT, codes, OTHERS, label, shape, numbers, encoding)
    elif stated.method == METHOD and module.dtype(WEIGHT) is Dtype.I8 and "weight_scale" in module.tensors:
        label, shape = f"{METHOD} int8", module.shape(WEIGHT)
        numbers = _int8(module)
        encoding = None if numbers is None else _encoding_of_int8(module)
        yield packed(module, WEIGHT, WEIGHT, OTHERS, label, shape, numbers, encoding)
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


def _integers(module: Module, shape: tuple[int, ...] | None) -> LazyTensor | None:
    """Return packed integers as numbers, or None if the tensors do not fit each other."""
    if shape is None or len(shape) != 2:
        return None
    (out, width), codes = shape, module.tensors["weight_packed"]
    bits, scales = 32 * codes.shape[-1] // max(1, width), module.tensors.get("weight_scale")
    if scales is None or bits not in PACKED_BITS or codes.shape != (out, -(-width * bits // 32)):
        return None
    groups = scales.shape[-1]
    if not is_grid(scales.shape, out, width) or not _has_its_zeros(module, out, groups, bits):
        return None
    zeros = Held(lambda: _zeros(module, out, groups, bits))
    of_columns = Held(lambda: _groups(module, width, groups))

    def rows(start: int, stop: int) -> Tensor:
        u = integers_as_floats(codes.read_rows(start, stop), bits, width)
        scale = scales.read_rows(start, stop).float()
        return scaled_by_columns(u, scale, zeros.get()[start:stop], of_columns.get())

    return by_rows(shape, rows, codes)


def _encoding_of_integers(module: Module, shape: tuple[int, ...]) -> Encoding:
    """Return how packed integers are written again; their zero points stay."""
    (out, width), codes, scales = shape, module.tensors["weight_packed"], module.tensors["weight_scale"]
    bits, groups = 32 * codes.shape[-1] // width, scales.shape[-1]
    return Encoding(
        (out, width),
        CodeGrid.of_integers(2**bits),
        lambda start, stop: unpacked_codes(codes.raw_rows(start, stop).bits, bits, width),
        scales_of(scales),
        lambda: _groups(module, width, groups),
        lambda _, moved: packed_codes(moved, bits),
    )


def _has_its_zeros(module: Module, out: int, groups: int, bits: int) -> bool:
    zeros = module.tensors.get("weight_zero_point")
    return zeros is None or (zeros.dtype is Dtype.I32 and zeros.shape == (-(-out * bits // 32), groups))


def _zeros(module: Module, out: int, groups: int, bits: int) -> Tensor:
    import torch

    zeros = module.tensors.get("weight_zero_point")
    if zeros is None:
        return torch.full((out, groups), 2.0 ** (bits - 1))
    return unpacked(zeros.read().T.contiguous(), bits, out).T.float().contiguous()


def _groups(module: Module, width: int, groups: int) -> NDArray[np.int64]:
    """Return the group of each column: in order, or as `weight_g_idx` has it; -1 throughout says nothing."""
    index = module.tensors.get("weight_g_idx")
    if index is None or index.shape != (width,) or bool((index.raw().integers == -1).all()):
        return groups_in_order(width, groups)
    return stored_groups(index, module.full("weight_g_idx"), groups)


def _int8(module: Module) -> LazyTensor | None:
    """Return 8-bit integers as numbers, or None if their scales are not for rows, groups or the whole."""
    codes, scales = module.tensors[WEIGHT], module.tensors["weight_scale"]
    zeros = module.tensors.get("weight_zero_point")
    if len(codes.shape) != 2 or (zeros is not None and zeros.shape != scales.shape):
        return None
    out, width = codes.shape
    if scales.numel != 1 and not is_grid(scales.shape, out, width):
        return None

    def rows(start: int, stop: int) -> Tensor:
        q = codes.read_rows(start, stop).float()
        z = _of_rows(zeros, start, stop, width) if zeros is not None else 0.0
        return (q - z) * _of_rows(scales, start, stop, width)

    return by_rows(codes.shape, rows, codes)


def _encoding_of_int8(module: Module) -> Encoding:
    codes, scales = module.tensors[WEIGHT], module.tensors["weight_scale"]
    width = codes.shape[1]

    def one_scale(start: int, stop: int) -> NDArray[np.float32]:
        import numpy as np

        return np.full((stop - start, 1), scales.raw().single().reshape(()))

    if scales.numel == 1:
        return encoding_of_int8(codes, one_scale, equal_groups(width, 1))
    return encoding_of_int8(codes, scales_of(scales), equal_groups(width, scales.shape[-1]))


def _of_rows(values: LazyTensor, start: int, stop: int, width: int) -> Tensor:
    """Return what each element of some rows is given, from one value for all, or for groups of columns."""
    if values.numel == 1:
        return values.read().float().reshape(1, 1)
    return grouped(values.read_rows(start, stop).float(), width)


def _inverse(whole: LazyTensor) -> float:
    """Return what the scales are multiplied with; infinite where the file has 0."""
    import numpy as np

    with np.errstate(all="ignore"):
        return float(1 / whole.raw().single().reshape(())[()])


def _floats(module: Module, name: str) -> tuple[LazyTensor | None, Encoding | None]:
    """Return pairs of four-bit floats as numbers and how they are written again; None twice if the
    tensors do not fit each other.
    """
    codes, scales = module.tensors["weight_packed"], module.tensors.get("weight_scale")
    whole = module.tensors.get("weight_global_scale")
    needs_whole = name == "NVFP4"
    if scales is None or (whole is not None) != needs_whole or (whole is not None and whole.numel != 1):
        return None, None
    factor = None if whole is None else lambda: _inverse(whole)
    numbers = pairs_of_floats(codes, scales, factor)
    return numbers, None if numbers is None else encoding_of_pairs(codes, scales, factor)

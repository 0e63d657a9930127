"""torchao's tensors, as transformers 5 saves them: flattened, with their class in the file's metadata.

    Int8Tensor, IntxUnpackedToInt8Tensor   X._weight_qdata int8 (out, in), X._weight_scale and
                                           X._weight_zero_point (out, groups)
    Float8Tensor   X._weight_qdata float8 (out, in)     X._weight_scale for rows, blocks or the whole
    Int4Tensor     X._weight_qdata int8 (out, in/2)     X._weight_scale, _zero_point (groups, out)
    MXTensor       X._weight_qdata float8 (out, in) or bytes (out, in/2)   X._weight_scale e8m0
    NVFP4Tensor    X._weight_qdata bytes (out, in/2)    X._weight_scale e4m3, _per_tensor_scale

    integers   W = (q − zero point) · scale
    Int4       W = q · scale + zero point, q signed, the first of a pair in the low nibble

Scales of MX and NVFP4 may be in the order of tensor cores (`is_swizzled_scales`). Classes whose
codes are tiled for a GPU are not read. Source: torchao 0.18, quantization/quantize_/workflows and
prototype/mx_formats.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor
from lorasurgery.quantisation._flattened import CODES, tensor_class
from lorasurgery.quantisation._module import FLOAT8, Module
from lorasurgery.quantisation._packed import by_rows, grouped, held_transposed, unpacked
from lorasurgery.quantisation._pairs import pairs_of_floats
from lorasurgery.quantisation._stated import Stated
from lorasurgery.quantisation._tiled_scales import in_order
from lorasurgery.quantisation._weight import QuantisedWeight, packed
from lorasurgery.quantisation.fp8 import SCALE_DTYPES, block_of, dequantised

if TYPE_CHECKING:
    from torch import Tensor

# What lies beside the codes and changes what goes into the layer, not the weight.
OF_INPUTS = ("act_per_tensor_scale",)
UNNAMED = "the header of its file does not name its class in torchao"


@dataclasses.dataclass(frozen=True)
class _Flattened:
    """The tensors of one parameter by torchao's names, and the attributes of its class."""

    parts: Mapping[str, LazyTensor]
    attributes: Mapping[str, Any]

    @property
    def codes(self) -> LazyTensor:
        return self.parts["qdata"]

    @property
    def block(self) -> tuple[int, ...]:
        """How many elements share a scale along each dimension, empty if that is not said."""
        sizes = self.attributes.get("block_size")
        is_list = isinstance(sizes, list) and all(type(each) is int and each > 0 for each in sizes)
        return tuple(sizes) if is_list and sizes is not None else ()


def weights(module: Module, stated: Stated) -> Iterator[QuantisedWeight]:
    """The parameters of a module that torchao flattened."""
    for leaf in module.tensors:
        if not (leaf.startswith("_") and leaf.endswith(CODES)):
            continue
        stem = leaf.removesuffix(CODES)
        others = [each for each in module.tensors if each.startswith(f"{stem}_")]
        name, attributes = tensor_class(stated.torchao, module.full(stem[1:]))
        flattened = _Flattened(
            {each.removeprefix(f"{stem}_"): module.tensors[each] for each in others}, attributes
        )
        numbers = CLASSES[name](flattened) if name in CLASSES else None
        is_whole = module.dtype(leaf) is Dtype.I8 or module.dtype(leaf) in FLOAT8
        shape = (
            numbers.shape if numbers else module.shape(leaf) if is_whole and name != "Int4Tensor" else None
        )
        label = f"torchao {name}" if name else f"torchao, {module.dtype(leaf)}"
        found = packed(module, stem[1:], leaf, others, label, shape, numbers)
        yield found if name else dataclasses.replace(found, reason=UNNAMED)


def _integers(flattened: _Flattened) -> LazyTensor | None:
    """Return integers as numbers, or None if their scales are not for groups of columns or the whole."""
    codes, scale = flattened.codes, flattened.parts.get("scale")
    zeros, block = flattened.parts.get("zero_point"), flattened.block
    known = {"qdata", "scale", "zero_point"}
    if scale is None or codes.dtype is not Dtype.I8 or len(block) != len(codes.shape) or len(block) < 2:
        return None
    if not flattened.parts.keys() <= known or (zeros is not None and zeros.numel != scale.numel):
        return None
    width, is_whole = codes.shape[-1], block == codes.shape
    grid = (*codes.shape[:-1], width // block[-1])
    if not is_whole and (math.prod(grid) != scale.numel or width % block[-1] or max(block[:-1]) > 1):
        return None

    def spread(values: LazyTensor, start: int, stop: int) -> Tensor:
        if is_whole:
            return values.read().float().reshape(())
        return grouped(values.viewed(grid).read_rows(start, stop).float(), width)

    def rows(start: int, stop: int) -> Tensor:
        q = codes.read_rows(start, stop).float()
        if zeros is not None:
            q = q - spread(zeros, start, stop)
        return q * spread(scale, start, stop)

    return by_rows(codes.shape, rows, codes) if not is_whole or scale.numel == 1 else None


def _float8(flattened: _Flattened) -> LazyTensor | None:
    """Return 8-bit floats as numbers, or None if their scales fit no blocks."""
    codes, scale = flattened.codes, flattened.parts.get("scale")
    if scale is None or flattened.parts.keys() != {"qdata", "scale"} or codes.dtype not in FLOAT8:
        return None
    if scale.dtype not in SCALE_DTYPES:
        return None
    stated = [(flattened.block[0], flattened.block[1])] if len(flattened.block) == 2 else []
    block = block_of(codes.shape, scale.shape, stated)
    return dequantised(codes, scale, block) if block else None


def _int4(flattened: _Flattened) -> LazyTensor | None:
    """Return pairs of signed integers as numbers, or None if the tensors do not fit each other."""
    codes, scale, zeros = (flattened.parts.get(part) for part in ("qdata", "scale", "zero_point"))
    known = {"qdata", "scale", "zero_point"}
    if codes is None or scale is None or zeros is None or flattened.parts.keys() != known:
        return None
    if len(codes.shape) != 2 or codes.dtype not in (Dtype.I8, Dtype.U8):
        return None
    (out, width), groups = (codes.shape[0], 2 * codes.shape[1]), scale.shape[0] if scale.shape else 0
    fits = scale.shape == (groups, out) == zeros.shape and groups and width % groups == 0
    if not fits or flattened.block != (1, width // groups):
        return None
    of_groups, shifts = held_transposed(scale), held_transposed(zeros)

    def rows(start: int, stop: int) -> Tensor:
        q = (unpacked(codes.read_rows(start, stop), 4, width) ^ 8) - 8
        return q.float() * grouped(of_groups.get()[start:stop], width) + grouped(
            shifts.get()[start:stop], width
        )

    return by_rows((out, width), rows, codes)


def _microscaled(flattened: _Flattened) -> LazyTensor | None:
    """Return MXFP8 or MXFP4 as numbers, or None for floats of six bits or other groups than 32."""
    codes, group = flattened.codes, flattened.attributes.get("block_size")
    if flattened.parts.keys() != {"qdata", "scale"} or len(codes.shape) != 2 or not isinstance(group, int):
        return None
    is_pairs = codes.dtype is Dtype.U8 and "float4" in str(flattened.attributes.get("elem_dtype"))
    width = codes.shape[1] * (2 if is_pairs else 1)
    scales = _scales(flattened, codes.shape[0], width, group)
    if scales is None or scales.dtype not in SCALE_DTYPES or not (is_pairs or codes.dtype in FLOAT8):
        return None
    return pairs_of_floats(codes, scales) if is_pairs else dequantised(codes, scales, (1, group))


def _nvfp4(flattened: _Flattened) -> LazyTensor | None:
    """Return NVFP4 as numbers, or None if the tensors do not fit each other."""
    codes, group = flattened.codes, flattened.attributes.get("block_size")
    whole = flattened.parts.get("per_tensor_scale")
    extra = flattened.parts.keys() - {"qdata", "scale", "per_tensor_scale", *OF_INPUTS}
    if extra or len(codes.shape) != 2 or codes.dtype is not Dtype.U8 or not isinstance(group, int):
        return None
    scales = _scales(flattened, codes.shape[0], 2 * codes.shape[1], group)
    if scales is None or (whole is not None and whole.numel != 1):
        return None
    factor = None if whole is None else lambda: float(whole.raw().single().reshape(()))
    return pairs_of_floats(codes, scales, factor)


def _scales(flattened: _Flattened, rows: int, width: int, group: int) -> LazyTensor | None:
    """Return the scales as (rows, groups), or None if there are not as many as that."""
    scale = flattened.parts.get("scale")
    if scale is None or group <= 0 or width % group:
        return None
    if flattened.attributes.get("is_swizzled_scales"):
        return in_order(scale, rows, width // group)
    return scale.viewed((rows, width // group)) if scale.numel == rows * width // group else None


CLASSES: Mapping[str, Callable[[_Flattened], LazyTensor | None]] = {
    "Int8Tensor": _integers,
    "IntxUnpackedToInt8Tensor": _integers,
    "Float8Tensor": _float8,
    "Int4Tensor": _int4,
    "MXTensor": _microscaled,
    "NVFP4Tensor": _nvfp4,
}

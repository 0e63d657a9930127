"""Layers that ComfyUI marks (`_marks.py`), but for its float8 weights, which are `fp8.py`'s.

    mxfp8            X.weight float8 (out, in)      X.weight_scale e8m0, in tiles
    nvfp4            X.weight uint8 (out, in/2)     X.weight_scale float8, in tiles   X.weight_scale_2 ()
    int8_tensorwise  X.weight int8 (out, in)        X.weight_scale () or (out, 1)
    awq_w4a16        X.weight int8 (out, in/2)      X.weight_scale, X.weight_zeros (groups, out)

    mxfp8   W = q · 2^(scale − 127)              int8   W = q · scale
    nvfp4   W = E2M1 · scale · scale_2, the first of a pair in the high nibble
    awq     W = (q − 8) · scale + zeros, the first of a pair in the low nibble

Rows and columns that ComfyUI padded to 16 or 32 stay. A layer with any other tensor is not read,
nor is one that was rotated. Source: https://github.com/Comfy-Org/ComfyUI, comfy/ops.py;
https://github.com/Comfy-Org/comfy-kitchen, tensor/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor
from lorasurgery.quantisation._companions import INPUTS, companions_of
from lorasurgery.quantisation._marks import LEAF as MARK
from lorasurgery.quantisation._module import FLOAT8, WEIGHT, Module
from lorasurgery.quantisation._packed import by_rows, grouped, held_transposed, unpacked
from lorasurgery.quantisation._pairs import pairs_of_floats
from lorasurgery.quantisation._stated import Stated
from lorasurgery.quantisation._tiled_scales import in_order
from lorasurgery.quantisation._weight import QuantisedWeight, packed
from lorasurgery.quantisation.fp8 import dequantised

if TYPE_CHECKING:
    from torch import Tensor

SCALE, SCALE_2, ZEROS = "weight_scale", "weight_scale_2", "weight_zeros"


def weights(module: Module, _: Stated) -> Iterator[QuantisedWeight]:
    """The weight of a layer that is marked with one of these formats, if its tensors fit."""
    if module.marked not in FORMATS or WEIGHT not in module.tensors or SCALE not in module.tensors:
        return
    label, scales, read = FORMATS[module.marked]
    companions = companions_of(module, WEIGHT)
    if set(companions) - {MARK, *INPUTS} != set(scales) or len(module.shape(WEIGHT)) != 2:
        return
    numbers = read(module)
    if numbers is not None:
        yield packed(module, WEIGHT, WEIGHT, companions, f"ComfyUI's {label}", numbers.shape, numbers)


def _mxfp8(module: Module) -> LazyTensor | None:
    codes, group = module.tensors[WEIGHT], 32
    rows, columns = codes.shape
    is_mx = codes.dtype in FLOAT8 and module.dtype(SCALE) in (Dtype.U8, Dtype.F8_E8M0)
    if not is_mx or columns % group:
        return None
    scales = in_order(module.tensors[SCALE], rows, columns // group)
    return dequantised(codes, scales, (1, group)) if scales else None


def _nvfp4(module: Module) -> LazyTensor | None:
    codes, whole, group = module.tensors[WEIGHT], module.tensors[SCALE_2], 16
    rows, columns = codes.shape[0], 2 * codes.shape[1]
    stored = module.tensors[SCALE]
    if codes.dtype is not Dtype.U8 or stored.dtype is not Dtype.F8_E4M3 or columns % group:
        return None
    scales = in_order(stored, rows, columns // group)
    if scales is None or whole.numel != 1:
        return None
    return pairs_of_floats(codes, scales, lambda: float(whole.raw().single().reshape(())), high_first=True)


def _int8(module: Module) -> LazyTensor | None:
    codes, scale = module.tensors[WEIGHT], module.tensors[SCALE]
    if codes.dtype is not Dtype.I8 or (scale.numel != 1 and scale.shape != (codes.shape[0], 1)):
        return None
    is_single = scale.numel == 1

    def rows(start: int, stop: int) -> Tensor:
        factors = scale.read().reshape(()) if is_single else scale.read_rows(start, stop)
        return codes.read_rows(start, stop).float() * factors.float()

    return by_rows(codes.shape, rows, codes)


def _awq(module: Module) -> LazyTensor | None:
    codes, scale, zeros = (module.tensors[leaf] for leaf in (WEIGHT, SCALE, ZEROS))
    out, width = codes.shape[0], 2 * codes.shape[1]
    groups = scale.shape[0] if scale.shape else 0
    fits = scale.shape == zeros.shape == (groups, out) and groups and width % groups == 0
    if codes.dtype not in (Dtype.I8, Dtype.U8) or not fits:
        return None
    of_groups, shifts = held_transposed(scale), held_transposed(zeros)

    def rows(start: int, stop: int) -> Tensor:
        q = unpacked(codes.read_rows(start, stop), 4, width) - 8
        scaled = q.float() * grouped(of_groups.get()[start:stop], width)
        return scaled + grouped(shifts.get()[start:stop], width)

    return by_rows((out, width), rows, codes)


# ComfyUI's word -> what the format is called, its scales, and its reader.
FORMATS: Mapping[str, tuple[str, tuple[str, ...], Callable[[Module], LazyTensor | None]]] = {
    "mxfp8": ("MXFP8, groups of 32", (SCALE,), _mxfp8),
    "nvfp4": ("NVFP4, 4 bit, groups of 16", (SCALE, SCALE_2), _nvfp4),
    "int8_tensorwise": ("int8", (SCALE,), _int8),
    "awq_w4a16": ("AWQ, 4 bit", (SCALE, ZEROS), _awq),
}

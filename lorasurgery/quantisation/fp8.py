"""Weights in 8-bit floats with scales: W = stored · scale, one scale per tensor, per row or per block.

    X.weight (out, in) float8     X.weight_scale_inv (⌈out/b₀⌉, ⌈in/b₁⌉)   DeepSeek's blocks
                                  X.weight_scale     (), (1), (out), (out, 1) or blocks:
                                                     compressed-tensors, fbgemm, ModelOpt, ComfyUI
                                  X.scale_weight     ()         ComfyUI's older files, with `scaled_fp8`
                                  X.scale            blocks     DeepSeek's own files
                                  X.qscale_weight    ()         Mistral's own files
    E.gate_up_proj (experts, in, out) float8    E.gate_up_proj_scale (experts, 1, out)    fbgemm

Despite its name, `weight_scale_inv` multiplies; fbgemm's experts have it as well. Scales in uint8
or float8_e8m0fnu are powers of two, 2^(byte − 127) (MXFP8). A float8 tensor without any companion
is a plain cast, unless the config says that weights are quantised.

Source: DeepSeek-AI, "DeepSeek-V3 Technical Report", 2024, arXiv 2412.19437, section 3.3;
transformers' integrations/finegrained_fp8.py and fbgemm_fp8.py; compressed-tensors'
lifecycle/forward.py; Open Compute Project, "OCP Microscaling Formats (MX)", v1.0, 2023.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor
from lorasurgery.linalg.code_grid import CodeGrid, float_grid
from lorasurgery.quantisation._companions import companions_of, is_of_activations
from lorasurgery.quantisation._encoding import (
    Encoding,
    as_codes,
)
from lorasurgery.quantisation._marks import LEAF as MARK
from lorasurgery.quantisation._module import FLOAT8, WEIGHT, Module
from lorasurgery.quantisation._packed import scaled_in_groups, table_floats
from lorasurgery.quantisation._stated import Stated
from lorasurgery.quantisation._weight import QuantisedWeight
from lorasurgery.small_floats import numbers_of
from lorasurgery.stored_array import StoredArray
from lorasurgery.text import times

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

# What makers call the scales of `X.weight`, and what they append to the name of any other
# parameter.
SCALES = ("weight_scale_inv", "weight_scale", "scale_weight", "scale", "qscale_weight")
SUFFIXES = ("_scale_inv", "_scale")
SCALE_DTYPES = frozenset({Dtype.F64, Dtype.F32, Dtype.F16, Dtype.BF16, Dtype.F8_E8M0, Dtype.U8})
POWERS_OF_TWO = frozenset({Dtype.F8_E8M0, Dtype.U8})
# ComfyUI's words for the layouts that are read; its MXFP8 has its scales in another order.
MARKS = ("", "float8_e4m3fn", "float8_e5m2")
# Where no config states the size of blocks.
USUAL_BLOCK = (128, 128)
BIAS, NAN_BYTE = 127, 255


def weights(module: Module, stated: Stated) -> Iterator[QuantisedWeight]:
    """The weights of a module in 8-bit floats, with scales or with companions that are not known."""
    for leaf in module.codes if module.marked in MARKS else ():
        if module.dtype(leaf) in FLOAT8 and _is_parameter(leaf):
            found = _weight(module, leaf, stated)
            if found is not None:
                yield found


def _is_parameter(leaf: str) -> bool:
    """Return whether a tensor has a parameter's own name: NVFP4's scales are float8 too, with
    longer names.
    """
    is_beside_weight = leaf.startswith((f"{WEIGHT}_", f"{WEIGHT}.")) and leaf != WEIGHT
    return not is_beside_weight and not leaf.startswith("_") and "scale" not in leaf


def _weight(module: Module, leaf: str, stated: Stated) -> QuantisedWeight | None:
    companions = companions_of(module, leaf)
    names = SCALES if leaf == WEIGHT else tuple(leaf + suffix for suffix in SUFFIXES)
    scales = [name for name in names if name in companions]
    others = [each for each in companions if each not in scales and not is_of_activations(leaf, each)]
    others = [each for each in others if each != MARK]
    if not companions and not stated.method and not module.marked:
        return None
    if len(scales) != 1 or others:
        return _refused(module, leaf, companions, _why_not(module, leaf, scales, others, stated))
    (scale,) = scales
    block = block_of(module.shape(leaf), module.shape(scale), stated_blocks(stated.settings))
    if block is None or module.dtype(scale) not in SCALE_DTYPES:
        shape = times(module.shape(scale))
        return _refused(
            module,
            leaf,
            companions,
            f"it is {times(module.shape(leaf))}, and its scales {module.full(scale)!r} are "
            f"{module.dtype(scale)} of {shape}: "
            "they fit neither the whole, nor its rows, nor blocks of one size",
        )
    is_mx = module.dtype(scale) in POWERS_OF_TWO
    return QuantisedWeight(
        name=module.full(leaf),
        codes=module.full(leaf),
        tensors=tuple(module.full(each) for each in (leaf, *companions)),
        label=f"{'MXFP8' if is_mx and block[-1] == 32 else 'FP8'}, {_sharing(module.shape(leaf), block)}",
        shape=module.shape(leaf),
        numbers=dequantised(module.tensors[leaf], module.tensors[scale], block),
        encoding=_encoding(module.tensors[leaf], module.tensors[scale], block),
        is_float=True,
    )


def _refused(module: Module, leaf: str, companions: list[str], reason: str) -> QuantisedWeight:
    tensors = tuple(module.full(each) for each in (leaf, *companions))
    return QuantisedWeight(
        module.full(leaf), module.full(leaf), tensors, "FP8", module.shape(leaf), reason=reason
    )


def _why_not(module: Module, leaf: str, scales: list[str], others: list[str], stated: Stated) -> str:
    if others:
        return f"it comes with {module.full(others[0])!r}, whose meaning is not known"
    if scales:
        return f"it has two tensors of scales, {' and '.join(map(repr, map(module.full, scales)))}"
    method = f"; the config says {stated.method}" if stated.method else ""
    known = ", ".join(SCALES) if leaf == WEIGHT else ", ".join(leaf + suffix for suffix in SUFFIXES)
    return f"it has no scales under a name that is known ({known}){method}"


def _sharing(shape: tuple[int, ...], block: tuple[int, ...]) -> str:
    if all(size >= side for size, side in zip(block, shape, strict=True)):
        return "one scale"
    if block[0] == 1 and all(size >= side for size, side in zip(block[1:], shape[1:], strict=True)):
        return "a scale for each row"
    return f"blocks of {times(block)}"


def stated_blocks(settings: Mapping[str, object]) -> list[tuple[int, int]]:
    """The sizes of blocks that a config states, for the whole model or for groups of modules, each once."""
    groups = settings.get("config_groups")
    held = [settings.get("weight_block_size")]
    for group in groups.values() if isinstance(groups, Mapping) else ():
        of_weights = group.get("weights") if isinstance(group, Mapping) else None
        held.append(of_weights.get("block_structure") if isinstance(of_weights, Mapping) else None)
    return list(dict.fromkeys(pair for each in held if (pair := _pair(each)) is not None))


def _pair(value: object) -> tuple[int, int] | None:
    """Two sizes; compressed-tensors also spells them "128x128"."""
    parts = value.split("x") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or len(parts) != 2:
        return None
    sizes = [int(each) if str(each).isdecimal() and len(str(each)) < 10 else 0 for each in parts]
    return (sizes[0], sizes[1]) if min(sizes) > 0 else None


def block_of(
    shape: tuple[int, ...], scales: tuple[int, ...], stated: list[tuple[int, int]]
) -> tuple[int, ...] | None:
    """How many elements share a scale along every dimension; None where the scales' shape does not say it.

    A dimension has one scale, or one for each element; where it has several, the last two
    dimensions are cut into blocks: of a size that is stated, else of 128, else as the grid divides
    the matrix.
    """
    if math.prod(scales) == 1:
        return shape
    grid = (*scales, *(1 for _ in shape[len(scales) :])) if len(scales) == 1 else scales
    if len(grid) != len(shape) or 0 in grid:
        return None
    if all(count in (1, side) for count, side in zip(grid, shape, strict=True)):
        return tuple(1 if count == side else side for count, side in zip(grid, shape, strict=True))
    leading = tuple(1 if count == side else side for count, side in zip(grid[:-2], shape[:-2], strict=True))
    if any(count not in (1, side) for count, side in zip(grid[:-2], shape[:-2], strict=True)):
        return None
    last = _last_two(shape[-2:], grid[-2:], stated)
    return None if last is None else (*leading, *last)


def _last_two(
    sides: tuple[int, ...], grid: tuple[int, ...], stated: list[tuple[int, int]]
) -> tuple[int, ...] | None:
    fitting = [size for size in stated or [USUAL_BLOCK] if _grid(sides, size) == grid]
    meanings = {tuple(map(min, size, sides)) for size in fitting}
    if len(meanings) == 1:
        return fitting[0]
    divides = all(side % count == 0 for side, count in zip(sides, grid, strict=True))
    return None if meanings or not divides else tuple(map(int.__floordiv__, sides, grid))


def _grid(sides: tuple[int, ...], size: tuple[int, int]) -> tuple[int, ...]:
    return tuple(-(-side // each) for side, each in zip(sides, size, strict=True))


def dequantised(codes: LazyTensor, scales: LazyTensor, block: tuple[int, ...]) -> LazyTensor:
    """The weight as numbers, in float32: codes times scales, each product rounded once."""

    product = _Product(codes, scales, block)
    return LazyTensor(codes.shape, Dtype.F32, product.read, rows=product.rows, advise=codes.advise)


@dataclass(frozen=True)
class _Product:
    """Codes times scales; the scales are read once."""

    codes: LazyTensor
    scales: LazyTensor
    block: tuple[int, ...]

    @cached_property
    def factors(self) -> Tensor:
        return factors(self.scales.read())

    def rows(self, start: int, stop: int) -> Tensor:
        start, stop, _ = slice(start, stop).indices(self.codes.shape[0])
        numbers = float8_as_floats(self.codes.read_rows(start, stop))
        columns, width = self.codes.shape[-1], self.block[-1]
        if len(self.block) == 2 and width < columns and columns % width == 0:
            narrow = (self.codes.shape[0], columns // width)
            of_groups = spread(self.factors, (self.block[0], 1), narrow, start, stop)
            return scaled_in_groups(numbers, of_groups)
        return numbers.mul_(spread(self.factors, self.block, self.codes.shape, start, stop))

    def read(self) -> Tensor:
        return self.rows(0, self.codes.shape[0])


def float8_as_floats(codes: Tensor) -> Tensor:
    """Floats of eight bits as float32, looked up in a table of all of them."""
    import torch

    levels = torch.arange(256, dtype=torch.uint8).view(codes.dtype).float()
    return table_floats(codes.view(torch.uint8), 8, levels)


def factors(scales: Tensor) -> Tensor:
    """Scales as factors in float32."""
    import torch

    if scales.element_size() > 1:
        return scales.float()
    every = torch.arange(256, dtype=torch.uint8).view(scales.dtype)
    return table_floats(scales.view(torch.uint8), 8, decoded(every).float())


def single_factors(scales: StoredArray) -> NDArray[np.float32]:
    """Scales as factors in float32: bytes are exponents of two."""
    return StoredArray(scales.bits, Dtype.F8_E8M0 if scales.dtype is Dtype.U8 else scales.dtype).single()


def decoded(scales: Tensor) -> Tensor:
    """Scales as factors: bytes are exponents of two."""
    import torch

    if scales.dtype != torch.uint8:
        return scales
    powers = torch.exp2(scales.double() - BIAS)
    return torch.where(scales == NAN_BYTE, torch.nan, powers)


def _encoding(codes: LazyTensor, scales: LazyTensor, block: tuple[int, ...]) -> Encoding:
    """Return how codes are written again under scales for blocks."""
    grid = [-(-side // size) for side, size in zip(codes.shape, block, strict=True)]
    rows, columns = math.prod(codes.shape[:-1]), codes.shape[-1]
    flat = codes.viewed((rows, columns))

    def read_codes(start: int, stop: int) -> NDArray[np.int16]:
        return as_codes(flat.raw_rows(start, stop).bits)

    def read_scales(start: int, stop: int) -> NDArray[np.float32]:
        import numpy as np

        row, blocks = np.arange(start, stop), 1
        block_row = np.zeros_like(row)
        for side, size, count in list(zip(codes.shape, block, grid, strict=True))[-2::-1]:
            block_row, blocks, row = block_row + blocks * (row % side // size), blocks * count, row // side
        return single_factors(scales.raw()).reshape(-1, grid[-1])[block_row]

    def stored(_: int, moved: NDArray[np.int16]) -> NDArray[Any]:
        return moved.astype("u1")

    def groups() -> NDArray[np.int64]:
        import numpy as np

        return np.arange(columns) // block[-1]

    return Encoding((rows, columns), float8_grid(codes.dtype), read_codes, read_scales, groups, stored)


@cache
def float8_grid(dtype: Dtype) -> CodeGrid:
    """Return the numbers of all bit patterns of an 8-bit float."""
    return float_grid(numbers_of(dtype).tolist())


def spread(scales: Tensor, block: tuple[int, ...], shape: tuple[int, ...], start: int, stop: int) -> Tensor:
    """The scale of every element of some rows, as a tensor that broadcasts to their shape."""
    import torch

    grid = [-(-side // size) for side, size in zip(shape, block, strict=True)]
    table = scales.reshape(grid)
    for dimension, (side, size, count) in enumerate(zip(shape, block, grid, strict=True)):
        first, last = (start, stop) if dimension == 0 else (0, side)
        if count > 1 and (size > 1 or dimension == 0):
            table = table.index_select(dimension, torch.arange(first, last) // size)
    return table

"""bitsandbytes: NF4 and FP4 in four bits, LLM.int8() in eight.

    4 bit   X.weight uint8 (out·in/2, 1)   X.weight.absmax   X.weight.quant_map
            X.weight.quant_state.bitsandbytes__nf4; X.weight.nested_absmax,
            X.weight.nested_quant_map where the scales are quantised as well
    8 bit   X.weight int8 (out, in)        X.SCB (out)       X.weight_format

    4 bit   W = quant_map[code] · absmax of its block, rounded to the dtype of the state; high nibble
            first; absmax = nested_quant_map[absmax] · nested_absmax + nested_offset if nested
    8 bit   W = code · SCB / 127

Source: Dettmers et al., "QLoRA", 2023, arXiv 2305.14314, and "LLM.int8()", 2022, arXiv 2208.07339;
bitsandbytes' functional.py.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor
from lorasurgery.linalg.code_grid import CodeGrid
from lorasurgery.quantisation._encoding import (
    Encoding,
    encoding_of_int8,
    equal_groups,
)
from lorasurgery.quantisation._module import WEIGHT, Module
from lorasurgery.quantisation._packed import Held, by_rows, scaled_in_groups, table_floats
from lorasurgery.quantisation._small import small_integers, small_text
from lorasurgery.quantisation._stated import Stated
from lorasurgery.quantisation._weight import QuantisedWeight, packed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

STATE = "weight.quant_state."
DTYPES = {"float32": Dtype.F32, "float16": Dtype.F16, "bfloat16": Dtype.BF16}
# As bitsandbytes multiplies, in float32.
ONE_127TH = 7.874015718698502e-3
# bitsandbytes' own blocks have 4096 numbers at most; indices are of 64 bits.
MOST_IN_A_BLOCK = 1 << 31
BEYOND_FLOAT32 = 2.0**128


def weights(module: Module, _: Stated) -> Iterator[QuantisedWeight]:
    """The weight of a module in four or eight bits."""
    own = [leaf for leaf in module.tensors if leaf.startswith(f"{WEIGHT}.")]
    states = [leaf for leaf in own if leaf.startswith(STATE)]
    if WEIGHT in module.tensors and (states or f"{WEIGHT}.absmax" in own):
        kind = states[0].rpartition("__")[2].upper() if states else "4 bit"
        label = f"bitsandbytes {kind}" + (", double quantised" if f"{WEIGHT}.nested_absmax" in own else "")
        shape = _shape(module, states)
        state = small_text(module, states[0]) if states else {}
        numbers = _in_four_bits(module, state, shape) if shape else None
        encoding = _encoding(module, state, shape) if shape and numbers is not None else None
        yield packed(module, WEIGHT, WEIGHT, own, label, shape, numbers, encoding)
    elif module.dtype(WEIGHT) is Dtype.I8 and "SCB" in module.tensors:
        others = ("SCB", "weight_format", "CxB", "SB", "SCBt")
        label, shape = "bitsandbytes 8 bit", module.shape(WEIGHT)
        numbers = _in_eight_bits(module, shape)
        encoding = None if numbers is None else _encoding_in_eight_bits(module)
        yield packed(module, WEIGHT, WEIGHT, others, label, shape, numbers, encoding)


def _shape(module: Module, states: list[str]) -> tuple[int, ...] | None:
    shape = small_text(module, states[0]).get("shape") if states else None
    is_shape = (
        isinstance(shape, list) and bool(shape) and all(type(each) is int and each > 0 for each in shape)
    )
    return tuple(shape) if is_shape and shape is not None else None


def _in_four_bits(module: Module, state: Mapping[str, Any], shape: tuple[int, ...]) -> LazyTensor | None:
    """Return the weight as numbers, or None if the tensors do not fit the state."""
    block, dtype = _size(state, "blocksize"), DTYPES.get(str(state.get("dtype")))
    count, codes = math.prod(shape), module.tensors[WEIGHT]
    if not block or dtype is None or len(shape) != 2:
        return None
    if codes.dtype is not Dtype.U8 or codes.numel * 2 != count + count % 2:
        return None
    if module.shape(f"{WEIGHT}.quant_map") != (16,) or not module.holds_numbers(f"{WEIGHT}.quant_map"):
        return None
    if module.shape(f"{WEIGHT}.absmax") != (-(-count // block),) or not _is_nested_right(module, state):
        return None
    table = Held(lambda: module.tensors[f"{WEIGHT}.quant_map"].read().float())
    peaks = Held(lambda: _peaks(module, state))
    bytes_of_codes, width = codes.viewed((codes.numel,)), shape[1]

    def rows(start: int, stop: int) -> Tensor:
        import torch

        first, last = start * width, stop * width
        pairs = bytes_of_codes.read_rows(first // 2, -(-last // 2))
        values = table_floats(pairs, 4, table.get(), high_first=True)[first % 2 :][: last - first]
        if first % block == 0 == last % block:
            scaled_in_groups(values, torch.from_numpy(peaks.get()[first // block : last // block]))
        else:
            values.mul_(torch.from_numpy(peaks.get())[torch.arange(first, last) // block])
        if dtype is not Dtype.F32:
            values = values.to(dtype.torch).float()
        return values.reshape(stop - start, width)

    return by_rows(shape, rows, codes)


def _encoding(module: Module, state: Mapping[str, Any], shape: tuple[int, ...]) -> Encoding | None:
    """Return how the weight is written again; None where its rows begin within bytes, or its table
    is not one of numbers.
    """
    (out, width), block = shape, _size(state, "blocksize")
    levels = module.tensors[f"{WEIGHT}.quant_map"].raw().single().tolist()
    if width % 2 or not all(map(math.isfinite, levels)):
        return None
    codes, peaks = module.tensors[WEIGHT], Held(lambda: _peaks(module, state))
    bytes_of_codes, is_aligned = codes.viewed((codes.numel,)), width % block == 0

    def read_codes(start: int, stop: int) -> NDArray[np.int16]:
        import numpy as np

        pairs = bytes_of_codes.read_bits(start * width // 2, stop * width // 2)
        moved = np.empty((len(pairs), 2), np.int16)
        moved[:, 0], moved[:, 1] = pairs >> 4, pairs & 15
        return moved.reshape(stop - start, width)

    def read_scales(start: int, stop: int) -> NDArray[np.float32]:
        import numpy as np

        of_elements = np.arange(start * width, stop * width, block if is_aligned else 1) // block
        return peaks.get()[of_elements].reshape(stop - start, -1)

    def stored(_: int, moved: NDArray[np.int16]) -> NDArray[Any]:
        pairs = moved.astype("u1").reshape(-1, 2)
        both: NDArray[Any] = (pairs[:, 0] << 4) | pairs[:, 1]
        return both

    groups = equal_groups(width, width // block if is_aligned else width)
    return Encoding((out, width), CodeGrid(tuple(levels)), read_codes, read_scales, groups, stored)


def _encoding_in_eight_bits(module: Module) -> Encoding:
    codes, scales = module.tensors[WEIGHT], module.tensors["SCB"]

    def read_scales(start: int, stop: int) -> NDArray[np.float32]:
        import numpy as np

        return scales.raw_rows(start, stop).single()[:, None] * np.float32(ONE_127TH)

    return encoding_of_int8(codes, read_scales, equal_groups(codes.shape[1], 1))


def _is_nested_right(module: Module, state: Mapping[str, Any]) -> bool:
    if module.dtype(f"{WEIGHT}.absmax") is not Dtype.U8:
        return f"{WEIGHT}.nested_absmax" not in module.tensors
    block = _size(state, "nested_blocksize")
    offset = state.get("nested_offset")
    # NaN and what float32 cannot hold are no offsets.
    if not block or not isinstance(offset, int | float) or not abs(offset) < BEYOND_FLOAT32:
        return False
    counts = (-(-module.shape(f"{WEIGHT}.absmax")[0] // block),)
    is_there = module.shape(f"{WEIGHT}.nested_absmax") == counts
    return is_there and module.shape(f"{WEIGHT}.nested_quant_map") == (256,)


def _size(state: Mapping[str, Any], key: str) -> int:
    """Return a size of blocks that the state gives, 0 if it gives none that blocks can have."""
    value = state.get(key)
    return value if isinstance(value, int) and 0 < value <= MOST_IN_A_BLOCK else 0


def _peaks(module: Module, state: Mapping[str, Any]) -> NDArray[np.float32]:
    """Return the largest magnitude of each block in float32, dequantised if it is quantised too."""
    import numpy as np

    peaks = module.tensors[f"{WEIGHT}.absmax"].raw()
    if peaks.dtype is not Dtype.U8:
        return peaks.single()
    table = module.tensors[f"{WEIGHT}.nested_quant_map"].raw().single()
    outer = module.tensors[f"{WEIGHT}.nested_absmax"].raw().single()
    index = np.arange(len(peaks)) // state["nested_blocksize"]
    with np.errstate(all="ignore"):  # peaks that are infinite, or no numbers
        nested: NDArray[np.float32] = table[peaks.bits] * outer[index] + np.float32(state["nested_offset"])
    return nested


def _in_eight_bits(module: Module, shape: tuple[int, ...]) -> LazyTensor | None:
    """Return the weight as numbers, or None if it is tiled for a GPU or has no scale for each row."""
    form = small_integers(module, "weight_format")
    codes, scales = module.tensors[WEIGHT], module.tensors["SCB"]
    is_tiled = "CxB" in module.tensors or (form is not None and form != (0,))
    if is_tiled or len(shape) != 2 or scales.shape != shape[:1]:
        return None

    def rows(start: int, stop: int) -> Tensor:
        of_rows = scales.read_rows(start, stop).float()[:, None]
        return codes.read_rows(start, stop).float() * of_rows * ONE_127TH

    return by_rows(shape, rows, codes)

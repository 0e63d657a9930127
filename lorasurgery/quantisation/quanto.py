"""quanto (optimum-quanto).

    X.weight._data int8 or float8 (out, in)   X.weight._scale (out, 1), (1, in) or ()
    X.weight._data._data uint8 (⌈groups·bits/8⌉, G)   X.weight._scale, X.weight._shift (groups, 1)

    whole    W = scale · q
    packed   W = scale · q − shift, or scale · (q − shift) where shifts are integers; groups along the
             rows of (out, in), the first part of the groups in the lowest bits

Of packed weights the file holds no shape: they are read where the layer has a bias, which says the
number of rows. Groups along the columns of (out, in) (`axis` −1) are recognised and not read.
Source: https://github.com/huggingface/optimum-quanto, tensor/.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor
from lorasurgery.quantisation._module import FLOAT8, WEIGHT, Module
from lorasurgery.quantisation._packed import by_rows
from lorasurgery.quantisation._stated import Stated
from lorasurgery.quantisation._weight import QuantisedWeight, packed

if TYPE_CHECKING:
    from torch import Tensor

DATA, SCALE, SHIFT = "weight._data", "weight._scale", "weight._shift"
PACKED = f"{DATA}._data"
ACTIVATIONS = ("input_scale", "output_scale")
READ_BITS = (2, 4)
NO_ROWS = "the file does not say how many rows it has, without a bias"


def weights(module: Module, stated: Stated) -> Iterator[QuantisedWeight]:
    """The weight of a module in quanto's layout."""
    own = [leaf for leaf in module.tensors if leaf.startswith(f"{WEIGHT}.")]
    if SCALE not in own:
        return
    kind = stated.settings.get("weights", stated.settings.get("weights_dtype"))
    if PACKED in own:
        numbers = _in_groups(module)
        label = f"quanto {kind}" if isinstance(kind, str) else "quanto, packed"
        shape = numbers.shape if numbers else None
        found = packed(module, WEIGHT, PACKED, (*own, *ACTIVATIONS), label, shape, numbers)
        has_rows = "bias" in module.tensors
        yield dataclasses.replace(found, reason="" if has_rows or numbers else NO_ROWS)
    elif DATA in own and (module.dtype(DATA) is Dtype.I8 or module.dtype(DATA) in FLOAT8):
        label = f"quanto {kind}" if isinstance(kind, str) else f"quanto, {module.dtype(DATA)}"
        shape = module.shape(DATA)
        numbers = _whole(module) if SHIFT not in own else None
        yield packed(module, WEIGHT, DATA, (*own, *ACTIVATIONS), label, shape, numbers)


def _whole(module: Module) -> LazyTensor | None:
    """Return bytes as numbers, or None if their scales are not for rows, for columns or for the whole."""
    codes, scale = module.tensors[DATA], module.tensors[SCALE]
    if len(codes.shape) != 2 or scale.shape not in ((codes.shape[0], 1), (1, codes.shape[1]), (), (1,)):
        return None
    is_of_rows = scale.shape == (codes.shape[0], 1)

    def rows(start: int, stop: int) -> Tensor:
        factors = scale.read_rows(start, stop) if is_of_rows else scale.read()
        return codes.read_rows(start, stop).float() * factors.float()

    return by_rows(codes.shape, rows, codes)


def _in_groups(module: Module) -> LazyTensor | None:
    """Return packed integers as numbers, or None if their rows are not known or the tensors do not fit."""
    codes, scale, shift = module.tensors[PACKED], module.tensors[SCALE], module.tensors.get(SHIFT)
    bias = module.tensors.get("bias")
    if shift is None or bias is None or not bias.numel or len(codes.shape) != 2:
        return None
    lines, group = codes.shape
    count, out = scale.numel, bias.numel
    fitting = [bits for bits in READ_BITS if -(-count * bits // 8) == lines]
    is_grid = scale.shape == shift.shape == (count, 1) and count % out == 0
    if len(fitting) != 1 or not is_grid or codes.dtype is not Dtype.U8:
        return None
    (bits,) = fitting

    def groups(start: int, stop: int) -> Tensor:
        import torch

        pieces = []
        for part in range(8 // bits):
            first, last = max(start, part * lines), min(stop, (part + 1) * lines)
            if first < last:
                stored = codes.read_rows(first - part * lines, last - part * lines)
                pieces.append((stored >> bits * part) & (2**bits - 1))
        q = torch.cat(pieces).float() if pieces else torch.zeros(0, group)
        factor, moved = scale.read_rows(start, stop).float(), shift.read_rows(start, stop).float()
        return q * factor - moved if shift.dtype.is_floating_point else (q - moved) * factor

    per_row = count // out
    return by_rows((out, per_row * group), lambda start, stop: groups(start * per_row, stop * per_row), codes)

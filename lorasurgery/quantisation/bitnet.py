"""BitNet b1.58, packed offline: four ternary weights to a byte, four blocks of rows.

    X.weight uint8 (out/4, in)   X.weight_scale (1)

    W[r] = (u[r mod out/4] >> 2 · (r div out/4) & 3) − 1,  divided by the scale; with
    `linear_class: autobitlinear` multiplied by it

Source: Ma et al., "The Era of 1-bit LLMs", 2024, arXiv 2402.17764; transformers'
integrations/bitnet.py. A model with a norm of its own before every linear layer (`use_rms_norm`)
is not read: those norms would be lost.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor
from lorasurgery.quantisation._module import WEIGHT, Module
from lorasurgery.quantisation._packed import by_rows
from lorasurgery.quantisation._stated import Stated
from lorasurgery.quantisation._weight import QuantisedWeight, packed

if TYPE_CHECKING:
    from torch import Tensor

PER_BYTE, BITS = 4, 2
MULTIPLYING = "autobitlinear"
LINEAR_CLASSES = ("bitlinear", MULTIPLYING)


def weights(module: Module, stated: Stated) -> Iterator[QuantisedWeight]:
    """Return the weight of a module in BitNet's layout, which only the config distinguishes from
    similar ones.
    """
    is_single = math.prod(module.shape("weight_scale")) == 1 and "weight_scale" in module.tensors
    is_matrix = module.dtype(WEIGHT) is Dtype.U8 and len(module.shape(WEIGHT)) > 1
    if stated.method == "bitnet" and is_matrix and is_single:
        rows, columns = module.shape(WEIGHT)[-2:]
        shape = (PER_BYTE * rows, columns)
        numbers = _numbers(module, shape, stated)
        found = packed(module, WEIGHT, WEIGHT, ("weight_scale",), "BitNet, 2 bit", shape, numbers)
        if stated.settings.get("use_rms_norm"):
            reason = "the config puts a norm before each linear layer (use_rms_norm)"
            found = dataclasses.replace(found, numbers=None, reason=reason)
        yield found


def _numbers(module: Module, shape: tuple[int, int], stated: Stated) -> LazyTensor | None:
    """Return the weight as numbers, or None if it is no matrix, or its linear layer is of an unknown kind."""
    codes, scale = module.tensors[WEIGHT], module.tensors["weight_scale"]
    kind = stated.settings.get("linear_class", LINEAR_CLASSES[0])
    if len(codes.shape) != 2 or kind not in LINEAR_CLASSES:
        return None
    block = shape[0] // PER_BYTE

    def rows(start: int, stop: int) -> Tensor:
        import torch

        pieces = []
        for quarter in range(PER_BYTE):
            first, last = max(start, quarter * block), min(stop, (quarter + 1) * block)
            if first < last:
                stored = codes.read_rows(first - quarter * block, last - quarter * block)
                pieces.append((stored >> BITS * quarter) & 3)
        values = torch.cat(pieces).float() - 1 if pieces else torch.zeros(0, shape[1])
        factor = scale.read().float().reshape(())
        return values * factor if kind == MULTIPLYING else values / factor

    return by_rows(shape, rows, codes)

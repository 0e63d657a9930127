"""HQQ: half-quadratic quantisation.

    X.W_q uint8 (groups·G·bits/8 by rows)   X.scale, X.zero (groups, 1)
    X.shape (2), X.nbits, X.group_size, X.axis, X.packing

    W = ((q − zero) · scale) in groups, reshaped; the first part of the groups in the highest bits

Three bits, whose packing is another one, and SINQ are recognised and not read. Source: Badri and
Shaji, "Half-Quadratic Quantization of Large Machine Learning Models", 2023; hqq's bitpack.py.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor
from lorasurgery.quantisation._module import WEIGHT, Module
from lorasurgery.quantisation._packed import whole
from lorasurgery.quantisation._small import small_integers
from lorasurgery.quantisation._stated import Stated
from lorasurgery.quantisation._weight import QuantisedWeight, packed, words

if TYPE_CHECKING:
    from torch import Tensor

READ_BITS = (1, 2, 4, 8)


def weights(module: Module, stated: Stated) -> Iterator[QuantisedWeight]:
    """The weight of a module in HQQ's layout; all else in the module but its bias describes it."""
    if "W_q" not in module.tensors:
        return
    bits, group = (small_integers(module, leaf) for leaf in ("nbits", "group_size"))
    name = "SINQ" if stated.method == "sinq" else "HQQ"
    label = words(name, bits[0] if bits else stated.number("nbits"), group[0] if group else None)
    others = [leaf for leaf in module.tensors if leaf != "bias"]
    shape = small_integers(module, "shape")
    numbers = _numbers(module, bits[0], shape) if bits and shape and name == "HQQ" else None
    yield packed(module, WEIGHT, "W_q", others, label, shape, numbers)


def _numbers(module: Module, bits: int, shape: tuple[int, ...]) -> LazyTensor | None:
    """Return the weight as numbers, or None if the tensors do not fit each other."""
    codes, scales, zeros = (module.tensors.get(leaf) for leaf in ("W_q", "scale", "zero"))
    if (
        codes is None
        or scales is None
        or zeros is None
        or bits not in READ_BITS
        or codes.dtype is not Dtype.U8
    ):
        return None
    if len(codes.shape) != 2 or codes.numel * (8 // bits) != math.prod(shape) or scales.shape != zeros.shape:
        return None
    rows, columns = codes.shape[0] * (8 // bits), codes.shape[1]
    if scales.shape not in ((rows, 1), (1, columns)):
        return None

    def read() -> Tensor:
        import torch

        words = codes.read()
        parts = [(words >> shift) & (2**bits - 1) for shift in range(8 - bits, -1, -bits)]
        q = torch.cat(parts).float()
        return (q - zeros.read().float()) * scales.read().float()

    return whole(shape, read, codes)

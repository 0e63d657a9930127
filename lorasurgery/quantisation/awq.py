"""AWQ, as AutoAWQ and AutoRound write it.

    gemm   X.qweight int32 (in, out/8)   X.qzeros int32 (groups, out/8)   X.scales (groups, out)
    gemv   X.qweight int32 (out, in/8)   X.qzeros, X.scales (out, groups)

Source: Lin et al., "AWQ: Activation-aware Weight Quantization for LLM Compression and
Acceleration", 2023, arXiv 2306.00978.

    W[n, k] = scales[g, n] · (q[k, n] − z[g, n]),  g = k / group size

Nibble j of a word is column [0, 2, 4, 6, 1, 3, 5, 7][j] of its eight. The gemv layout is recognised
and not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor
from lorasurgery.quantisation._module import WEIGHT, Module
from lorasurgery.quantisation._packed import Held, by_rows, grouped, held_transposed, unpacked
from lorasurgery.quantisation._stated import Stated
from lorasurgery.quantisation._weight import QuantisedWeight, packed, unread, words

if TYPE_CHECKING:
    from torch import Tensor

# The layout that is read: four bits, and the column of each nibble of a word.
BITS, ORDER = 4, (0, 2, 4, 6, 1, 3, 5, 7)
OTHERS = ("qzeros", "scales", "g_idx", "w_bit", "group_size")


def weights(module: Module, stated: Stated) -> Iterator[QuantisedWeight]:
    """Return the weight of a module in one of AWQ's layouts, recognised by the shapes of values and
    scales.
    """
    codes, scales = module.shape("qweight"), module.shape("scales")
    if module.dtype("qweight") not in (Dtype.I32, Dtype.I16) or len(codes) != 2 or len(scales) != 2:
        return
    per_word = 32 // (stated.number("bits", "w_bit") or 4) or 8
    bits, group = 32 // per_word, stated.number("group_size", "q_group_size")
    if codes[1] * per_word == scales[1]:
        width = codes[0]
        group = width // scales[0] if scales[0] > 1 else None
        label, shape = words("AWQ", bits, group, width), (scales[1], width)
        yield packed(module, WEIGHT, "qweight", OTHERS, label, shape, _numbers(module, bits, shape, stated))
    elif codes[1] != scales[1] and scales[0] >= codes[0]:
        width = codes[1] * per_word
        label = words("AWQ (gemv)", bits, group, width)
        yield unread(module, WEIGHT, "qweight", OTHERS, label, (codes[0], width))


def _numbers(module: Module, bits: int, shape: tuple[int, int], stated: Stated) -> LazyTensor | None:
    """Return the weight as numbers, or None if it has not four bits or its tensors do not fit."""
    out, width = shape
    codes, groups = module.tensors["qweight"], module.shape("scales")[0]
    fits = bits == BITS and codes.dtype is Dtype.I32 and out % 8 == 0 and groups > 0 and width % groups == 0
    if not stated.is_packed_by("auto_awq"):
        return None
    if not fits or module.shape("qzeros") != (groups, out // 8) or "g_idx" in module.tensors:
        return None
    columns = Held(lambda: _in_order(codes.read(), out).T.contiguous())
    scales = held_transposed(module.tensors["scales"])
    zeros = Held(lambda: _in_order(module.tensors["qzeros"].read(), out).T.contiguous())

    def rows(start: int, stop: int) -> Tensor:
        q, z = columns.get()[start:stop].float(), grouped(zeros.get()[start:stop].float(), width)
        return (q - z) * grouped(scales.get()[start:stop], width)

    return by_rows(shape, rows, codes)


def _in_order(words_of_eight: Tensor, count: int) -> Tensor:
    """Unpack nibbles (rows, count / 8) -> (rows, count), in the order of the columns, as uint8."""
    import torch

    nibbles = unpacked(words_of_eight, BITS, count).reshape(-1, count // 8, 8)
    ordered = torch.empty_like(nibbles, dtype=torch.uint8)
    ordered[..., list(ORDER)] = nibbles.to(torch.uint8)
    return ordered.flatten(-2)

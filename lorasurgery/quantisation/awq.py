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
from typing import TYPE_CHECKING, Any

from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor
from lorasurgery.linalg.code_grid import CodeGrid
from lorasurgery.quantisation._codes import packed_codes
from lorasurgery.quantisation._encoding import Encoding, equal_groups
from lorasurgery.quantisation._module import WEIGHT, Module
from lorasurgery.quantisation._packed import Held, by_rows, held_columns, held_transposed, scaled_in_groups
from lorasurgery.quantisation._stated import Stated
from lorasurgery.quantisation._weight import QuantisedWeight, packed, unread, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

# The layout that is read: four bits, and the column of each nibble of a word.
BITS, ORDER = 4, (0, 2, 4, 6, 1, 3, 5, 7)
PER_WORD = len(ORDER)
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
        numbers = _numbers(module, bits, shape, stated)
        encoding = None if numbers is None else _encoding(module, shape)
        yield packed(module, WEIGHT, "qweight", OTHERS, label, shape, numbers, encoding)
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
    # One word has the same column of eight rows.
    columns, scales = held_columns(codes), held_transposed(module.tensors["scales"])
    zeros = Held(lambda: _floats(_rows_of(module.tensors["qzeros"].raw().bits.T)))

    def rows(start: int, stop: int) -> Tensor:
        q = _floats(_some_rows_of(columns.get().bits, start, stop))
        return scaled_in_groups(q, scales.get()[start:stop], zeros.get()[start:stop])

    return by_rows(shape, rows, codes)


def _encoding(module: Module, shape: tuple[int, int]) -> Encoding:
    """Return how the weight is written again; its zero points stay."""
    (out, width), codes, groups = shape, module.tensors["qweight"], module.shape("scales")[0]
    columns, scales = held_columns(codes), held_columns(module.tensors["scales"])

    def stored(_: int, moved: NDArray[np.int16]) -> NDArray[Any]:
        of_words = moved.T.reshape(width, out // PER_WORD, PER_WORD)[..., list(ORDER)]
        return packed_codes(of_words.reshape(width, out), BITS)

    return Encoding(
        shape,
        CodeGrid.of_integers(2**BITS),
        lambda start, stop: _some_rows_of(columns.get().bits, start, stop),
        lambda start, stop: scales.get().rows(start, stop).single(),
        equal_groups(width, groups),
        stored,
        is_by_rows=False,
    )


def _some_rows_of(words: NDArray[Any], start: int, stop: int) -> NDArray[np.int16]:
    """Unpack the words that have these rows, and take the rows."""
    first, last = start // PER_WORD, -(-stop // PER_WORD)
    offset = start - first * PER_WORD
    return _rows_of(words[first:last])[offset : offset + stop - start]


def _rows_of(words: NDArray[Any]) -> NDArray[np.int16]:
    """Unpack words of eight rows each, (rows / 8, columns) -> (rows, columns), in the rows' order."""
    import numpy as np

    rows = np.empty((len(words), PER_WORD, words.shape[1]), np.int16)
    for nibble, row in enumerate(ORDER):
        rows[:, row] = (words >> BITS * nibble) & (2**BITS - 1)
    return rows.reshape(-1, words.shape[1])


def _floats(codes: NDArray[np.int16]) -> Tensor:
    import torch

    return torch.from_numpy(codes).float()

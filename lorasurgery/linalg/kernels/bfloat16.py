"""As `skinny`, for bfloat16: W = D X and Y = Dᵀ W, with sums in float32.

D is (out, in), the bits of bfloat16. X has b columns in groups of 32 or 16: `groups` are where they begin,
and b. A group of X is (in / 2, 32 or 16) pairs of rows, one group after the other. Y is (in / 32, b, 32).
"""

from __future__ import annotations

from typing import Any, no_type_check

import numpy as np

from lorasurgery.linalg.kernels.bfloat16_tiles import add_back_of_pairs, add_image_of_pairs
from lorasurgery.linalg.kernels.jit import compiled, compiled_part

# Pairs of columns of D at a time: as many rows of X stay cached meanwhile.
_BLOCK = 256
# Of D, as many bytes stay cached between the two products of a sweep.
_PANEL_BYTES = 1 << 18


@compiled_part
@no_type_check
def _image_of_rows(D: Any, X: Any, groups: Any, W: Any, first: Any, last: Any) -> Any:
    pairs = D.shape[1] // 2
    for i in range(first, last):
        for k in range(W.shape[1]):
            W[i, k] = np.float32(0.0)
    for start in range(0, pairs, _BLOCK):
        stop = min(pairs, start + _BLOCK)
        for group in range(len(groups) - 1):
            column, i = groups[group], first
            at = pairs * column
            if groups[group + 1] - column == 32:
                while i + 8 <= last:
                    add_image_of_pairs(8, 2, D, i, start, stop, X, at, W, column)
                    i += 8
                while i < last:
                    add_image_of_pairs(1, 2, D, i, start, stop, X, at, W, column)
                    i += 1
            else:
                while i + 8 <= last:
                    add_image_of_pairs(8, 1, D, i, start, stop, X, at, W, column)
                    i += 8
                while i < last:
                    add_image_of_pairs(1, 1, D, i, start, stop, X, at, W, column)
                    i += 1


@compiled_part
@no_type_check
def _rounded(number: Any) -> Any:
    """The bits of a float32 that is rounded to bfloat16."""
    bits = np.float32(number).view(np.uint32)
    return (bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16)


@compiled_part
@no_type_check
def _add_back_of_rows(D: Any, W: Any, pairs: Any, Y: Any, first: Any, last: Any) -> Any:
    for i in range(first, last, 2):
        for k in range(W.shape[1]):
            below = _rounded(W[i + 1, k]) if i + 1 < last else np.uint32(0)
            pairs[i // 2, k] = _rounded(W[i, k]) | np.uint32(below << np.uint32(16))
    for start in range(0, D.shape[1], 2 * _BLOCK):
        stop, i = min(D.shape[1], start + 2 * _BLOCK), first
        while i + 12 <= last:
            for j in range(start, stop, 32):
                add_back_of_pairs(6, D, i, last - 1, j, pairs, Y, j * W.shape[1])
            i += 12
        while i < last:
            for j in range(start, stop, 32):
                add_back_of_pairs(1, D, i, last - 1, j, pairs, Y, j * W.shape[1])
            i += 2


@compiled
@no_type_check
def image(D: Any, X: Any, groups: Any, W: Any) -> Any:
    """W = D X."""
    _image_of_rows(D, X, groups, W, 0, D.shape[0])


@compiled
@no_type_check
def add_image_back(D: Any, W: Any, pairs: Any, Y: Any) -> Any:
    """Y += Dᵀ W; `pairs` is room for W's."""
    _add_back_of_rows(D, W, pairs, Y, 0, D.shape[0])


@compiled
@no_type_check
def sweep(D: Any, X: Any, groups: Any, W: Any, pairs: Any, Y: Any) -> Any:
    """W = D X and Y += Dᵀ W, reading D once."""
    step = max(24, _PANEL_BYTES // (2 * D.shape[1]) // 24 * 24)
    for first in range(0, D.shape[0], step):
        last = min(D.shape[0], first + step)
        _image_of_rows(D, X, groups, W, first, last)
        _add_back_of_rows(D, W, pairs, Y, first, last)

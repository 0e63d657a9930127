"""Products of a matrix with few columns, W = D X and Y = Dᵀ W, tile by tile.

D is (out, in), W (out, b) and X has b columns in groups of 24 or 16: `groups` are where they begin, and b.
A group of X is (in, 24 or 16), one group after the other. Y is (in / 16, b, 16).
"""

from __future__ import annotations

from typing import Any, no_type_check

import numpy as np

from lorasurgery.linalg.kernels.jit import compiled, compiled_part
from lorasurgery.linalg.kernels.skinny_tiles import add_back, add_image

# Columns of D at a time: as many rows of X stay cached meanwhile.
_BLOCK = 512
# Of D, as many bytes stay cached between the two products of a sweep.
_PANEL_BYTES = 1 << 18


@compiled_part
@no_type_check
def _image_of_rows(D: Any, X: Any, groups: Any, W: Any, first: Any, last: Any) -> Any:
    for i in range(first, last):
        for k in range(W.shape[1]):
            W[i, k] = np.float32(0.0)
    for start in range(0, D.shape[1], _BLOCK):
        stop = min(D.shape[1], start + _BLOCK)
        for group in range(len(groups) - 1):
            column, i = groups[group], first
            at = D.shape[1] * column
            if groups[group + 1] - column == 24:
                while i + 4 <= last:
                    add_image(4, 3, D, i, start, stop, X, at, W, column)
                    i += 4
                while i < last:
                    add_image(1, 3, D, i, start, stop, X, at, W, column)
                    i += 1
            else:
                while i + 6 <= last:
                    add_image(6, 2, D, i, start, stop, X, at, W, column)
                    i += 6
                while i < last:
                    add_image(1, 2, D, i, start, stop, X, at, W, column)
                    i += 1


@compiled_part
@no_type_check
def _add_back_of_rows(D: Any, W: Any, Y: Any, first: Any, last: Any) -> Any:
    for start in range(0, D.shape[1], _BLOCK):
        stop, i = min(D.shape[1], start + _BLOCK), first
        while i + 6 <= last:
            for j in range(start, stop, 16):
                add_back(6, 2, D, i, j, W, Y, j * W.shape[1])
            i += 6
        while i < last:
            for j in range(start, stop, 16):
                add_back(1, 2, D, i, j, W, Y, j * W.shape[1])
            i += 1


@compiled
@no_type_check
def image(D: Any, X: Any, groups: Any, W: Any) -> Any:
    """W = D X."""
    _image_of_rows(D, X, groups, W, 0, D.shape[0])


@compiled
@no_type_check
def add_image_back(D: Any, W: Any, Y: Any) -> Any:
    """Y += Dᵀ W."""
    _add_back_of_rows(D, W, Y, 0, D.shape[0])


@compiled
@no_type_check
def sweep(D: Any, X: Any, groups: Any, W: Any, Y: Any) -> Any:
    """W = D X and Y += Dᵀ W, reading D once."""
    step = max(12, _PANEL_BYTES // (4 * D.shape[1]) // 12 * 12)
    for first in range(0, D.shape[0], step):
        last = min(D.shape[0], first + step)
        _image_of_rows(D, X, groups, W, first, last)
        _add_back_of_rows(D, W, Y, first, last)

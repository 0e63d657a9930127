"""As `skinny`, for a matrix in bfloat16 on processors that multiply it: sums are in float32.

These kernels reach 200 GFlop/s of a core (AVX-512, Zen 4), twice what others reach there in float32.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy import ndarray

from lorasurgery.linalg.kernels.call import Kernel, aligned
from lorasurgery.linalg.shapes import Float, UInt16
from lorasurgery.stored_array import StoredArray

if TYPE_CHECKING:
    from numpy.typing import NDArray

_IMAGE, _BACK, _SWEEP = (Kernel("bfloat16", name) for name in ("image", "add_image_back", "sweep"))
_ROUND = Kernel("coarse", "narrow")
# Columns that a tile takes.
_WIDE, _NARROW = 32, 16


def suits(shape: tuple[int, ...]) -> bool:
    """Whether these kernels can multiply a matrix of this shape here."""
    return shape[0] > 0 and shape[1] > 0 and shape[1] % _WIDE == 0 and _multiplies_bfloat16()


@cache
def _multiplies_bfloat16() -> bool:
    from lorasurgery.linalg.kernels.abi import processor

    return "+avx512bf16" in processor()[1]


def sweep(
    D: StoredArray, rows: Float[ndarray, "k in"]
) -> tuple[Float[ndarray, "out k"], Float[ndarray, "k in"]]:
    """W = D rowsᵀ and Wᵀ D, reading D once."""
    X, groups = _packed(rows)
    W, Y = aligned((len(D), int(groups[-1])), np.float32), _nothing(groups, D)
    _SWEEP(D.bits, X, groups, W, _room_for_pairs(len(D), groups), Y)
    del X  # of many rows, as large as what is made of Y
    return W[:, : len(rows)], _unpacked(Y)[: len(rows)]


def image(D: StoredArray, rows: Float[ndarray, "k in"]) -> Float[ndarray, "out k"]:
    """D rowsᵀ."""
    X, groups = _packed(rows)
    W = aligned((len(D), int(groups[-1])), np.float32)
    _IMAGE(D.bits, X, groups, W)
    return W[:, : len(rows)]


def image_back(rows: Float[ndarray, "k out"], D: StoredArray) -> Float[ndarray, "k in"]:
    """rows D."""
    groups = _starts(len(rows))
    Y = _nothing(groups, D)
    W = np.zeros((len(D), Y.shape[1]), np.float32)
    W[:, : len(rows)] = rows.T
    _BACK(D.bits, W, _room_for_pairs(len(D), groups), Y)
    return _unpacked(Y)[: len(rows)]


def _starts(count: int) -> NDArray[np.int64]:
    """Where the groups of columns begin that take so many and as few more as can be, and the end."""
    whole = -(-count // _NARROW) * _NARROW
    return np.array([*range(0, whole, _WIDE), whole])


def _packed(rows: Float[ndarray, "k in"]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Return the rows as pairs in columns, group after group, and where the groups begin."""
    groups, pairs = _starts(len(rows)), rows.shape[1] // 2
    X = aligned((pairs * int(groups[-1]),), np.uint32)
    halves = narrowed(rows).view(np.uint32)
    for start, stop in pairwise(groups.tolist()):
        group = X[pairs * start : pairs * stop].reshape(pairs, stop - start)
        some = halves[start:stop].T
        group[:, : some.shape[1]], group[:, some.shape[1] :] = some, 0
    return X, groups


def narrowed(values: Float[ndarray, "rows in"]) -> UInt16[ndarray, "rows in"]:
    """Return the bits of finite numbers that are rounded to bfloat16."""
    bits = np.empty(values.shape, np.uint16)
    _ROUND(np.ascontiguousarray(values).view(np.uint32), bits)
    return bits


def _room_for_pairs(rows: int, groups: NDArray[np.int64]) -> NDArray[np.uint32]:
    return aligned(((rows + 1) // 2, int(groups[-1])), np.uint32)


def _nothing(groups: NDArray[np.int64], D: StoredArray) -> NDArray[np.float32]:
    Y = aligned((D.bits.shape[1] // _WIDE, int(groups[-1]), _WIDE), np.float32)
    Y.fill(0)
    return Y


def _unpacked(Y: NDArray[np.float32]) -> Float[ndarray, "k in"]:
    return Y.transpose(1, 0, 2).reshape(Y.shape[1], -1)

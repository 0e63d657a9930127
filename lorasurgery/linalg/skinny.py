"""Products of a float32 matrix with a few rows by this package's own kernels, on one thread.

At 16 to 64 rows a library's product reads and packs more than it multiplies: these reach 95 GFlop/s of a
core where OpenBLAS reaches 60 and MKL 40 (AVX2, Zen 4). They keep to vectors of 256 bits, so that where a
processor is twice as fast with 512 the libraries are better.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy import ndarray

from lorasurgery.linalg.kernels.call import Kernel, aligned
from lorasurgery.linalg.shapes import Float
from lorasurgery.linalg.streamed import StreamedMatrix

if TYPE_CHECKING:
    from numpy.typing import NDArray

_IMAGE, _BACK, _SWEEP = (Kernel("skinny", name) for name in ("image", "add_image_back", "sweep"))
# Columns that a tile takes, and numbers of a vector; matrices of other widths are left to libraries.
_WIDE, _NARROW, _LANES = 24, 16, 8
# Fewer rows than these are not worth being filled up to a tile.
_FEWEST = 12
# Processors with AVX-512 that are no faster by it.
HALF_WIDTH = ("znver4",)


def suits(D: ndarray | StreamedMatrix, count: int) -> bool:
    """Whether products of D with so many rows are best left to these kernels."""
    lies_so = isinstance(D, StreamedMatrix) or (D.flags.c_contiguous and D.dtype == np.float32)
    return lies_so and D.size > 0 and D.shape[1] % _NARROW == 0 and count >= _FEWEST and _is_fast()


@cache
def _is_fast() -> bool:
    from lorasurgery.linalg.kernels.abi import processor

    if platform.machine().lower() not in ("x86_64", "amd64"):
        return False
    name, features = processor()
    return "+fma" in features and ("+avx512f" not in features or name in HALF_WIDTH)


def sweep(
    D: Float[ndarray, "out in"] | StreamedMatrix, rows: Float[ndarray, "k in"], places: Iterable[slice]
) -> tuple[Float[ndarray, "out k"], Float[ndarray, "k in"]]:
    """W = D rowsᵀ and Wᵀ D, reading the rows at each place once."""
    X, groups = _packed(rows)
    W, Y = aligned((D.shape[0], int(groups[-1])), np.float32), _nothing(groups, D)
    for place in places:
        _SWEEP(D[place], X, groups, W[place], Y)
    del X  # of many rows, as large as what is made of Y
    return W[:, : len(rows)], _unpacked(Y)[: len(rows)]


def image(
    D: Float[ndarray, "out in"] | StreamedMatrix, rows: Float[ndarray, "k in"], places: Iterable[slice]
) -> Float[ndarray, "out k"]:
    """D rowsᵀ."""
    X, groups = _packed(rows)
    W = aligned((D.shape[0], int(groups[-1])), np.float32)
    for place in places:
        _IMAGE(D[place], X, groups, W[place])
    return W[:, : len(rows)]


def image_back(
    rows: Float[ndarray, "k out"], D: Float[ndarray, "out in"] | StreamedMatrix, places: Iterable[slice]
) -> Float[ndarray, "k in"]:
    """rows D."""
    Y = _nothing(_starts(len(rows)), D)
    W = np.zeros((D.shape[0], Y.shape[1]), np.float32)
    W[:, : len(rows)] = rows.T
    for place in places:
        _BACK(D[place], W[place], Y)
    return _unpacked(Y)[: len(rows)]


def _starts(count: int) -> NDArray[np.int64]:
    """Where the groups of columns begin that take so many and as few more as can be, and the end."""
    left, starts = max(_NARROW, -(-count // _LANES) * _LANES), [0]
    while left:
        width = _NARROW if left in (_NARROW, 2 * _NARROW) else _WIDE
        starts.append(starts[-1] + width)
        left -= width
    return np.array(starts)


def _packed(rows: Float[ndarray, "k in"]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the rows as columns, group after group, filled up with zeros, and where the groups begin."""
    groups = _starts(len(rows))
    X, width = aligned((int(groups[-1]) * rows.shape[1],), np.float32), rows.shape[1]
    for start, stop in pairwise(groups.tolist()):
        group = X[width * start : width * stop].reshape(width, stop - start)
        some = rows[start:stop]
        group[:, : len(some)], group[:, len(some) :] = some.T, 0
    return X, groups


def _nothing(groups: NDArray[np.int64], D: ndarray | StreamedMatrix) -> NDArray[np.float32]:
    Y = aligned((D.shape[1] // _NARROW, int(groups[-1]), _NARROW), np.float32)
    Y.fill(0)
    return Y


def _unpacked(Y: NDArray[np.float32]) -> Float[ndarray, "k in"]:
    return Y.transpose(1, 0, 2).reshape(Y.shape[1], -1)

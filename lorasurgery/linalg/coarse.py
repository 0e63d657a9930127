"""A copy of a matrix in bfloat16, for products whose error does not count, where the processor multiplies it.

Such products take a third of the time; elsewhere the matrix itself serves.
"""

from __future__ import annotations

import numpy as np

from lorasurgery.dtypes import Dtype
from lorasurgery.linalg import skinny_bfloat16
from lorasurgery.linalg.device_matrix import DeviceMatrix
from lorasurgery.linalg.multiplied import Matrix
from lorasurgery.stored_array import StoredArray

# Columns of a block of a subspace, measured: fewer of them converge with fewer products, but a larger matrix
# is better read less often, and the kernels multiply bfloat16 by 32 at a time.
SMALL_BLOCK, BLOCK, COARSE_BLOCK = 16, 24, 32
# The short side of a matrix, at most, for the smallest blocks.
SMALL_SIDE = 1536
# Reading a streamed matrix takes as long as multiplying it with so many columns.
STREAMED_BLOCK = 64


def coarse(D: Matrix) -> Matrix | StoredArray:
    """Return the copy, or the matrix itself."""
    if isinstance(D, DeviceMatrix):
        return D.coarse()
    if isinstance(D, np.ndarray) and skinny_bfloat16.suits(D.shape):
        return StoredArray(skinny_bfloat16.narrowed(D), Dtype.BF16)
    return D


def block_of(D: Matrix | StoredArray) -> int:
    """Return how many columns a subspace of this matrix grows by."""
    if isinstance(D, np.ndarray):
        return SMALL_BLOCK if min(D.shape) <= SMALL_SIDE else BLOCK
    return COARSE_BLOCK if isinstance(D, StoredArray | DeviceMatrix) else STREAMED_BLOCK

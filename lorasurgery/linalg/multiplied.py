"""A matrix whose products with a few rows are wanted, wherever and however it is held.

What is computed from the products are numpy's arrays, whichever of these gave them.
"""

from __future__ import annotations

from numpy import ndarray

from lorasurgery.linalg.device_matrix import DeviceMatrix
from lorasurgery.linalg.streamed import StreamedMatrix

# In memory, read anew in each sweep, or on a graphics card.
Matrix = ndarray | StreamedMatrix | DeviceMatrix


def is_by_columns(D: Matrix) -> bool:
    """Whether a matrix lies in memory column by column."""
    return isinstance(D, ndarray) and D.flags.f_contiguous and not D.flags.c_contiguous

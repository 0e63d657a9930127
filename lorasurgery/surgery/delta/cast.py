"""Numbers in another dtype, each rounded once: how a cast copy of a checkpoint is predicted."""

from __future__ import annotations

from lorasurgery.dtypes import Dtype
from lorasurgery.stored_array import StoredArray


def cast(values: StoredArray, dtype: Dtype) -> StoredArray:
    """Convert numbers to another dtype of floats, to nearest and ties to even."""
    import torch

    from lorasurgery.linalg.rounding import round_once

    tensor = values.tensor
    moved = round_once(tensor, dtype.torch) if tensor.dtype is torch.float64 else tensor.to(dtype.torch)
    return StoredArray.of(moved)

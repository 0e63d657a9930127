"""The dtype in which numbers were rounded: narrower than the stored one in a copy of narrower numbers.

A model that was merged in bfloat16 and saved in float16, in float32 or as GGUF has the rounding of bfloat16.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor
from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.comparison.movement import SIGNIFICAND

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS = 16
# Of numbers that were copied from a narrower dtype, at most this share needs more bits: those below the
# smallest normal number of float16.
BEYOND = 0.01
NARROWER = {Dtype.F32: (Dtype.BF16, Dtype.F16), Dtype.F16: (Dtype.BF16,)}


def as_rounded(tensor: LazyTensor) -> LazyTensor:
    """Give a matrix in the dtype that its numbers were rounded to, as some of its rows show it."""
    if tensor.dtype not in NARROWER:
        return tensor
    import numpy as np

    last = tensor.shape[0] - 1
    rows = np.unique(np.linspace(0, last, min(ROWS, tensor.shape[0])).astype(int)).tolist()
    bits = tensor.raw_sample(rows).bits
    for dtype in NARROWER[tensor.dtype]:
        lower = np.array((1 << (SIGNIFICAND[tensor.dtype] - SIGNIFICAND[dtype])) - 1, bits.dtype)
        if np.count_nonzero(bits & lower) <= BEYOND * bits.size:
            return _converted(tensor, dtype)
    return tensor


def _converted(tensor: LazyTensor, dtype: Dtype) -> LazyTensor:
    def bits(start: int, stop: int) -> NDArray[Any]:
        wide = StoredArray(tensor.read_bits(start, stop), tensor.dtype)
        return StoredArray.of(wide.tensor.to(dtype.torch)).bits

    return LazyTensor.of_bits(tensor.shape, dtype, bits, advise=tensor.advise)

"""The elements of a tensor as unsigned integers of their size, which numpy can hold whatever the dtype, and back.

Both ways share the memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from lorasurgery.dtypes import Dtype


def bits_of(tensor: Tensor) -> NDArray[Any]:
    """The elements of a tensor in order; they are copied only where they do not lie in one piece."""
    import torch

    raw = tensor.contiguous().reshape(-1).view(torch.uint8).numpy()
    return as_bits(raw, tensor.dtype.itemsize)


def as_bits(raw: NDArray[np.uint8], itemsize: int) -> NDArray[Any]:
    """Bytes as they lie in a file, as integers of that many."""
    return raw.view(f"<u{itemsize}")


def tensor_of(bits: NDArray[Any], dtype: Dtype) -> Tensor:
    """The flat tensor whose elements have these bits."""
    import numpy as np
    import torch

    return torch.from_numpy(bits.view(np.uint8)).view(dtype.torch)

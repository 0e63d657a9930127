"""C3A: ΔW is made of circulant blocks, one for each kernel w_mn (block) of the tensor w (out /
block, in / block, block):

    ΔW[m · block + t, n · block + i] = w_mn[(i − t) mod block] / in

Source: Chen et al., "Parameter-Efficient Fine-Tuning via Circular Convolution", 2024, arXiv
2407.19342.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Dense, Edit, Shape, Sum, exact

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class C3aFactors:
    """The kernels of all blocks."""

    kernel: LazyTensor

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        import torch

        kernel = exact(self.kernel).double()
        height, width, block = kernel.shape
        if (height * block, width * block) != shape:
            raise ValueError(f"{height}×{width} blocks of {block}")

        def rows(start: int, stop: int) -> Tensor:
            row = torch.arange(start, stop)
            shifted = (torch.arange(block) - row[:, None]) % block
            return kernel[row // block].gather(2, shifted[:, None].expand(-1, width, -1)).flatten(1)

        return Edit(Sum((Dense(rows, 1 / shape[1]),)))

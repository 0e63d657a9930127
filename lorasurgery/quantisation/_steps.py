"""The distance between the numbers that can be stored around each element of a quantised weight.

    step = |scale| · √(12 · mean square error of rounding to the element's own code)

For evenly spaced codes this is the scale; for others it is the width of what is rounded to a code,
as an even distribution of the same mean square has it. What lies beyond the last code is not
counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor
from lorasurgery.quantisation._encoding import Encoding

if TYPE_CHECKING:
    from torch import Tensor


def steps_of(encoding: Encoding, shape: tuple[int, ...]) -> LazyTensor:
    """Return the step of each element of a weight, in float32.

    Args:
        shape: of the weight: (out, in), or with experts before it.
    """
    lines = encoding.shape[0] // max(1, shape[0])
    stored = (shape[2], shape[1]) if encoding.is_transposed else shape[1:]

    def rows(start: int, stop: int) -> Tensor:
        import torch

        start, stop, _ = slice(start, stop).indices(shape[0])
        first, last = start * lines, stop * lines
        widths = torch.from_numpy(encoding.grid.noise).mul(12).sqrt_()
        steps = widths[torch.from_numpy(encoding.codes(first, last)).int()]
        scales = torch.from_numpy(encoding.scales(first, last)).abs()
        steps.mul_(scales[:, torch.from_numpy(encoding.groups())])
        steps = steps.reshape(stop - start, *stored)
        return steps.mT.contiguous() if encoding.is_transposed else steps

    return LazyTensor(shape, Dtype.F32, lambda: rows(0, shape[0]), rows=rows)

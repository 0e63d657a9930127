"""WaveFT: ΔW = scale · the one-level inverse wavelet transform of a sparse (out, in) matrix, or
that matrix itself.

The n values are trained; their places are drawn from a seed by torch's generator, as FourierFT's
are. The transform of PEFT pads the matrix to an even size with room for the filter of length L, and
cuts it into four quarters: a value in row i and column j of a quarter becomes an outer product of
two filters, L × L, at row 2i and column 2j. Of the high and the low filter, the quarters on the
right take the high one along the rows, and the lower quarters take it along the columns.

Source: Bilican et al., "Exploring Sparsity for Parameter Efficient Fine Tuning Using Wavelets",
2025, arXiv 2505.12532.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.errors import UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Edit, Shape, Sum, exact
from lorasurgery.variants.fourierft import drawn_places
from lorasurgery.variants.shira import scattered

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class WaveftFactors:
    """The values (n), the seed of their places, and the wavelet (`db1`), None if there is no transform."""

    spectrum: LazyTensor
    seed: int
    scale: float
    wavelet: str | None

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        values = exact(self.spectrum).double()
        rows, columns = drawn_places(self.seed, len(values), shape)
        if self.wavelet is not None:
            rows, columns, values = _spread(rows, columns, values, shape, _filters(self.wavelet))
        return Edit(Sum((scattered(rows, columns, values, shape, self.scale),)))


def _filters(wavelet: str) -> Tensor:
    """The low and the high filter of the reconstruction, (2, L), from PEFT's own table."""
    import torch
    from peft.tuners.waveft.wavelet import Wavelet

    try:
        table = Wavelet(wavelet)
    except ValueError:
        raise UnsupportedError(
            f"The adapter is WaveFT with wavelet_family {wavelet!r}, which PEFT here does not "
            "know; update PEFT."
        ) from None
    return torch.tensor([table.rec_lo, table.rec_hi], dtype=torch.float64)


def _spread(
    rows: Tensor, columns: Tensor, values: Tensor, shape: Shape, filters: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """The patch of each value: rows, columns and numbers of all their elements that fall into the matrix."""
    import torch

    top, lower = _quartered(rows, shape[0], filters.shape[1])
    left, right = _quartered(columns, shape[1], filters.shape[1])
    taps = torch.arange(filters.shape[1])
    numbers = values[:, None, None] * filters[right][:, :, None] * filters[lower][:, None, :]
    down = (top[:, None, None] + taps[:, None]).expand_as(numbers)
    across = (left[:, None, None] + taps).expand_as(numbers)
    inside = (down >= 0) & (down < shape[0]) & (across >= 0) & (across < shape[1])
    return down[inside], across[inside], numbers[inside]


def _quartered(index: Tensor, size: int, length: int) -> tuple[Tensor, Tensor]:
    """Return, along one side, where a patch begins, and 1 for the second half of the padded matrix,
    0 for the first.
    """
    margin = length - 2
    half = (size + margin + 1) // 2
    shifted = index + margin // 2
    return 2 * (shifted % half) - margin, shifted // half

"""FourierFT: ΔW = scale · Re F⁻¹(S), the 2-D inverse Fourier transform of a sparse spectrum S (out, in).

    ΔW[t, x] = scale / (out · in) · Σ_k s_k cos 2π (u_k t / out + v_k x / in)

The n values s_k are trained; their places (u_k, v_k) are drawn from a seed by torch's generator,
and are the same for all layers of one shape.

Source: Gao et al., "Parameter-Efficient Fine-Tuning with Discrete Fourier Transform", 2024, arXiv
2405.03003.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Dense, Edit, Shape, Sum, exact

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class FourierftFactors:
    """The values (n), and the seed of their places."""

    spectrum: LazyTensor
    seed: int
    scale: float

    def edit(self, shape: Shape) -> Edit:
        """See `Factors.edit`."""
        import torch

        out, width = shape
        values = exact(self.spectrum).double()
        u, v = drawn_places(self.seed, len(values), shape)

        def rows(start: int, stop: int) -> Tensor:
            # Only the columns need a whole transform: along the rows a few frequencies are summed
            # for those asked for.
            turns = (torch.arange(start, stop)[:, None] * u % out).double() * (2 * math.pi / out)
            lines = torch.zeros(stop - start, width, dtype=torch.complex128)
            lines.index_add_(1, v, torch.polar(values.expand_as(turns), turns))
            part: Tensor = torch.fft.ifft(lines, dim=1).real / out
            return part

        return Edit(Sum((Dense(rows, self.scale),)))


def drawn_places(seed: int, count: int, shape: Shape) -> tuple[Tensor, Tensor]:
    """Return rows and columns of distinct random places of a matrix, as torch draws them on a CPU
    in training.
    """
    import torch

    out, width = shape
    if count > out * width:
        raise ValueError(f"{count} places")
    places = torch.randperm(out * width, generator=torch.Generator().manual_seed(seed))[:count]
    return places // width, places % width

"""A matrix on a graphics card, which multiplies it there; numpy's arrays go in and come out.

Only what is as large as the matrix is computed there: its products with a few rows, its Gram matrix and that
one's eigenvectors.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from numpy import ndarray

from lorasurgery.linalg.shapes import Float, Float64

if TYPE_CHECKING:
    from torch import Tensor

    from lorasurgery.linalg.streamed import StreamedMatrix


@dataclass(frozen=True)
class DeviceMatrix:
    """`tensor` (out, in) lies row by row."""

    tensor: Tensor

    @staticmethod
    def of(D: Float[ndarray, "out in"] | StreamedMatrix, device: str) -> DeviceMatrix:
        """Copy a matrix to a device."""
        import torch

        held = D if isinstance(D, ndarray) else D.whole()
        return DeviceMatrix(torch.from_numpy(held).to(device).contiguous())

    @property
    def shape(self) -> tuple[int, int]:
        rows, columns = self.tensor.shape
        return rows, columns

    @property
    def size(self) -> int:
        return self.tensor.numel()

    def coarse(self) -> DeviceMatrix:
        """Return a copy in bfloat16 where the device multiplies it, else the matrix itself."""
        import torch

        is_cuda = self.tensor.device.type == "cuda"
        native = is_cuda and torch.cuda.is_bf16_supported(including_emulation=False)
        return DeviceMatrix(self.tensor.bfloat16()) if native else self

    def scaled(self, factor: float) -> DeviceMatrix:
        return DeviceMatrix(self.tensor * factor)

    def largest(self) -> float:
        """The largest magnitude."""
        return float(self.tensor.abs().max()) if self.size else 0.0

    def image(self, rows: Float[ndarray, "k in"]) -> Float[ndarray, "out k"]:
        """Return D rowsᵀ."""
        return _held(self.tensor @ self._there(rows).T)

    def image_back(self, rows: Float[ndarray, "k out"]) -> Float[ndarray, "k in"]:
        """Return rows D."""
        return _held(self._there(rows) @ self.tensor)

    def sweep(self, rows: Float[ndarray, "k in"]) -> tuple[Float[ndarray, "out k"], Float[ndarray, "k in"]]:
        """Return W = D rowsᵀ and Wᵀ D."""
        W = self.tensor @ self._there(rows).T
        return _held(W), _held(W.T @ self.tensor)

    def energy(self, panels: Iterator[slice]) -> float:
        """Return ‖D‖²_F in float64."""
        return sum(float(self.tensor[rows].double().square().sum()) for rows in panels)

    def gram_eigen(self, panels: Iterator[slice]) -> tuple[Float64[ndarray, " n"], Float64[ndarray, "n n"]]:
        """Return ascending eigenvalues and eigenvectors of the Gram matrix of the short side, in float64."""
        import torch

        D = self.tensor if self.shape[0] >= self.shape[1] else self.tensor.T
        G = torch.zeros(D.shape[1], D.shape[1], dtype=torch.float64, device=D.device)
        for rows in panels:
            panel = D[rows].double()
            G.addmm_(panel.T, panel)
        values, vectors = torch.linalg.eigh(G)
        return values.cpu().numpy(), vectors.cpu().numpy()

    def residual_energy(
        self, A: Float[ndarray, "k in"], B: Float[ndarray, "out k"], panels: Iterator[slice]
    ) -> float:
        """Return ‖D − B A‖²_F by products in the dtype of the factors."""
        import torch

        right, left = (torch.from_numpy(side).to(self.tensor.device) for side in (A, B))
        parts = (
            torch.addmm(self.tensor[rows].to(right.dtype), left[rows], right, alpha=-1) for rows in panels
        )
        return sum(float(part.double().square().sum()) for part in parts)

    def _there(self, rows: ndarray) -> Tensor:
        import torch

        return torch.from_numpy(rows).to(self.tensor)


def _held(product: Tensor) -> ndarray:
    found: ndarray = product.float().cpu().numpy()
    return found

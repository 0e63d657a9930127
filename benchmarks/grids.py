"""Quantise a matrix to the nearest codes of a format, for benchmarks.

Each format is given by its grid and how it sets its scales; the layout of its files plays no part.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from lorasurgery.linalg.code_grid import CodeGrid, float_grid
from lorasurgery.linalg.requantising import CodeMover, CodeRows, Kept, QuantisedChange
from lorasurgery.linalg.terms import Term

NF4 = (
    -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
    -0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725,
    0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941,
    0.7229568362236023, 1.0,
)  # fmt: skip
HALF = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
E2M1 = CodeGrid((*HALF, *(-each for each in HALF)))
E4M3 = float_grid(torch.arange(256, dtype=torch.uint8).view(torch.float8_e4m3fn).float().tolist())


@dataclass(frozen=True)
class Format:
    """A grid, the length of a group, and how its scales are set: `peak`, `power` of two, or `range`."""

    name: str
    grid: CodeGrid
    group: int
    scaling: str = "peak"


FORMATS = (
    Format("int4 g128", CodeGrid.of_integers(16), 128),
    Format("int4 g32", CodeGrid.of_integers(16), 32),
    Format("NF4", CodeGrid(NF4), 64),
    Format("MXFP4", E2M1, 32, "power"),
    Format("NVFP4", E2M1, 16),
    Format("Q4_K", CodeGrid.of_integers(16), 32, "range"),
    Format("FP8", E4M3, 128),
)


@dataclass(frozen=True)
class QuantisedMatrix:
    """A matrix as a format stores it: number = scale · level + offset."""

    format: Format
    codes: NDArray[np.int16]
    scales: NDArray[np.float32]
    offsets: NDArray[np.float32]

    @staticmethod
    def of(W: NDArray[np.float64], into: Format) -> QuantisedMatrix:
        """Choose scales from the peaks or the range of each group, and the nearest codes."""
        groups = W.reshape(len(W), -1, min(into.group, W.shape[1]))
        numbers = into.grid.numbers[into.grid.ordered].astype(np.float64)
        middle = (numbers[0] + numbers[-1]) / 2
        centre = (
            (groups.max(2) + groups.min(2)) / 2 if into.scaling == "range" else np.zeros(groups.shape[:2])
        )
        peak = np.abs(groups - centre[..., None]).max(2)
        scales = np.where(peak > 0, peak / (numbers[-1] - middle), 1.0)
        if into.scaling == "power":
            scales = np.exp2(np.ceil(np.log2(scales)))
        steps = (groups - centre[..., None]) / scales[..., None] + middle
        at = np.searchsorted((numbers[1:] + numbers[:-1]) / 2, steps)
        codes = into.grid.ordered[at].reshape(W.shape).astype(np.int16)
        return QuantisedMatrix(
            into, codes, scales.astype(np.float32), (centre - scales * middle).astype(np.float32)
        )

    @property
    def groups(self) -> NDArray[np.int64]:
        """The group of each column."""
        return np.arange(self.codes.shape[1]) // min(self.format.group, self.codes.shape[1])

    def numbers(self, codes: NDArray[np.int16] | None = None) -> NDArray[np.float64]:
        """Dequantise these codes, or the matrix's own, under its scales."""
        levels = self.format.grid.numbers[self.codes if codes is None else codes].astype(np.float64)
        return levels * self.scales[:, self.groups] + self.offsets[:, self.groups]

    def moved(self, term: Term, rounding: str) -> tuple[NDArray[np.int16], Kept]:
        """Move the codes along a change, as `merge --requantise` does."""
        change = QuantisedChange(self.codes.shape, self.format.grid, self.groups, (term,), rounding=rounding)
        codes, total, mover = self.codes.copy(), Kept(), CodeMover(change)
        for rows, terms in change.blocks():
            block = CodeRows(codes[rows.start : rows.stop], self.scales[rows.start : rows.stop])
            total.add(mover.move(rows, terms, block)[0])
        return codes, total

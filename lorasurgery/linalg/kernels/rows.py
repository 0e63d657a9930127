"""Sums of whole rows in order, and their rounding: used where no fast product or no error bound exists."""

from __future__ import annotations

from typing import Any, no_type_check

import numpy as np

from lorasurgery.linalg.kernels.jit import compiled
from lorasurgery.linalg.kernels.numbers import round_once


@compiled
@no_type_check
def add_rows(
    total: Any, start: Any, left: Any, right: Any, scale: Any, first_row: Any, first_column: Any, added: Any
) -> Any:
    """Add scale · left @ right, rank by rank, to those rows from `start` on that its rectangle covers."""
    for i in range(len(total)):
        row = i + start - first_row
        if 0 <= row < left.shape[0]:
            for j in range(right.shape[1]):
                added[j] = 0.0
            for k in range(left.shape[1]):
                factor = np.float64(left[row, k])
                for j in range(right.shape[1]):
                    added[j] += factor * np.float64(right[k, j])
            for j in range(right.shape[1]):
                total[i, first_column + j] += added[j] * scale


@compiled
@no_type_check
def round_all(out: Any, sums: Any, kind: Any) -> Any:
    """Round float64 sums once, each into its place."""
    for i in range(len(out)):
        out[i] = round_once(sums[i], kind)

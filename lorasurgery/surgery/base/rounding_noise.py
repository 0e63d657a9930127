"""Estimate what rounding W + ΔW to the dtype of W adds to ΔW, from a sample of W's rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lorasurgery.stored_array import StoredArray

# Below this ratio of ‖ΔW‖ to what rounding adds to it, the merged model no longer is the adapted
# one.
LEAST_SNR = 3.0
SAMPLED_ROWS = 16


def sampled_rows(rows: int) -> range:
    """Choose about `SAMPLED_ROWS` rows at equal distances."""
    return range(0, rows, max(1, rows // SAMPLED_ROWS))


def rounding_energy(sample: StoredArray, energy: float, shape: tuple[int, int]) -> float:
    """Estimate ‖rounding‖²_F over a matrix.

    Args:
        sample: some of its rows, in the dtype that is rounded to.
        energy: ‖ΔW‖²_F.
        shape: rows and columns of the whole matrix.
    """
    from lorasurgery.linalg.rounding_loss import lost_to_rounding

    rows, columns = shape
    return lost_to_rounding(sample, energy / max(1, rows * columns)) * rows * columns

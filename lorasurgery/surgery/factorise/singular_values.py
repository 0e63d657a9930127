"""Compute all singular values of a matrix, or the leading ones where it is large."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy import ndarray

    from lorasurgery.linalg.streamed import StreamedMatrix

# Singular values of a matrix that are found where not all are wanted.
LEADING = 64
# A matrix whose short side is at most this is decomposed whole: it costs no more than its leading
# values do.
SMALL = 512


@dataclass(frozen=True)
class Values:
    """Singular values, non-increasing, and the squared Frobenius norm; `complete` if these are all."""

    sigma: tuple[float, ...]
    energy: float
    complete: bool


def known_values(shape: tuple[int, int], *, full: bool) -> int:
    """How many singular values are found of a matrix of this shape."""
    return min(shape) if full or min(shape) <= SMALL else LEADING


def values_of(D: ndarray | StreamedMatrix, *, full: bool, seed: int, energy: float | None = None) -> Values:
    """All singular values of a small matrix or where `full` is wanted, the leading ones otherwise.

    Raises:
        NumericError: D holds a NaN or an infinity.
    """
    import numpy as np

    from lorasurgery.linalg import rank_rules
    from lorasurgery.linalg.svd import singular_values, truncated_svd

    if known_values((D.shape[0], D.shape[1]), full=full) == min(D.shape):
        sigma = singular_values(D).tolist()
        return Values(tuple(sigma), sum(value**2 for value in sigma), complete=True)
    wide = D.astype(np.float32, copy=False) if isinstance(D, np.ndarray) else D
    found = truncated_svd(wide, rank_rules.fixed(LEADING), seed=seed, energy=energy)
    return Values(tuple(found.S.tolist()), found.energy, found.complete)

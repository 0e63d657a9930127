"""The leading singular triplets of a matrix, and the rule that says how many of them to keep."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from numpy import ndarray

from lorasurgery.linalg.shapes import Float, Float64

# The bound on `residual`.
TOLERANCE = 8e-4
# σ below this share of σ₁ are rounding.
FLOOR = 1e-6


@runtime_checkable
class Rule(Protocol):
    """How many triplets to keep, given the leading singular values and ‖D‖²_F; None asks to be shown more.

    `values` are non-increasing; `complete` says that D has no others, and then the answer is a
    number. A rule is a pure function.
    """

    def __call__(self, values: ndarray, energy: float, complete: bool) -> int | None: ...


@dataclass(frozen=True)
class Truncated:
    """The leading triplets of D.

    Attributes:
        S: singular values, non-increasing, above zero.
        energy: ‖D‖²_F.
        rank: how many triplets the rule keeps; those after it are spare.
        residual: √Σ‖D v − σ u‖² / ‖D‖_F, at most `TOLERANCE`. The energy that is kept is within
            1e-5 · ‖D‖²_F of the optimum where the spectrum falls at the cut, and within 3e-4 ·
            ‖D‖²_F where it is nearly flat there.
        complete: whether D has no singular values besides S, apart from rounding.
    """

    U: Float[ndarray, "out k"]
    S: Float64[ndarray, " k"]
    V: Float[ndarray, "in k"]
    energy: float
    rank: int
    residual: float
    complete: bool


def cut_to(found: Truncated, rank: int, spare: int) -> Truncated:
    """Return the triplets up to `rank`, and `spare` ones after them."""
    count = min(rank + spare, len(found.S))
    complete = found.complete and count == len(found.S)
    return replace(
        found,
        U=found.U[:, :count],
        S=found.S[:count],
        V=found.V[:, :count],
        rank=min(rank, count),
        complete=complete,
    )

"""How far a graph may differ from what it is compared with."""

from __future__ import annotations

import math

from lorasurgery.errors import UnsupportedError


def check_tolerance(atol: float) -> None:
    """Refuse what nothing can be compared with: a NaN, an infinity, less than nothing.

    Raises:
        UnsupportedError: it is one of them.
    """
    if not (math.isfinite(atol) and atol >= 0):
        raise UnsupportedError(
            f"--atol {atol:g} is no distance; give a number from 0 on, or leave the check out with "
            "--no-verify."
        )

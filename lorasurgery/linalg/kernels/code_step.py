"""Whether a code takes the step to its neighbour, by the rule that is asked for (see
`linalg/requantising.py`).
"""

from __future__ import annotations

from typing import Any, no_type_check

import numpy as np

from lorasurgery.linalg.kernels.jit import compiled_part
from lorasurgery.linalg.kernels.tiles import FEEDBACK, LANES, NEAREST, STOCHASTIC

_ZERO, _TWO = np.float32(0), np.float32(2)


@compiled_part
@no_type_check
def goes(step: Any, rest: Any, weight: Any, along: Any, chance: Any, rounding: Any) -> Any:
    """Whether a code takes the step that is before it, where `rest` is left to the target: both have
    the sign of the step.
    """
    # All three, so that loops have no branch.
    by_error = step * ((step - _TWO * rest) * weight + _TWO * along) < _ZERO
    by_chance, is_near = chance * abs(step) < abs(rest), abs(step) < _TWO * abs(rest)
    is_asked = rounding == FEEDBACK, rounding == STOCHASTIC, rounding == NEAREST
    return (is_asked[0] & by_error) | (is_asked[1] & by_chance) | (is_asked[2] & is_near)


@compiled_part
@no_type_check
def chances(draws: Any, seed: Any, row: Any, column: Any) -> Any:
    """Numbers in [0, 1) of a seed and places: the finaliser of SplitMix64 (Steele et al., 2014)."""
    for i in range(LANES):
        mixed = np.uint64(seed) + (np.uint64(row + i) << np.uint64(32)) + np.uint64(column)
        for _ in range(2):
            mixed += np.uint64(0x9E3779B97F4A7C15)
            mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            mixed ^= mixed >> np.uint64(31)
        draws[i] = np.float32(np.float32(mixed >> np.uint64(40)) * np.float32(2.0**-24))

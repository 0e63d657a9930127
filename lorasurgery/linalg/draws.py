"""Random numbers that depend on a seed alone: the same on every machine and every device."""

from __future__ import annotations

import numpy as np


def generator(seed: int) -> np.random.Generator:
    """Return numpy's PCG64 with a seed; a negative one counts from 2⁶⁴ down."""
    return np.random.Generator(np.random.PCG64(seed % 2**64))

"""Dtypes and tile sizes that kernels and their callers agree on."""

from __future__ import annotations

import numpy as np

from lorasurgery.dtypes import Dtype

# numba knows neither bfloat16 nor float16. Their bits go by integers, and the integer's type, the
# kind, tells how to read and to round them; a function that asks for a kind takes any pattern of
# that type.
KINDS = {Dtype.BF16: np.uint16, Dtype.F16: np.int16, Dtype.F32: np.uint32}
# So many elements are looked at before anybody asks which of them stand out: a bit for each. Loops
# over a number of them that is known at compile time, from the beginning of a slice, are spread
# over vector units; others hardly.
TILE = 64
# So many columns, and so many ranks, are multiplied at a time, for so many rows: what is used again
# stays in a processor's nearest memory.
STRIP, GROUP, ROWS = 512, 8, 16
# Rows that are multiplied side by side: so many vectors of columns, and their sums, are in registers.
QUAD = 4
# Rows of codes that are moved side by side; and by which rule each is (see `linalg/requantising.py`).
LANES = 64
FEEDBACK, STOCHASTIC, NEAREST = 0, 1, 2
# Numbers of a grid are looked for from where those begin whose patterns have the same bits above these.
START_SHIFT = 20
# Sums of products of rows that are held in registers at a time: so many of each of so many rows.
COLUMNS, HELD = 16, 4

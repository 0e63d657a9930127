"""Move the codes of quantised weights along ΔW, column after column, or move them back.

Rows are independent and go side by side, `LANES` at a time, each in a lane of the processor's
vectors. `linalg/requantising.py` has the rule, `even_grid.py` and `uneven_grid.py` a column's step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, no_type_check

import numpy as np

from lorasurgery.linalg.kernels.code_step import chances
from lorasurgery.linalg.kernels.even_grid import along_even
from lorasurgery.linalg.kernels.jit import compiled, compiled_part
from lorasurgery.linalg.kernels.tiles import GROUP, LANES, STOCHASTIC
from lorasurgery.linalg.kernels.uneven_grid import along_uneven

assert GROUP == 8, "the products are written out for so many ranks"
_ZERO = np.float32(0)


def _moving(along_grid: Callable[..., Any]) -> Callable[..., Any]:
    """Return the kernel for grids along which `along_grid` moves a column's codes."""

    @compiled
    @no_type_check
    def move(
        codes: Any,
        left: Any,
        scales: Any,
        dense: Any,
        columns: Any,
        groups: Any,
        basis: Any,
        weights: Any,
        levels: Any,
        firsts: Any,
        gaps: Any,
        backs: Any,
        leasts: Any,
        following: Any,
        numbers: Any,
        ordered: Any,
        starts: Any,
        rounding: Any,
        seed: Any,
        first_row: Any,
        is_back: Any,
        steps: Any,
        here: Any,
        of_dense: Any,
        of_groups: Any,
        of_left: Any,
        errors: Any,
        lanes: Any,
        places: Any,
        sums: Any,
    ) -> Any:
        """Move the codes (rows, n) of some rows in place, or, where `is_back`, find what they were,
        and return how many of `steps` were written, or taken.

        `steps` are what is added to a guess of a code before it moved, for all of which the moved
        one alone does not tell it. Columns go in the order of `columns`, to which `basis` and
        `weights` belong. The sums are those of moves times ΔW, ΔW² and errors², lane by lane.
        """
        count, grid = 0, (levels, firsts, gaps, backs, leasts, following, numbers, ordered, starts)
        for first in range(0, codes.shape[0], LANES):
            _load(codes, first, here)
            _load(scales, first, of_groups)
            _load(left, first, of_left)
            if len(dense):
                _load(dense, first, of_dense)
            errors[:] = _ZERO
            for at in range(len(columns)):
                column, vector, weight = columns[at], basis[at], weights[at]
                _products(lanes[0], errors, vector)
                if len(dense):
                    for i in range(LANES):
                        lanes[1, i] = of_dense[column, i]
                else:
                    _products(lanes[1], of_left, vector)
                if rounding == STOCHASTIC:
                    chances(lanes[3], seed, first_row + first, column)
                scale, now = of_groups[groups[column]], here[column]
                count = along_grid(now, scale, lanes, places, weight, grid, rounding, is_back, steps, count)
                _add_errors(errors, lanes[2], vector)
                _add_up(sums, lanes)
            _store(here, codes, first)
        return count

    kernel: Callable[..., Any] = move
    return kernel


@compiled_part
@no_type_check
def _products(out: Any, rows: Any, vector: Any) -> Any:
    """Σ over ranks, in order, of rows times the numbers of a vector: (r, lanes), (r) -> (lanes)."""
    for i in range(LANES):
        out[i] = _ZERO
    for k in range(0, len(vector), GROUP):
        a, b, c, d = vector[k], vector[k + 1], vector[k + 2], vector[k + 3]
        e, f, g, h = vector[k + 4], vector[k + 5], vector[k + 6], vector[k + 7]
        of_a, of_b, of_c, of_d = rows[k], rows[k + 1], rows[k + 2], rows[k + 3]
        of_e, of_f, of_g, of_h = rows[k + 4], rows[k + 5], rows[k + 6], rows[k + 7]
        for i in range(LANES):
            out[i] = (
                out[i]
                + of_a[i] * a
                + of_b[i] * b
                + of_c[i] * c
                + of_d[i] * d
                + of_e[i] * e
                + of_f[i] * f
                + of_g[i] * g
                + of_h[i] * h
            )


@compiled_part
@no_type_check
def _add_errors(errors: Any, added: Any, vector: Any) -> Any:
    for k in range(len(vector)):
        here, row = vector[k], errors[k]
        for i in range(LANES):
            row[i] += added[i] * here


@compiled_part
@no_type_check
def _add_up(sums: Any, lanes: Any) -> Any:
    """Add a column to the sums by which a move is judged."""
    change, added = lanes[1], lanes[2]
    moved, whole, lost = sums[0], sums[1], sums[2]
    for i in range(LANES):
        delta, error = np.float64(change[i]), np.float64(added[i])
        moved[i] += (error + delta) * delta
        whole[i] += delta * delta
        lost[i] += error * error


@compiled_part
@no_type_check
def _load(rows: Any, first: Any, here: Any) -> Any:
    """Put `LANES` rows side by side: (rows, n) -> (n, lanes)."""
    for start in range(0, here.shape[0], LANES):
        for i in range(LANES):
            row = rows[first + i]
            for j in range(start, min(start + LANES, here.shape[0])):
                here[j, i] = row[j]


@compiled_part
@no_type_check
def _store(here: Any, rows: Any, first: Any) -> Any:
    """Put lanes back into rows: (n, lanes) -> (rows, n)."""
    for start in range(0, here.shape[0], LANES):
        for i in range(LANES):
            row = rows[first + i]
            for j in range(start, min(start + LANES, here.shape[0])):
                row[j] = here[j, i]


move_even, move_uneven = _moving(along_even), _moving(along_uneven)

"""Measure how far a parameter moved, and for a table of tokens which rows changed."""

from __future__ import annotations

from dataclasses import dataclass

from lorasurgery.errors import NumericError
from lorasurgery.surgery.base.matrix import Matrix, blocks
from lorasurgery.surgery.factorise.delta import have_equal_numbers, widened


@dataclass(frozen=True)
class Difference:
    """`energy` is ‖tuned − base‖²_F over the rows that both have; `rows` are those that changed or are new.

    `is_new` where only the tuned checkpoint has the parameter: then all rows are new, and the
    energy is 0.
    """

    energy: float
    rows: tuple[int, ...]
    is_new: bool = False

    def __add__(self, other: Difference) -> Difference:
        """Add up two parts of one parameter, such as experts; `rows` then says only that it changed."""
        return Difference(self.energy + other.energy, self.rows or other.rows, self.is_new and other.is_new)

    @property
    def is_any(self) -> bool:
        return bool(self.rows)


def measure(name: str, base: Matrix | None, tuned: Matrix) -> Difference:
    """Compare a parameter with its base, block by block.

    Raises:
        NumericError: a NaN or an infinity on either side of a change.
    """
    import numpy as np

    shared = base.stored_shape[0] if base else 0
    energy = 0.0
    rows: list[int] = list(range(shared, tuned.stored_shape[0]))
    for start, stop in blocks(tuned, *([base] if base else [])):
        stored = tuned.raw_rows(start, stop)
        before = base.raw_rows(start, min(stop, shared)) if base and start < shared else stored.rows(0, 0)
        if have_equal_numbers(stored, before):
            continue
        new, old = widened(stored), widened(before)
        # What did not change may be infinite, as in a mask.
        with np.errstate(invalid="ignore"):
            difference = new[: len(old)].astype(np.float64) - old
        change = np.where(new[: len(old)] == old, 0.0, difference)
        if not (np.isfinite(change).all() and np.isfinite(new[len(old) :]).all()):
            side = "base" if np.isfinite(new).all() else "tuned"
            raise NumericError(
                f"{name!r} of the {side} checkpoint has a NaN or an infinity. Mend the file, or leave it "
                "out with --exclude."
            )
        energy += float(np.square(change).sum())
        rows += [start + int(row) for row in np.flatnonzero(change.any(axis=1))]
    return Difference(energy, tuple(sorted(rows)), is_new=base is None)

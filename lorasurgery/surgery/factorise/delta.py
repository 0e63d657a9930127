"""ΔW = W_tuned − W_base of one matrix, in float32 from the stored values.

Exact where both are bfloat16 of like magnitude (the difference of two eight-bit significands fits
24 bits); rounded once otherwise. Blocks of equal values are never subtracted, and a matrix without
a difference is never built. Nor is a very large one: it is subtracted anew in each sweep over it.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.errors import NumericError
from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.base.matrix import Matrix, blocks

if TYPE_CHECKING:
    from numpy import ndarray

    from lorasurgery.linalg.streamed import StreamedMatrix

# The kernel hands out fresh memory page by page, which for a matrix takes longer than to fill it.
# So each thread keeps the room of its last matrix for its next; only up to this size, since what is
# kept is not free for others.
KEPT_BYTES = 64 * 2**20

# Numbers of a matrix whose change is held in memory; that of a larger one is streamed. A gigabyte
# of float32.
MOST_HELD = 1 << 28

_kept = threading.local()


@dataclass(frozen=True)
class Delta:
    """`D` (out, in) is None where nothing changed; the energies are squared Frobenius norms.

    `D` lies in room that the same thread's next `read_delta` fills anew, or is streamed.
    """

    D: ndarray | StreamedMatrix | None
    energy: float
    base_energy: float


def read_delta(name: str, base: Matrix, tuned: Matrix) -> Delta:
    """Read the change of one matrix.

    Raises:
        NumericError: a NaN or an infinity on either side.
    """
    import numpy as np

    from lorasurgery.linalg.panels import energy as energy_of

    if base.transposed != tuned.transposed:
        base, tuned = base.upright(), tuned.upright()
    streams = streams_rows(base, tuned)
    stored, is_any = None, False
    energy = base_energy = 0.0
    for start, stop in blocks(tuned, base):
        old, new = base.raw_rows(start, stop), tuned.raw_rows(start, stop)
        if not is_any:
            if have_equal_numbers(old, new):
                base_energy += energy_of(widened(old))
                continue
            is_any = True
        if stored is None and not streams:
            stored = _room(tuned.stored_shape)
            stored[:start] = 0
        room = np.empty(new.shape, np.float32) if stored is None else stored[start:stop]
        old_energy, block_energy = _subtract(old, new, room)
        base_energy += old_energy
        if not block_energy < float("inf"):
            _refuse_non_finite(name, base, tuned)
            raise NumericError(
                f"{name!r} moves further than float32 reaches (3.4e38). Check the file, or leave the "
                "module out with --exclude."
            )
        energy += block_energy
    if is_any and streams:
        return Delta(_streamed(base, tuned), energy, base_energy)
    return Delta(stored.T if stored is not None and tuned.transposed else stored, energy, base_energy)


def streams_rows(base: Matrix, tuned: Matrix) -> bool:
    """Whether a matrix is so large that its change is subtracted anew in each sweep over it.

    Only where both sides are numbers that lie row by row.
    """
    return math.prod(tuned.shape) > MOST_HELD and not any(
        side.transposed or side.quantised or not side.is_read_by_rows for side in (base, tuned)
    )


def _streamed(base: Matrix, tuned: Matrix) -> StreamedMatrix:
    import numpy as np

    from lorasurgery.linalg.streamed import StreamedMatrix

    def read(start: int, stop: int) -> ndarray:
        change = np.empty((stop - start, tuned.shape[1]), np.float32)
        _subtract(base.raw_rows(start, stop), tuned.raw_rows(start, stop), change)
        return change

    return StreamedMatrix(tuned.shape, read)


def _subtract(old: StoredArray, new: StoredArray, out: ndarray) -> tuple[float, float]:
    """Write the difference of some rows into float32 memory, and return ‖old‖² and ‖new − old‖²."""
    import numpy as np

    from lorasurgery.linalg import changes
    from lorasurgery.linalg.panels import energy

    if changes.suits(old, new):
        return changes.subtract(old, new, out)
    wide = widened(old)
    with np.errstate(over="ignore", invalid="ignore"):  # which the caller sees by the energy
        np.subtract(widened(new), wide, out=out, casting="same_kind")
    return energy(wide), energy(out)


def is_equal(base: Matrix, tuned: Matrix) -> bool:
    """Whether both sides store the same numbers, in one dtype; read as far as the first difference."""
    if base.transposed != tuned.transposed:
        return False
    sides = ((base.raw_rows(*block), tuned.raw_rows(*block)) for block in blocks(tuned, base))
    return all(have_equal_numbers(*each) for each in sides)


def have_equal_numbers(one: StoredArray, other: StoredArray) -> bool:
    """Whether two arrays have one dtype, one shape and the same numbers; both zeros are the same, a NaN is
    none.
    """
    import numpy as np

    if one.dtype is not other.dtype or one.shape != other.shape:
        return False
    if np.array_equal(one.bits, other.bits):
        return not one.has_nan
    return np.array_equal(widened(one), widened(other))


def _room(shape: tuple[int, int]) -> ndarray:
    """Uninitialised float32 memory of a shape."""
    import numpy as np

    needed = shape[0] * shape[1]
    if 4 * needed > KEPT_BYTES:
        return np.empty(shape, np.float32)
    if getattr(_kept, "room", None) is None or _kept.room.size < needed:
        _kept.room = np.empty(needed, np.float32)
    return np.asarray(_kept.room)[:needed].reshape(shape)


def widened(stored: StoredArray) -> ndarray:
    """At least float32, in which narrower dtypes are exact; of complex numbers both parts, side by side."""
    import numpy as np

    if stored.dtype.is_complex:
        return np.ascontiguousarray(stored.bits).view(np.float32)
    return stored.exact() if stored.dtype.is_floating_point else stored.integers.astype(np.float32)


def _refuse_non_finite(name: str, base: Matrix, tuned: Matrix) -> None:
    """Say which file holds the first NaN or infinity; return where only the difference is not finite."""
    import numpy as np

    for side, matrix in (("base", base), ("tuned", tuned)):
        for start, stop in blocks(matrix):
            bad = np.argwhere(~np.isfinite(widened(matrix.raw_rows(start, stop))))
            if len(bad):
                row, column = start + int(bad[0, 0]), int(bad[0, 1])
                raise NumericError(
                    f"{name!r} of the {side} checkpoint has a NaN or an infinity (first at row {row}, "
                    f"column {column}): "
                    "no factors can be found for it. Mend the file, or leave the module out with --exclude."
                )

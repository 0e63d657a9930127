"""ΔW = W_tuned − W_base of one matrix, in float32 from the stored values.

Exact where both are bfloat16 of like magnitude (the difference of two eight-bit significands fits
24 bits); rounded once otherwise. Blocks of equal values are never subtracted, and a matrix without
a difference is never built.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.errors import NumericError
from lorasurgery.surgery.base.matrix import Matrix, blocks

if TYPE_CHECKING:
    from torch import Tensor


# The kernel hands out fresh memory page by page, which for a matrix takes longer than to fill it.
# So each thread keeps the room of its last matrix for its next; only up to this size, since what is
# kept is not free for others.
KEPT_BYTES = 64 * 2**20

_kept = threading.local()


@dataclass(frozen=True)
class Delta:
    """`D` (out, in) is None where nothing changed; the energies are squared Frobenius norms.

    `D` lies in room that the same thread's next `read_delta` fills anew.
    """

    D: Tensor | None
    energy: float
    base_energy: float


def read_delta(name: str, base: Matrix, tuned: Matrix) -> Delta:
    """Read the change of one matrix.

    Raises:
        NumericError: a NaN or an infinity on either side.
    """
    import torch

    from lorasurgery.linalg.panels import energy as energy_of

    if base.transposed != tuned.transposed:
        base, tuned = base.upright(), tuned.upright()
    stored = None
    energy = base_energy = 0.0
    for start, stop in blocks(tuned, base):
        old, new = base.read_rows(start, stop), tuned.read_rows(start, stop)
        wide = widened(old)
        base_energy += energy_of(wide)
        if stored is None:
            if old.dtype == new.dtype and torch.equal(old, new):
                continue
            stored = _room(tuned.stored_shape)
            stored[:start] = 0
        change = torch.sub(new if new.dtype.itemsize > 1 else new.float(), wide, out=stored[start:stop])
        block_energy = energy_of(change)
        if not block_energy < float("inf"):
            _refuse_non_finite(name, base, tuned)
            raise NumericError(
                f"{name!r} moves further than float32 reaches (3.4e38). Check the file, or leave the "
                "module out with --exclude."
            )
        energy += block_energy
    return Delta(stored.T if stored is not None and tuned.transposed else stored, energy, base_energy)


def is_equal(base: Matrix, tuned: Matrix) -> bool:
    """Whether both sides store the same numbers, in one dtype; read as far as the first difference."""
    import torch

    if base.transposed != tuned.transposed or base.parts[0].dtype is not tuned.parts[0].dtype:
        return False
    return all(torch.equal(base.read_rows(*block), tuned.read_rows(*block)) for block in blocks(tuned, base))


def _room(shape: tuple[int, int]) -> Tensor:
    """Uninitialised float32 memory of a shape."""
    import torch

    needed = shape[0] * shape[1]
    if 4 * needed > KEPT_BYTES:
        return torch.empty(shape)
    if getattr(_kept, "room", None) is None or _kept.room.numel() < needed:
        _kept.room = torch.empty(needed)
    return torch.as_tensor(_kept.room)[:needed].view(shape)


def widened(stored: Tensor) -> Tensor:
    """At least float32, in which narrower dtypes are exact; of complex numbers both parts, side by side."""
    import torch

    if stored.is_complex():
        return torch.view_as_real(stored).flatten(-2).float()
    return stored if stored.dtype == torch.float64 else stored.float()


def _refuse_non_finite(name: str, base: Matrix, tuned: Matrix) -> None:
    """Say which file holds the first NaN or infinity; return where only the difference is not finite."""
    for side, matrix in (("base", base), ("tuned", tuned)):
        for start, stop in blocks(matrix):
            bad = widened(matrix.read_rows(start, stop)).isfinite().logical_not().nonzero()
            if len(bad):
                row, column = start + int(bad[0, 0]), int(bad[0, 1])
                raise NumericError(
                    f"{name!r} of the {side} checkpoint has a NaN or an infinity (first at row {row}, "
                    f"column {column}): "
                    "no factors can be found for it. Mend the file, or leave the module out with --exclude."
                )

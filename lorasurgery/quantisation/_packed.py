"""Integers packed into words, four-bit floats in pairs, and weights that are put together from
them row by row.

Little-endian words are a stream of bits, lowest first: element k of b bits has the bits [b·k, b·(k
+ 1)), across words where b does not divide 32. E2M1, the four-bit float of MXFP4 and NVFP4, has a
sign and the magnitudes 0, ½, 1, 1½, 2, 3, 4, 6 (Open Compute Project, "OCP Microscaling Formats
(MX)", v1.0, 2023).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from lorasurgery.dtypes import Dtype
from lorasurgery.errors import DamagedFileError
from lorasurgery.lazy import LazyTensor
from lorasurgery.stored_array import StoredArray

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

T = TypeVar("T")
E2M1 = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
# Packed tensors that are held between reads of their rows: as many as threads work on, and some.
MOST_HELD = 8


def unpacked(words: Tensor, bits: int, count: int) -> Tensor:
    """Return the first `count` unsigned integers of `bits` (1 to 8) along the last dimension, as int32.

    Args:
        words: (..., n) in any integer dtype, contiguous.
    """
    import torch

    stream = words.contiguous().view(torch.uint8)
    if 8 % bits:
        return _across_bytes(stream, bits, count)
    shifts = torch.arange(0, 8, bits, dtype=torch.uint8)
    pieces: Tensor = (stream[..., None] >> shifts) & (2**bits - 1)
    return pieces.flatten(-2)[..., :count].int()


def _across_bytes(stream: Tensor, bits: int, count: int) -> Tensor:
    """The same where elements begin within bytes: from the bits one by one."""
    import torch

    singly = ((stream[..., None] >> torch.arange(8, dtype=torch.uint8)) & 1).flatten(-2)
    elements = singly[..., : count * bits].reshape(*singly.shape[:-1], count, bits).int()
    weights = 2 ** torch.arange(bits, dtype=torch.int32)
    total: Tensor = (elements * weights).sum(-1, dtype=torch.int32)
    return total


def table_floats(stream: Tensor, bits: int, levels: Tensor, *, high_first: bool = False) -> Tensor:
    """Return the level of each element of some bytes, in float32: (..., n) uint8 -> (..., n · 8 / bits).

    A byte is looked up as a whole, in a table of what all of its elements are.

    Args:
        bits: 1, 2, 4 or 8 of each element.
        levels: (2^bits) float32, the number that each code stands for.
        high_first: whether the first element of a byte is in its highest bits.
    """
    import torch

    count = 8 // bits
    shifts = torch.arange(0, 8, bits)
    codes = (torch.arange(256)[:, None] >> (shifts.flip(0) if high_first else shifts)) & (2**bits - 1)
    # One number of the width of all elements of a byte is copied faster than these one by one.
    width = {1: torch.float32, 2: torch.int64, 4: torch.complex128}.get(count)
    flat = stream.reshape(-1).int()
    if width is None:
        found = torch.index_select(levels[codes], 0, flat)
    else:
        found = torch.index_select(levels[codes].contiguous().view(width).reshape(-1), 0, flat)
    return found.view(torch.float32).reshape(*stream.shape[:-1], count * stream.shape[-1])


def four_bit_floats(pairs: Tensor, *, high_first: bool = False) -> Tensor:
    """Return pairs of E2M1 as float32: (..., n) uint8 -> (..., 2n)."""
    import torch

    levels = torch.tensor([*E2M1, *(-each for each in E2M1)])
    return table_floats(pairs, 4, levels, high_first=high_first)


def integers_as_floats(words: Tensor, bits: int, count: int) -> Tensor:
    """Return what `unpacked` does in float32, faster where elements do not lie across bytes."""
    import torch

    if 8 % bits:
        return unpacked(words, bits, count).float()
    stream = words.contiguous().view(torch.uint8)
    return table_floats(stream, bits, torch.arange(2**bits).float())[..., :count].contiguous()


def scaled_in_groups(values: Tensor, scales: Tensor, zeros: Tensor | None = None) -> Tensor:
    """Return (values − zeros) · scales, computed in place, each of these for a group of columns.

    Args:
        values: (..., columns) float32.
        scales, zeros: (..., groups) float32, where groups divide the columns.
    """
    groups = values.view(*values.shape[:-1], scales.shape[-1], -1)
    if zeros is not None:
        groups.sub_(zeros[..., None])
    groups.mul_(scales[..., None])
    return values


def scaled_by_columns(values: Tensor, scales: Tensor, zeros: Tensor, index: NDArray[np.int64]) -> Tensor:
    """Return (values − zeros) · scales, where `index` is the group of each column; `values` may change."""
    import torch

    columns, groups = values.shape[-1], scales.shape[-1]
    if columns % groups == 0 and (index == groups_in_order(columns, groups)).all():
        return scaled_in_groups(values, scales, zeros)
    of_columns = torch.from_numpy(index)
    return (values - zeros[:, of_columns]) * scales[:, of_columns]


def grouped(values: Tensor, count: int) -> Tensor:
    """Repeat the values of groups along the last dimension, to one for each of `count` elements."""
    size = -(-count // max(1, values.shape[-1]))
    return values.repeat_interleave(size, dim=-1)[..., :count]


def by_rows(shape: tuple[int, ...], rows: Callable[[int, int], Tensor], codes: LazyTensor) -> LazyTensor:
    """Return a weight in float32 whose rows `rows(start, stop)` computes, fetched ahead as its codes are."""

    def some(start: int, stop: int) -> Tensor:
        start, stop, _ = slice(start, stop).indices(shape[0])
        return rows(start, stop).reshape(stop - start, *shape[1:])

    return LazyTensor(shape, Dtype.F32, lambda: some(0, shape[0]), rows=some, advise=codes.advise)


def whole(shape: tuple[int, ...], read: Callable[[], Tensor], codes: LazyTensor) -> LazyTensor:
    """Return a weight in float32 whose rows cannot be computed from some of its codes alone."""
    return LazyTensor(shape, Dtype.F32, lambda: read().reshape(shape), advise=codes.advise)


class Held(Generic[T]):
    """What a packed tensor is read as, kept for the next read of its rows and no longer than
    others need the room.
    """

    def __init__(self, read: Callable[[], T]) -> None:
        self._read = read

    def get(self) -> T:
        """Return the array, read once if its rows are read one block after the other."""
        with _LOCK:
            array: T | None = _HELD.get(self)
        if array is None:
            array = self._read()
        with _LOCK:
            _HELD[self] = array
            _HELD.move_to_end(self)
            while len(_HELD) > MOST_HELD:
                _HELD.popitem(last=False)
        return array


def held_columns(stored: LazyTensor) -> Held[StoredArray]:
    """Return a stored matrix (n, out) as (out, n), to be read once."""
    import numpy as np

    return Held(lambda: StoredArray(np.ascontiguousarray(stored.raw().bits.T), stored.dtype))


def held_transposed(values: LazyTensor) -> Held[Tensor]:
    """Return what is stored (groups, out) as float32 (out, groups), to be read once."""
    return Held(lambda: values.read().float().T.contiguous())


_HELD: OrderedDict[Held[Any], Any] = OrderedDict()
_LOCK = threading.Lock()


def groups_in_order(width: int, groups: int) -> NDArray[np.int64]:
    """Return the group of each of `width` columns where all groups are of one length and in order."""
    import numpy as np

    return np.arange(width) // (width // groups)


def stored_groups(index: LazyTensor, name: str, groups: int) -> NDArray[np.int64]:
    """Read the group of each column from a tensor.

    Raises:
        DamagedFileError: a column is in a group that does not exist.
    """
    found = index.raw().integers.astype("i8")
    if int(found.min()) < 0 or int(found.max()) >= groups:
        raise DamagedFileError(
            f"{name!r} puts columns into groups {int(found.min())} to {int(found.max())}, and there are "
            f"scales for {groups} groups. Fetch the file again, or quantise the model again."
        )
    return found


def is_grid(shape: tuple[int, ...], rows: int, columns: int) -> bool:
    """Return whether scales of this shape are one for each group of equal length along the columns
    of each row.
    """
    return len(shape) == 2 and shape[0] == rows and 0 < shape[1] <= columns and columns % shape[1] == 0

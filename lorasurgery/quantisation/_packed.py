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
from typing import TYPE_CHECKING

from lorasurgery.dtypes import Dtype
from lorasurgery.errors import DamagedFileError
from lorasurgery.lazy import LazyTensor

if TYPE_CHECKING:
    from torch import Tensor

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


def repacked(values: Tensor, bits: int) -> Tensor:
    """Pack unsigned integers of `bits` (1 to 8) along the last dimension: the inverse of `unpacked`.

    Returns:
        (..., ⌈count · bits / 32⌉) in int32, filled up with zeros.
    """
    import torch

    count = values.shape[-1]
    pieces, each = torch.nn.functional.pad(values.to(torch.uint8), (0, -count % 32)), bits
    if 8 % bits:
        pieces = ((pieces[..., None] >> torch.arange(bits, dtype=torch.uint8)) & 1).flatten(-2)
        each = 1
    of_bytes = pieces.reshape(*pieces.shape[:-1], -1, 8 // each)
    stream = of_bytes[..., 0].clone()
    for index in range(1, 8 // each):
        stream |= of_bytes[..., index] << (index * each)
    packed_words: Tensor = stream.view(torch.int32)[..., : -(-count * bits // 32)].contiguous()
    return packed_words


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


def scaled_by_columns(values: Tensor, scales: Tensor, zeros: Tensor, index: Tensor) -> Tensor:
    """Return (values − zeros) · scales, where `index` is the group of each column; `values` may change."""
    import torch

    columns, groups = values.shape[-1], scales.shape[-1]
    if columns % groups == 0 and torch.equal(index, groups_in_order(columns, groups)):
        return scaled_in_groups(values, scales, zeros)
    return (values - zeros[:, index]) * scales[:, index]


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


class Held:
    """What a packed tensor is read as, kept for the next read of its rows and no longer than
    others need the room.
    """

    def __init__(self, read: Callable[[], Tensor]) -> None:
        self._read = read

    def get(self) -> Tensor:
        """Return the tensor, read once if its rows are read one block after the other."""
        with _LOCK:
            tensor = _HELD.get(self)
        if tensor is None:
            tensor = self._read()
        with _LOCK:
            _HELD[self] = tensor
            _HELD.move_to_end(self)
            while len(_HELD) > MOST_HELD:
                _HELD.popitem(last=False)
        return tensor


def held_transposed(values: LazyTensor) -> Held:
    """Return what is stored (groups, out) as float32 (out, groups), to be read once."""
    return Held(lambda: values.read().float().T.contiguous())


_HELD: OrderedDict[Held, Tensor] = OrderedDict()
_LOCK = threading.Lock()


def groups_in_order(width: int, groups: int) -> Tensor:
    """Return the group of each of `width` columns where all groups are of one length and in order."""
    import torch

    return torch.arange(width) // (width // groups)


def stored_groups(index: LazyTensor, name: str, groups: int) -> Tensor:
    """Read the group of each column from a tensor.

    Raises:
        DamagedFileError: a column is in a group that does not exist.
    """
    found = index.read().long()
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

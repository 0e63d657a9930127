"""Scales of groups in the order in which tensor cores take them.

Tiles of 128 rows and 4 groups, each stored as 32 · 16: row r of a tile is line r mod 32, from
position 4 · (r div 32). Rows are padded to 128, groups to 4.

Source: NVIDIA, cuBLAS documentation, "1D Block Scaling Factors Layout"; Comfy-Org's comfy-kitchen,
float_utils.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lorasurgery.lazy import LazyTensor

if TYPE_CHECKING:
    from torch import Tensor

ROWS, GROUPS = 128, 4


def in_order(scales: LazyTensor, rows: int, groups: int) -> LazyTensor | None:
    """Return scales as (rows, groups), or None if there are not as many as tiles for these hold.

    Bytes and floats keep their dtype. The scales of some rows are read with all rows of their tiles.
    """
    down, across = -(-rows // ROWS), -(-groups // GROUPS)
    if scales.numel != down * across * ROWS * GROUPS:
        return None
    tiles = scales.viewed((down, across * ROWS * GROUPS))

    def some(start: int, stop: int) -> Tensor:
        start, stop, _ = slice(start, stop).indices(rows)
        first, last = start // ROWS, max(-(-stop // ROWS), start // ROWS)
        ordered = _untiled(tiles.read_rows(first, last), across)
        return ordered[start - first * ROWS : stop - first * ROWS, :groups].contiguous()

    return LazyTensor((rows, groups), scales.dtype, lambda: some(0, rows), rows=some, advise=scales.advise)


def _untiled(tiles: Tensor, across: int) -> Tensor:
    """(lines of tiles, across · 512) -> (lines · 128, across · 4)."""
    import torch

    # Floats of eight bits cannot be permuted by every version of torch.
    stored = tiles.view(torch.uint8) if tiles.element_size() == 1 else tiles
    wide = stored.reshape(-1, across, 32, ROWS // 32, GROUPS).permute(0, 3, 2, 1, 4)
    return wide.reshape(-1, across * GROUPS).view(tiles.dtype)

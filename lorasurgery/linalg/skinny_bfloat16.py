"""As `skinny`, for a matrix in bfloat16 on processors that multiply it: sums are in float32.

These kernels reach 200 GFlop/s of a core where oneDNN reaches 110 (AVX-512, Zen 4).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from lorasurgery.linalg import skinny
from lorasurgery.linalg.kernels.call import Kernel, aligned
from lorasurgery.linalg.products import multiplies_bfloat16
from lorasurgery.linalg.streamed import StreamedMatrix

if TYPE_CHECKING:
    from numpy.typing import NDArray

_IMAGE, _BACK, _SWEEP = (Kernel("bfloat16", name) for name in ("image", "add_image_back", "sweep"))
# Columns that a tile takes.
_WIDE, _NARROW = 32, 16


def suits(D: Tensor | StreamedMatrix, count: int) -> bool:
    """Whether products of D with so many rows are best left to these kernels."""
    return (
        D.dtype == torch.bfloat16
        and D.shape[1] % _WIDE == 0
        and skinny.is_in_reach(D, count)
        and multiplies_bfloat16()
        and _is_fast()
    )


@cache
def _is_fast() -> bool:
    from lorasurgery.linalg.kernels.abi import processor

    name, features = processor()
    return name in skinny.HALF_WIDTH and "+avx512bf16" in features


def sweep(
    D: Float[Tensor, "out in"] | StreamedMatrix, rows: Float[Tensor, "k in"], places: Iterable[slice]
) -> tuple[Float[Tensor, "out k"], Float[Tensor, "k in"]]:
    """W = D rowsᵀ and Wᵀ D, reading the rows at each place once."""
    X, groups = _packed(rows)
    W, Y = aligned((D.shape[0], int(groups[-1])), np.float32), _nothing(groups, D)
    for place in places:
        bits = _bits(D[place])
        _SWEEP(bits, X, groups, W[place], _room_for_pairs(len(bits), groups), Y)
    del X  # of many rows, as large as what is made of Y
    return torch.from_numpy(W)[:, : len(rows)], _unpacked(Y)[: len(rows)]


def image(
    D: Float[Tensor, "out in"] | StreamedMatrix, rows: Float[Tensor, "k in"], places: Iterable[slice]
) -> Float[Tensor, "out k"]:
    """D rowsᵀ."""
    X, groups = _packed(rows)
    W = aligned((D.shape[0], int(groups[-1])), np.float32)
    for place in places:
        _IMAGE(_bits(D[place]), X, groups, W[place])
    return torch.from_numpy(W)[:, : len(rows)]


def image_back(
    rows: Float[Tensor, "k out"], D: Float[Tensor, "out in"] | StreamedMatrix, places: Iterable[slice]
) -> Float[Tensor, "k in"]:
    """rows D."""
    groups = _starts(len(rows))
    Y = _nothing(groups, D)
    W = np.zeros((D.shape[0], Y.shape[1]), np.float32)
    W[:, : len(rows)] = rows.T.numpy()
    for place in places:
        bits = _bits(D[place])
        _BACK(bits, W[place], _room_for_pairs(len(bits), groups), Y)
    return _unpacked(Y)[: len(rows)]


def _starts(count: int) -> NDArray[np.int64]:
    """Where the groups of columns begin that take so many and as few more as can be, and the end."""
    whole = -(-count // _NARROW) * _NARROW
    return np.array([*range(0, whole, _WIDE), whole])


def _packed(rows: Float[Tensor, "k in"]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Return the rows as pairs in columns, group after group, and where the groups begin."""
    groups, pairs = _starts(len(rows)), rows.shape[1] // 2
    X = torch.from_numpy(aligned((2 * pairs * int(groups[-1]),), np.int16)).view(torch.bfloat16)
    for start, stop in pairwise(groups.tolist()):
        group = X[2 * pairs * start : 2 * pairs * stop].view(pairs, stop - start, 2)
        some = rows[start:stop].view(-1, pairs, 2).transpose(0, 1)
        group[:, : some.shape[1]], group[:, some.shape[1] :] = some, 0
    return X.view(torch.int32).numpy().view(np.uint32), groups


def _bits(D: Tensor) -> NDArray[np.uint16]:
    bits: NDArray[np.uint16] = D.view(torch.int16).numpy().view(np.uint16)
    return bits


def _room_for_pairs(rows: int, groups: NDArray[np.int64]) -> NDArray[np.uint32]:
    return aligned(((rows + 1) // 2, int(groups[-1])), np.uint32)


def _nothing(groups: NDArray[np.int64], D: Tensor | StreamedMatrix) -> NDArray[np.float32]:
    Y = aligned((D.shape[1] // _WIDE, int(groups[-1]), _WIDE), np.float32)
    Y.fill(0)
    return Y


def _unpacked(Y: NDArray[np.float32]) -> Float[Tensor, "k in"]:
    return torch.from_numpy(Y).transpose(0, 1).flatten(1)

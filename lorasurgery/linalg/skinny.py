"""Products of a float32 matrix with a few rows by this package's own kernels, on one thread.

At 16 to 64 rows a library's product reads and packs more than it multiplies: these reach 95 GFlop/s of a
core where oneDNN reaches 60 and MKL 40 (AVX2, Zen 4). They keep to vectors of 256 bits, so that where a
processor is twice as fast with 512 the libraries are better.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from lorasurgery.linalg.kernels.call import Kernel, aligned
from lorasurgery.linalg.streamed import StreamedMatrix

if TYPE_CHECKING:
    from numpy.typing import NDArray

_IMAGE, _BACK, _SWEEP = (Kernel("skinny", name) for name in ("image", "add_image_back", "sweep"))
# Columns that a tile takes, and numbers of a vector; matrices of other widths are left to libraries.
_WIDE, _NARROW, _LANES = 24, 16, 8
# Fewer rows than these are not worth being filled up to a tile.
_FEWEST = 12
# Processors with AVX-512 that are no faster by it.
HALF_WIDTH = ("znver4",)


def suits(D: Tensor | StreamedMatrix, count: int) -> bool:
    """Whether products of D with so many rows are best left to these kernels."""
    return D.dtype == torch.float32 and D.shape[1] % _NARROW == 0 and is_in_reach(D, count) and _is_fast()


def is_in_reach(D: Tensor | StreamedMatrix, count: int) -> bool:
    """Whether kernels on one thread can and should multiply a matrix that lies so, with so many rows."""
    return (
        D.device.type == "cpu"
        and count >= _FEWEST
        and D.shape[0] > 0
        and D.shape[1] > 0
        and (isinstance(D, StreamedMatrix) or D.is_contiguous())
        and torch.get_num_threads() == 1
    )


@cache
def _is_fast() -> bool:
    from lorasurgery.linalg.kernels.abi import processor

    if platform.machine().lower() not in ("x86_64", "amd64"):
        return False
    name, features = processor()
    return "+fma" in features and ("+avx512f" not in features or name in HALF_WIDTH)


def sweep(
    D: Float[Tensor, "out in"] | StreamedMatrix, rows: Float[Tensor, "k in"], places: Iterable[slice]
) -> tuple[Float[Tensor, "out k"], Float[Tensor, "k in"]]:
    """W = D rowsᵀ and Wᵀ D, reading the rows at each place once."""
    X, groups = _packed(rows)
    W, Y = aligned((D.shape[0], int(groups[-1])), np.float32), _nothing(groups, D)
    for place in places:
        _SWEEP(D[place].numpy(), X, groups, W[place], Y)
    del X  # of many rows, as large as what is made of Y
    return torch.from_numpy(W)[:, : len(rows)], _unpacked(Y)[: len(rows)]


def image(
    D: Float[Tensor, "out in"] | StreamedMatrix, rows: Float[Tensor, "k in"], places: Iterable[slice]
) -> Float[Tensor, "out k"]:
    """D rowsᵀ."""
    X, groups = _packed(rows)
    W = aligned((D.shape[0], int(groups[-1])), np.float32)
    for place in places:
        _IMAGE(D[place].numpy(), X, groups, W[place])
    return torch.from_numpy(W)[:, : len(rows)]


def image_back(
    rows: Float[Tensor, "k out"], D: Float[Tensor, "out in"] | StreamedMatrix, places: Iterable[slice]
) -> Float[Tensor, "k in"]:
    """rows D."""
    Y = _nothing(_starts(len(rows)), D)
    W = np.zeros((D.shape[0], Y.shape[1]), np.float32)
    W[:, : len(rows)] = rows.T.numpy()
    for place in places:
        _BACK(D[place].numpy(), W[place], Y)
    return _unpacked(Y)[: len(rows)]


def _starts(count: int) -> NDArray[np.int64]:
    """Where the groups of columns begin that take so many and as few more as can be, and the end."""
    left, starts = max(_NARROW, -(-count // _LANES) * _LANES), [0]
    while left:
        width = _NARROW if left in (_NARROW, 2 * _NARROW) else _WIDE
        starts.append(starts[-1] + width)
        left -= width
    return np.array(starts)


def _packed(rows: Float[Tensor, "k in"]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the rows as columns, group after group, filled up with zeros, and where the groups begin."""
    groups = _starts(len(rows))
    X, width = aligned((int(groups[-1]) * rows.shape[1],), np.float32), rows.shape[1]
    for start, stop in pairwise(groups.tolist()):
        group = X[width * start : width * stop].reshape(width, stop - start)
        some = rows[start:stop].numpy()
        group[:, : len(some)], group[:, len(some) :] = some.T, 0
    return X, groups


def _nothing(groups: NDArray[np.int64], D: Tensor | StreamedMatrix) -> NDArray[np.float32]:
    Y = aligned((D.shape[1] // _NARROW, int(groups[-1]), _NARROW), np.float32)
    Y.fill(0)
    return Y


def _unpacked(Y: NDArray[np.float32]) -> Float[Tensor, "k in"]:
    return torch.from_numpy(Y).transpose(0, 1).flatten(1)

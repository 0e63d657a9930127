"""An interval about every number, rounded at both of its ends in one pass over memory: the stored value where both ends agree.

In torch each step of this (a width, two ends, two roundings, a comparison) is a pass of its own, and the passes cost many times the
arithmetic. Here they are one loop, which the compiler spreads over the vector units of the processor at hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from lorasurgery.linalg.loops import KINDS, round_ends

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The dtype in which the numbers come, by the dtype that is stored.
WIDE = {torch.bfloat16: torch.float32, torch.float16: torch.float32, torch.float32: torch.float64}


def patterns(stored: Tensor) -> NDArray[Any]:
    """The bits of a tensor of a dtype in `WIDE`, as the loops take them; they share its memory."""
    bits: NDArray[Any] = stored.view(KINDS[stored.dtype]).numpy()
    return bits


def infinity(dtype: torch.dtype) -> Any:
    """The pattern of +∞, whose bits are the exponent's."""
    return patterns(torch.full((1,), torch.inf, dtype=dtype))[0]


class Intervals:
    """Rounds intervals about the rows of a matrix to one dtype.

    Args:
        dtype: what is stored; one of `WIDE`.
        most: the share of a block beyond which nobody asks for single elements.
    """

    def __init__(self, dtype: torch.dtype, most: float) -> None:
        self._infinity = infinity(dtype)
        self._most = most
        self._places: NDArray[np.int64] = np.empty(0, np.int64)

    def rounded(self, near: Tensor, absolute: Tensor, relative: float, out: Tensor) -> Tensor | None:
        """Round near ± (absolute + relative · |near|) to `out`.

        Args:
            near: (rows, columns), in the wide dtype and contiguous.
            absolute: (rows, 1), like it.
            out: (rows, columns), in the stored dtype and contiguous; holds the value wherever both ends agree on it.

        Returns:
            The flat positions where they do not, or are no finite number, in order and valid until the next call; None where there
            are more than `most` and a row besides.
        """
        room = int(self._most * near.numel()) + near.shape[1]
        if len(self._places) < room:
            self._places = np.empty(room, np.int64)
        wide = near.numpy()
        count = round_ends(
            wide,
            absolute.numpy().reshape(-1),
            wide.dtype.type(relative),
            self._infinity,
            patterns(out),
            self._places[:room],
        )
        return None if count < 0 else torch.from_numpy(self._places[:count])

"""A scratch file for tensors that are made before their place in the output is known.

A budget over all modules decides ranks only when every spectrum is there; until then the factors wait here, so memory stays flat
however many modules there are. The file has no name: nothing is left behind, not even by a kill.
"""

from __future__ import annotations

import math
import os
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from lorasurgery.checkpoint.write import no_space, tensor_bytes, write_at
from lorasurgery.lazy import LazyTensor

if TYPE_CHECKING:
    import torch
    from torch import Tensor


class Spill:
    """Tensors put away on disk; safe to use from several threads at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - lives as long as its tensors
        self._end = 0
        self._lock = threading.Lock()

    def put(self, tensor: Tensor) -> LazyTensor:
        """Write a tensor away; the answer reads it back, whole or by rows.

        Raises:
            NoSpaceError: the disk is full.
        """
        shape, dtype = tuple(tensor.shape), tensor.dtype
        with self._lock:
            offset, self._end = self._end, self._end + tensor.nbytes
        try:
            write_at(self._file.fileno(), tensor_bytes(tensor), offset)
        except OSError as error:
            raise no_space(self._folder, error) from None
        row_nbytes = math.prod(shape[1:]) * dtype.itemsize

        def rows(start: int, stop: int) -> Tensor:
            return self._read(
                offset + start * row_nbytes, (stop - start) * row_nbytes, (stop - start, *shape[1:]), dtype
            )

        return LazyTensor(shape, dtype, lambda: rows(0, shape[0]), rows)

    def _read(self, offset: int, nbytes: int, shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
        import torch

        raw = torch.empty(nbytes, dtype=torch.uint8)
        view, done = raw.numpy().data, 0
        while done < nbytes:
            done += os.preadv(self._file.fileno(), [view[done:]], offset + done)
        return raw.view(dtype).reshape(shape)

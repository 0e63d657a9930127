"""A scratch file for tensors that are made before their place in the output is known.

A budget over all modules decides ranks only when every spectrum is there; until then the factors wait here, so memory stays flat
however many modules there are. The file has no name: nothing is left behind, not even by a kill.
"""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lorasurgery.bits import as_bits, bits_of
from lorasurgery.checkpoint.write import no_space, tensor_bytes, write_at
from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
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
        return self.put_bits(bits_of(tensor), tuple(tensor.shape), Dtype.of(tensor.dtype))

    def put_bits(self, bits: NDArray[Any], shape: tuple[int, ...], dtype: Dtype) -> LazyTensor:
        """Write a tensor away that is given by its bits, in order.

        Raises:
            NoSpaceError: the disk is full.
        """
        with self._lock:
            offset, self._end = self._end, self._end + bits.nbytes
        try:
            write_at(self._file.fileno(), tensor_bytes(bits), offset)
        except OSError as error:
            raise no_space(self._folder, error) from None

        def read(start: int, stop: int) -> NDArray[Any]:
            raw = self._read(offset + start * dtype.itemsize, (stop - start) * dtype.itemsize)
            return as_bits(raw, dtype.itemsize)

        return LazyTensor.of_bits(shape, dtype, read)

    def _read(self, offset: int, nbytes: int) -> NDArray[np.uint8]:
        import numpy as np

        raw = np.empty(nbytes, np.uint8)
        view, done = raw.data, 0
        while done < nbytes:
            done += os.preadv(self._file.fileno(), [view[done:]], offset + done)
        return raw

"""A scratch file for tensors that are made before their place in the output is known.

A budget over all modules decides ranks only when every spectrum is there; until then the factors
wait here, so memory stays flat however many modules there are. The file has no name: nothing is
left behind, not even by a kill.
"""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lorasurgery.checkpoint.disk import read_failed, write_failed
from lorasurgery.checkpoint.write import write_at
from lorasurgery.lazy import LazyTensor
from lorasurgery.stored_array import StoredArray, as_bits

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Spill:
    """Tensors stored temporarily on disk; safe to use from several threads at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - lives as long as its tensors
        self._end = 0
        self._lock = threading.Lock()

    def put(self, values: StoredArray) -> LazyTensor:
        """Write a tensor away; the answer reads it back, whole or by rows.

        Raises:
            NoSpaceError: the disk is full.
        """
        itemsize = values.dtype.itemsize
        with self._lock:
            offset, self._end = self._end, self._end + values.bits.nbytes
        try:
            write_at(self._file.fileno(), values.data, offset)
        except OSError as error:
            raise write_failed(self._folder, error) from None

        def read(start: int, stop: int) -> NDArray[Any]:
            return as_bits(self._read(offset + start * itemsize, (stop - start) * itemsize), itemsize)

        return LazyTensor.of_bits(values.bits.shape, values.dtype, read)

    def _read(self, offset: int, nbytes: int) -> NDArray[np.uint8]:
        import numpy as np

        raw = np.empty(nbytes, np.uint8)
        view, done = raw.data, 0
        while done < nbytes:
            try:
                done += os.preadv(self._file.fileno(), [view[done:]], offset + done)
            except OSError as error:
                raise read_failed(self._folder, error) from None
        return raw

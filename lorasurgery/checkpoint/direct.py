"""Write large files past the page cache (O_DIRECT), in the background.

A byte that goes through the page cache is copied into a fresh page, which costs the processor as much as
hashing it does, and on a virtual machine several times as much; and it pushes the files out that are being
read. A disk that is fast enough for this to matter takes the bytes from our own memory instead. Where
it is slow, the processor waits for it either way, and whoever reads the file next is glad of the cache.

Only whole pages go directly; the parts of pages at both ends of a stretch go through the cache, so that
no page is ever written both ways.
"""

from __future__ import annotations

import errno
import mmap
import os
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from lorasurgery.checkpoint.linux import direct_alignment
from lorasurgery.checkpoint.write import write_at
from lorasurgery.thread_pool import Task, ThreadPool

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# What is written at once, from multiples of it in the file.
PIECE_BYTES = 2 << 20
# Pieces on their way to the disk, and threads that bring them there.
UNDER_WAY, WRITERS = 4, 2
# A disk is slow where three quarters of so many pieces took a writer longer than at this rate, in bytes a
# second: others may have waited for the processor.
SLOW_RATE, JUDGED = 100e6, 32
# What a file system answers that promised more than it does.
_REFUSED = (errno.EINVAL, errno.EOPNOTSUPP)


class DirectWriter:
    """Brings pieces of files to the disk; safe to use from several threads at once."""

    def __init__(self) -> None:
        self._pool = ThreadPool(WRITERS)
        # Those that are free; in C, so that Ctrl-C cannot take the lock of it along.
        self._slots: SimpleQueue[None] = SimpleQueue()
        for _ in range(UNDER_WAY):
            self._slots.put(None)
        self._lock = threading.Lock()
        self._spare: list[NDArray[np.uint8]] = []
        self._waiting: list[Task[None]] = []
        self._paces: list[float] = []
        self.is_on = True

    def buffer(self) -> NDArray[np.uint8]:
        """Return room for a piece, which begins at a page."""
        import numpy as np

        with self._lock:
            if self._spare:
                return self._spare.pop()
        return np.frombuffer(mmap.mmap(-1, PIECE_BYTES), np.uint8)

    def put(self, file: DirectFile, buffer: NDArray[np.uint8], first: int, start: int, stop: int) -> None:
        """Write bytes `start` to `stop` of a file from a buffer that begins at its byte `first`.

        Raises:
            OSError: this or an earlier piece could not be written.
        """
        self._slots.get()
        with self._lock:
            done = [each for each in self._waiting if each.is_done]
            self._waiting = [each for each in self._waiting if not each.is_done]
            self._waiting.append(self._pool.submit(self._write, file, buffer, first, start, stop))
        for each in done:
            each.result()

    def finish(self) -> None:
        """Wait for all pieces.

        Raises:
            OSError: one of them could not be written.
        """
        with self._lock:
            waiting, self._waiting = self._waiting, []
        for each in waiting:
            each.result()

    def close(self) -> None:
        """End the threads, after what is on its way."""
        self._pool.shutdown()

    def _write(self, file: DirectFile, buffer: NDArray[np.uint8], first: int, start: int, stop: int) -> None:
        try:
            low = min(stop, -(-start // file.alignment) * file.alignment)
            high = max(low, stop - stop % file.alignment)
            for begin, end, is_whole in ((start, low, False), (low, high, True), (high, stop, False)):
                if end > begin:
                    part = buffer[begin - first : end - first].data
                    self._write_part(file, part, begin, is_whole=is_whole)
        finally:
            with self._lock:
                self._spare.append(buffer)
            self._slots.put(None)

    def _write_part(self, file: DirectFile, data: memoryview, offset: int, *, is_whole: bool) -> None:
        if is_whole and self.is_on:
            started = time.monotonic()
            try:
                write_at(file.direct, data, offset)
            except OSError as error:
                if error.errno not in _REFUSED:
                    raise
                self.is_on = False
            else:
                self._judge((time.monotonic() - started) / len(data))
                return
        write_at(file.descriptor, data, offset)

    def _judge(self, pace: float) -> None:
        """Give up where the disk is slow.

        Args:
            pace: of a piece, in seconds for each byte.
        """
        with self._lock:
            self._paces.append(pace)
            if len(self._paces) == JUDGED:
                self.is_on &= sorted(self._paces)[JUDGED // 4] <= 1 / SLOW_RATE
                self._paces.clear()


@dataclass(frozen=True)
class DirectFile:
    """A file that is open twice, the second time for writing past the page cache."""

    descriptor: int
    direct: int
    alignment: int


def open_directly(path: Path, descriptor: int) -> DirectFile | None:
    """Open an open file once more; None where its pages cannot be written directly."""
    alignment = direct_alignment(descriptor)
    if alignment and PIECE_BYTES % alignment == 0 and hasattr(os, "O_DIRECT"):
        with suppress(OSError):
            direct = os.open(path, os.O_WRONLY | os.O_DIRECT | os.O_CLOEXEC)
            return DirectFile(descriptor, direct, alignment)
    return None


class Stretch:
    """Bytes of a file from `start` to `stop`, which one thread writes, mostly in their order."""

    def __init__(self, writer: DirectWriter, file: DirectFile, stop: int) -> None:
        self._writer, self._file, self._stop = writer, file, stop
        self._buffer: NDArray[np.uint8] | None = None
        self._first = self._from = self._to = 0

    def write(self, data: memoryview, offset: int) -> None:
        """Take the next bytes, which may be changed afterwards.

        Raises:
            OSError: an earlier piece could not be written.
        """
        import numpy as np

        if offset != self._to:
            self.flush()
        while len(data):
            if self._buffer is None:
                self._buffer = self._writer.buffer()
                self._first, self._from, self._to = offset - offset % PIECE_BYTES, offset, offset
            place = self._to - self._first
            count = min(len(data), PIECE_BYTES - place)
            self._buffer[place : place + count] = np.frombuffer(data[:count], np.uint8)
            self._to += count
            data, offset = data[count:], offset + count
            if self._to in (self._stop, self._first + PIECE_BYTES):
                self.flush()

    def flush(self) -> None:
        """Send off what there is."""
        if self._buffer is not None:
            buffer, self._buffer = self._buffer, None
            self._writer.put(self._file, buffer, self._first, self._from, self._to)

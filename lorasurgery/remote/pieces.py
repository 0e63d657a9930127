"""The pieces of one file that are under way or have come, sorted and without overlaps."""

from __future__ import annotations

import bisect
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from lorasurgery.remote.request import Locate, Mark
from lorasurgery.thread_pool import Awaited


@dataclass(eq=False)
class Piece:
    """Bytes `start` to `stop` (exclusive) of a file.

    `is_queued` until a request has taken it up. `readers` wait for it or copy from it, and `unread`
    bytes of it nobody has read yet. A header `is_kept`: it is read again by everyone who opens the file.
    What `is_on_disk` has no bytes in memory.
    """

    start: int
    stop: int
    is_kept: bool = False
    is_queued: bool = True
    is_on_disk: bool = False
    readers: int = 0
    unread: int = 0
    born: float = field(default_factory=time.monotonic)
    data: Awaited[memoryview] = field(default_factory=Awaited)

    def __post_init__(self) -> None:
        self.unread = self.nbytes

    @property
    def nbytes(self) -> int:
        return self.stop - self.start

    @property
    def is_idle(self) -> bool:
        """Whether it has come, or failed, and nobody is at it."""
        return self.data.is_done and not self.readers and not self.is_kept and not self.is_on_disk


@dataclass(eq=False)
class RemoteFile:
    """A file elsewhere: what it is called, how it is reached, its state when it was opened.

    `disk` is where its bytes are kept once they have come, of a file that is read more than once.
    """

    shown: str
    locate: Locate
    mark: Mark
    disk: Path | None = None
    has_changed: bool = False
    pieces: list[Piece] = field(default_factory=list, repr=False)

    def at(self, offset: int) -> Piece | None:
        """The piece that has this byte."""
        index = bisect.bisect_right(self.pieces, offset, key=lambda piece: piece.start) - 1
        return self.pieces[index] if index >= 0 and offset < self.pieces[index].stop else None

    def after(self, offset: int) -> Piece | None:
        """The first piece that begins at this byte or later."""
        index = bisect.bisect_left(self.pieces, offset, key=lambda piece: piece.start)
        return self.pieces[index] if index < len(self.pieces) else None

    def gaps(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """The parts of a range that no piece has."""
        while start < stop:
            piece = self.at(start)
            if piece is not None:
                start = piece.stop
                continue
            following = self.after(start)
            end = min(stop, following.start) if following else stop
            yield start, end
            start = end

    def add(self, piece: Piece) -> None:
        bisect.insort(self.pieces, piece, key=lambda each: each.start)

    def store(self, piece: Piece, data: memoryview) -> None:
        """Keep the bytes of a piece on the disk, if it has room for them."""
        if self.disk is None or piece.is_kept:
            return
        with suppress(OSError), self.disk.open("r+b", buffering=0) as stream:
            piece.is_on_disk = os.pwrite(stream.fileno(), data, piece.start) == piece.nbytes

    def bytes_of(self, piece: Piece) -> memoryview:
        """The bytes of a piece, when they have come."""
        data = piece.data.result()
        if not piece.is_on_disk or self.disk is None:
            return data
        with self.disk.open("rb", buffering=0) as stream:
            return memoryview(os.pread(stream.fileno(), piece.nbytes, piece.start))

    def drop(self, piece: Piece) -> None:
        index = bisect.bisect_left(self.pieces, piece.start, key=lambda each: each.start)
        if index < len(self.pieces) and self.pieces[index] is piece:
            del self.pieces[index]

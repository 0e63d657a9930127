"""The pieces of one file that are under way or have come, sorted and without overlaps."""

from __future__ import annotations

import bisect
import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field

from lorasurgery.remote.request import Locate, Mark


@dataclass(eq=False)
class Piece:
    """Bytes `start` to `stop` (exclusive) of a file.

    `is_queued` until a request has taken it up. `readers` wait for it or copy from it, and `unread`
    bytes of it nobody has read yet. A header `is_kept`: it is read again by everyone who opens the file.
    """

    start: int
    stop: int
    is_kept: bool = False
    is_queued: bool = True
    readers: int = 0
    unread: int = 0
    born: float = field(default_factory=time.monotonic)
    data: Future[memoryview] = field(default_factory=Future)

    def __post_init__(self) -> None:
        self.unread = self.nbytes

    @property
    def nbytes(self) -> int:
        return self.stop - self.start

    @property
    def is_idle(self) -> bool:
        """Whether it has come, or failed, and nobody is at it."""
        return self.data.done() and not self.readers and not self.is_kept


@dataclass(eq=False)
class RemoteFile:
    """A file elsewhere: what it is called, how it is reached, its state when it was opened."""

    shown: str
    locate: Locate
    mark: Mark
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

    def drop(self, piece: Piece) -> None:
        index = bisect.bisect_left(self.pieces, piece.start, key=lambda each: each.start)
        if index < len(self.pieces) and self.pieces[index] is piece:
            del self.pieces[index]

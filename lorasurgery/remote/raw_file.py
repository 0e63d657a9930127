"""A file elsewhere as a Python file object, for parsers that read here and there."""

from __future__ import annotations

import io
import os
from typing import BinaryIO, cast

from lorasurgery.remote.fetching import HEAD_BYTES, fetcher
from lorasurgery.remote.pieces import RemoteFile

# What one look at the file fetches, and what is fetched ahead of looks that follow one another.
BUFFER_BYTES, AHEAD_BYTES = HEAD_BYTES, 1 << 18


class RemoteRaw(io.RawIOBase):
    """The bytes of a file elsewhere, from a position on."""

    def __init__(self, file: RemoteFile) -> None:
        self._file = file
        self._at = self._last = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._file.mark.size}[whence]
        if start + offset < 0:
            raise ValueError(f"a position of {start + offset}")
        self._at = start + offset
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        count = max(0, min(len(buffer), self._file.mark.size - self._at))
        if self._at and self._at == self._last:
            fetcher().advise(self._file, self._at, AHEAD_BYTES)
        fetcher().read_into(self._file, self._at, memoryview(buffer)[:count])
        self._at += count
        self._last = self._at
        return count


def open_remote(file: RemoteFile) -> BinaryIO:
    """Open a file elsewhere, buffered."""
    return cast(BinaryIO, io.BufferedReader(RemoteRaw(file), BUFFER_BYTES))

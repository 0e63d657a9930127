"""Which state of a file was read: one stamp per file, that of the header which was parsed, is carried along with every place in it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from lorasurgery.errors import DamagedFileError


@dataclass(frozen=True)
class FileStamp:
    """What tells one state of a file from another: a change while we work must not go unseen."""

    device: int
    inode: int
    nbytes: int
    modified_ns: int

    @staticmethod
    def of(status: os.stat_result) -> FileStamp:
        """The stamp of a file, by what the system says about it."""
        return FileStamp(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)

    def check(self, path: Path, status: os.stat_result) -> None:
        """Refuse a file that is no longer the one whose header was read.

        Raises:
            DamagedFileError: it was replaced, or written to.
        """
        if FileStamp.of(status) != self:
            raise DamagedFileError(
                f"{path} was changed while it was being read; run the command again once it is still."
            )

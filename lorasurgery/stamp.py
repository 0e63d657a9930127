"""The state of a file that was read: one stamp per file, that of the header, goes along with every
place in it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from lorasurgery.errors import DamagedFileError


@dataclass(frozen=True)
class FileStamp:
    """What distinguishes one state of a file from another, so that no change during a run goes unseen."""

    device: int
    inode: int
    nbytes: int
    modified_ns: int

    @staticmethod
    def of(status: os.stat_result) -> FileStamp:
        """The stamp of a file, by what the system says about it."""
        return FileStamp(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)

    def check(self, path: Path, status: os.stat_result) -> None:
        """Refuse a file whose state is not that of the header that was read.

        Raises:
            DamagedFileError: it was replaced, or written to.
        """
        now = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        if now != (self.device, self.inode, self.nbytes, self.modified_ns):
            raise DamagedFileError(
                f"{path} was changed while it was being read; run the command again once it is still."
            )

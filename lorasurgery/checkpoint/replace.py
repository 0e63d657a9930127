"""Replace a file of our own atomically: after a kill or a power cut it is the old one or the new one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from lorasurgery.checkpoint.flush import flush_folder


@contextmanager
def replaced_whole(path: Path) -> Iterator[BinaryIO]:
    """Give a new file to write to; it takes the name, synced to the disk, when the block ends well.

    Raises:
        OSError: it cannot be written; the old one is as it was.
    """
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)  # of a run that was killed; written to, it could be a link to elsewhere
    try:
        with partial.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    flush_folder(path.parent)

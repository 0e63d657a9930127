"""Error messages for a failing disk: calls on open files fail without a name, so the caller adds it here."""

from __future__ import annotations

import errno
from pathlib import Path

from lorasurgery.errors import NoSpaceError, OutputError, UnreadableError

FULL = (errno.ENOSPC, errno.EDQUOT)
_REASONS = {
    errno.EFBIG: "its file system, or a limit (ulimit -f), takes no file of that size",
    errno.EIO: "the disk, or the network file system, reports an error (Input/output error)",
    errno.EROFS: "its file system is read-only",
}


def write_failed(path: Path, error: OSError) -> Exception:
    """Return the error to raise when a file could not be written; one that names a file stays as it is."""
    if error.errno in FULL:
        return NoSpaceError(
            f"The disk is full: {path} could not be written. Free some space, or choose another place."
        )
    if error.filename is not None:
        return error
    return OutputError(f"{path} could not be written: {_reason(error)}. Choose another place with -o.")


def read_failed(path: Path, error: OSError) -> Exception:
    """The error to raise when a file could not be read; one that has a file's name stays as it is."""
    if error.filename is not None:
        return error
    return UnreadableError(
        f"{path} could not be read: {_reason(error)}. Check the disk, or fetch the file again."
    )


def _reason(error: OSError) -> str:
    return _REASONS.get(error.errno or 0) or error.strerror or str(error)

"""Linux file calls that Python lacks (fallocate, statx, sync_file_range, reflink), with fallbacks elsewhere.

Source: the manual pages fallocate(2), ioctl_ficlone(2), rename(2), statx(2) and sync_file_range(2).
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import struct
import sys
from functools import cache
from pathlib import Path
from typing import Any

# The `ioctl` by which a file takes over the bytes of another one without copying them.
FICLONE = 0x40049409
# Of fstatfs: tmpfs's number (linux/magic.h), and more bytes than the structure has anywhere.
TMPFS, STATFS_BYTES = 0x01021994, 512
_FULL = (errno.ENOSPC, errno.EDQUOT)
# Of sync_file_range: begin to write what is not on its way yet, and do not wait.
_WRITE = 2
# Of renameat2: fail where the new name is taken; give each of two names what the other one has.
_NOREPLACE, _EXCHANGE = 1, 2
# Of statx: of the open file itself; what reads and writes past the page cache have to be multiples of; and
# the size of the answer, and where in it is what it has, and the two numbers.
_EMPTY_PATH, _DIOALIGN, _STATX_BYTES, _ALIGNMENT_AT = 0x1000, 0x2000, 256, 0x98
# Paths are taken from the current folder.
_AT_FDCWD = -100
# The system, the file system or a sandbox does not know the call or its flag.
_UNKNOWN = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM)


def reserve(descriptor: int, nbytes: int) -> None:
    """Reserve disk space for the first bytes of a file.

    A full disk is then known before the work begins, and later writes cost the kernel less.

    Not `os.posix_fallocate`: where a file system cannot, the C library writes to every block
    instead. Not in memory (tmpfs): one thread would fetch all pages before any worker begins.

    Raises:
        OSError: the disk is full.
    """
    if _is_in_memory(descriptor):
        os.ftruncate(descriptor, max(nbytes, os.fstat(descriptor).st_size))
        return
    failed = _call("fallocate", descriptor, ctypes.c_int(0), ctypes.c_int64(0), ctypes.c_int64(nbytes))
    if failed in _FULL:
        raise OSError(failed, os.strerror(failed))


def _is_in_memory(descriptor: int) -> bool:
    """Whether a file is in tmpfs: `struct statfs` begins with the file system's type, a C long."""
    status = ctypes.create_string_buffer(STATFS_BYTES)
    failed = _call("fstatfs", descriptor, status)
    return not failed and ctypes.c_long.from_buffer(status).value == TMPFS


def begin_to_write(descriptor: int) -> None:
    """Start writing a file's data to the disk without waiting, where the system can.

    Errors are reported by the `fsync` that follows, and nothing of the file system's metadata is
    flushed.

    Raises:
        OSError: it failed, where the system waits.
    """
    if _call("sync_file_range", descriptor, ctypes.c_int64(0), ctypes.c_int64(0), ctypes.c_uint(_WRITE)):
        os.fsync(descriptor)


def direct_alignment(descriptor: int) -> int:
    """Return the multiple at which a file can be written past the page cache, in the file and in memory.

    It is at least a page, so that no page is written both ways. 0 where the system does not say so of this
    file: Linux before 6.1, and file systems that lie in memory or elsewhere.
    """
    answer = ctypes.create_string_buffer(_STATX_BYTES)
    failed = _call("statx", descriptor, b"", ctypes.c_int(_EMPTY_PATH), ctypes.c_uint(_DIOALIGN), answer)
    (has,) = struct.unpack_from("<I", answer)
    in_memory, in_file = struct.unpack_from("<II", answer, _ALIGNMENT_AT)
    if failed or not has & _DIOALIGN or not in_file or mmap.PAGESIZE % max(1, in_memory):
        return 0
    return max(mmap.PAGESIZE, int(in_file))


def clone(source: int, target: int) -> bool:
    """Let a file share the bytes of another one, where the file system can; both are open."""
    try:
        import fcntl
    except ImportError:
        return False
    try:
        fcntl.ioctl(target, FICLONE, source)
    except OSError:
        return False
    return True


def rename_new(old: Path, new: Path) -> bool:
    """Rename where nothing has the new name, in one step; False where that cannot be asked for.

    Raises:
        FileExistsError: the name is taken.
        OSError: the rename failed.
    """
    return _rename(old, new, _NOREPLACE)


def exchange(one: Path, other: Path) -> bool:
    """Give each of two names what the other one has, in one step; False where that cannot be asked for.

    Raises:
        OSError: it failed.
    """
    return _rename(one, other, _EXCHANGE)


def _rename(old: Path, new: Path, flag: int) -> bool:
    names = ctypes.c_char_p(os.fsencode(old)), ctypes.c_int(_AT_FDCWD), ctypes.c_char_p(os.fsencode(new))
    failed = _call("renameat2", _AT_FDCWD, *names, ctypes.c_uint(flag))
    if failed and failed not in _UNKNOWN:
        raise OSError(failed, os.strerror(failed), str(old), None, str(new))
    return not failed


def _call(name: str, descriptor: int, *arguments: Any) -> int:
    """The number of the error, 0 for none."""
    function = _function(name)
    if function is None:
        return errno.ENOSYS
    return ctypes.get_errno() if function(ctypes.c_int(descriptor), *arguments) else 0


@cache
def _function(name: str) -> Any:
    return getattr(ctypes.CDLL(None, use_errno=True), name, None) if sys.platform == "linux" else None

"""What is set for the whole process, and so by the command line: freed memory, and the threads of BLAS."""

from __future__ import annotations

import os
import sys

# `mallopt` of glibc (malloc.h): M_TRIM_THRESHOLD, M_MMAP_THRESHOLD. Blocks that stream through have up to
# 4 MiB; larger ones, of many sizes, would leave gaps in what is kept, some 40 MB for each layer of a
# model in float8.
TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
TRIM_BYTES, MMAP_BYTES = 512 * 2**20, 8 * 2**20


def keep_freed_blocks() -> None:
    """Keep freed blocks for the next ones, instead of returning them and asking for zeroed pages again.

    What streams through in blocks of a few megabytes spends a tenth of its time on that; the blocks
    are few, so memory stays flat."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
    if mallopt is not None:
        mallopt(TRIM_THRESHOLD, TRIM_BYTES)
        mallopt(MMAP_THRESHOLD, MMAP_BYTES)


def start_no_blas_threads() -> None:
    """Have numpy's BLAS start no threads, if numpy is not loaded yet: the workers multiply, each alone.

    To start them, and to have them wait for work, takes a fifth of a short command's time.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

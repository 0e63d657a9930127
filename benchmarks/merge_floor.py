"""What a merge cannot do without, and no arithmetic: read a checkpoint, hash what was read and what is written, and write it.

    python benchmarks/merge_floor.py BASE OUT

Two threads, a block of a megabyte each, and no torch: the floor under `merge` with its undo record, to set beside `cp -r`.
"""

from __future__ import annotations

import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from blake3 import blake3

BLOCK = 1 << 20
# A part of a file that one thread works through, about the size of a matrix.
PART = 16 * BLOCK


def through(source: int, target: int, start: int, stop: int) -> tuple[str, str]:
    """Bring a part across, and hash it on both sides."""
    block, before, after = bytearray(BLOCK), blake3(), blake3()
    for at in range(start, stop, BLOCK):
        view = memoryview(block)[: min(BLOCK, stop - at)]
        os.preadv(source, [view], at)
        before.update(view)
        after.update(view)
        os.pwrite(target, view, at)
    return before.hexdigest(), after.hexdigest()


def main() -> None:
    """Copy a folder, its weights by two threads."""
    base, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir()
    with ThreadPoolExecutor(2) as pool:
        for path in base.iterdir():
            if path.suffix != ".safetensors":
                shutil.copy(path, out)
                continue
            source = os.open(path, os.O_RDONLY)
            target = os.open(out / path.name, os.O_RDWR | os.O_CREAT)
            size = path.stat().st_size
            parts = [(at, min(at + PART, size)) for at in range(0, size, PART)]
            list(pool.map(lambda part, s=source, t=target: through(s, t, *part), parts))


if __name__ == "__main__":
    main()

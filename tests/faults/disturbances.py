"""What another program may do to an input while it is read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def replaced(path: Path) -> None:
    """Put another file under the name, as a download does; who has it open goes on to see the old one."""
    other = path.with_name(f"{path.name}.new")
    other.write_bytes(_other_numbers(path.read_bytes()))
    other.replace(path)


def rewritten(path: Path) -> None:
    """Write other numbers into the file itself."""
    data = _other_numbers(path.read_bytes())
    with path.open("r+b") as file:
        file.write(data)


def truncated(path: Path) -> None:
    """Cut the file in half, as programs do that write a file anew under its old name."""
    os.truncate(path, path.stat().st_size // 2)


def _other_numbers(data: bytes) -> bytes:
    """The same header, and every byte of the numbers another one."""
    header = 8 + int.from_bytes(data[:8], "little")
    return data[:header] + bytes(each ^ 0x11 for each in data[header:])


DISTURBANCES: dict[str, Callable[[Path], None]] = {
    each.__name__: each for each in (replaced, rewritten, truncated)
}

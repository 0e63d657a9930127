"""Which outputs this process has put in place: what may be said when Ctrl-C comes at the last moment.

An output is noted before it gets its name, and has been written when the name leads to what was
noted: nothing comes in between.
"""

from __future__ import annotations

from pathlib import Path

# Where each output was to appear, and the device and inode of what was built.
_NOTED: dict[Path, tuple[int, int]] = {}


def about_to_appear(target: Path, built: Path) -> None:
    """Note what is about to get the output's name."""
    _NOTED[target] = _identity(built)


def forget() -> None:
    """Start a new list: files written before are not synced again."""
    _NOTED.clear()


def written() -> tuple[Path, ...]:
    """The outputs that are in place."""
    return tuple(target for target, built in _NOTED.items() if _is(target, built))


def _is(target: Path, built: tuple[int, int]) -> bool:
    try:
        return _identity(target) == built
    except OSError:
        return False


def _identity(path: Path) -> tuple[int, int]:
    status = path.lstat()
    return status.st_dev, status.st_ino

"""Find how much memory this process may still take, on the machine or in its container.

A container is a control group of Linux, whose files have its limit and its usage, pages of the file
cache included. Pages that were not used lately are reclaimed before anything fails.

Source: the kernel's Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/")


@dataclass(frozen=True)
class _GroupFiles:
    """The names of files in one version of control groups."""

    mount: str
    limit: str
    usage: str
    reclaimable: str


_SECOND = _GroupFiles("sys/fs/cgroup", "memory.max", "memory.current", "inactive_file")
_FIRST = _GroupFiles(
    "sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
)


def free_memory(root: Path = ROOT) -> int:
    """Return the bytes that can be allocated without swapping or being killed.

    Args:
        root: the folder of `proc` and `sys`.
    """
    return max(0, min(_available(root), *_left_in_groups(root)))


def _available(root: Path) -> int:
    """Return what the machine has left, by the kernel's own estimate where it makes one (Linux)."""
    for line in _text(root / "proc/meminfo").splitlines():
        name, _, count = line.partition(":")
        if name == "MemAvailable" and count.removesuffix(" kB").strip().isdecimal():
            return int(count.removesuffix(" kB")) * 1024
    import psutil  # takes longer to import than all else here

    return int(psutil.virtual_memory().available)


def _left_in_groups(root: Path) -> Iterator[int]:
    """Return what every control group around this process leaves; a container may see only its own."""
    for files, group in _groups(root):
        for folder in {root / files.mount / group, root / files.mount}:
            left = _left(folder, files)
            if left is not None:
                yield left
    yield 1 << 62  # no limit


def _groups(root: Path) -> Iterator[tuple[_GroupFiles, str]]:
    for line in _text(root / "proc/self/cgroup").splitlines():
        number, kinds, group = (*line.split(":", 2), "", "")[:3]
        if number == "0":
            yield _SECOND, group.lstrip("/")
        elif "memory" in kinds.split(","):
            yield _FIRST, group.lstrip("/")


def _left(folder: Path, files: _GroupFiles) -> int | None:
    limit, usage = _text(folder / files.limit).strip(), _text(folder / files.usage).strip()
    if not limit.isdecimal() or not usage.isdecimal():  # "max", or no such file
        return None
    counts = dict(line.split(" ", 1) for line in _text(folder / "memory.stat").splitlines() if " " in line)
    reclaimable = counts.get(files.reclaimable, "0")
    return int(limit) - int(usage) + (int(reclaimable) if reclaimable.isdecimal() else 0)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""

"""Object code of kernels, stored between runs: next to this file, or in the user's cache.

It is found by all that it depends on: this folder's source, the version of llvmlite (to which
numba's is tied), the processor, the types. A file begins with a hash of what follows, so that one
cut short by a power cut or a full disk is not run. A hash in the file itself says nothing about who
wrote it, so code is run only where nobody else could have put it: file and folder belong to this
user or to root, and nobody else may write to them. Root runs only what lies beside this file. If it
can be stored nowhere, nothing fails.
"""

from __future__ import annotations

import importlib.util
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

import llvmlite
import llvmlite.binding as llvm
from blake3 import blake3

from lorasurgery.linalg.kernels.abi import processor


def read(module: str, name: str, types: tuple[str, ...]) -> bytes | None:
    """Return the stored object code of a kernel for these types, or None if there is none to be trusted."""
    return _read(_file_name(module, name, types))


def write(module: str, name: str, types: tuple[str, ...], code: bytes) -> None:
    """Store the object code of a kernel where possible; if it is not, the next run compiles again."""
    _write(_file_name(module, name, types), code)


def _file_name(module: str, name: str, types: tuple[str, ...]) -> str:
    return f"{module}.{name}-{_key(types)}.o"


def _key(types: tuple[str, ...]) -> str:
    return blake3(_surroundings() + " ".join(types).encode()).hexdigest()[:24]


@cache
def _surroundings() -> bytes:
    """Return a hash of everything that decides on the code except the types."""
    surroundings = blake3()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        surroundings.update(source.read_bytes())
    machine = (llvm.get_process_triple(), *processor())
    surroundings.update(" ".join((llvmlite.__version__, *machine)).encode())
    return surroundings.digest()


def folders() -> Iterator[Path]:
    """Yield where object code may be stored, the best place first."""
    with suppress(NotImplementedError):
        yield Path(importlib.util.cache_from_source(__file__)).parent
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # by `sudo -E`, home is another user's
        return
    named = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME", "")
    with suppress(RuntimeError):  # a user who has no home
        cache = Path(named) if Path(named).is_absolute() else Path("~/.cache").expanduser()
        if cache.is_absolute():  # HOME=. is a folder that somebody else may have made
            yield cache / "lorasurgery"


def _read(name: str) -> bytes | None:
    for folder in folders():
        with suppress(OSError):
            stored = _trusted_bytes(folder / name)
            if stored is not None and blake3(stored[32:]).digest() == stored[:32]:
                return stored[32:]
    return None


def _trusted_bytes(path: Path) -> bytes | None:
    """Return the bytes of a file, or None if another user could have written it."""
    if not _is_ours_alone(path.parent.stat()):
        return None
    flags = (
        os.O_RDONLY
        | getattr(os, "O_NOFOLLOW", 0)
        | getattr(os, "O_NONBLOCK", 0)
        | getattr(os, "O_CLOEXEC", 0)
    )
    with os.fdopen(os.open(path, flags), "rb") as file:
        status = os.fstat(file.fileno())
        return file.read() if stat.S_ISREG(status.st_mode) and _is_ours_alone(status) else None


def _is_ours_alone(status: os.stat_result) -> bool:
    """Return whether a file or folder belongs to this user or root, and no other user may write to it."""
    if not hasattr(os, "geteuid"):  # Windows keeps to the lists of the folders themselves
        return True
    others = stat.S_IWGRP | stat.S_IWOTH
    return status.st_uid in (os.geteuid(), 0) and not status.st_mode & others


def _write(name: str, code: bytes) -> None:
    for folder in folders():
        with suppress(OSError):
            folder.mkdir(mode=0o755, parents=True, exist_ok=True)
            if not _is_ours_alone(folder.stat()):
                continue  # it would not be read again
            path = folder / f"{name}.{os.getpid()}"
            try:
                path.write_bytes(blake3(code).digest() + code)
                path.chmod(0o644)  # whatever the umask is
                path.replace(folder / name)
            finally:
                path.unlink(missing_ok=True)
            return

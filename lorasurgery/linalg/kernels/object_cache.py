"""Object code of loops, kept between runs: beside this file, or in the user's cache where that cannot be written.

It is found by all that it depends on: this folder's source, the version of llvmlite (to which numba's is tied), the processor, the types.
A file begins with a hash of the rest: what was cut off by a power cut or a full disk must not be run. A hash in the file itself says
nothing about who wrote it, so that code is run only where nobody else could have put it: file and folder belong to this user, or to
root, and nobody else may write to them. Root runs what lies beside this file alone. That it can be kept nowhere fails nobody.
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
from typing import Any

import llvmlite
import llvmlite.binding as llvm
from blake3 import blake3

# The name that every loop has in its object code.
SYMBOL = "lorasurgery_loop"
# What holds code that is in use must not be collected.
_ENGINES: list[Any] = []


def load(module: str, name: str, types: tuple[str, ...]) -> int:
    """The address of a loop for these types, compiled where it is not kept yet."""
    file_name = f"{module}.{name}-{_key(types)}.o"
    code = _read(file_name)
    if code is None:
        from lorasurgery.linalg.kernels.compile import build

        code = build(module, name, types)
        _write(file_name, code)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target_machine())
    _ENGINES.append(engine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    address = int(engine.get_function_address(SYMBOL))
    assert address, f"{file_name} has no {SYMBOL}"
    return address


def target_machine() -> Any:
    """The processor at hand, with all that it can do: a new object each time, which belongs to the engine that it is given to."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=3,
        codemodel="jitdefault",
        jit=True,
    )


def _key(types: tuple[str, ...]) -> str:
    return blake3(_surroundings() + " ".join(types).encode()).hexdigest()[:24]


@cache
def _surroundings() -> bytes:
    """What decides on the code besides the types."""
    found = blake3()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        found.update(source.read_bytes())
    machine = (llvm.get_process_triple(), llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten())
    found.update(" ".join((llvmlite.__version__, *machine)).encode())
    return found.digest()


def _folders() -> Iterator[Path]:
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
    for folder in _folders():
        with suppress(OSError):
            kept = _trusted_bytes(folder / name)
            if kept is not None and blake3(kept[32:]).digest() == kept[:32]:
                return kept[32:]
    return None


def _trusted_bytes(path: Path) -> bytes | None:
    """What is in a file, if nobody else can have written it."""
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
    """Whether a file or folder belongs to this user or to root, and nobody else may write to it."""
    if not hasattr(os, "geteuid"):  # Windows keeps to the lists of the folders themselves
        return True
    others = stat.S_IWGRP | stat.S_IWOTH
    return status.st_uid in (os.geteuid(), 0) and not status.st_mode & others


def _write(name: str, code: bytes) -> None:
    for folder in _folders():
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

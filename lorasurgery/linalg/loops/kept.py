"""Object code of loops, kept between runs: beside this file, or in the user's cache where that cannot be written.

It is found by all that it depends on: this folder's source, the version of llvmlite (to which numba's is tied), the processor, the types.
A file begins with a hash of the rest: what was cut off by a power cut or a full disk must not be run. That it can be kept nowhere fails
nobody.
"""

from __future__ import annotations

import importlib.util
import os
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
        from lorasurgery.linalg.loops.build import build

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
    home = Path(os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME", ""))
    with suppress(RuntimeError):  # a user who has no home
        yield (home if home.is_absolute() else Path("~/.cache").expanduser()) / "lorasurgery"


def _read(name: str) -> bytes | None:
    for folder in _folders():
        with suppress(OSError):
            kept = (folder / name).read_bytes()
            if blake3(kept[32:]).digest() == kept[:32]:
                return kept[32:]
    return None


def _write(name: str, code: bytes) -> None:
    for folder in _folders():
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"{name}.{os.getpid()}"
            try:
                path.write_bytes(blake3(code).digest() + code)
                path.replace(folder / name)
            finally:
                path.unlink(missing_ok=True)
            return

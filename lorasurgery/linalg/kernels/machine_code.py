"""The address of a kernel's machine code: from the cache, or compiled now from the text that is stored,
or else by numba; where numba is not a release whose calling convention is known, `probe` is tried first.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import llvmlite.binding as llvm
import numpy as np

from lorasurgery.linalg.kernels import typed_text
from lorasurgery.linalg.kernels.abi import SYMBOL, function_at, passed, run, target_machine
from lorasurgery.linalg.kernels.object_cache import read, write

# What holds code that is in use must not be collected.
_ENGINES: list[Any] = []
# One argument of each sort for `probe`, and the digits that it reads from them: an array of two
# dimensions, one of one, a pattern, an integer, a number. `probe` itself is imported where it is
# compiled, under this package's own settings of numba.
SAMPLE = (np.arange(6, dtype=np.float32).reshape(2, 3), np.arange(4, dtype=np.int64), np.uint16(7), 9, 0.25)
ANSWER = 2_353_791
# Releases of numba that were tried: a test does so with the installed one. To compile and call `probe` takes
# a sixth of a first run's time.
TRIED = ("0.68.",)


def address_of(module: str, name: str, types: tuple[str, ...]) -> int:
    """Return the address of a kernel for these types of arguments.

    Raises:
        Exception: numba or llvmlite are not as this package knows them; see `call`, which does
            without.
    """
    code = read(module, name, types)
    if code is None:
        code = typed_text.object_code(module, name, types) or _by_numba(module, name, types)
        write(module, name, types, code)
    return _linked(code, f"{module}.{name}")


def _by_numba(module: str, name: str, types: tuple[str, ...]) -> bytes:
    from lorasurgery.linalg.kernels.compile import object_code

    if not numba_version().startswith(TRIED):
        try_convention()
    return object_code(module, name, types)


def numba_version() -> str:
    """Return the version of the numba that is installed."""
    import numba

    return str(numba.__version__)


@cache
def try_convention() -> None:
    """Raise an AssertionError if numba passes arguments otherwise than `abi` has it."""
    from lorasurgery.linalg.kernels.compile import object_code

    names, parts = zip(*map(passed, SAMPLE), strict=True)
    address = _linked(object_code("probe", "probe", names), "probe")
    answer = run(function_at(address, names), tuple(part for each in parts for part in each))
    assert answer == ANSWER, f"numba passes arguments in another way: {answer}, not {ANSWER}"


def _linked(code: bytes, name: str) -> int:
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target_machine())
    _ENGINES.append(engine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    address = int(engine.get_function_address(SYMBOL))
    assert address, f"the object code of {name} has no {SYMBOL}"
    return address

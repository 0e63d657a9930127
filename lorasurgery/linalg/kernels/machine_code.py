"""The address of a kernel's machine code: from the cache, or compiled now and tried on `probe` first."""

from __future__ import annotations

from functools import cache
from typing import Any

import llvmlite.binding as llvm
import numpy as np

from lorasurgery.linalg.kernels.abi import SYMBOL, function_at, passed, run, target_machine
from lorasurgery.linalg.kernels.object_cache import read, write

# What holds code that is in use must not be collected.
_ENGINES: list[Any] = []
# One argument of each sort for `probe`, and the digits that it reads from them: an array of two
# dimensions, one of one, a pattern, an integer, a number. `probe` itself is imported where it is
# compiled, under this package's own settings of numba.
SAMPLE = (np.arange(6, dtype=np.float32).reshape(2, 3), np.arange(4, dtype=np.int64), np.uint16(7), 9, 0.25)
ANSWER = 2_353_791


def address_of(module: str, name: str, types: tuple[str, ...]) -> int:
    """Return the address of a kernel for these types of arguments.

    Raises:
        Exception: numba or llvmlite are not as this package knows them; see `call`, which does
            without.
    """
    code = read(module, name, types)
    if code is None:
        from lorasurgery.linalg.kernels.compile import object_code

        _try_convention()
        code = object_code(module, name, types)
        write(module, name, types, code)
    return _linked(code, f"{module}.{name}")


@cache
def _try_convention() -> None:
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

"""How compiled kernels are called: C types of the arguments, the symbol's name, and the target processor.

A function that numba compiled takes an array as its parts (the memory's owner, parent, count, size
of an element, address, shape, strides), and gives its result through a pointer, its success as a
number.

Source: numba's documentation, "Notes on the Numba Runtime", and `numba.core.callconv.CPUCallConv`
(numba 0.68). It is numba's private convention: `machine_code` tries it on `probe` before it
believes it, and `call` does without where it has changed.
"""

from __future__ import annotations

import ctypes
import os
from functools import cache
from typing import TYPE_CHECKING, Any

import llvmlite.binding as llvm
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

# The name that every kernel has in its object code.
SYMBOL = "lorasurgery_kernel"
# What a kernel returns as its status: with a result, and with None for one.
SUCCESS = (0, -2)
_C_TYPES: dict[str, Any] = {
    "<u2": ctypes.c_uint16,
    "<i2": ctypes.c_int16,
    "<u4": ctypes.c_uint32,
    "<i8": ctypes.c_int64,
    "<f4": ctypes.c_float,
    "<f8": ctypes.c_double,
    "int": ctypes.c_int64,
    "float": ctypes.c_double,
}


def passed(argument: Any) -> tuple[str, tuple[Any, ...]]:
    """Return the name of an argument's type (for an array: dtype and dimensions), and the C values
    passed for it.
    """
    if isinstance(argument, np.ndarray):
        assert argument.flags.c_contiguous, "compiled kernels take contiguous arrays"
        address = argument.__array_interface__["data"][0]
        parts = (None, None, argument.size, argument.itemsize, address, *argument.shape, *argument.strides)
        return _type_name(argument.dtype, argument.ndim), parts
    if isinstance(argument, np.generic):
        return _type_name(argument.dtype, None), (argument.item(),)
    name = type(argument).__name__
    assert name in _C_TYPES, f"compiled kernels take no {name}"
    return name, (argument,)


@cache
def _type_name(dtype: np.dtype[Any], dimensions: int | None) -> str:
    return f"{dtype.str}{'' if dimensions is None else dimensions}"


def c_types(types: tuple[str, ...]) -> list[Any]:
    """Return the C types of a call: pointers to the result and the error, then each argument or its parts."""
    pointer, number = ctypes.c_void_p, ctypes.c_int64
    arguments: list[Any] = [pointer, pointer]
    for each in types:
        if each in _C_TYPES:
            arguments.append(_C_TYPES[each])
        else:
            arguments += [pointer, pointer, number, number, pointer, *[number] * (2 * int(each[-1]))]
    return arguments


def function_at(address: int, types: tuple[str, ...]) -> Callable[..., int]:
    """Return the kernel at an address, for `run`."""
    return ctypes.CFUNCTYPE(ctypes.c_int32, *c_types(types))(address)


def run(function: Callable[..., int], parts: tuple[Any, ...]) -> int:
    """Call a kernel and return its integer, 0 where it has no result."""
    result, failure = ctypes.c_int64(0), ctypes.c_void_p()
    status = function(ctypes.addressof(result), ctypes.addressof(failure), *parts)
    assert status in SUCCESS, f"a kernel ended with {status}"
    return result.value


def processor() -> tuple[str, str]:
    """Return the name and the features of the processor that code is for: the one at hand, or what
    numba's own variables name, `NUMBA_CPU_NAME` and `NUMBA_CPU_FEATURES`.

    So that one machine can show what the code does on an older one.
    """
    name = os.environ.get("NUMBA_CPU_NAME") or llvm.get_host_cpu_name()
    features = os.environ.get("NUMBA_CPU_FEATURES")
    if features is None:
        features = "" if name == "generic" else llvm.get_host_cpu_features().flatten()
    return name, features


def target_machine() -> Any:
    """Return the processor with its features: a new object for each engine, which will own it."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    name, features = processor()
    return llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(
        cpu=name,
        features=features,
        opt=3,
        codemodel="jitdefault",
        jit=True,
    )

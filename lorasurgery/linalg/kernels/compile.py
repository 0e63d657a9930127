"""Have numba compile a kernel, and take the object code of that function alone."""

from __future__ import annotations

import ctypes
import importlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import llvmlite.binding as llvm
import numba
import numpy as np

from lorasurgery.linalg.kernels.abi import SYMBOL, c_types, target_machine

# What object code may ask for: the C library has it everywhere.
_KNOWN = ("memset", "memcpy", "memmove")
_CONFIG: Any = numba.config
# numba's own defaults.
SETTINGS = {
    "OPT": type(_CONFIG.OPT)(3),
    "LOOP_VECTORIZE": 1,
    "DISABLE_JIT": 0,
    "DEBUGINFO_DEFAULT": 0,
    "BOUNDSCHECK": None,
}
UNOPTIMISED = {"OPT": type(_CONFIG.OPT)(0), "LOOP_VECTORIZE": 0}
# LLVM's types.
BYTES = {"i16": 2, "i32": 4, "i64": 8, "float": 4, "double": 8}


def object_code(module: str, name: str, types: tuple[str, ...], machine: Any = None) -> bytes:
    """Return the object code of a kernel, under `SYMBOL`, for arguments of these types (see `abi`).

    Args:
        machine: LLVM's description of another processor; by default that of `abi.processor`.
    """
    code = _compiled(module, name, types, SETTINGS)
    if machine is not None:
        code.triple, code.data_layout = machine.triple, str(machine.target_data)
    return bytes((machine or target_machine()).emit_object(code))


def typed_text(module: str, name: str, types: tuple[str, ...]) -> str:
    """Return a kernel as LLVM's text in which nothing depends on a processor yet (see `typed_text.py`).

    No kernel may have been compiled in this process: numba would take parts of it, which are optimised.
    """
    code = _compiled(module, name, types, {**SETTINGS, **UNOPTIMISED})
    for count, part in enumerate(each for each in code.functions if not each.is_declaration):
        part.name = SYMBOL if part.name == SYMBOL else f"part{count}"
    for each in code.global_variables:
        each.linkage = "internal"
    target = llvm.Target.from_triple("x86_64-unknown-linux-gnu")
    options = llvm.create_pipeline_tuning_options(speed_level=0)
    builder = llvm.create_pass_builder(target.create_target_machine(cpu="x86-64", opt=1), options)
    passes = llvm.create_new_function_pass_manager()
    passes.add_sroa_pass()
    passes.add_simplify_cfg_pass()
    passes.add_instruction_combine_pass()
    passes.add_dead_code_elimination_pass()
    for each in code.functions:
        if not each.is_declaration:
            passes.run(each, builder)
    _leave_used(code)
    return str(code)


def _compiled(module: str, name: str, types: tuple[str, ...], settings: Mapping[str, Any]) -> Any:
    """Return the kernel alone, as LLVM's module."""
    with _own_settings(settings):
        kernel = getattr(importlib.import_module(f"{__package__}.{module}"), name)
        signature = tuple(_type(each) for each in types)
        kernel.compile(signature)
    code = llvm.parse_assembly(kernel.inspect_llvm(signature))
    _leave_only(code, kernel.overloads[signature].fndesc.llvm_func_name)
    missing = [
        each.name
        for each in code.functions
        if each.is_declaration and not each.name.startswith(("llvm.", *_KNOWN))
    ]
    assert not missing, f"{module}.{name} needs what only numba has: {', '.join(missing)}"
    sizes, wanted = _sizes(code), [ctypes.sizeof(each) for each in c_types(types)]
    assert sizes == wanted, f"numba passes {module}.{name} arguments of other sizes: {sizes}, not {wanted}"
    return code


@contextmanager
def _own_settings(settings: Mapping[str, Any]) -> Iterator[None]:
    """Compile by these settings whatever the environment tells numba: the code is stored for other runs."""
    before = {name: getattr(_CONFIG, name) for name in settings}
    vars(_CONFIG).update(settings)
    try:
        yield
    finally:
        vars(_CONFIG).update(before)


def _sizes(code: Any) -> list[int]:
    """Return the sizes of a kernel's arguments in bytes."""
    (kernel,) = (each for each in code.functions if each.name == SYMBOL)
    return [8 if str(each.type) == "ptr" else BYTES[str(each.type)] for each in kernel.arguments]


def _leave_only(code: Any, name: str) -> None:
    """Remove what serves calls from Python: it needs the interpreter, and numba."""
    for each in code.functions:
        if each.is_declaration:
            continue
        if each.name == name:
            each.linkage = "external"
            each.name = SYMBOL
        else:
            each.linkage = "internal"
    _leave_used(code)


def _leave_used(code: Any) -> None:
    """Remove functions and variables that nothing uses."""
    passes = llvm.create_new_module_pass_manager()
    passes.add_global_dead_code_eliminate_pass()
    passes.add_strip_dead_prototype_pass()
    passes.run(code, llvm.create_pass_builder(target_machine(), llvm.create_pipeline_tuning_options()))


def _type(name: str) -> Any:
    if name in ("int", "float"):
        return {"int": numba.types.int64, "float": numba.types.float64}[name]
    dtype, dimensions = name[:3], name[3:]
    element = numba.from_dtype(np.dtype(dtype))
    return numba.types.Array(element, int(dimensions), "C") if dimensions else element

"""Kernels as numba typed them, stored as LLVM's text in `typed/`: a first run does not wait for numba.

numba takes two seconds to import and to infer the types of a merge's kernel, and LLVM a quarter of one to
optimise it for the processor at hand. So the text is made once, by `tools/typed_kernels.py`, before
anything in it depends on a processor. A text's name holds a hash of the kernel's source, of the types
and of LLVM's release: where any of them is another, there is none, and numba compiles.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
from blake3 import blake3

from lorasurgery.linalg.kernels.abi import target_machine

HERE = Path(__file__).parent
FOLDER = HERE / "typed"
# How a kernel's file names those of this folder that its code comes from.
_IMPORT = re.compile(rf"from {re.escape(__package__)}\.(\w+) import")


def text_name(module: str, name: str, types: tuple[str, ...]) -> str:
    """Return the name of the file for a kernel and types of arguments."""
    key = blake3(_sources(module))
    key.update(" ".join((str(llvm.llvm_version_info[0]), *types)).encode())
    return f"{module}.{name}-{key.hexdigest()[:16]}.ll"


def object_code(module: str, name: str, types: tuple[str, ...]) -> bytes | None:
    """Return the object code of a kernel for these types, or None if no text of it is stored."""
    try:
        text = (FOLDER / text_name(module, name, types)).read_text(encoding="ascii")
    except OSError:
        return None
    return code_of(text, target_machine())


def code_of(text: str, machine: Any) -> bytes:
    """Return the object code of a text for LLVM's description of a processor, fully optimised."""
    code = llvm.parse_assembly(text)
    code.triple, code.data_layout = machine.triple, str(machine.target_data)
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = options.slp_vectorization = True
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(code, builder)
    return bytes(machine.emit_object(code))


@cache
def _sources(module: str) -> bytes:
    """Return a hash of a kernel's file, and of those in this folder that it imports."""
    found, waiting = {}, [module]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found[each] = (HERE / f"{each}.py").read_bytes().replace(b"\r\n", b"\n")
            waiting += _IMPORT.findall(found[each].decode())
    sources = blake3()
    for _, source in sorted(found.items()):
        sources.update(source)
    return sources.digest()

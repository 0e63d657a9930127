"""A bit for each element of a tile that is not zero, in one comparison of vectors.

A loop over shifted bits takes a processor's vector units as many steps as the arithmetic does whose flags
it gathers; LLVM makes two or three instructions of a comparison whose result is read as an integer.
"""

from __future__ import annotations

from typing import Any, no_type_check

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from lorasurgery.linalg.kernels.tiles import TILE


@intrinsic
@no_type_check
def marks(_typing: Any, flags: Any, start: Any) -> Any:  # noqa: ARG001 - `code` gets it as a value
    """Return a uint64 whose bit j says whether element `start` + j of a one-dimensional array is not 0.

    The array goes on for at least `TILE` elements from `start` on.
    """

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        element = context.get_value_type(signature.args[0].dtype)
        vector = ir.VectorType(element, TILE)
        first = builder.gep(array.data, [arguments[1]])
        loaded = builder.load(builder.bitcast(first, vector.as_pointer()), typ=vector)
        loaded.align = signature.args[0].dtype.bitwidth // 8
        zeros = ir.Constant(vector, None)
        return builder.bitcast(builder.icmp_unsigned("!=", loaded, zeros), ir.IntType(TILE))

    return types.uint64(flags, types.intp), code

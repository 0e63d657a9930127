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
        vector = _tile(context, builder, signature.args[0], *arguments)
        zeros = ir.Constant(vector.type, None)
        return builder.bitcast(builder.icmp_unsigned("!=", vector, zeros), ir.IntType(TILE))

    return types.uint64(flags, types.intp), code


@intrinsic
@no_type_check
def differing(_typing: Any, one: Any, other: Any, start: Any) -> Any:  # noqa: ARG001
    """Return the same of whether elements of two arrays of integers of one type differ."""
    assert one.dtype == other.dtype

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        *arrays, first = arguments
        tiles = [
            _tile(context, builder, own, array, first)
            for own, array in zip(signature.args[:2], arrays, strict=True)
        ]
        return builder.bitcast(builder.icmp_unsigned("!=", *tiles), ir.IntType(TILE))

    return types.uint64(one, other, types.intp), code


@intrinsic
@no_type_check
def less_in(_typing: Any, one: Any, other: Any, start: Any, bits: Any) -> Any:  # noqa: ARG001
    """Return the same of whether elements of unsigned integers, of which only some bits count, are less than
    those of another array.
    """
    assert one.dtype == other.dtype == bits

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        *arrays, first, wanted = arguments
        tiles = [
            _tile(context, builder, own, array, first)
            for own, array in zip(signature.args[:2], arrays, strict=True)
        ]
        mask = _everywhere(builder, wanted, tiles[0].type)
        less = builder.icmp_unsigned("<", *(builder.and_(tile, mask) for tile in tiles))
        return builder.bitcast(less, ir.IntType(TILE))

    return types.uint64(one, other, types.intp, bits), code


@intrinsic
@no_type_check
def at_most_in(_typing: Any, values: Any, start: Any, bits: Any, most: Any) -> Any:  # noqa: ARG001
    """Return the same of whether elements of unsigned integers, of which only some bits count, are at most
    a number.
    """
    assert values.dtype == bits == most

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, first, wanted, limit = arguments
        tile = _tile(context, builder, signature.args[0], array, first)
        mask, limits = (_everywhere(builder, each, tile.type) for each in (wanted, limit))
        is_small = builder.icmp_unsigned("<=", builder.and_(tile, mask), limits)
        return builder.bitcast(is_small, ir.IntType(TILE))

    return types.uint64(values, types.intp, bits, most), code


def _everywhere(builder: Any, number: Any, vector: Any) -> Any:
    """Make a vector of one number."""
    none = ir.Constant(vector, ir.Undefined)
    first = builder.insert_element(none, number, ir.Constant(ir.IntType(32), 0))
    lanes = ir.VectorType(ir.IntType(32), vector.count)
    return builder.shuffle_vector(first, none, ir.Constant(lanes, None))


def _tile(context: Any, builder: Any, own: Any, array: Any, start: Any) -> Any:
    """Load a tile of an array as one vector."""
    made = context.make_array(own)(context, builder, array)
    vector = ir.VectorType(context.get_value_type(own.dtype), TILE)
    loaded = builder.load(builder.bitcast(builder.gep(made.data, [start]), vector.as_pointer()), typ=vector)
    loaded.align = own.dtype.bitwidth // 8
    return loaded

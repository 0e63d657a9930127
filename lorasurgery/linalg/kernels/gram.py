"""Products of a matrix's columns with each other, added up in registers: what least squares spends its
time on; and the elimination that follows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, no_type_check

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from lorasurgery.linalg.kernels.tiles import COLUMNS, HELD

# At the diagonal half of the sums are known from the other half: those of so many columns with each other.
CORNER = 8
_FUSED = ("contract",)
# What each intrinsic gives: its type, and what emits it, which gets the arguments as values.
Code = tuple[Any, Callable[..., Any]]


@intrinsic
@no_type_check
def add_gram(_typing: Any, U: Any, count: Any, row: Any, column: Any, sums: Any) -> Code:  # noqa: ARG001
    """Write Σₖ U[k, row + i] · U[k, column + j] to sums[row + i, column + j], i < HELD, j < COLUMNS.

    Args:
        U, sums: float32, of two dimensions; U has at least `count` rows, 1 or more.
    """
    return types.intp(U, types.intp, types.intp, types.intp, sums), _sums_of(HELD, COLUMNS)


@intrinsic
@no_type_check
def add_gram_and_side(_typing: Any, U: Any, count: Any, side: Any, column: Any, sums: Any) -> Code:  # noqa: ARG001
    """Write the same for the first rows, and for row `side`."""
    return types.intp(U, types.intp, types.intp, types.intp, sums), _sums_of(HELD, COLUMNS, has_side=True)


@intrinsic
@no_type_check
def add_corner(_typing: Any, U: Any, count: Any, row: Any, column: Any, sums: Any) -> Code:  # noqa: ARG001
    """Write the same for i, j < CORNER."""
    return types.intp(U, types.intp, types.intp, types.intp, sums), _sums_of(CORNER, CORNER)


@intrinsic
@no_type_check
def subtract_row(_typing: Any, sums: Any, factor: Any, one: Any, other: Any, column: Any) -> Code:  # noqa: ARG001
    """Subtract row `one` times a float32 from row `other`, in CORNER columns."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        factor, one, other, column = arguments[1:]
        vector = ir.VectorType(ir.FloatType(), CORNER)
        wide = builder.extract_value(array.shape, 1)
        places = [builder.add(builder.mul(each, wide), column) for each in (one, other)]
        first, second = (_vector_at(builder, array.data, place, vector) for place in places)
        product = builder.fmul(_everywhere(builder, vector, factor), first, flags=_FUSED)
        _vector_at(builder, array.data, places[1], vector, builder.fsub(second, product, flags=_FUSED))
        return ir.Constant(one.type, 0)

    return types.intp(sums, types.float32, types.intp, types.intp, types.intp), code


@intrinsic
@no_type_check
def scale_row(_typing: Any, basis: Any, place: Any, factor: Any, U: Any, k: Any, column: Any) -> Code:  # noqa: ARG001
    """Write row `place` of a basis times a float32 into row k of U, in COLUMNS columns."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        arrays = [context.make_array(signature.args[i])(context, builder, arguments[i]) for i in (0, 3)]
        place, factor, k, column = (arguments[i] for i in (1, 2, 4, 5))
        vector = ir.VectorType(ir.FloatType(), COLUMNS)
        starts = [
            builder.add(builder.mul(row, builder.extract_value(array.shape, 1)), column)
            for array, row in zip(arrays, (place, k), strict=True)
        ]
        row = _vector_at(builder, arrays[0].data, starts[0], vector)
        scaled = builder.fmul(row, _everywhere(builder, vector, factor))
        _vector_at(builder, arrays[1].data, starts[1], vector, scaled)
        return ir.Constant(k.type, 0)

    return types.intp(basis, types.intp, types.float32, U, types.intp, types.intp), code


def _sums_of(rows: int, columns: int, *, has_side: bool = False) -> Callable[..., Any]:
    """Return what emits the sums of so many columns with so many; the third argument is a row's number."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        U, sums = (context.make_array(signature.args[i])(context, builder, arguments[i]) for i in (0, 4))
        count, row, column = arguments[1:4]
        first, side = (ir.Constant(row.type, 0), [row]) if has_side else (row, [])
        own = [builder.add(first, ir.Constant(row.type, i)) for i in range(rows)] + side
        vector = ir.VectorType(ir.FloatType(), columns)
        wide = builder.extract_value(sums.shape, 1)
        totals = _added(builder, vector, U, count, own, column)
        for each, total in zip(own, totals, strict=True):
            _vector_at(builder, sums.data, builder.add(builder.mul(each, wide), column), vector, total)
        return ir.Constant(count.type, 0)

    return code


def _added(builder: Any, vector: Any, U: Any, count: Any, rows: list[Any], column: Any) -> list[Any]:
    """Emit the loop over k, at least one; return the sums after it."""
    width = builder.extract_value(U.shape, 1)
    before, inside = builder.block, builder.append_basic_block("gram")
    after = builder.append_basic_block("gram.end")
    builder.branch(inside)
    builder.position_at_end(inside)
    k = builder.phi(count.type)
    k.add_incoming(ir.Constant(count.type, 0), before)
    sums = [builder.phi(vector) for _ in rows]
    start = builder.mul(k, width)
    b = _vector_at(builder, U.data, builder.add(start, column), vector)
    totals = []
    for row, held in zip(rows, sums, strict=True):
        held.add_incoming(ir.Constant(vector, None), before)
        number = builder.load(builder.gep(U.data, [builder.add(start, row)]), typ=ir.FloatType())
        a = _everywhere(builder, vector, number)
        total = builder.fadd(held, builder.fmul(a, b, flags=_FUSED), flags=_FUSED)
        held.add_incoming(total, inside)
        totals.append(total)
    following = builder.add(k, ir.Constant(count.type, 1))
    k.add_incoming(following, inside)
    builder.cbranch(builder.icmp_signed("<", following, count), inside, after)
    builder.position_at_end(after)
    return totals


def _everywhere(builder: Any, vector: Any, number: Any) -> Any:
    """A vector of one number."""
    none, lanes = ir.Constant(vector, ir.Undefined), ir.VectorType(ir.IntType(32), vector.count)
    first = builder.insert_element(none, number, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, none, ir.Constant(lanes, None))


def _vector_at(builder: Any, data: Any, at: Any, vector: Any, value: Any = None) -> Any:
    """Load a vector that begins at an element, or store one there."""
    pointer = builder.bitcast(builder.gep(data, [at]), vector.as_pointer())
    if value is not None:
        return builder.store(value, pointer, align=4)
    loaded = builder.load(pointer, typ=vector)
    loaded.align = 4
    return loaded

"""The innermost loops of products with few columns: a tile's sums stay in the processor's registers.

A compiler left to itself loads and stores each sum for each product. Vectors have eight numbers, so that
four rows by three vectors, with three of the other side and one more, fill AVX2's sixteen registers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, no_type_check

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

LANES = 8
_VECTOR = ir.VectorType(ir.FloatType(), LANES)
# A product and a sum may be one operation.
_FUSED = ("contract",)


@intrinsic(prefer_literal=True)
@no_type_check
def add_image(
    _typing: Any,
    rows: Any,
    vectors: Any,
    D: Any,
    row: Any,
    start: Any,
    stop: Any,
    X: Any,
    at: Any,
    W: Any,
    column: Any,
) -> Any:
    """W += D[:, start:stop] X for some rows from `row` on and some columns from `column` on.

    Args:
        rows, vectors: how many rows, and how many vectors of columns, as literals.
        X: its numbers from `at` on are (in, LANES · vectors).
    """
    height, width = rows.literal_value, vectors.literal_value

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        D, X, W = (context.make_array(signature.args[i])(context, builder, arguments[i]) for i in (2, 6, 8))
        row, start, stop, at, column = (arguments[i] for i in (3, 4, 5, 7, 9))
        lefts, outs = lines(builder, D, row, height), lines(builder, W, row, height, column)
        right = builder.gep(X.data, [at])
        zero = ir.Constant(row.type, 0)
        sums = [each for out in outs for each in _load(builder, out, zero, width)]

        def step(j: Any, sums: list[Any]) -> list[Any]:
            xs = _load(builder, right, builder.mul(j, ir.Constant(j.type, LANES * width)), width)
            numbers = [_spread(builder, builder.load(builder.gep(left, [j]))) for left in lefts]
            pairs = [(number, x) for number in numbers for x in xs]
            return [_fused(builder, *pair, total) for pair, total in zip(pairs, sums, strict=True)]

        sums = emit_loop(builder, start, stop, sums, step)
        for i, out in enumerate(outs):
            _store(builder, sums[i * width : (i + 1) * width], out, zero)
        return zero

    return types.intp(rows, vectors, D, row, start, stop, X, at, W, column), code


@intrinsic(prefer_literal=True)
@no_type_check
def add_back(
    _typing: Any, rows: Any, vectors: Any, D: Any, row: Any, column: Any, W: Any, Y: Any, at: Any
) -> Any:
    """Y += Dᵀ W for some columns of D from `column` on, over some rows from `row` on.

    Args:
        rows, vectors: how many rows, and how many vectors of columns of D, as literals.
        Y: its numbers from `at` on are (columns of W, LANES · vectors).
    """
    height, width = rows.literal_value, vectors.literal_value

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        D, W, Y = (context.make_array(signature.args[i])(context, builder, arguments[i]) for i in (2, 5, 6))
        row, column, at = arguments[3], arguments[4], arguments[7]
        zero, count = ir.Constant(row.type, 0), builder.extract_value(W.shape, 1)
        held = [_load(builder, line, zero, width) for line in lines(builder, D, row, height, column)]
        lefts, out = lines(builder, W, row, height), builder.gep(Y.data, [at])

        def step(k: Any, _: list[Any]) -> list[Any]:
            place = builder.mul(k, ir.Constant(k.type, LANES * width))
            sums = _load(builder, out, place, width)
            for left, vectors in zip(lefts, held, strict=True):
                number = _spread(builder, builder.load(builder.gep(left, [k])))
                sums = [_fused(builder, number, d, total) for d, total in zip(vectors, sums, strict=True)]
            _store(builder, sums, out, place)
            return []

        emit_loop(builder, zero, count, [], step)
        return zero

    return types.intp(rows, vectors, D, row, column, W, Y, at), code


def lines(builder: Any, matrix: Any, row: Any, count: int, column: Any = None) -> list[Any]:
    """Return pointers into some rows of a matrix, to a column or to their begin."""
    width, found = builder.extract_value(matrix.shape, 1), []
    for i in range(count):
        place = builder.mul(builder.add(row, ir.Constant(row.type, i)), width)
        found.append(builder.gep(matrix.data, [place if column is None else builder.add(place, column)]))
    return found


def _vector_at(builder: Any, pointer: Any, place: Any, index: int) -> Any:
    offset = builder.add(place, ir.Constant(place.type, LANES * index))
    return builder.bitcast(builder.gep(pointer, [offset]), _VECTOR.as_pointer())


def _load(builder: Any, pointer: Any, place: Any, count: int) -> list[Any]:
    return [builder.load(_vector_at(builder, pointer, place, index), align=4) for index in range(count)]


def _store(builder: Any, vectors: list[Any], pointer: Any, place: Any) -> None:
    for index, each in enumerate(vectors):
        builder.store(each, _vector_at(builder, pointer, place, index), align=4)


def _spread(builder: Any, number: Any) -> Any:
    """Return a vector of one number."""
    none, place = ir.Constant(_VECTOR, ir.Undefined), ir.IntType(32)
    first = builder.insert_element(none, number, ir.Constant(place, 0))
    return builder.shuffle_vector(first, none, ir.Constant(ir.VectorType(place, LANES), None))


def _fused(builder: Any, a: Any, b: Any, total: Any) -> Any:
    return builder.fadd(builder.fmul(a, b, flags=_FUSED), total, flags=_FUSED)


def emit_loop(
    builder: Any, start: Any, stop: Any, values: list[Any], step: Callable[[Any, list[Any]], list[Any]]
) -> list[Any]:
    """Emit a loop of one turn or more from `start` to `stop` that changes values, and return the last."""
    before = builder.block
    inside, after = builder.append_basic_block("tile"), builder.append_basic_block("tile.end")
    builder.branch(inside)
    builder.position_at_end(inside)
    carried = [builder.phi(each.type) for each in (start, *values)]
    changed = step(carried[0], carried[1:])
    following = builder.add(carried[0], ir.Constant(start.type, 1))
    for phi, first, then in zip(carried, (start, *values), (following, *changed), strict=True):
        phi.add_incoming(first, before)
        phi.add_incoming(then, builder.block)
    builder.cbranch(builder.icmp_signed("<", following, stop), inside, after)
    builder.position_at_end(after)
    return changed

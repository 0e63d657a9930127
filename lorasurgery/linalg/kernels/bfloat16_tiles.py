"""As `skinny_tiles`, for bfloat16: AVX-512's instruction that multiplies pairs of it and adds to float32.

A pair is two numbers next to each other in 32 bits: of one row for W = D X, of two rows for Y = Dᵀ W.

Source: Intel, "64 and IA-32 Architectures Software Developer's Manual", VDPBF16PS.
"""

from __future__ import annotations

from typing import Any, no_type_check

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from lorasurgery.linalg.kernels.skinny_tiles import emit_loop, lines

LANES = 16


class _BFloat16(ir.Type):  # type: ignore[misc]
    """LLVM's type, which llvmlite does not know."""

    def _to_string(self) -> str:
        return "bfloat"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _BFloat16)

    def __hash__(self) -> int:
        return hash(_BFloat16)


_SUMS = ir.VectorType(ir.FloatType(), LANES)
_PAIRS = ir.VectorType(ir.IntType(32), LANES)
_ROW = ir.VectorType(ir.IntType(16), 2 * LANES)
_FACTORS = ir.VectorType(_BFloat16(), 2 * LANES)
_MULTIPLY = "llvm.x86.avx512bf16.dpbf16ps.512"


@intrinsic(prefer_literal=True)
@no_type_check
def add_image_of_pairs(
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
    """W += D X for some rows from `row` on, some columns from `column` on, and pairs `start` to `stop`.

    Args:
        rows, vectors: how many rows, and how many vectors of columns, as literals.
        D: the bits of bfloat16.
        X: its pairs from `at` on are (in / 2, LANES · vectors).
    """
    height, width = rows.literal_value, vectors.literal_value

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        D, X, W = (context.make_array(signature.args[i])(context, builder, arguments[i]) for i in (2, 6, 8))
        row, start, stop, at, column = (arguments[i] for i in (3, 4, 5, 7, 9))
        lefts, outs = lines(builder, D, row, height), lines(builder, W, row, height, column)
        right, zero = builder.gep(X.data, [at]), ir.Constant(row.type, 0)
        sums = [each for out in outs for each in _load(builder, out, zero, width, _SUMS)]

        def step(j: Any, sums: list[Any]) -> list[Any]:
            place = builder.mul(j, ir.Constant(j.type, LANES * width))
            xs = _load(builder, right, place, width, _PAIRS)
            twice = builder.mul(j, ir.Constant(j.type, 2))
            pairs = [
                builder.bitcast(builder.gep(left, [twice]), ir.IntType(32).as_pointer()) for left in lefts
            ]
            numbers = [_spread(builder, builder.load(pair, align=2)) for pair in pairs]
            both = [(number, x) for number in numbers for x in xs]
            return [_multiplied(builder, *pair, total) for pair, total in zip(both, sums, strict=True)]

        sums = emit_loop(builder, start, stop, sums, step)
        for i, out in enumerate(outs):
            _store(builder, sums[i * width : (i + 1) * width], out, zero)
        return zero

    return types.intp(rows, vectors, D, row, start, stop, X, at, W, column), code


@intrinsic(prefer_literal=True)
@no_type_check
def add_back_of_pairs(
    _typing: Any, pairs: Any, D: Any, row: Any, last: Any, column: Any, W: Any, Y: Any, at: Any
) -> Any:
    """Y += Dᵀ W for 32 columns of D from `column` on, over some pairs of rows from `row` on.

    Args:
        pairs: how many, as a literal.
        last: the last row of D, which is its own neighbour where there is none.
        W: (out / 2, columns), pairs of rows; the neighbour that there is not is 0.
        Y: its numbers from `at` on are (columns of W, 32).
    """
    height = pairs.literal_value

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        D, W, Y = (context.make_array(signature.args[i])(context, builder, arguments[i]) for i in (1, 5, 6))
        row, last, column, at = (arguments[i] for i in (2, 3, 4, 7))
        zero, count = ir.Constant(row.type, 0), builder.extract_value(W.shape, 1)
        held = []
        for i in range(height):
            upper = builder.add(row, ir.Constant(row.type, 2 * i))
            lower = builder.add(upper, ir.Constant(row.type, 1))
            lower = builder.select(builder.icmp_signed("<", lower, last), lower, last)
            held.append(_interleaved(builder, D, upper, lower, column))
        half = builder.sdiv(row, ir.Constant(row.type, 2))
        lefts, out = lines(builder, W, half, height), builder.gep(Y.data, [at])

        def step(k: Any, _: list[Any]) -> list[Any]:
            place = builder.mul(k, ir.Constant(k.type, 2 * LANES))
            sums = _load(builder, out, place, 2, _SUMS)
            for left, vectors in zip(lefts, held, strict=True):
                number = _spread(builder, builder.load(builder.gep(left, [k])))
                sums = [
                    _multiplied(builder, number, each, total)
                    for each, total in zip(vectors, sums, strict=True)
                ]
            _store(builder, sums, out, place)
            return []

        emit_loop(builder, zero, count, [], step)
        return zero

    return types.intp(pairs, D, row, last, column, W, Y, at), code


def _interleaved(builder: Any, D: Any, upper: Any, lower: Any, column: Any) -> list[Any]:
    """Return 32 columns of two rows as pairs, in two vectors."""
    rows = []
    for row in (upper, lower):
        (line,) = lines(builder, D, row, 1, column)
        rows.append(builder.load(builder.bitcast(line, _ROW.as_pointer()), align=2))
    halves = []
    for first in (0, LANES):
        order = [place for i in range(first, first + LANES) for place in (i, i + 2 * LANES)]
        mask = ir.Constant(ir.VectorType(ir.IntType(32), 2 * LANES), order)
        halves.append(builder.bitcast(builder.shuffle_vector(*rows, mask), _PAIRS))
    return halves


def _at(builder: Any, pointer: Any, place: Any, index: int, vector: Any) -> Any:
    offset = builder.add(place, ir.Constant(place.type, LANES * index))
    return builder.bitcast(builder.gep(pointer, [offset]), vector.as_pointer())


def _load(builder: Any, pointer: Any, place: Any, count: int, vector: Any) -> list[Any]:
    return [builder.load(_at(builder, pointer, place, index, vector), align=4) for index in range(count)]


def _store(builder: Any, vectors: list[Any], pointer: Any, place: Any) -> None:
    for index, each in enumerate(vectors):
        builder.store(each, _at(builder, pointer, place, index, _SUMS), align=4)


def _spread(builder: Any, pair: Any) -> Any:
    none, place = ir.Constant(_PAIRS, ir.Undefined), ir.IntType(32)
    first = builder.insert_element(none, pair, ir.Constant(place, 0))
    return builder.shuffle_vector(first, none, ir.Constant(ir.VectorType(place, LANES), None))


def _multiplied(builder: Any, a: Any, b: Any, total: Any) -> Any:
    """Return the sums with the products of pairs added."""
    signature = ir.FunctionType(_SUMS, [_SUMS, _FACTORS, _FACTORS])
    known = builder.module.globals.get(_MULTIPLY)
    multiply = known or ir.Function(builder.module, signature, _MULTIPLY)
    return builder.call(multiply, [total, builder.bitcast(a, _FACTORS), builder.bitcast(b, _FACTORS)])

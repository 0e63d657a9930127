"""Weighted products of rows with themselves, added up in registers: what least squares spends its time on."""

from __future__ import annotations

from typing import Any, no_type_check

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from lorasurgery.linalg.kernels.tiles import COLUMNS, HELD

_FUSED = ("contract",)


@intrinsic
@no_type_check
def add_gram(
    _typing: Any,
    left: Any,
    right: Any,
    count: Any,  # noqa: ARG001 - `code` gets these as values
    row: Any,  # noqa: ARG001
    column: Any,  # noqa: ARG001
    sums: Any,
) -> Any:
    """Write Σₖ left[k, row + i] · right[k, column + j] to sums[row + i, column + j], i < HELD, j < COLUMNS.

    Args:
        left, right, sums: float32, of two dimensions; the first two have at least `count` rows, 1 or more.
    """

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        arrays = [context.make_array(signature.args[i])(context, builder, arguments[i]) for i in (0, 1, 5)]
        count, row, column = (arguments[i] for i in (2, 3, 4))
        vector = ir.VectorType(ir.FloatType(), COLUMNS)
        totals = _added(builder, vector, arrays, (count, row, column))
        wide = builder.extract_value(arrays[2].shape, 1)
        for i, total in enumerate(totals):
            at = builder.add(builder.mul(builder.add(row, ir.Constant(row.type, i)), wide), column)
            _vector_at(builder, arrays[2].data, at, vector, total)
        return ir.Constant(count.type, 0)

    return types.intp(left, right, types.intp, types.intp, types.intp, sums), code


def _added(builder: Any, vector: Any, arrays: Any, sizes: Any) -> list[Any]:
    """Emit the loop over k, at least one; return the sums after it."""
    left, right, _ = arrays
    count, row, column = sizes
    widths = [builder.extract_value(each.shape, 1) for each in (left, right)]
    before, inside = builder.block, builder.append_basic_block("gram")
    after = builder.append_basic_block("gram.end")
    builder.branch(inside)
    builder.position_at_end(inside)
    k = builder.phi(count.type)
    k.add_incoming(ir.Constant(count.type, 0), before)
    sums = [builder.phi(vector) for _ in range(HELD)]
    starts = [builder.mul(k, width) for width in widths]
    b = _vector_at(builder, right.data, builder.add(starts[1], column), vector)
    first = builder.gep(left.data, [builder.add(starts[0], row)])
    none, lanes = ir.Constant(vector, ir.Undefined), ir.VectorType(ir.IntType(32), COLUMNS)
    totals = []
    for i, held in enumerate(sums):
        held.add_incoming(ir.Constant(vector, None), before)
        number = builder.load(builder.gep(first, [ir.Constant(count.type, i)]), typ=ir.FloatType())
        a = builder.insert_element(none, number, ir.Constant(ir.IntType(32), 0))
        a = builder.shuffle_vector(a, none, ir.Constant(lanes, None))
        total = builder.fadd(held, builder.fmul(a, b, flags=_FUSED), flags=_FUSED)
        held.add_incoming(total, inside)
        totals.append(total)
    following = builder.add(k, ir.Constant(count.type, 1))
    k.add_incoming(following, inside)
    builder.cbranch(builder.icmp_signed("<", following, count), inside, after)
    builder.position_at_end(after)
    return totals


def _vector_at(builder: Any, data: Any, at: Any, vector: Any, value: Any = None) -> Any:
    """Load a vector that begins at an element, or store one there."""
    pointer = builder.bitcast(builder.gep(data, [at]), vector.as_pointer())
    if value is not None:
        return builder.store(value, pointer, align=4)
    loaded = builder.load(pointer, typ=vector)
    loaded.align = 4
    return loaded

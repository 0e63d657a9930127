"""A group of ranks, multiplied for some rows at a time: the innermost loop of a merge.

A compiler takes one row after the other, and loads the right side's numbers again for each, which
costs as much as to multiply them. Here a vector of columns of several rows is added up in registers.
"""

from __future__ import annotations

from typing import Any, no_type_check

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from lorasurgery.linalg.kernels.tiles import GROUP, STRIP

# Of a vector; where a processor has shorter ones, the compiler takes two for it.
VECTOR_BYTES = 64
# A product and a sum may be one operation.
_FUSED = ("contract",)


@intrinsic(prefer_literal=True)
@no_type_check
def add_products(
    _typing: Any,
    rows: Any,
    left: Any,
    at: Any,
    step: Any,
    right: Any,
    group: Any,
    sums: Any,
    row: Any,
    column: Any,
) -> Any:
    """Add a group's products to a strip of some rows of `sums`, from a row and a column on.

    Args:
        rows: how many, as a literal.
        left: (groups, GROUP); those of the rows begin at `at`, `step` apart.
        right: (groups, GROUP, STRIP), of which it takes the `group`-th.
    """
    count, lanes = rows.literal_value, VECTOR_BYTES // (right.dtype.bitwidth // 8)
    assert sums.dtype == right.dtype == left.dtype

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vector = ir.VectorType(context.get_value_type(signature.args[4].dtype), lanes)
        arrays = [context.make_array(signature.args[i])(context, builder, arguments[i]) for i in (1, 4, 6)]
        places = _places(builder, count, arrays, arguments)
        index = arguments[7].type
        _loop(builder, lanes, index, lambda j: _step(builder, j, *places, vector))
        return ir.Constant(index, 0)

    return types.intp(rows, left, at, step, right, group, sums, row, column), code


def _places(builder: Any, count: int, arrays: Any, arguments: Any) -> tuple[list[Any], Any, list[Any]]:
    """Return pointers to where each row's left side begins, the right side, and each row's sums."""
    left, right, sums = arrays
    at, step, group, first_row, column = (arguments[i] for i in (2, 3, 5, 7, 8))
    width = builder.extract_value(sums.shape, 1)

    def times(value: Any, by: int) -> Any:
        return builder.mul(value, ir.Constant(value.type, by))

    lefts, outs = [], []
    for i in range(count):
        lefts.append(builder.gep(left.data, [times(builder.add(at, times(step, i)), GROUP)]))
        row = builder.add(first_row, ir.Constant(first_row.type, i))
        outs.append(builder.gep(sums.data, [builder.add(builder.mul(row, width), column)]))
    return lefts, builder.gep(right.data, [times(group, GROUP * STRIP)]), outs


def _loop(builder: Any, lanes: int, index: Any, body: Any) -> None:
    """Emit a loop over a strip's vectors."""
    before, inside, after = (
        builder.block,
        builder.append_basic_block("products"),
        builder.append_basic_block("products.end"),
    )
    builder.branch(inside)
    builder.position_at_end(inside)
    j = builder.phi(index)
    j.add_incoming(ir.Constant(index, 0), before)
    body(j)
    following = builder.add(j, ir.Constant(index, lanes))
    j.add_incoming(following, builder.block)
    is_more = builder.icmp_signed("<", following, ir.Constant(index, STRIP))
    builder.cbranch(is_more, inside, after)
    builder.position_at_end(after)


def _step(builder: Any, j: Any, lefts: Any, right: Any, outs: Any, vector: Any) -> None:
    """Emit one vector of columns for all rows."""

    def at(pointer: Any, offset: Any) -> Any:
        return builder.bitcast(builder.gep(pointer, [offset]), vector.as_pointer())

    none, lanes = ir.Constant(vector, ir.Undefined), ir.VectorType(ir.IntType(32), vector.count)
    align = VECTOR_BYTES // vector.count  # what is aligned to vectors is loaded as fast by this
    totals: list[Any] = [None] * len(lefts)
    for k in range(GROUP):
        b = builder.load(at(right, builder.add(j, ir.Constant(j.type, k * STRIP))), align=align)
        for i, left in enumerate(lefts):
            number = builder.load(builder.gep(left, [ir.Constant(j.type, k)]))
            a = builder.insert_element(none, number, ir.Constant(ir.IntType(32), 0))
            a = builder.shuffle_vector(a, none, ir.Constant(lanes, None))
            product = builder.fmul(a, b, flags=_FUSED)
            totals[i] = product if k == 0 else builder.fadd(totals[i], product, flags=_FUSED)
    for total, out in zip(totals, outs, strict=True):
        place = at(out, j)
        old = builder.load(place, align=align)
        builder.store(builder.fadd(old, total), place, align=align)

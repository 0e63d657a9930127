"""The bound holds where the fast product errs as far as it can, and is that of the right rows,
columns and ranks.

What users are promised by it: a merge is the correctly rounded sum, bit for bit, although most of
it is computed by a fast product; that holds while no doubtful element escapes this bound.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from lorasurgery.dtypes import Dtype
from lorasurgery.linalg.kernels.tiles import GROUP, STRIP
from lorasurgery.linalg.ordered import RowSum
from lorasurgery.linalg.rounding import round_once
from lorasurgery.linalg.terms import Term
from lorasurgery.stored_array import StoredArray
from support.bit_patterns import pattern
from support.ordered_sums import by_blocks, ordered_rows, term


def same(W: Tensor, terms: list[Term], dtype: torch.dtype, step: int = 37) -> None:
    """Holds the fast sum to the ordered one."""
    got = by_blocks(W, terms, dtype, step)
    assert torch.equal(pattern(got), pattern(round_once(ordered_rows(W, terms), dtype)))


def rank_one(products: list[float], columns: int = 3, row: int = 0, rows: int = 2) -> Term:
    """A term all of whose elements are the sum of these products, each of a rank.

    Left and right sides are alike, so that the product of their lengths is no more than the sum of
    the products.
    """
    values = np.array(products)
    left = np.sign(values) * 2.0 ** np.round(np.log2(np.abs(values)) / 2)
    right = values / left
    return Term(np.tile(left, (rows, 1)), np.tile(right[:, None], (1, columns)), row=row)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_errors_that_all_go_one_way_are_within_the_bound(dtype: torch.dtype, sign: int) -> None:
    """After 1, every group's sum is a little more than half of float32's last bit, so that the fast
    sum goes twice as far as it should.
    """
    groups, little = 300, 2.0**-24 * (1 + 2.0**-10)
    products = [0.0] * GROUP * groups
    products[::GROUP] = [1.0] + [little] * (groups - 1)
    term = rank_one([sign * (product or 2.0**-140) for product in products])
    narrow = Term(term.left.astype(np.float32), term.right.astype(np.float32))
    half_a_step = torch.finfo(dtype).eps / 2
    W = torch.full((2, 3), sign * (half_a_step - (groups - 1) * little - 2.0**-30), dtype=torch.float32)
    same(W, [narrow], dtype)


def test_the_ordered_sums_own_errors_are_within_the_bound() -> None:
    """After the middle of two float32s, every rank is a little more than half of float64's last
    bit, which the groups add up better.
    """
    ranks = 2400
    first = rank_one([1 + 2.0**-23] + [2.0**-53 * (1 + 2.0**-10)] * ranks)
    S = ordered_rows(torch.ones(2, 3), [first])
    assert (ranks * 2.0**-52 == S - (2 + 2.0**-23)).all()
    same(torch.ones(2, 3), [first, rank_one([-1.5 * ranks * 2.0**-53])], torch.float32)


def test_every_term_that_is_added_may_err_by_a_part_of_the_weight() -> None:
    """In rows after those that have none."""
    terms = [rank_one([2.0**-53 * (1 + 2.0**-10)], row=100) for _ in range(50)]
    middle, back = rank_one([2.0**-24], row=100), rank_one([-75 * 2.0**-53], row=100)
    S = ordered_rows(torch.ones(102, 3), [middle, *terms])
    assert (S[100:] - (1 + 2.0**-24) == 50 * 2.0**-52).all()
    same(torch.ones(102, 3), [middle, *terms, back], torch.float32, 50)


def beside_a_middle(rows: int, columns: int) -> Tensor:
    """Further from the middle of two bfloat16s than the part of the bound that goes by an element's
    own size.
    """
    return torch.full((rows, columns), 1 + 2.0**-8 + 2.0**-10, dtype=torch.float32)


def opposite(term: Term) -> Term:
    """What cancels a term, but for the rounding of another order of the ranks."""
    return Term(term.left[:, ::-1].copy(), term.right[::-1].copy(), -term.scale, term.row, term.column)


def test_the_bound_of_a_row_is_of_that_row() -> None:
    """Rows that are large and cancel, after small ones."""
    left, right = term(300, 70, 8, 1).tensors
    left = left * torch.where(torch.arange(300) < 100, 1e-3, 1e8)[:, None]
    for first in (0, 50):
        large = Term.of(left[first:], right, 1.0, first)
        same(beside_a_middle(300, 70), [large, opposite(large)], torch.bfloat16, 100)


@pytest.mark.parametrize("sign", [1, -1])
def test_numbers_too_small_for_a_width_of_their_own_size(sign: int) -> None:
    """On the middle of two of the smallest bfloat16s, where a tie goes to the even one."""
    W = sign * (torch.arange(40, dtype=torch.float32).reshape(4, 10) + 0.5) * 2.0**-133
    assert (W != 0).all()
    same(W, [], torch.bfloat16)


def test_a_block_after_a_larger_one_is_summed_in_the_same_room() -> None:
    """And one that is larger than the first has room for all its doubts."""
    W, terms = torch.randn(96, 200, generator=torch.Generator().manual_seed(0)), [term(96, 200, 3, 1)]
    total, wanted = RowSum(terms, (96, 200), Dtype.F32), round_once(ordered_rows(W, terms), torch.float32)
    for start, stop in ((0, 5), (5, 80), (80, 96), (0, 96)):
        got = total(StoredArray.of(W[start:stop]), start).tensor
        assert torch.equal(pattern(got), pattern(wanted[start:stop]))


@pytest.mark.parametrize("dtype", [Dtype.F32, Dtype.BF16])
@pytest.mark.parametrize(
    ("left", "right", "scale"),
    [(1e-162, 1e-162, 1e308), (3e-160, 3.1e-160, 1e308), (1.3e-290, 1.7e-33, 1e300), (2e154, 1e155, 1e-300)],
)
def test_a_product_that_vanishes_or_overflows_before_its_scale(
    left: float, right: float, scale: float, dtype: Dtype
) -> None:
    """The ordered sum multiplies by the scale last."""
    same(torch.zeros(2, 3), [Term(np.full((2, 1), left), np.full((1, 3), right), scale)], dtype.torch)


def test_the_bound_is_of_the_longest_column() -> None:
    """One column among thousands is large, and cancels."""
    left, right = term(60, 7000, 8, 1).tensors
    right = torch.where(torch.arange(7000) == 500, 5e6, 1e-3) * right
    large = Term.of(left, right)
    same(beside_a_middle(60, 7000), [large, opposite(large)], torch.bfloat16, 60)


@pytest.mark.parametrize("scale", [1.5, -0.3, 1e-3])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32], ids=str)
def test_sums_on_a_middle_and_beside_it_by_a_last_bit(dtype: torch.dtype, scale: float) -> None:
    """A last term carries every sum to the middle of two stored numbers, or to a neighbour of it in
    float64: all hangs on the order.
    """
    generator = torch.Generator().manual_seed(0)
    W = torch.randn(7, 600, generator=generator).to(dtype)
    terms = [term(7, 600, 17, 1, scale=scale), term(4, 500, 3, 2, 2, 77, -0.7)]
    S = ordered_rows(W, terms)
    near = S.to(dtype)
    above = (
        near.abs().nextafter(torch.tensor(torch.inf, dtype=dtype))
        if dtype == torch.float32
        else ((near.abs().view(torch.int16) + 1).view(dtype))
    )
    middle = (near.double().abs() + above.double()) / 2 * near.double().sign()
    turns = torch.arange(S.numel()).reshape(S.shape) % 3 - 1
    goal = middle.nextafter(middle + turns)
    to_goal = Term(np.eye(7), (goal - S).numpy())
    reached = ordered_rows(W, [*terms, to_goal])
    assert ((reached - middle).abs() <= middle.abs() * 2.0**-51).all()
    same(W, [*terms, to_goal], dtype, 3)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32], ids=str)
def test_terms_end_before_the_last_strip_and_begin_after_the_first(dtype: torch.dtype) -> None:
    W = torch.randn(6, 4 * STRIP, generator=torch.Generator().manual_seed(0)).to(dtype)
    terms = [term(6, 100, 9, 1, 0, 0, 50.0), term(3, 600, 3, 2, 2, 700, 50.0), term(2, 5, 1, 3, 4, 510, 50.0)]
    same(W, terms, dtype, 4)


def test_factors_that_vanish_beside_large_ones() -> None:
    left, right = term(96, 200, 4, 1).tensors
    for terms in ([Term.of(left, 1e9 * right, 1e-41)], [Term.of(1e-41 * left, 1e12 * right)]):
        same(torch.zeros(96, 200), terms, torch.bfloat16)


def test_float64_factors_whose_squares_vanish_are_bounded_where_terms_nearly_cancel() -> None:
    left, right = (side.double() for side in term(96, 200, 8, 1).tensors)
    terms = [Term.of(1e-170 * left, 1e153 * right, scale) for scale in (1.5, -1.5 * (1 - 2.0**-40))]
    same(torch.zeros(96, 200), terms, torch.float32)

"""The fast sum gives the bits of the ordered one, wherever the fast product is in doubt too."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from torch import Tensor

from lorasurgery.dtypes import Dtype
from lorasurgery.linalg import bounded
from lorasurgery.linalg import ordered as module
from lorasurgery.linalg.kernels.tiles import GROUP, STRIP
from lorasurgery.linalg.ordered import RowSum
from lorasurgery.linalg.rounding import round_once
from lorasurgery.linalg.terms import Term
from lorasurgery.linalg.ulps import Differences
from lorasurgery.stored_array import StoredArray
from support.bit_patterns import ordered, pattern
from support.ordered_sums import by_blocks, ordered_rows, term

DTYPES = [torch.bfloat16, torch.float16, torch.float32, torch.float64, torch.float8_e4m3fn]
SHAPE = (96, 200)


TERMS = {
    "one": [term(*SHAPE, 8, 1)],
    "none": [],
    "of rank 0": [term(*SHAPE, 0, 1)],
    "several, in rectangles": [
        term(*SHAPE, 3, 1),
        term(40, 100, 5, 2, 10, 30, -0.3),
        term(96, 7, 2, 3, 0, 193),
    ],
    "of float64": [
        Term.of(term(*SHAPE, 4, 1).tensors[0].double() / 3, term(*SHAPE, 4, 1).tensors[1].double() / 7)
    ],
    "huge and cancelling": [term(*SHAPE, 4, 1, scale=1e4), term(*SHAPE, 4, 1, scale=-1e4)],
    "beyond float32 and cancelling": [
        term(*SHAPE, 4, 1, scale=1e38),
        term(*SHAPE, 4, 1, scale=1e38),
        term(*SHAPE, 4, 1, scale=-2e38),
    ],
    "beyond float32 by their scale": [
        Term.of(torch.full((96, 1), 1e-30), torch.ones(1, 200), 1e60),
        Term.of(torch.full((96, 1), 1e-30), torch.ones(1, 200), -1e60),
    ],
    "below the normal numbers": [term(*SHAPE, 4, 1, scale=1e-41)],
    "vanishing in a product of large ones": [
        Term.of(term(*SHAPE, 4, 1).tensors[0], 1e5 * term(*SHAPE, 4, 1).tensors[1], 1e-41)
    ],
    "of float64, whose squares vanish and that cancel": [
        Term.of(
            1e-170 * turn * term(*SHAPE, 4, 1).tensors[0].double(),
            1e153 * term(*SHAPE, 4, 1).tensors[1].double(),
        )
        for turn in (1, -1)
    ],
}


def matrix(dtype: torch.dtype) -> Tensor:
    W = 0.5 * torch.randn(SHAPE, generator=torch.Generator().manual_seed(0))
    W[0] = 0
    W[1, ::2] *= 1e-6
    return W.to(dtype)


@pytest.mark.parametrize("terms", TERMS.values(), ids=TERMS)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_blocks_have_the_bits_of_the_ordered_sum(dtype: torch.dtype, terms: list[Term]) -> None:
    W = matrix(dtype)
    wanted = round_once(ordered_rows(W, terms), dtype)
    assert torch.equal(pattern(by_blocks(W, terms, dtype)), pattern(wanted))


@pytest.mark.parametrize("numbers", [1, 300, 3000])
@pytest.mark.parametrize("terms", TERMS.values(), ids=TERMS)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32], ids=str)
def test_terms_that_are_cut_up_some_rows_at_a_time_give_the_same_bits(
    dtype: torch.dtype, terms: list[Term], numbers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks end within such parts and reach across them, and left sides need not lie row by row."""
    monkeypatch.setattr(module, "STRIP_NUMBERS", numbers)
    W = matrix(dtype)
    apart = [dataclasses.replace(each, left=np.asfortranarray(each.left)) for each in terms]
    wanted = round_once(ordered_rows(W, terms), dtype)
    for step in (5, 37):
        assert torch.equal(pattern(by_blocks(W, apart, dtype, step)), pattern(wanted))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
@pytest.mark.parametrize("columns", [STRIP - 1, STRIP, STRIP + 1, 2 * STRIP, 2 * STRIP + 70])
@pytest.mark.parametrize("rank", [1, GROUP, GROUP + 1, 2 * GROUP])
def test_terms_lie_across_strips_and_groups(dtype: torch.dtype, columns: int, rank: int) -> None:
    generator = torch.Generator().manual_seed(columns + rank)
    W = torch.randn(11, columns, generator=generator).to(dtype)
    terms = [
        term(11, columns, rank, 1),
        term(5, columns - 101, rank, 2, 3, 101),
        term(4, 99, 2 * rank, 3, 0, columns - 99),
        term(11, 1, rank, 4, 0, columns - 1),
    ]
    wanted = round_once(ordered_rows(W, terms), dtype)
    assert torch.equal(pattern(by_blocks(W, terms, dtype, 4)), pattern(wanted))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
def test_every_nan_becomes_the_same_nan(dtype: torch.dtype) -> None:
    W = matrix(torch.float32)
    W[3, 5:9] = torch.tensor([torch.nan, -torch.nan, torch.inf, -torch.inf])
    W[4, 6] = -0.0
    infinite = Term.of(
        torch.where(torch.arange(SHAPE[0])[:, None] == 7, torch.inf, 0.0), torch.zeros(1, SHAPE[1])
    )
    for terms in (TERMS["one"], [infinite]):  # ∞ · 0 is a NaN, whose sign is the processor's
        wanted = round_once(ordered_rows(W.to(dtype), terms), dtype)
        assert torch.equal(pattern(by_blocks(W.to(dtype), terms, dtype)), pattern(wanted))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_sums_on_the_boundary_are_decided_by_the_ordered_sum(dtype: torch.dtype) -> None:
    """Every element lies so near the middle of two stored numbers that a float32 product cannot
    tell the side.
    """
    W = torch.ones(SHAPE, dtype=dtype)
    half_a_step = torch.finfo(dtype).eps / 2
    left = torch.full((SHAPE[0], 2), half_a_step)
    right = torch.stack(
        [torch.ones(SHAPE[1]), torch.where(torch.arange(SHAPE[1]) % 2 == 0, 1.0, -1.0) * 2.0**-30]
    )
    got = by_blocks(W, [Term.of(left, right)], dtype)
    assert (got[:, 0::2] > 1).all()
    assert (got[:, 1::2] == 1).all()


def test_without_the_exact_part_the_fast_product_would_be_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """Holds the tests above to account.

    Were nothing in doubt, they would compare the fast product with itself.
    """
    W = matrix(torch.bfloat16)
    far = [term(*SHAPE, 64, seed, scale=300.0) for seed in range(4)]
    wanted = round_once(ordered_rows(W, far), torch.bfloat16)
    monkeypatch.setattr(bounded, "SAFETY", 0.0)
    assert not torch.equal(by_blocks(W, far, torch.bfloat16), wanted)
    monkeypatch.undo()
    assert torch.equal(by_blocks(W, far, torch.bfloat16), wanted)


@pytest.mark.parametrize("size", [1e-23, 1e-25, 1e-30])
def test_factors_whose_squares_vanish_in_float32_are_bounded(size: float) -> None:
    """Rows of zeros, as pruning leaves them, and a change so small that one wrong element in 30,000
    is what there is to see.
    """
    generator = torch.Generator().manual_seed(0)
    left = size * torch.randn(500, 8, generator=generator)
    right = torch.randn(8, 2000, generator=generator)
    W = torch.zeros(500, 2000, dtype=torch.bfloat16)
    for zeros, terms in ((W, [Term.of(left, right)]), (W.T.contiguous(), [Term.of(right.T, left.T)])):
        got = by_blocks(zeros, terms, torch.bfloat16, len(zeros))
        assert torch.equal(pattern(got), pattern(round_once(ordered_rows(zeros, terms), torch.bfloat16)))


def test_single_elements_are_summed_as_whole_rows_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order of the ranks, of which a plain sum would make pairs.

    And from +0, which decides about the sign of a zero.
    """
    monkeypatch.setattr(bounded, "SAFETY", 1e30)  # all is in doubt
    terms = [term(*SHAPE, 500, 7), Term.of(torch.zeros(SHAPE[0], 1), -torch.ones(1, SHAPE[1]))]
    W = -torch.zeros(SHAPE)
    W[::2] = 0.1
    wanted = round_once(ordered_rows(W, terms), torch.float32)
    assert torch.equal(pattern(by_blocks(W, terms, torch.float32)), pattern(wanted))
    rows = module.ordered_rows(W.double().numpy(), terms, 0)
    assert torch.equal(pattern(torch.from_numpy(rows)), pattern(ordered_rows(W, terms)))


def back(W: Tensor, terms: list[Term], step: int = 37) -> tuple[Tensor, list[int], list[int]]:
    """The sum, and the places and steps that are noted with it."""
    total, differences = RowSum(terms, tuple(W.shape), Dtype.of(W.dtype)), Differences()
    assert total.notes(Dtype.of(W.dtype))
    starts = range(0, len(W), step)
    made = [
        total.and_back(StoredArray.of(W[start : start + step]), start, differences).tensor.clone()
        for start in starts
    ]
    return torch.cat(made), differences.places.tolist(), differences.steps.tolist()


IN_REACH = [name for name in TERMS if "beyond float32" not in name and "squares" not in name]


@pytest.mark.parametrize("name", IN_REACH)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32], ids=str)
@pytest.mark.parametrize("safety", [2.0, 1e4, 1e30])
def test_what_leads_back_is_noted(
    dtype: torch.dtype, name: str, safety: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the sum were taken as a matrix, the terms added to it with the other sign, and both compared.

    At any share in doubt.
    """
    monkeypatch.setattr(bounded, "SAFETY", safety)
    W, terms = matrix(dtype), TERMS[name]
    W[5, 7], W[6, 8], W[7, 9], W[8, 10] = torch.nan, torch.inf, -torch.inf, -0.0
    summed = round_once(ordered_rows(W, terms), dtype)
    predicted = round_once(ordered_rows(summed, [each.negated for each in terms]), dtype)
    apart = (ordered(W) - ordered(predicted)).flatten()
    got, places, steps = back(W, terms)
    assert torch.equal(pattern(got), pattern(summed))
    assert places == apart.nonzero().flatten().tolist()
    assert steps == apart[apart != 0].tolist()
    assert places or name in ("none", "of rank 0")


@pytest.mark.parametrize("columns", [1, 63, 64, 511, 512, 513, 1200])
def test_what_leads_back_is_noted_in_the_last_strip_and_tile(columns: int) -> None:
    W = torch.randn(40, columns, generator=torch.Generator().manual_seed(columns)).bfloat16()
    terms = [term(40, columns, 4, 1, scale=20.0)]
    summed = round_once(ordered_rows(W, terms), torch.bfloat16)
    predicted = round_once(ordered_rows(summed, [each.negated for each in terms]), torch.bfloat16)
    apart = (ordered(W) - ordered(predicted)).flatten()
    got, places, steps = back(W, terms, 19)
    assert torch.equal(got, summed)
    assert places
    assert places == apart.nonzero().flatten().tolist()
    assert steps == apart[apart != 0].tolist()


def test_float64_weights_are_not_rounded_on_the_way() -> None:
    W = 1 + 2.0**-8 + 2.0**-40 * torch.ones(4, 4, dtype=torch.float64)
    assert bool((by_blocks(W, [], torch.bfloat16) > 1).all())
    least = torch.full(
        (4, 4), 2.0**-134 + 2.0**-170, dtype=torch.float64
    )  # half of bfloat16's smallest, and more
    assert bool((by_blocks(least, [], torch.bfloat16) > 0).all())


def test_the_order_is_that_of_the_ranks() -> None:
    """1 + 2⁻⁶⁰ − 1 is 0 from the left, and 2⁻⁶⁰ the other way round."""
    left = torch.tensor([[1.0, 2.0**-60, -1.0], [1.0, -1.0, 2.0**-60]])
    S = module.ordered_rows(np.zeros((2, 1)), [Term.of(left, torch.ones(3, 1))], 0)
    assert S.flatten().tolist() == [0.0, 2.0**-60]

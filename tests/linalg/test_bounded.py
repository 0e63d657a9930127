"""Both ends of an interval are rounded as torch rounds them, and every element on whose value they
do not agree is added up in order.
"""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
import torch
from torch import Tensor

from lorasurgery.dtypes import Dtype
from lorasurgery.linalg.bounded import WIDE, _bound, _cut
from lorasurgery.linalg.kernels.call import Kernel
from lorasurgery.linalg.kernels.tiles import KINDS, ROWS, STRIP, TILE
from lorasurgery.linalg.ordered import INFINITE, RowSum, patterns
from lorasurgery.linalg.terms import Term
from lorasurgery.linalg.ulps import Differences
from lorasurgery.stored_array import StoredArray
from support.bit_patterns import pattern

DTYPES = [dtype.torch for dtype in WIDE]
WIDES = {dtype.torch: torch.from_numpy(np.empty(0, wide)).dtype for dtype, wide in WIDE.items()}


WHOLE_LEFT, WHOLE_RIGHT = 4, 5


def rounded(
    near: Tensor, dtype: torch.dtype, absolute: float = 0.0, relative: float = 0.0
) -> tuple[Tensor, Tensor]:
    """What the loop makes of rows that come as fast sums, 0 + 1 · near, and where they are in doubt
    (booleans).

    What is added up in order is something else here, once 1 and once 2, so that these elements are
    those that are not twice the same.
    """
    stored = Dtype.of(dtype)
    wide = WIDE[stored]
    outs = []
    for mark in (1.0, 2.0):
        out = torch.empty(near.shape, dtype=dtype)
        for i, row in enumerate(near):
            ones, right = np.ones((1, 1), wide), row[None].numpy()
            pieces = [*_cut([Term(ones, right)], [ones], [right], wide)]
            pieces[WHOLE_LEFT], pieces[WHOLE_RIGHT] = mark * pieces[WHOLE_LEFT], np.ones_like(right[0])
            Kernel("sums", "sum_rows")(
                np.zeros((1, len(row)), np.uint32),
                0,
                *pieces,
                np.full(1, max(absolute, float(np.finfo(wide).smallest_normal)), wide),
                wide(relative),
                INFINITE[stored],
                np.empty((1, -(-len(row) // STRIP) * STRIP), wide),
                np.zeros(STRIP, np.uint32),
                np.empty((2, STRIP), KINDS[stored]),
                patterns(StoredArray.of(out[i : i + 1])),
                0,
                0,
                0,
                Differences().with_room(1),
            )
        outs.append(out)
    return outs[0], pattern(outs[0]) != pattern(outs[1])


def numbers(dtype: torch.dtype) -> Tensor:
    """Every number of `dtype`, its neighbours on either side, and all middles between two.

    In the wide dtype, NaNs and infinities too.
    """
    wide = WIDES[dtype]
    if dtype == torch.float32:
        generator = torch.Generator().manual_seed(0)
        bits = torch.randint(-(2**31), 2**31, (1 << 18,), generator=generator)
        stored = bits.to(torch.int32).view(dtype)
        middles = (stored.double() + stored.nextafter(torch.tensor(torch.inf)).double()) / 2
    else:
        stored = torch.arange(-(2**15), 2**15).to(torch.int16).view(dtype)
        middles = (stored.double() + torch.roll(stored, -1).double()).div(2)
    exact = torch.cat([stored.to(wide), middles.to(wide)])
    infinite = torch.tensor(torch.inf, dtype=wide)
    return torch.stack([exact, exact.nextafter(infinite), exact.nextafter(-infinite)])


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_numbers_are_rounded_as_torch_rounds_them(dtype: torch.dtype) -> None:
    near = numbers(dtype)
    out, doubtful = rounded(near, dtype, relative=4 * torch.finfo(WIDES[dtype]).eps)
    wanted = near.to(dtype)
    assert doubtful[~wanted.isfinite()].all()  # those beyond the range of the dtype too
    assert torch.equal(pattern(out)[~doubtful], pattern((near + 0.0).to(dtype))[~doubtful])
    # In doubt are middles and their neighbours; of the rest, what is not much larger than the least
    # width, and the largest number.
    size, info = wanted.abs(), torch.finfo(dtype)
    normal = (size > 2**10 * info.tiny) & (size < info.max)
    own = torch.arange(near.shape[1]) < near.shape[1] // 2
    assert not doubtful[:, own][normal[:, own]].any()
    assert doubtful[:, ~own][normal[:, ~own]].all()


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_stored_numbers_come_back_where_there_are_no_terms(dtype: torch.dtype) -> None:
    """In another dtype as well; every NaN becomes the same one."""
    stored = numbers(dtype)[0].to(dtype)[None]
    for out in WIDE:
        got = RowSum([], tuple(stored.shape), out)(StoredArray.of(stored), 0)
        wanted = stored.double().to(out.torch)
        assert torch.equal(pattern(got.tensor)[~stored.isnan()], pattern(wanted)[~stored.isnan()])
        assert got.tensor[stored.isnan()].isnan().all()
        assert len(set(got.bits[stored.isnan().numpy()].tolist())) == 1


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("columns", [1, TILE - 1, TILE, STRIP, STRIP + TILE + 3])
def test_an_element_is_in_doubt_where_the_ends_differ(dtype: torch.dtype, columns: int) -> None:
    near = torch.randn(7, columns, dtype=WIDES[dtype], generator=torch.Generator().manual_seed(1))
    steps = torch.finfo(dtype).eps
    out, doubtful = rounded(near, dtype, absolute=steps / 64, relative=steps / 32)
    width = near.abs() * (steps / 32) + steps / 64
    below, above = (near - width).to(dtype), (near + width).to(dtype)
    assert doubtful[below != above].all()
    assert torch.equal(out[~doubtful], above[~doubtful])
    # And little else: what is sure at twice the width, but for numbers whose steps are as small as it.
    is_sure = (near - 2 * width).to(dtype) == (near + 2 * width).to(dtype)
    assert not doubtful[is_sure & (near.abs() >= 0.25)].any()


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("share", [0.3, 0.49, 0.51, 0.9, 1.1])
@pytest.mark.parametrize("number", [-4.0, -1.0, 0.125, 1.0, 2.0])
def test_below_a_power_of_two_the_neighbour_is_nearer(
    dtype: torch.dtype, share: float, number: float
) -> None:
    half_a_step = abs(number) * torch.finfo(dtype).eps / 2
    near = torch.full((1, 3), number, dtype=WIDES[dtype])
    _, doubtful = rounded(near, dtype, absolute=share * half_a_step)
    assert doubtful.all() or share < 0.5
    assert not doubtful.any() or share > 0.4


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_zeros_of_either_sign_are_two_values(dtype: torch.dtype) -> None:
    _, doubtful = rounded(torch.zeros(1, 3, dtype=WIDES[dtype]), dtype)
    assert doubtful.all()


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("number", [torch.inf, -torch.inf, torch.nan])
def test_it_is_known_whether_all_is_finite(dtype: torch.dtype, number: float) -> None:
    for row, column in ((0, 0), (ROWS, STRIP), (2 * ROWS, 3)):
        W = torch.ones(2 * ROWS + 1, STRIP + 1, dtype=dtype)
        total = RowSum([], tuple(W.shape), Dtype.of(dtype))
        assert total(StoredArray.of(W), 0).is_known_finite
        assert total.and_back(StoredArray.of(W), 0, Differences()).is_known_finite
        W[row, column] = number
        for got in (total(StoredArray.of(W), 0), total.and_back(StoredArray.of(W), 0, Differences())):
            assert not got.is_known_finite
            assert not got.is_finite


def test_a_sum_beyond_the_dtype_is_known_not_to_be_finite() -> None:
    largest = torch.full((2, 3), torch.finfo(torch.float16).max, dtype=torch.float16)
    terms = [Term(np.full((1, 1), 16.0, np.float32), np.array([[0.0, 1.0, 0.5]], np.float32), row=1)]
    got = RowSum(terms, (2, 3), Dtype.F16)(StoredArray.of(largest), 0)
    assert not got.is_known_finite
    assert got.tensor.isinf().tolist() == [[False] * 3, [False, True, False]]


@pytest.mark.parametrize("dtype", list(WIDE), ids=str)
def test_without_terms_the_bound_is_that_of_the_wide_dtype(dtype: Dtype) -> None:
    """Else all is in doubt where weights are only converted to another dtype."""
    absolute, relative = _bound([], [], [], 3, WIDE[dtype])
    assert absolute.tolist() == [float(np.finfo(WIDE[dtype]).smallest_normal)] * 3
    assert relative <= 6 * np.finfo(WIDE[dtype]).eps


def test_factors_beyond_float32_are_no_matter_for_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        total = RowSum([Term(np.full((2, 1), 1e30), np.full((1, 3), 1e30))], (2, 3), Dtype.BF16)
        assert total(StoredArray.of(torch.zeros(2, 3).bfloat16()), 0).tensor.isinf().all()


@pytest.mark.parametrize("dtype", list(WIDE), ids=str)
def test_a_nan_scale_gives_nan(dtype: Dtype) -> None:
    for rank in (0, 1):
        total = RowSum([Term(np.ones((2, rank)), np.ones((rank, 3)), math.nan)], (2, 3), dtype)
        got = total(StoredArray.of(torch.ones(2, 3, dtype=dtype.torch)), 0)
        assert got.tensor.isnan().all()
        assert not got.is_known_finite


def test_terms_and_rows_beyond_the_matrix_are_no_arguments() -> None:
    """No loop checks an index."""
    for term in (Term(np.ones((3, 1)), np.ones((1, 3))), Term(np.ones((2, 1)), np.ones((1, 3)), column=1)):
        with pytest.raises(AssertionError, match="a term beyond the matrix"):
            RowSum([term], (2, 3), Dtype.BF16)
    with pytest.raises(AssertionError, match="rows beyond the matrix"):
        RowSum([], (2, 3), Dtype.BF16)(StoredArray.of(torch.ones(2, 3).bfloat16()), 1)

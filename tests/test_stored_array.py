"""Numbers by their bits.

What numpy makes of them is what torch makes of them, for every dtype and wherever they lie.
"""

from __future__ import annotations

import itertools
import warnings
from typing import Any

import numpy as np
import pytest
import torch

from lorasurgery.dtypes import Dtype
from lorasurgery.linalg.ordered import RowSum
from lorasurgery.stored_array import StoredArray, narrowest

FLOATS = {Dtype.BF16: 7, Dtype.F16: 10, Dtype.F32: 23, Dtype.F64: 52}
HELD = [each for each in Dtype if each.is_in_torch and each is not Dtype.F4]


def edges(dtype: Dtype) -> Any:
    """Zeros, the smallest, the largest, infinities and NaNs of either sign, quiet and signalling."""
    size, mantissa = 8 * dtype.itemsize, FLOATS[dtype]
    infinity = ((1 << (size - 1 - mantissa)) - 1) << mantissa
    one = [0, 1, infinity - 1, infinity, infinity + 1, infinity | 1 << (mantissa - 1), (1 << (size - 1)) - 1]
    return np.array([*one, *(bits | 1 << (size - 1) for bits in one)], f"<u{dtype.itemsize}")


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_is_finite_is_what_torch_says(dtype: Dtype) -> None:
    every = edges(dtype)
    for count in (1, 2, 3):
        for chosen in itertools.product(range(len(every)), repeat=count):
            raw = StoredArray(every[list(chosen)], dtype)
            assert raw.is_finite == bool(raw.tensor.isfinite().all()), raw


@pytest.mark.parametrize("dtype", HELD, ids=str)
def test_every_dtype_says_whether_it_is_finite(dtype: Dtype) -> None:
    """Integers are: an adapter may replace a count of batches."""
    assert StoredArray.of(torch.ones(2, 3).to(dtype.torch)).is_finite
    assert StoredArray.of(torch.ones(0, 3).to(dtype.torch)).is_finite


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_nans_that_signal_do_so_to_nobody(dtype: Dtype) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        raw = StoredArray(edges(dtype)[None], dtype)
        assert np.array_equal(raw.double(), raw.tensor.double().numpy(), equal_nan=True)
        wide = torch.from_numpy(raw.exact().copy()).double().numpy()
        assert np.array_equal(wide, raw.tensor.double().numpy(), equal_nan=True)


def test_numbers_that_may_not_be_written_become_tensors_in_silence() -> None:
    bits = np.ones((2, 3), np.uint8)
    bits.flags.writeable = False
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert StoredArray(bits, Dtype.F8_E4M3).double().shape == (2, 3)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_double_is_the_caller_s(dtype: Dtype) -> None:
    bits = edges(dtype)[None].copy()
    StoredArray(bits, dtype).double()[:] = 3
    assert np.array_equal(bits, edges(dtype)[None])


NUMBERS = [
    0.0,
    -0.0,
    1.0,
    65504.0,
    65505.0,
    65536.0,
    2.0**-24,
    2.0**-25,
    2.0**-133,
    2.0**-134,
    2.0**-149,
    2.0**-150,
    3.4e38,
    2.0**127,
    2.0**128,
    np.inf,
    1 + 2.0**-7,
    1 + 2.0**-8,
    1 + 2.0**-10,
    1 + 2.0**-11,
    1 + 2.0**-13,
    1 + 2.0**-23,
    1 + 2.0**-24,
    5e-324,
]


@pytest.mark.parametrize("single", [True, False])
@pytest.mark.parametrize(
    "pair", list(itertools.combinations_with_replacement(NUMBERS, 2))[::3] + [(n, n) for n in NUMBERS]
)
def test_narrowest_is_exact_and_the_narrowest(pair: tuple[float, float], single: bool) -> None:
    with np.errstate(all="ignore"):
        values = np.array([pair], np.float32 if single else np.float64)
    found = narrowest(values)
    back = found.tensor.double().numpy()
    assert np.array_equal(back, values)
    assert np.array_equal(np.signbit(back), np.signbit(values))
    wide = torch.from_numpy(values).double()
    fits = [
        each for each in (Dtype.BF16, Dtype.F16, Dtype.F32) if torch.equal(wide.to(each.torch).double(), wide)
    ]
    assert found.dtype is (fits[0] if fits else Dtype.F64)


def test_arrays_that_lie_otherwise_come_through() -> None:
    plain = np.arange(24, dtype=np.float32).reshape(4, 6)
    for values in (plain.T, plain[:, ::2], plain[::-1], np.broadcast_to(plain[:1], (4, 6))):
        raw = StoredArray.of_array(values)
        assert raw.bits.flags.c_contiguous
        turned = StoredArray(np.asfortranarray(raw.bits), Dtype.F32)
        for each in (raw, turned):
            assert bytes(each.data) == values.tobytes()
            assert np.array_equal(each.exact(), values)
            assert np.array_equal(each.tensor.numpy(), values)


@pytest.mark.parametrize("out", [Dtype.BF16, Dtype.F32], ids=str)
@pytest.mark.parametrize("dtype", [Dtype.BF16, Dtype.F16, Dtype.F32], ids=str)
def test_infinities_stay_what_they_are_in_another_dtype(dtype: Dtype, out: Dtype) -> None:
    W = StoredArray.of(torch.tensor([[torch.inf, -torch.inf, torch.nan, 1.0]]).to(dtype.torch))
    got = RowSum([], (1, 4), out)(W, 0).tensor.double()
    assert torch.equal(
        got.nan_to_num(nan=7.0, posinf=8.0, neginf=9.0), torch.tensor([[8.0, 9.0, 7.0, 1.0]]).double()
    )

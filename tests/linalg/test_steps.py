"""Steps between stored numbers are noted as the order of the numbers counts them, and taken back to the bit."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from patterns import INTEGERS, ordered
from torch import Tensor

from lorasurgery.dtypes import Dtype
from lorasurgery.linalg.loops import TILE
from lorasurgery.linalg.steps import note_steps, take_steps
from lorasurgery.raw import Raw

DTYPES = [Dtype.BF16, Dtype.F16, Dtype.F32, Dtype.F64, Dtype.F8_E5M2, Dtype.I64, Dtype.I8]


def any_bits(count: int, dtype: Dtype, seed: int) -> Tensor:
    """Every pattern, NaNs, infinities and both zeros among them."""
    integer = INTEGERS[dtype.itemsize]
    info, generator = torch.iinfo(integer), torch.Generator().manual_seed(seed)
    drawn = torch.randint(info.min, info.max, (count,), dtype=torch.int64, generator=generator)
    return drawn.to(integer).view(dtype.torch)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_the_order_is_that_of_the_numbers(dtype: Dtype) -> None:
    values = any_bits(1000, dtype, 3)
    finite = values[values.double().isfinite()]
    sorted_by_bits = finite[ordered(finite).argsort()].double()
    assert bool((sorted_by_bits.diff() >= 0).all())


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("count", [1, TILE - 1, 3 * TILE + 5])
def test_steps_lead_from_one_number_to_the_other(dtype: Dtype, count: int) -> None:
    one, other = any_bits(count, dtype, 0), any_bits(count, dtype, 1)
    other = torch.where(
        torch.arange(count) % 3 == 0, other.view(INTEGERS[dtype.itemsize]), one.view(INTEGERS[dtype.itemsize])
    )
    other = other.view(dtype.torch)
    places, steps = np.empty(count + TILE, np.int64), np.empty(count + TILE, np.int64)
    at, held = note_steps(Raw.of(one), Raw.of(other), 0, 100, places, steps, 0)
    apart = ordered(one) - ordered(other)  # modulo 2⁶⁴, as the steps are
    wanted = apart.nonzero().flatten()
    assert at >= count
    assert (places[:held] - 100).tolist() == wanted.tolist()
    assert steps[:held].tolist() == apart[wanted].tolist()
    moved = Raw.of(other.clone())
    take_steps(moved, places[:held] - 100, steps[:held])
    assert np.array_equal(moved.bits, Raw.of(one).bits)


def test_lists_that_are_full_are_no_further_than_they_say() -> None:
    ones, zeros = Raw.of(torch.ones(5 * TILE)), Raw.of(torch.zeros(5 * TILE))
    places, steps = np.empty(2 * TILE, np.int64), np.empty(2 * TILE, np.int64)
    at, held = note_steps(ones, zeros, TILE, 0, places, steps, 0)
    assert (at, held) == (3 * TILE, 2 * TILE)
    assert places.tolist() == list(range(TILE, 3 * TILE))

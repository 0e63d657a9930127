"""Steps between stored numbers are noted as the order of the numbers counts them, and taken back to
the bit.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from lorasurgery.dtypes import Dtype
from lorasurgery.linalg.kernels.tiles import TILE
from lorasurgery.linalg.ulps import Differences, take_steps
from lorasurgery.stored_array import StoredArray
from support.bit_patterns import INTEGERS, ordered

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
    found = Differences()
    found.note(StoredArray.of(one), StoredArray.of(other), 100)
    apart = ordered(one) - ordered(other)  # modulo 2⁶⁴, as the steps are
    wanted = apart.nonzero().flatten()
    assert (found.places - 100).tolist() == wanted.tolist()
    assert found.steps.tolist() == apart[wanted].tolist()
    moved = StoredArray.of(other.clone())
    take_steps(moved, found.places - 100, found.steps)
    assert np.array_equal(moved.bits, StoredArray.of(one).bits)


def test_differences_of_several_blocks_are_one_list_until_it_is_cleared() -> None:
    ones, zeros = StoredArray.of(torch.ones(5 * TILE)), StoredArray.of(torch.zeros(5 * TILE))
    found = Differences()
    for block in range(4):
        found.note(ones, zeros, block * 5 * TILE)
    assert found.places.tolist() == list(range(20 * TILE))
    assert set(found.steps.tolist()) == {0x3F800000}
    found.clear()
    assert found.held == len(found.places) == 0
    found.note(zeros, ones, 7)
    assert found.places[0] == 7
    assert set(found.steps.tolist()) == {-0x3F800000}

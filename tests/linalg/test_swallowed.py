"""What rounding swallows, against rounding itself."""

from __future__ import annotations

import pytest
import torch

from lorasurgery.linalg.rounding_loss import lost_to_rounding
from lorasurgery.stored_array import StoredArray

DTYPES = [torch.bfloat16, torch.float16, torch.float32, torch.float8_e4m3fn]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("size", [0.02, 0.3, 1.0, 3.0], ids="{} steps".format)
def test_it_is_what_a_normal_change_loses(dtype: torch.dtype, size: float) -> None:
    """In weights of several binades; the change is so many steps of the dtype at 1."""
    generator = torch.Generator().manual_seed(0)
    W = torch.randn(400_000, generator=generator).to(dtype)
    change = size * torch.finfo(dtype).eps * torch.randn(W.shape, dtype=torch.float64, generator=generator)
    rounded = (W.double() + change).to(dtype).double()
    lost = float((rounded - W.double() - change).square().mean())
    expected = lost_to_rounding(StoredArray.of(W), float(change.square().mean()))
    assert expected == pytest.approx(lost, rel=0.1)


def test_of_no_weights_nothing_is_lost() -> None:
    assert lost_to_rounding(StoredArray.of(torch.zeros(0, 3)), 1.0) == 0

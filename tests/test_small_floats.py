"""Floats of eight bits are read without torch as torch reads them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lorasurgery.dtypes import Dtype
from lorasurgery.small_floats import SMALL_FLOATS, numbers_of
from lorasurgery.stored_array import StoredArray


@pytest.mark.parametrize(
    "dtype", sorted(SMALL_FLOATS, key=lambda each: each.name), ids=lambda each: each.name
)
def test_every_pattern_is_the_number_that_torch_reads(dtype: Dtype) -> None:
    patterns = np.arange(256, dtype=np.uint8)
    torchs = torch.from_numpy(patterns).view(dtype.torch).float().numpy()
    ours = StoredArray(patterns, dtype).exact()
    assert np.array_equal(np.isnan(ours), np.isnan(torchs))
    is_number = ~np.isnan(torchs)
    assert np.array_equal(ours[is_number].view("u4"), torchs[is_number].view("u4"))  # −0 as well
    assert numbers_of(dtype) is numbers_of(dtype)

"""Rows of a change that is a product of low rank, and the space that they span."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.comparison.rank_of_change import rows_of_product
from support.seeded_merges import lora_merge


@pytest.mark.parametrize("shape", [(600, 1024), (1024, 96)])
def test_rows_of_a_merged_lora_tell_its_rank_and_the_space_of_its_rows(shape: tuple[int, int]) -> None:
    pair = lora_merge(shape, 8, 0.02)
    rows = rows_of_product(LazyTensor.of(pair.base), LazyTensor.of(pair.merged))
    assert rows is not None
    assert rows.rank == 8
    found = np.linalg.qr(rows.space().astype(np.float64))[0]
    truth = torch.linalg.svd(pair.change.double(), full_matrices=False)[2][:8].numpy()
    assert np.linalg.svd(truth @ found)[1].min() > 0.99


def test_noise_of_all_ranks_is_no_product() -> None:
    generator = torch.Generator().manual_seed(0)
    base = torch.randn(300, 400, generator=generator).bfloat16()
    noisy = (base.float() + 0.01 * torch.randn(base.shape, generator=generator)).bfloat16()
    assert rows_of_product(LazyTensor.of(base), LazyTensor.of(noisy)) is None

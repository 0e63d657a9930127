"""Products found from the elements whose cells are narrowest."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from lorasurgery.linalg.cells import cells_of
from lorasurgery.linalg.narrow_cells import NarrowCells, refined
from support.seeded_merges import SeededMerge, lora_merge

BF16, F16 = torch.bfloat16, torch.float16
SHAPE = (512, 640)


def rows_space(pair: SeededMerge, rank: int) -> Tensor:
    """What truncated SVD finds of the space of the change's rows."""
    return torch.linalg.svd(pair.merged.float() - pair.base.float(), full_matrices=False)[2][:rank].T


def distances(pair: SeededMerge, rank: int, product: torch.dtype | None = None) -> tuple[float, float]:
    """How far the SVD and what is found are from the truth."""
    D = pair.merged.double() - pair.base.double()
    U, S, Vh = torch.linalg.svd(D, full_matrices=False)
    found = refined(pair.base, pair.merged, rows_space(pair, rank), product)
    return pair.distance((U[:, :rank] * S[:rank]) @ Vh[:rank]), pair.distance(found.left @ found.right.T)


@pytest.mark.parametrize("dtype", [BF16, F16])
@pytest.mark.parametrize("relative", [0.003, 0.01, 0.05])
def test_a_few_narrow_cells_say_more_than_all_differences(dtype: torch.dtype, relative: float) -> None:
    by_svd, by_cells = distances(lora_merge(SHAPE, 4, relative, dtype=dtype), 4)
    assert by_cells < by_svd / 5


def test_so_do_the_cells_of_a_rounded_product() -> None:
    by_svd, by_cells = distances(lora_merge(SHAPE, 4, 0.01, product=BF16), 4, BF16)
    assert by_cells < by_svd / 5


@pytest.mark.parametrize("rank", [1, 3, 17])
def test_any_rank_is_solved(rank: int) -> None:
    by_svd, by_cells = distances(lora_merge(SHAPE, rank, 0.01), rank)
    assert by_cells < by_svd / 2


def test_a_guess_from_some_rows_is_enough() -> None:
    pair = lora_merge(SHAPE, 8, 0.01)
    D = pair.merged[::8].float() - pair.base[::8].float()
    guess = torch.linalg.svd(D, full_matrices=False)[2][:8].T
    found = refined(pair.base, pair.merged, guess)
    lacking = pair.distance(pair.change.float() @ guess @ guess.T)
    assert pair.distance(found.left @ found.right.T) < lacking / 5


def test_the_smallest_elements_of_each_row_are_chosen() -> None:
    generator = torch.Generator().manual_seed(1)
    W = torch.randn(40, 200, generator=generator).bfloat16()
    W[3] = 0.5
    W[4, ::2] = -0.0
    narrow = NarrowCells.of(W, W, None, 3)
    places = narrow.places.long()
    count = places.shape[1]
    chosen = W.float().abs().gather(1, places)
    others = W.float().abs().scatter(1, places, torch.inf)
    # Magnitudes are told apart by their upper bits: an eighth of a binade.
    assert (chosen.amax(dim=1) <= 1.125 * others.amin(dim=1) + 1e-37).all()
    assert all(len(set(row)) == count for row in places.tolist())


@pytest.mark.parametrize("dtype", [BF16, F16])
def test_compiled_cells_are_those_of_float64(dtype: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(2)
    W = (0.02 * torch.randn(64, 96, generator=generator)).to(dtype)
    merged = (1.01 * W.float()).to(dtype)
    merged[0, :4] = torch.tensor([0.0, -0.0, 2.0**-6, -(2.0**-6)]).to(dtype)
    merged[1, 0], merged[1, 1] = torch.finfo(dtype).max, torch.finfo(dtype).min
    merged[2] = (1e-7 * torch.randn(96, generator=generator)).to(dtype)
    fast, slow = cells_of(W, merged), cells_of(W.double(), merged)
    assert np.array_equal(fast.low.numpy(), slow.low.numpy())
    assert np.array_equal(fast.high.numpy(), slow.high.numpy())

"""Factors of merged LoRAs, recovered from the stored bits; and changes that are none."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from lorasurgery.dtypes import Dtype
from lorasurgery.linalg.cells import cells_of
from lorasurgery.linalg.recovery import NotMerged, Recovered, exceptions
from lorasurgery.linalg.rounded_product import merged_sum
from lorasurgery.linalg.terms import Term
from lorasurgery.linalg.ulps import take_steps
from lorasurgery.stored_array import StoredArray
from support.seeded_merges import FULL_CHANGES, SeededMerge, full_change, lora_merge
from support.tensor_algebra import recovered, tensor

BF16, F16 = torch.bfloat16, torch.float16
SHAPE = (384, 320)


def truncated(pair: SeededMerge, rank: int) -> Tensor:
    U, S, Vh = torch.linalg.svd(pair.merged.double() - pair.base.double(), full_matrices=False)
    return (U[:, :rank] * S[:rank]) @ Vh[:rank]


def ends_of(pair: SeededMerge, product: torch.dtype | None) -> tuple[Tensor, Tensor, int]:
    base, merged = StoredArray.of(pair.base), StoredArray.of(pair.merged)
    cells = cells_of(base, merged, None if product is None else Dtype.of(product))
    return tensor(cells.low), tensor(cells.high), cells.impossible


@pytest.mark.parametrize("dtype", [BF16, F16])
@pytest.mark.parametrize("is_product_rounded", [False, True])
@pytest.mark.parametrize("relative", [0.001, 0.03, 3.0])
def test_the_true_change_is_in_its_cells(
    dtype: torch.dtype, is_product_rounded: bool, relative: float
) -> None:
    product = dtype if is_product_rounded else None
    pair = lora_merge(SHAPE, 4, relative, dtype=dtype, product=product)
    low, high, _ = ends_of(pair, product)
    slack = 2.0**-23 * float(pair.merged.abs().max() + pair.base.abs().max())  # the ends are in float32
    assert bool(((low - slack <= pair.change) & (pair.change <= high + slack)).all())
    assert ends_of(pair, product)[2] == 0


@pytest.mark.parametrize("product", [None, BF16])
def test_what_is_inside_its_cell_rounds_to_the_stored_number(product: torch.dtype | None) -> None:
    pair = lora_merge(SHAPE, 4, 0.01, product=product)
    pair.base[0], pair.merged[0] = 1.0, 2.0 ** torch.randint(-3, 3, (SHAPE[1],))  # lopsided cells
    low, high, _ = ends_of(pair, product)
    for share in (0.001, 0.5, 0.999):
        change = low.double() + share * (high.double() - low.double())
        added = change if product is None else change.to(product).double()
        assert torch.equal((pair.base.double() + added).to(BF16)[1:], pair.merged[1:])
        if product is None:
            assert torch.equal((pair.base.double() + added).to(BF16)[0], pair.merged[0])


def test_elements_that_no_rounded_product_leads_to_are_counted() -> None:
    once = lora_merge(SHAPE, 16, 0.05)
    assert ends_of(once, BF16)[2] > 0.001 * once.merged.numel()


@pytest.mark.parametrize(
    ("rank", "relative", "product", "dtype"),
    [
        (4, 0.003, None, BF16),
        (4, 0.05, BF16, BF16),
        (8, 0.01, None, BF16),
        (8, 0.01, BF16, BF16),
        (8, 0.003, None, F16),
        (16, 0.01, F16, F16),
    ],
)
def test_factors_are_nearer_to_the_truth_than_the_svd(
    rank: int, relative: float, product: torch.dtype | None, dtype: torch.dtype
) -> None:
    pair = lora_merge(SHAPE, rank, relative, product=product, dtype=dtype)
    found = recovered(pair.base, pair.merged, seed=1)
    assert isinstance(found, Recovered)
    assert found.A.shape[0] == rank
    nearer = pair.distance(truncated(pair, rank)) / pair.distance(tensor(found.B.astype(float) @ found.A))
    # So many numbers to be found for each cell: at 2048² a rank of 16 has what rank 3 has here.
    assert nearer > {4: 7.5, 8: 5.0, 16: 3.0}[rank]
    places, _ = exceptions(StoredArray.of(pair.base), StoredArray.of(pair.merged), found)
    assert len(places) < 0.001 * pair.merged.numel()
    if product is BF16:
        assert found.product is Dtype.BF16


def test_factors_and_exceptions_rebuild_every_bit() -> None:
    pair = lora_merge(SHAPE, 8, 0.01, product=BF16)
    base, merged = StoredArray.of(pair.base), StoredArray.of(pair.merged)
    found = recovered(pair.base, pair.merged, seed=1)
    assert isinstance(found, Recovered)
    found.A[0] *= 1.01  # so that there are exceptions
    places, steps = exceptions(base, merged, found)
    assert len(places)
    terms = [Term(found.B, found.A)]
    rebuilt = merged_sum(terms, SHAPE, Dtype.BF16, Dtype.BF16)(base, 0)
    take_steps(rebuilt, places, steps)
    assert np.array_equal(rebuilt.bits, merged.bits)


def test_ranks_under_the_noise_edge_are_found() -> None:
    pair = lora_merge(SHAPE, 8, 0.003, decay=0.05)
    found = recovered(pair.base, pair.merged, seed=1)
    assert isinstance(found, Recovered)
    assert found.A.shape[0] == 8


def test_ranks_that_only_follow_the_rounding_are_left_out() -> None:
    """Where few elements move, the rounding follows ΔW and has ranks of its own above the edge."""
    pair = lora_merge((1024, 1024), 2, 0.003)
    found = recovered(pair.base, pair.merged, seed=1)
    assert isinstance(found, Recovered)
    assert found.A.shape[0] == 2


@pytest.mark.parametrize("kind", FULL_CHANGES)
@pytest.mark.parametrize("relative", [0.0005, 0.003, 0.02])
def test_other_changes_are_not_taken_for_a_merged_lora(kind: str, relative: float) -> None:
    for seed, shape in enumerate([(256, 256), (96, 384)]):
        pair = full_change(kind, shape, relative, seed=seed)
        assert isinstance(recovered(pair.base, pair.merged, seed=seed), NotMerged)


def test_two_merges_one_after_the_other_are_not_taken_for_one() -> None:
    first, second = (lora_merge(SHAPE, 4, 0.01, seed=seed) for seed in range(2))
    found = recovered(first.base, (first.merged.double() + second.change).to(BF16), seed=1)
    assert isinstance(found, NotMerged)
    assert "explain only" in found.reason


def test_the_same_pair_gives_the_same_bits() -> None:
    pair = lora_merge(SHAPE, 8, 0.01)
    one, other = (recovered(pair.base, pair.merged, seed=1) for _ in range(2))
    assert isinstance(one, Recovered)
    assert isinstance(other, Recovered)
    assert np.array_equal(one.A, other.A)
    assert np.array_equal(one.B, other.B)

"""The noise edge: grids, their noise, and planted ranks."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from lorasurgery.linalg import rank_rules
from support.tensor_algebra import noise_edge, noise_edges, spacing_of, streamed_rows, tensor, truncated_svd

DTYPES = [torch.float16, torch.bfloat16, torch.float32, torch.float8_e4m3fn, torch.float8_e5m2]
PLANTED = 16
# The weakest planted singular value that the edge must find, in edges.
CLEAR = 1.25


def weight(shape: tuple[int, int], uneven: bool, generator: torch.Generator) -> Tensor:
    W = 0.02 * torch.randn(shape, generator=generator)
    return W * torch.exp(0.8 * torch.randn(shape[0], 1, generator=generator)) if uneven else W


def planted(shape: tuple[int, int], ratio: float, generator: torch.Generator) -> Tensor:
    U, V = (torch.linalg.qr(torch.randn(side, PLANTED, generator=generator))[0] for side in shape)
    return (U * torch.logspace(0, -1, PLANTED).pow(ratio)) @ V.T


@pytest.mark.parametrize("dtype", DTYPES)
def test_spacing_is_the_distance_to_the_next_value(dtype: torch.dtype) -> None:
    bits = {1: torch.uint8, 2: torch.int16, 4: torch.int32}[dtype.itemsize]
    top = {1: 0x70, 2: 0x7000, 4: 0x70000000}[dtype.itemsize]
    codes = torch.linspace(0, top, 4001, dtype=torch.float64).to(torch.int64)
    here, there = ((codes + step).to(bits).view(dtype).double() for step in (0, 1))
    for stored in (codes.to(bits).view(dtype), (-here).to(dtype)):
        spacing = spacing_of(stored.reshape(1, -1))
        assert torch.equal(spacing.unit * 2 ** tensor(spacing.exponents)[0].double(), there - here)


@pytest.mark.parametrize("dtype", DTYPES)
def test_spacings_are_exact_shares_of_the_largest(dtype: torch.dtype) -> None:
    spacing = spacing_of(torch.randn(50, 40, generator=torch.Generator().manual_seed(0)).to(dtype))
    exact = spacing.unit * 2 ** tensor(spacing.exponents).double()
    assert spacing.largest == float(exact.max())
    shares = spacing.relative_to(4 * spacing.largest, slice(10, 30))
    assert torch.equal(tensor(shares).double(), exact[10:30] / (4 * spacing.largest))


@pytest.mark.parametrize("shape", [(64, 64), (128, 512), (300, 40)])
@pytest.mark.parametrize("kind", ["even", "uneven", "outliers"])
def test_true_rounding_stays_below_the_edge_and_near_it(shape: tuple[int, int], kind: str) -> None:
    shares = []
    for seed in range(20):
        generator = torch.Generator().manual_seed(seed)
        W = weight(shape, kind == "uneven", generator)
        if kind == "outliers":
            W[:3, :3] *= 300
        stored = W.bfloat16()
        noise = W.double() - stored.double()
        shares.append(float(torch.linalg.svdvals(noise)[0]) / noise_edge(stored, seed=20 + seed))
    assert max(shares) < 1
    assert kind == "outliers" or sum(shares) / len(shares) > 0.65


@pytest.mark.parametrize("uneven", [False, True])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_a_planted_rank_is_found(dtype: torch.dtype, uneven: bool) -> None:
    assert found_ranks((512, 768), 0.03, uneven, 0.5, range(3), dtype) == [PLANTED] * 3


@pytest.mark.slow
@pytest.mark.parametrize("uneven", [False, True])
@pytest.mark.parametrize("relative", [0.003, 0.01, 0.03, 0.1])
@pytest.mark.parametrize("ratio", [0.0, 1.0])
def test_a_planted_rank_is_found_on_twenty_seeds(relative: float, uneven: bool, ratio: float) -> None:
    found = found_ranks((512, 768), relative, uneven, ratio, range(20), torch.bfloat16)
    assert set(found) <= {PLANTED}
    # At 0.3 % the weakest of a 10:1 spectrum is hidden; elsewhere the grid must not be empty of
    # clear cases.
    assert found or (relative, ratio) == (0.003, 1.0)


def found_ranks(
    shape: tuple[int, int], relative: float, uneven: bool, ratio: float, seeds: range, dtype: torch.dtype
) -> list[int]:
    """The ranks found wherever the weakest planted singular value is clear of the edge."""
    found = []
    for seed in seeds:
        generator = torch.Generator().manual_seed(seed)
        base = weight(shape, uneven, generator).to(dtype)
        change = planted(shape, ratio, generator)
        change *= relative * base.float().norm() / change.norm()
        tuned = (base.float() + change).to(dtype)
        edge = noise_edge(tuned, seed=seed)
        if float(torch.linalg.svdvals(change)[PLANTED - 1]) >= CLEAR * edge:
            found.append(truncated_svd(tuned.float() - base.float(), rank_rules.above(edge), seed=seed).rank)
    return found


def test_blocks_of_rows_give_the_edge_of_the_whole() -> None:
    W = weight((500, 300), True, torch.Generator().manual_seed(0)).bfloat16()
    assert noise_edge(W.split(120), seed=1) == noise_edge(W, seed=1)


@pytest.mark.parametrize("shape", [(3000, 301), (301, 3000)])
def test_a_streamed_weight_has_the_edge_of_the_whole(shape: tuple[int, int]) -> None:
    """Its noise is drawn anew in each sweep, and is the same."""
    base, tuned = (weight(shape, True, torch.Generator().manual_seed(seed)) for seed in (0, 1))
    sides = tuned.half(), base.bfloat16()
    whole = noise_edges(*sides, seed=1)
    found = noise_edges(*map(streamed_rows, sides), seed=1)
    for name in ("alone", "both", "base_energy"):
        assert getattr(found, name) == pytest.approx(getattr(whole, name), rel=1e-5)


def test_the_edge_scales_with_the_weight() -> None:
    W = weight((200, 300), True, torch.Generator().manual_seed(0)).bfloat16()
    assert noise_edge(W * 2.0**-30, seed=1) == pytest.approx(2.0**-30 * noise_edge(W, seed=1), rel=1e-12)


def pair(
    base_dtype: torch.dtype, tuned_dtype: torch.dtype, *, apart: bool, uneven: bool
) -> tuple[Tensor, Tensor]:
    """A weight and its fine-tune by a planted change, begun from the stored base or from what that
    was rounded from.
    """
    generator = torch.Generator().manual_seed(0)
    W, change = weight((300, 420), uneven, generator), planted((300, 420), 0.5, generator)
    base = W.to(base_dtype)
    change *= 0.05 * W.norm() / change.norm()
    return base, ((W if apart else base.float()) + change).to(tuned_dtype)


@pytest.mark.parametrize("uneven", [False, True])
@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize(
    ("base_dtype", "tuned_dtype"),
    [
        (torch.bfloat16, torch.float16),
        (torch.bfloat16, torch.float32),
        (torch.float16, torch.float32),
        (torch.float16, torch.bfloat16),
    ],
)
def test_a_base_in_another_dtype_counts_where_it_was_rounded_on_its_own(
    base_dtype: torch.dtype, tuned_dtype: torch.dtype, apart: bool, uneven: bool
) -> None:
    base, tuned = pair(base_dtype, tuned_dtype, apart=apart, uneven=uneven)
    D, edges = tuned.float() - base.float(), noise_edges(tuned, base, seed=0)
    found = truncated_svd(D, edges, seed=0)
    assert found.rank == PLANTED
    edge = edges.edge(found.S.tolist(), found.energy, complete=True)
    if base_dtype is torch.bfloat16:  # the coarser one
        assert edge == (edges.both if apart else edges.alone)
        assert edges.both > 2 * edges.alone


def test_the_edge_of_two_roundings_is_that_of_both_noises() -> None:
    W = weight((400, 300), False, torch.Generator().manual_seed(0)).bfloat16()
    edges = noise_edges(W, W, seed=1)
    assert edges.alone == noise_edge(W, seed=1)
    assert edges.both == pytest.approx(2**0.5 * edges.alone, rel=1e-2)
    exact = spacing_of(W).unit * 2 ** tensor(spacing_of(W).exponents).double()
    assert edges.base_energy == pytest.approx(float(exact.square().sum()) / 12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_weights_as_small_as_float32_goes_have_an_edge(dtype: torch.dtype) -> None:
    W = weight((60, 80), False, torch.Generator().manual_seed(0)).double().mul(1e-38).to(dtype)
    smallest = torch.finfo(dtype).smallest_normal * torch.finfo(dtype).eps
    assert smallest < noise_edge(W, seed=0) < 30 * smallest


def test_the_edge_of_zeros_is_that_of_the_smallest_numbers() -> None:
    edge = noise_edge(torch.zeros(30, 40, dtype=torch.float16), seed=0)
    assert 2.0**-25 <= edge <= 20 * 2.0**-24

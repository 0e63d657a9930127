"""Products found from the elements whose cells are narrowest."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from lorasurgery.linalg import narrow_cells
from lorasurgery.linalg.cells import cells_of
from lorasurgery.linalg.narrow_cells import NarrowCells, refined
from lorasurgery.stored_array import StoredArray
from support.seeded_merges import SeededMerge, lora_merge

BF16, F16 = torch.bfloat16, torch.float16
SHAPE = (512, 640)


def blocks(base: Tensor, merged: Tensor) -> Iterator[tuple[StoredArray, StoredArray]]:
    for start in range(0, len(base), 100):
        rows = slice(start, start + 100)
        yield StoredArray.of(base[rows]), StoredArray.of(merged[rows])


def rows_space(pair: SeededMerge, rank: int) -> NDArray[np.float32]:
    """What truncated SVD finds of the space of the change's rows."""
    Vh = torch.linalg.svd(pair.merged.float() - pair.base.float(), full_matrices=False)[2]
    return np.ascontiguousarray(Vh[:rank].T.numpy())


def product_of(pair: SeededMerge, guess: NDArray[np.float32]) -> Tensor:
    rows, columns = pair.base.shape
    found = refined(blocks(pair.base, pair.merged), (rows, columns), guess)
    assert found is not None
    left, right = found
    assert np.allclose(right.T @ right, np.eye(right.shape[1]), atol=1e-5)
    return torch.from_numpy(left @ right.T)


def distances(pair: SeededMerge, rank: int) -> tuple[float, float]:
    """How far the SVD and what is found are from the truth."""
    D = pair.merged.double() - pair.base.double()
    U, S, Vh = torch.linalg.svd(D, full_matrices=False)
    by_svd = pair.distance((U[:, :rank] * S[:rank]) @ Vh[:rank])
    return by_svd, pair.distance(product_of(pair, rows_space(pair, rank)))


@pytest.mark.parametrize("dtype", [BF16, F16])
@pytest.mark.parametrize("relative", [0.003, 0.01, 0.05])
def test_a_few_narrow_cells_say_more_than_all_differences(dtype: torch.dtype, relative: float) -> None:
    by_svd, by_cells = distances(lora_merge(SHAPE, 4, relative, dtype=dtype), 4)
    assert by_cells < by_svd / 5


@pytest.mark.parametrize("rank", [1, 3, 17])
def test_any_rank_is_solved(rank: int) -> None:
    by_svd, by_cells = distances(lora_merge(SHAPE, rank, 0.01), rank)
    assert by_cells < by_svd / 2


def test_a_guess_from_some_rows_is_enough() -> None:
    pair = lora_merge(SHAPE, 8, 0.01)
    D = pair.merged[::8].float() - pair.base[::8].float()
    guess = torch.linalg.svd(D, full_matrices=False)[2][:8].T
    lacking = pair.distance(pair.change.float() @ guess @ guess.T)
    assert pair.distance(product_of(pair, np.ascontiguousarray(guess.numpy()))) < lacking / 5


@pytest.mark.parametrize("dtype", [BF16, F16])
def test_elements_near_zero_are_chosen_and_their_cells_are_known(dtype: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(1)
    W = torch.randn(200, 600, generator=generator).to(dtype)
    base = (W.float() - 0.01 * torch.randn(W.shape, generator=generator)).to(dtype)
    W[3] = 0.5
    W[4, ::2] = -0.0
    narrow = NarrowCells.gathered([(StoredArray.of(base), StoredArray.of(W))], (200, 600), 4)
    wanted, start = 144, 0
    cells = cells_of(StoredArray.of(base.double()), StoredArray.of(W))
    lows, highs = (torch.from_numpy(side).double() for side in (cells.low, cells.high))
    for row, stop in enumerate(narrow.ends.tolist()):
        own = slice(start, stop)
        places = torch.from_numpy(narrow.places(own))
        assert len(set(places.tolist())) == len(places) >= wanted / 3
        all_of_row = W[row].float().abs()
        chosen = all_of_row[places]
        assert chosen.max() <= all_of_row.sort().values[3 * wanted]
        low, high = lows[row, places], highs[row, places]
        assert torch.allclose(torch.from_numpy(narrow.centres(own)).double(), (low + high) / 2, rtol=1e-5)
        variances = torch.from_numpy(narrow.variances(own)).double()
        widths = high - low
        is_whole = torch.log2(widths) % 1 == 0  # three quarters of a step at a power of two
        assert torch.allclose(variances[is_whole], widths[is_whole] ** 2 / 12, rtol=1e-4)
        assert torch.allclose(variances, widths**2 / 12, rtol=0.15)
        start = stop


def test_the_same_elements_serve_for_the_columns() -> None:
    W = lora_merge(SHAPE, 4, 0.01)
    narrow = NarrowCells.gathered(blocks(W.base, W.merged), SHAPE, 4)
    twice = narrow.turned(SHAPE[1]).turned(SHAPE[0])
    for one, other in zip(vars(narrow).values(), vars(twice).values(), strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("shape", [(96, 1536), (1536, 96), (512, 640)])
@pytest.mark.parametrize("rank", [1, 2])
def test_columns_have_enough_elements_at_any_shape_and_rank(shape: tuple[int, int], rank: int) -> None:
    pair = lora_merge(shape, rank, 0.01)
    guess = rows_space(pair, rank)
    found = refined(blocks(pair.base, pair.merged), shape, guess)
    assert found is not None
    change, wide = pair.merged.double() - pair.base.double(), torch.from_numpy(guess).double()
    by_svd = pair.distance(change @ wide @ wide.T)
    assert pair.distance(torch.from_numpy(found[0] @ found[1].T)) < by_svd


def test_a_row_that_is_not_finite_spoils_no_other() -> None:
    pair = lora_merge(SHAPE, 4, 0.01)
    base, merged = pair.base.clone(), pair.merged.clone()
    merged[5, 7] = torch.inf
    base[9, 11] = torch.nan
    found = refined(blocks(base, merged), SHAPE, rows_space(pair, 4))
    assert found is not None
    change = torch.from_numpy(found[0] @ found[1].T)
    others = [row for row in range(SHAPE[0]) if row not in (5, 9)]
    lacking = (change.double() - pair.change)[others].norm() / pair.change[others].norm()
    assert lacking < 0.05


def test_columns_without_elements_near_zero_are_left_to_the_svd() -> None:
    pair = lora_merge(SHAPE, 4, 0.01)
    base, merged = pair.base.clone(), pair.merged.clone()
    base[:, :3] += 1
    merged[:, :3] += 1
    assert refined(blocks(base, merged), SHAPE, rows_space(pair, 4)) is None


@pytest.mark.parametrize("dtype", [BF16, F16])
def test_compiled_cells_are_those_of_float64(dtype: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(2)
    W = (0.02 * torch.randn(64, 96, generator=generator)).to(dtype)
    merged = (1.01 * W.float()).to(dtype)
    merged[0, :4] = torch.tensor([0.0, -0.0, 2.0**-6, -(2.0**-6)]).to(dtype)
    merged[1, 0], merged[1, 1] = torch.finfo(dtype).max, torch.finfo(dtype).min
    merged[2] = (1e-7 * torch.randn(96, generator=generator)).to(dtype)
    fast, slow = (cells_of(StoredArray.of(base), StoredArray.of(merged)) for base in (W, W.double()))
    assert np.array_equal(fast.low, slow.low)
    assert np.array_equal(fast.high, slow.high)


def weighted_solution(
    narrow: NarrowCells, row: int, side: NDArray[np.float64], basis: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The least squares of one row in float64, held where it was by a thousandth of its weight."""
    start = int(narrow.ends[row - 1]) if row else 0
    own = slice(start, int(narrow.ends[row]))
    U, variances = basis[narrow.places(own)], narrow.variances(own).astype(np.float64)
    weights = 1 / (variances + MODEL)
    G = (U.T * weights) @ U
    hold = 1e-3 * np.trace(G) / (-(-len(G) // 16) * 16) * np.eye(len(G))
    return np.linalg.solve(G + hold, (U.T * weights) @ narrow.centres(own) + hold @ side)


MODEL = 1e-9


@pytest.mark.parametrize("rank", [1, 9, 16, 17, 40])
def test_rows_are_those_of_least_squares_in_float64(rank: int) -> None:
    pair = lora_merge(SHAPE, rank, 0.01)
    narrow = NarrowCells.gathered(blocks(pair.base, pair.merged), SHAPE, rank)
    generator = np.random.default_rng(3)
    basis = np.linalg.qr(generator.standard_normal((SHAPE[1], rank)))[0]
    sides = 0.01 * generator.standard_normal((SHAPE[0], rank))
    found = narrow.solved(sides.astype(np.float32), basis.astype(np.float32), MODEL)
    for row in (0, 7, SHAPE[0] - 1):
        wanted = weighted_solution(narrow, row, sides[row], basis)
        assert np.linalg.norm(found[row] - wanted) < 1e-3 * np.linalg.norm(wanted)


def test_moving_beyond_least_squares_comes_nearer_in_as_many_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = lora_merge((1024, 1024), 16, 0.01)
    D = pair.merged[::8].float() - pair.base[::8].float()
    guess = np.ascontiguousarray(torch.linalg.svd(D, full_matrices=False)[2][:16].T.numpy())
    found = pair.distance(product_of(pair, guess))
    monkeypatch.setattr(narrow_cells, "BEYOND", np.float32(1))
    assert found < 0.97 * pair.distance(product_of(pair, guess))

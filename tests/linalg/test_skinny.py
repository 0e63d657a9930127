"""Products with a few rows by the package's own kernels, compared with products in float64.

Those in bfloat16 run only where the processor multiplies it.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lorasurgery.dtypes import Dtype
from lorasurgery.linalg import panels, skinny, skinny_bfloat16
from lorasurgery.linalg.coarse import coarse
from lorasurgery.linalg.streamed import StreamedMatrix
from lorasurgery.stored_array import StoredArray

# Groups of 24 and of 16 columns, both, and ones that are not full; rows of whole tiles and not.
COUNTS = [1, 12, 16, 17, 24, 32, 40, 48, 51]
SHAPES = [(1, 16), (5, 32), (12, 528), (307, 1040)]


def random_matrix(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).standard_normal(shape, np.float32)


def check_products(D: np.ndarray, rows: np.ndarray, W: np.ndarray, back: np.ndarray) -> None:
    """Hold W = D rowsᵀ and Wᵀ D against products in float64."""
    wide = D.astype(np.float64)
    np.testing.assert_allclose(W, wide @ rows.T, rtol=1e-5, atol=2e-5 * D.shape[1] ** 0.5)
    wanted = W.T @ wide
    np.testing.assert_allclose(back, wanted, rtol=1e-5, atol=1e-6 * float(np.linalg.norm(wanted)))


def in_panels(D: np.ndarray) -> list[slice]:
    return [slice(start, start + 100) for start in range(0, len(D), 100)]


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("shape", SHAPES)
def test_products_are_those_of_float64(shape: tuple[int, int], count: int) -> None:
    D, rows = random_matrix(*shape), random_matrix(count, shape[1])
    W, back = skinny.sweep(D, rows, [slice(None)])
    check_products(D, rows, W, back)
    assert W.shape == (shape[0], count)
    assert back.shape == rows.shape


@pytest.mark.parametrize("count", COUNTS)
def test_one_product_has_the_bits_of_both_and_panels_those_of_the_whole(count: int) -> None:
    D, rows = random_matrix(307, 1040), random_matrix(count, 1040)
    W, back = skinny.sweep(D, rows, [slice(None)])
    for places in ([slice(None)], in_panels(D)):
        assert np.array_equal(skinny.image(D, rows, places), W)
        assert np.array_equal(skinny.image_back(W.T, D, places), back)
        assert all(map(np.array_equal, skinny.sweep(D, rows, places), (W, back)))


def test_what_suits() -> None:
    D = random_matrix(64, 1040)
    if not skinny.suits(D, 32):
        pytest.skip("a processor whose libraries are faster")
    streamed = StreamedMatrix((64, 1040), lambda start, stop: D[start:stop])
    assert skinny.suits(streamed, 32)
    assert np.array_equal(panels.image(streamed, D[:32]), skinny.image(D, D[:32], [slice(None)]))
    others = [D.T, D.astype(np.float64), D[:, :1030].copy(), D[:, :1024], D[:0]]
    assert not any(skinny.suits(other, 32) for other in others)
    assert not skinny.suits(D, 8)


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("shape", [(5, 32), (12, 544), (307, 1056)])
def test_products_in_bfloat16_are_those_of_float64(shape: tuple[int, int], count: int) -> None:
    if not skinny_bfloat16.suits(shape):
        pytest.skip("a processor that does not multiply bfloat16")
    D, rows = coarse(random_matrix(*shape)), random_matrix(count, shape[1])
    assert isinstance(D, StoredArray)
    W, back = skinny_bfloat16.sweep(D, rows)
    wide = D.exact()
    check_products(wide, narrowed(rows), W, wide_back(wide, W))
    wanted = wide_back(wide, narrowed(W))
    np.testing.assert_allclose(back, wanted, rtol=1e-5, atol=1e-6 * float(np.linalg.norm(wanted)))
    assert np.array_equal(panels.image(D, rows), W)
    assert np.array_equal(panels.image_back(W.T, D), back)


def narrowed(values: np.ndarray) -> np.ndarray:
    """Numbers rounded to bfloat16, in float32."""
    return StoredArray(skinny_bfloat16.narrowed(values), Dtype.BF16).exact()


def wide_back(D: np.ndarray, W: np.ndarray) -> np.ndarray:
    return np.asarray(W.T.astype(np.float64) @ D)


def test_numbers_are_rounded_to_bfloat16_as_torch_rounds_them() -> None:
    values = np.concatenate([random_matrix(5, 40), random_matrix(5, 40) * 1e-39, random_matrix(5, 40) * 1e38])
    values[0, :4] = [0.0, -0.0, 1.00390625, 1.01171875]  # ties go to the even neighbour
    assert np.array_equal(narrowed(values), torch.from_numpy(values).bfloat16().float().numpy())

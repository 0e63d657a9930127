"""Products with a few rows by the package's own kernels, compared with products in float64.

Those in bfloat16 run only where the processor multiplies it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from lorasurgery.linalg import panels, skinny, skinny_bfloat16
from lorasurgery.linalg.streamed import StreamedMatrix

# Groups of 24 and of 16 columns, both, and ones that are not full; rows of whole tiles and not.
COUNTS = [1, 12, 16, 17, 24, 32, 40, 48, 51]
SHAPES = [(1, 16), (5, 32), (12, 528), (307, 1040)]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def random_matrix(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape)))


def in_panels(D: torch.Tensor) -> list[slice]:
    return [slice(start, start + 100) for start in range(0, len(D), 100)]


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("shape", SHAPES)
def test_products_are_those_of_float64(shape: tuple[int, int], count: int) -> None:
    D, rows = random_matrix(*shape), random_matrix(count, shape[1])
    W, back = skinny.sweep(D, rows, [slice(None)])
    torch.testing.assert_close(
        W.double(), D.double() @ rows.double().T, rtol=1e-5, atol=2e-5 * shape[1] ** 0.5
    )
    wanted = W.T.double() @ D.double()
    torch.testing.assert_close(back.double(), wanted, rtol=1e-5, atol=1e-6 * float(wanted.norm()))
    assert W.shape == (shape[0], count)
    assert back.shape == rows.shape


@pytest.mark.parametrize("count", COUNTS)
def test_one_product_has_the_bits_of_both_and_panels_those_of_the_whole(count: int) -> None:
    D, rows = random_matrix(307, 1040), random_matrix(count, 1040)
    W, back = skinny.sweep(D, rows, [slice(None)])
    for places in ([slice(None)], in_panels(D)):
        assert torch.equal(skinny.image(D, rows, places), W)
        assert torch.equal(skinny.image_back(W.T, D, places), back)
        assert all(map(torch.equal, skinny.sweep(D, rows, places), (W, back)))


def test_what_suits() -> None:
    D = random_matrix(64, 1040)
    if not skinny.suits(D, 32):
        pytest.skip("a processor whose libraries are faster")
    streamed = StreamedMatrix((64, 1040), lambda start, stop: D[start:stop])
    assert skinny.suits(streamed, 32)
    assert torch.equal(panels.image(streamed, D[:32]), skinny.image(D, D[:32], [slice(None)]))
    others = [D.T, D.double(), D.bfloat16(), D[:, :1030].contiguous(), D[:, :1024], D[:0]]
    assert not any(skinny.suits(other, 32) for other in others)
    assert not skinny.suits(D, 8)
    torch.set_num_threads(2)
    assert not skinny.suits(D, 32)


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("shape", [(5, 32), (12, 544), (307, 1056)])
def test_products_in_bfloat16_are_those_of_float64(shape: tuple[int, int], count: int) -> None:
    D, rows = random_matrix(*shape).bfloat16(), random_matrix(count, shape[1])
    if not skinny_bfloat16.suits(D, 32):
        pytest.skip("a processor that does not multiply bfloat16, or whose libraries are faster")
    W, back = skinny_bfloat16.sweep(D, rows, [slice(None)])
    wanted = D.double() @ rows.bfloat16().double().T
    torch.testing.assert_close(W.double(), wanted, rtol=1e-5, atol=2e-5 * shape[1] ** 0.5)
    wanted = W.T.bfloat16().double() @ D.double()
    torch.testing.assert_close(back.double(), wanted, rtol=1e-5, atol=1e-6 * float(wanted.norm()))
    for places in ([slice(None)], in_panels(D)):
        assert torch.equal(skinny_bfloat16.image(D, rows, places), W)
        assert torch.equal(skinny_bfloat16.image_back(W.T, D, places), back)
    if count >= 12:
        assert torch.equal(panels.image(D, rows), W)

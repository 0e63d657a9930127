"""Balanced factors and the exact error of what is stored."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from lorasurgery.linalg import rank_rules
from support.tensor_algebra import balanced, residual_energy, stored_error, truncated_svd

SHAPES = [(300, 500), (500, 300), (3, 700), (1, 1), (900, 1)]


def random(shape: tuple[int, int], seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("shape", SHAPES)
def test_factors_are_balanced_and_give_the_truncation_back(shape: tuple[int, int]) -> None:
    D = random(shape)
    found = truncated_svd(D, rank_rules.fixed(8), seed=0)
    A, B = balanced(found.U, found.S, found.V)
    diagonal = torch.diag(found.S).float()
    scale = float(found.S[0])
    torch.testing.assert_close(B.T @ B, diagonal, rtol=0, atol=1e-5 * scale)
    torch.testing.assert_close(A @ A.T, diagonal, rtol=0, atol=1e-5 * scale)
    torch.testing.assert_close(B @ A, (found.U * found.S.float()) @ found.V.T, rtol=0, atol=1e-5 * scale)


def test_signs_do_not_depend_on_those_of_the_triplets() -> None:
    found = truncated_svd(random((300, 500)), rank_rules.fixed(8), seed=0)
    A, B = balanced(found.U, found.S, found.V)
    flip = torch.tensor([1.0, -1.0] * 4)
    flipped_A, flipped_B = balanced(found.U * flip, found.S, found.V * flip)
    assert torch.equal(A, flipped_A)
    assert torch.equal(B, flipped_B)
    assert bool((B.gather(0, B.abs().argmax(dim=0, keepdim=True)) > 0).all())


@pytest.mark.parametrize("shape", SHAPES)
def test_the_error_of_a_truncation_is_the_energy_of_its_tail(shape: tuple[int, int]) -> None:
    D = random(shape)
    sigma = torch.linalg.svdvals(D.double())
    found = truncated_svd(D, rank_rules.fixed(8), seed=0)
    A, B = balanced(found.U, found.S, found.V)
    tail = float(sigma[8:].square().sum())
    assert residual_energy(D, A, B) == pytest.approx(tail, abs=1e-5 * found.energy)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
@pytest.mark.parametrize("transposed", [False, True])
def test_the_error_is_that_of_the_stored_factors(dtype: torch.dtype, transposed: bool) -> None:
    D = random((1500, 900)).T if transposed else random((900, 1500))
    A, B = random((8, 1500), 1).to(dtype), random((900, 8), 2).to(dtype)
    expected = float((D.double() - B.double() @ A.double()).square().sum())
    assert residual_energy(D, A, B) == pytest.approx(expected, rel=1e-6)


def test_no_factors_leave_everything() -> None:
    D = random((20, 30))
    nothing = torch.zeros(0, 30), torch.zeros(20, 0)
    assert residual_energy(D, *nothing) == pytest.approx(float(D.double().square().sum()))
    A, B = balanced(torch.zeros(20, 0), torch.zeros(0, dtype=torch.float64), torch.zeros(30, 0))
    assert (A.shape, B.shape) == ((0, 30), (20, 0))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("decay", [0.0, 0.5, 2.0, 4.0])
@pytest.mark.parametrize("shape", [(300, 400), (700, 600)])
def test_the_stored_error_is_the_direct_one(shape: tuple[int, int], decay: float, dtype: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(7)
    left, right = (torch.linalg.qr(torch.randn(n, 300, generator=generator)).Q for n in shape)
    D = (left * torch.arange(1, 301).float() ** -decay) @ right.T
    found = truncated_svd(D, rank_rules.fixed(16), seed=0)
    exact = balanced(found.U, found.S, found.V)
    A, B = (factor.to(dtype) for factor in exact)
    direct = float((D.double() - B.double() @ A.double()).square().sum())
    assert stored_error(D, found.S, found.energy, exact, (A, B)) == pytest.approx(direct, rel=1e-3, abs=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("cut", [16, 64])
@pytest.mark.parametrize("exponent", [-40, -30, -20, 0, 20, 36])
def test_the_stored_error_is_right_at_any_scale(exponent: int, cut: int, dtype: torch.dtype) -> None:
    """A cut at 64 loses less than a hundredth of the energy, and is measured another way than one at 16."""
    left, right = (torch.linalg.qr(random((n, 300), n).double()).Q for n in (300, 420))
    D = ((left * 0.95 ** torch.arange(300.0)) @ right.T * 10.0**exponent).float()
    found = truncated_svd(D, rank_rules.fixed(cut), seed=0)
    exact = balanced(found.U, found.S, found.V)
    A, B = (factor.to(dtype) for factor in exact)
    direct = float((D.double() - B.double() @ A.double()).square().sum())
    assert stored_error(D, found.S, found.energy, exact, (A, B)) == pytest.approx(direct, rel=2e-3, abs=0)


@pytest.mark.parametrize("shape", [(300, 420), (420, 300)])
def test_an_error_as_small_as_the_rounding_of_float32_is_right(shape: tuple[int, int]) -> None:
    D = random((shape[0], 8)) @ random((8, shape[1]), 1)
    found = truncated_svd(D, rank_rules.fixed(8), seed=0)
    A, B = exact = balanced(found.U, found.S, found.V)
    direct = float((D.double() - B.double() @ A.double()).square().sum())
    assert 0 < direct < 1e-12 * found.energy
    assert stored_error(D, found.S, found.energy, exact, (A, B)) == pytest.approx(direct, rel=1e-3, abs=0)

"""The thin QR factorisation: two passes of Cholesky where that is exact, reflections where it is not."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from lorasurgery.linalg.orthonormal import thin_qr

EPS = torch.finfo(torch.float64).eps


def tall(condition: float) -> Tensor:
    """A 300 × 20 matrix of a condition number."""
    generator = torch.Generator().manual_seed(7)
    U, V = (
        torch.linalg.qr(torch.randn(n, 20, dtype=torch.float64, generator=generator)).Q for n in (300, 20)
    )
    return U * torch.logspace(0, -float(torch.tensor(condition).log10()), 20, dtype=torch.float64) @ V.T


@pytest.mark.parametrize(
    "condition", [1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 1e2, 1e3, 1e6, 1e9, 1e15], ids="{:g}".format
)
def test_q_is_orthonormal_and_q_r_is_the_matrix_whatever_the_condition(condition: float) -> None:
    A = tall(condition)
    found = thin_qr(A)
    Q = found.times(torch.eye(20, dtype=torch.float64))
    assert torch.linalg.matrix_norm(Q.T @ Q - torch.eye(20)) < 100 * EPS
    assert torch.linalg.matrix_norm(found.times(found.R) - A) < 100 * EPS * torch.linalg.matrix_norm(A)


@pytest.mark.parametrize(("condition", "is_enough"), [(1.5, True), (1e2, False)])
def test_one_pass_does_only_where_columns_are_nearly_orthogonal(condition: float, is_enough: bool) -> None:
    A = tall(condition)
    assert (thin_qr(A).basis is A) is is_enough


@pytest.mark.parametrize("columns", [2, 64, 256])
def test_a_pair_of_close_columns_among_orthogonal_ones_is_orthonormal_too(columns: int) -> None:
    """The worst for one pass: all of what the triangle may be off is one small singular value."""
    generator = torch.Generator().manual_seed(3)
    A = torch.linalg.qr(torch.randn(2048, columns, dtype=torch.float64, generator=generator)).Q
    eye = torch.eye(columns, dtype=torch.float64)
    for cosine in torch.linspace(0, 0.999, 30).tolist():
        close = A.clone()
        close[:, 0] = cosine * A[:, 1] + (1 - cosine**2) ** 0.5 * A[:, 0]
        Q = thin_qr(close).times(eye)
        assert torch.linalg.matrix_norm(Q.T @ Q - eye, 2) < 100 * EPS


@pytest.mark.parametrize(("condition", "passes"), [(1e6, True), (1e12, False)])
def test_reflections_do_the_work_only_where_columns_are_nearly_dependent(
    condition: float, passes: bool
) -> None:
    assert (thin_qr(tall(condition)).turn is not None) is passes


def test_columns_of_very_different_lengths_are_no_bad_condition() -> None:
    A = tall(10.0) * torch.logspace(0, -100, 20, dtype=torch.float64)
    found = thin_qr(A)
    assert found.turn is not None
    apart = torch.linalg.vector_norm(found.times(found.R) - A, dim=0)
    assert bool((apart < 100 * EPS * torch.linalg.vector_norm(A, dim=0)).all())


@pytest.mark.parametrize(
    "A",
    [
        torch.zeros(30, 4, dtype=torch.float64),
        torch.ones(30, 4, dtype=torch.float64),
        torch.randn(3, 5, dtype=torch.float64),
        torch.randn(5, 5, dtype=torch.float64),
        torch.zeros(30, 0, dtype=torch.float64),
        torch.full((30, 4), 1e-170, dtype=torch.float64) * torch.randn(30, 4, dtype=torch.float64),
    ],
    ids=["zeros", "equal columns", "wide", "square", "no columns", "squares underflow"],
)
def test_matrices_without_full_rank_are_factored_too(A: Tensor) -> None:
    found = thin_qr(A)
    inner = torch.eye(min(A.shape), dtype=torch.float64)
    Q = found.times(inner)
    assert torch.linalg.matrix_norm(Q.T @ Q - inner) < 100 * EPS
    assert torch.linalg.matrix_norm(found.times(found.R) - A) <= 100 * EPS * torch.linalg.matrix_norm(A)

"""The thin QR factorisation: two passes of Cholesky where that is exact, reflections where it is not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy import ndarray

from lorasurgery.linalg.orthonormal import thin_qr

EPS = np.finfo(np.float64).eps


def tall(condition: float) -> ndarray:
    """A 300 × 20 matrix of a condition number."""
    generator = np.random.default_rng(7)
    U, V = (np.linalg.qr(generator.standard_normal((n, 20))).Q for n in (300, 20))
    return np.asarray(U * np.logspace(0, -np.log10(condition), 20) @ V.T)


@pytest.mark.parametrize(
    "condition", [1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 1e2, 1e3, 1e6, 1e9, 1e15], ids="{:g}".format
)
def test_q_is_orthonormal_and_q_r_is_the_matrix_whatever_the_condition(condition: float) -> None:
    A = tall(condition)
    found = thin_qr(A)
    Q = found.times(np.eye(20))
    assert np.linalg.norm(Q.T @ Q - np.eye(20)) < 100 * EPS
    assert np.linalg.norm(found.times(found.R) - A) < 100 * EPS * np.linalg.norm(A)


@pytest.mark.parametrize(("condition", "is_enough"), [(1.5, True), (1e2, False)])
def test_one_pass_does_only_where_columns_are_nearly_orthogonal(condition: float, is_enough: bool) -> None:
    A = tall(condition)
    assert (thin_qr(A).basis is A) is is_enough


@pytest.mark.parametrize("columns", [2, 64, 256])
def test_a_pair_of_close_columns_among_orthogonal_ones_is_orthonormal_too(columns: int) -> None:
    """The worst for one pass: all of what the triangle may be off is one small singular value."""
    A = np.linalg.qr(np.random.default_rng(3).standard_normal((2048, columns))).Q
    eye = np.eye(columns)
    for cosine in np.linspace(0, 0.999, 30).tolist():
        close = A.copy()
        close[:, 0] = cosine * A[:, 1] + (1 - cosine**2) ** 0.5 * A[:, 0]
        Q = thin_qr(close).times(eye)
        assert np.linalg.norm(Q.T @ Q - eye, 2) < 100 * EPS


@pytest.mark.parametrize(("condition", "passes"), [(1e6, True), (1e12, False)])
def test_reflections_do_the_work_only_where_columns_are_nearly_dependent(
    condition: float, passes: bool
) -> None:
    assert (thin_qr(tall(condition)).turn is not None) is passes


def test_columns_of_very_different_lengths_are_no_bad_condition() -> None:
    A = tall(10.0) * np.logspace(0, -100, 20)
    found = thin_qr(A)
    assert found.turn is not None
    apart = np.linalg.norm(found.times(found.R) - A, axis=0)
    assert bool((apart < 100 * EPS * np.linalg.norm(A, axis=0)).all())


@pytest.mark.parametrize(
    "A",
    [
        np.zeros((30, 4)),
        np.ones((30, 4)),
        np.random.default_rng(0).standard_normal((3, 5)),
        np.random.default_rng(0).standard_normal((5, 5)),
        np.zeros((30, 0)),
        1e-170 * np.random.default_rng(0).standard_normal((30, 4)),
    ],
    ids=["zeros", "equal columns", "wide", "square", "no columns", "squares underflow"],
)
def test_matrices_without_full_rank_are_factored_too(A: ndarray) -> None:
    found = thin_qr(A)
    inner = np.eye(min(A.shape))
    Q = found.times(inner)
    assert np.linalg.norm(Q.T @ Q - inner) < 100 * EPS
    assert np.linalg.norm(found.times(found.R) - A) <= 100 * EPS * np.linalg.norm(A)

"""The decomposition of terms is that of the matrix they stand for."""

from __future__ import annotations

import numpy as np
import pytest
from numpy import ndarray

from lorasurgery.linalg.factored import as_matrix, distance, singular_values_of, summed, svd_of
from lorasurgery.linalg.terms import Dense, Hadamard, Kronecker, Term

EXACT = 1e-12
SHAPE = (40, 50)


def _random(*shape: int, seed: int = 0) -> ndarray:
    return np.random.default_rng(seed + sum(shape)).standard_normal(shape)


CASES = {
    "one product": [Term(_random(40, 3), _random(3, 50), -0.5)],
    "two that share their space": [
        Term(_random(40, 3), _random(3, 50)),
        Term(_random(40, 3), _random(3, 50), -1.0),
    ],
    "products in blocks": [
        Term(_random(40, 3), _random(3, 50), 0.5),
        Term(_random(20, 2), _random(2, 25), -2.0, 20, 25),
    ],
    "a product of nearly full rank": [Term(_random(40, 30), _random(30, 50))],
    "a Hadamard product": [
        Hadamard.of((_random(40, 3), _random(3, 50)), (_random(40, 4), _random(4, 50)), 0.3)
    ],
    "a Hadamard product of full rank": [
        Hadamard.of((_random(40, 7), _random(7, 50)), (_random(40, 8), _random(8, 50)), 0.3)
    ],
    "a Kronecker product": [Kronecker.of((_random(4, 5),), (_random(10, 10),), -0.3)],
    "a Kronecker product of products": [
        Kronecker.of((_random(4, 2), _random(2, 5)), (_random(10, 3), _random(3, 10)), 0.7)
    ],
    "anything": [Dense(lambda start, stop: _random(*SHAPE)[start:stop], 2.0)],
    "nothing": [],
}


@pytest.mark.parametrize("name", CASES)
def test_triplets_are_those_of_the_matrix(name: str) -> None:
    terms = CASES[name]
    matrix = _plain(terms)
    found = svd_of(terms, SHAPE)
    scale = float(np.linalg.norm(matrix)) or 1.0
    count = len(found.S)
    dense = np.linalg.svd(matrix, compute_uv=False)
    assert np.allclose(found.U * found.S @ found.V.T, matrix, rtol=0, atol=EXACT * scale)
    assert np.allclose(found.S, dense[:count], rtol=0, atol=EXACT * scale)
    assert float(dense[count:].max() if count < len(dense) else 0) <= EXACT * scale
    for side in (found.U, found.V):
        assert np.allclose(side.T @ side, np.eye(count), rtol=0, atol=EXACT)


@pytest.mark.parametrize("name", CASES)
def test_values_alone_are_the_same(name: str) -> None:
    found, alone = svd_of(CASES[name], SHAPE).S, singular_values_of(CASES[name], SHAPE)
    assert np.allclose(found, alone, rtol=0, atol=EXACT * float(found[:1].sum() + 1))


def test_a_sum_of_decompositions_is_that_of_the_matrices() -> None:
    one, other = svd_of(CASES["one product"], SHAPE), svd_of(CASES["a Kronecker product"], SHAPE).cut(5)
    total = summed([one, other], [0.5, -2.0])
    expected = 0.5 * (one.U * one.S @ one.V.T) - 2.0 * (other.U * other.S @ other.V.T)
    assert np.allclose(
        total.U * total.S @ total.V.T, expected, rtol=0, atol=EXACT * float(np.linalg.norm(expected))
    )


def test_a_distance_is_that_of_the_matrices_however_close() -> None:
    left, right = _random(40, 3), _random(3, 50)
    for off in (1.0, 1e-6, 1e-12):
        moved = left + off * _random(40, 3, seed=5)
        dense = float(np.linalg.norm(moved @ right - left @ right))
        assert distance((moved, right), (left, right)) == pytest.approx(dense, rel=1e-2, abs=1e-12)


def _plain(terms: list[Term | Dense]) -> ndarray:
    matrix = np.zeros(SHAPE)
    for term in terms:
        if isinstance(term, Term):
            left, right = term.left, term.right
            rows, columns = len(left), right.shape[1]
            part = term.scale * left @ right
            matrix[term.row : term.row + rows, term.column : term.column + columns] += part
        elif isinstance(term, Hadamard):
            (a, b), (c, d) = term.one, term.other
            matrix += term.scale * (a @ b) * (c @ d)
        elif isinstance(term, Kronecker):
            w1, w2 = (side[0] @ side[1] if len(side) > 1 else side[0] for side in (term.w1, term.w2))
            matrix += term.scale * np.kron(w1, w2)
        else:
            matrix += term.scale * term.rows(0, SHAPE[0])
    assert np.allclose(as_matrix(terms, SHAPE), matrix)
    return matrix

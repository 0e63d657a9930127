"""How two matrices lie to each other, as their dense forms say."""

from __future__ import annotations

import numpy as np
import pytest
from numpy import ndarray

from lorasurgery.linalg.factored import Svd, svd_of_product
from lorasurgery.linalg.overlap import Overlap, overlap
from lorasurgery.linalg.pooled_overlap import cosine, inner_product, mean, sum_energy

EXACT = 1e-12


def _random(*shape: int, seed: int) -> ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def _matrix(rank: int, seed: int) -> tuple[Svd, ndarray]:
    left, right = _random(60, rank, seed=seed), _random(rank, 45, seed=seed + 100)
    return svd_of_product(left, right), left @ right


@pytest.mark.parametrize(("ranks", "seeds"), [((3, 3), (1, 2)), ((2, 7), (3, 4)), ((5, 5), (6, 6))])
def test_it_says_what_the_dense_matrices_say(ranks: tuple[int, int], seeds: tuple[int, int]) -> None:
    (one, D1), (other, D2) = (_matrix(rank, seed) for rank, seed in zip(ranks, seeds, strict=True))
    seen = overlap(one, other)
    assert seen.cosine == pytest.approx(
        float((D1 * D2).sum() / np.linalg.norm(D1) / np.linalg.norm(D2)), abs=EXACT
    )
    assert seen.energies == pytest.approx((float((D1**2).sum()), float((D2**2).sum())), rel=EXACT)
    for got, turned in ((seen.left, False), (seen.right, True)):
        U1, U2 = (
            np.linalg.svd(D.T if turned else D).U[:, :rank] for D, rank in zip((D1, D2), ranks, strict=True)
        )
        assert got == pytest.approx(float(((U1.T @ U2) ** 2).sum()) / min(ranks), abs=1e-10)
    assert seen.chance_left == max(ranks) / 60
    assert seen.chance_right == max(ranks) / 45
    # Sixty rows are all looked at.
    weight = np.minimum(np.abs(D1), np.abs(D2))
    assert seen.conflicts == pytest.approx(float(weight[D1 * D2 < 0].sum() / weight.sum()), abs=EXACT)


def _turned(svd: Svd) -> Svd:
    return Svd(-svd.U, svd.S, svd.V)


def test_extremes() -> None:
    one, _ = _matrix(4, 9)
    same, opposite = overlap(one, one), overlap(one, _turned(one))
    assert (same.cosine, same.left, same.right, same.conflicts) == pytest.approx((1, 1, 1, 0), abs=EXACT)
    assert (opposite.cosine, opposite.left, opposite.conflicts) == pytest.approx((-1, 1, 1), abs=EXACT)
    nothing = Svd(one.U[:, :0], one.S[:0], one.V[:, :0])
    assert overlap(one, nothing) == Overlap(0.0, (float((one.S**2).sum()), 0.0), 0.0, 0.0, 0.0, 0.0, 0.0)


def test_directions_of_no_weight_are_not_compared() -> None:
    """A padded adapter shares no more than the one without padding."""
    one, _ = _matrix(3, 11)
    other, _ = _matrix(3, 12)
    padding = np.linalg.qr(np.concatenate([one.U, other.U], axis=1)).Q[:, 3:5]
    padded = Svd(
        np.concatenate([one.U, padding], 1),
        np.concatenate([one.S, np.zeros(2)]),
        np.concatenate([one.V, one.V[:, :2]], 1),
    )
    assert overlap(padded, other) == overlap(one, other)


def test_pooled_figures_are_those_of_all_matrices_as_one() -> None:
    pairs = [(_matrix(2, seed), _matrix(3, seed + 10)) for seed in (1, 2, 3)]
    overlaps = [overlap(one[0], other[0]) for one, other in pairs]
    first, second = (np.concatenate([pair[side][1].flatten() for pair in pairs]) for side in (0, 1))
    assert cosine(overlaps) == pytest.approx(
        float(first @ second / np.linalg.norm(first) / np.linalg.norm(second)), abs=EXACT
    )
    energies = float(first @ first + second @ second)
    together = float(((first + second) ** 2).sum())
    assert sum_energy(inner_product(overlaps), energies) == pytest.approx(together / energies, rel=EXACT)
    weights = [min(float(np.linalg.norm(one[1])), float(np.linalg.norm(other[1]))) for one, other in pairs]
    wanted = sum(w * each.left for w, each in zip(weights, overlaps, strict=True)) / sum(weights)
    assert mean(overlaps, lambda each: each.left) == pytest.approx(wanted, rel=EXACT)


def test_nothing_pooled_has_no_angle() -> None:
    assert (cosine([]), mean([], lambda each: each.left), sum_energy(0.0, 0.0)) == (0.0, 0.0, 1.0)

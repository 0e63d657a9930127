"""Every method against its paper's formula on dense matrices, written out here.

And the laws that they share.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy import ndarray

from lorasurgery import fusing
from lorasurgery.errors import UnsupportedError
from lorasurgery.fusing._core import core_space
from lorasurgery.fusing._entries import disjoint_mean, trimmed
from lorasurgery.linalg.factored import Svd, svd_of_product

EXACT = 1e-10
OUT, IN = 40, 30
OPTIONS = fusing.Options(density=0.4, seed=3, common=0.5)
Method = Callable[[Sequence[ndarray], Sequence[float], Sequence[int]], ndarray]


def _random(*shape: int, seed: int) -> ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def _part(rank: int, seed: int) -> Svd:
    return svd_of_product(_random(OUT, rank, seed=seed), _random(rank, IN, seed=seed + 50))


def _dense(svd: Svd) -> ndarray:
    return np.asarray(svd.U * svd.S @ svd.V.T)


PARTS = [_part(4, 1), _part(3, 2), _part(5, 3)]
WEIGHTS = [0.7, 0.5, -0.4]
RANKS = [4, 3, 5]


# The papers, on dense matrices.


def _cat(deltas: Sequence[ndarray], weights: Sequence[float], _ranks: Sequence[int]) -> ndarray:
    return sum((w * d for w, d in zip(weights, deltas, strict=True)), np.zeros((OUT, IN)))


def _bases(deltas: Sequence[ndarray]) -> tuple[ndarray, ndarray]:
    """Core Space: orthonormal bases of all columns and of all rows."""
    U, S, _ = np.linalg.svd(np.concatenate(list(deltas), 1), full_matrices=False)
    V, T, _ = np.linalg.svd(np.concatenate([d.T for d in deltas], 1), full_matrices=False)
    return U[:, 1e-10 * S[0] < S], V[:, 1e-10 * T[0] < T]


def _top(values: ndarray, density: float) -> ndarray:
    count = round(density * values.size)
    least = np.sort(np.abs(values).reshape(-1))[-count]
    return np.asarray(values * (np.abs(values) >= least))


def _disjoint_mean(stack: ndarray) -> ndarray:
    sign = np.sign(stack.sum(0))
    agree = (np.sign(stack) == sign) & (stack != 0)
    return np.asarray((stack * agree).sum(0) / np.maximum(agree.sum(0), 1))


def _ties(deltas: Sequence[ndarray], weights: Sequence[float], _ranks: Sequence[int]) -> ndarray:
    L, R = _bases(deltas)
    stack = np.stack([w * _top(L.T @ d @ R, 0.4) for w, d in zip(weights, deltas, strict=True)])
    return L @ _disjoint_mean(stack) @ R.T


def _magnitude(deltas: Sequence[ndarray], weights: Sequence[float], _ranks: Sequence[int]) -> ndarray:
    L, R = _bases(deltas)
    return sum(
        (w * L @ _top(L.T @ d @ R, 0.4) @ R.T for w, d in zip(weights, deltas, strict=True)),
        np.zeros((OUT, IN)),
    )


def _knots(deltas: Sequence[ndarray], weights: Sequence[float], _ranks: Sequence[int]) -> ndarray:
    side_by_side = np.concatenate(list(deltas), 1)
    U, S, Vh = np.linalg.svd(side_by_side, full_matrices=False)
    kept = 1e-10 * S[0] < S
    blocks = np.split(Vh[kept], len(deltas), axis=1)
    stack = np.stack([w * _top(block, 0.4) for w, block in zip(weights, blocks, strict=True)])
    return U[:, kept] * S[kept] @ _disjoint_mean(stack)


def _tsv(deltas: Sequence[ndarray], weights: Sequence[float], ranks: Sequence[int]) -> ndarray:
    found = [np.linalg.svd(d, full_matrices=False) for d in deltas]
    U = np.concatenate([each.U[:, :r] for each, r in zip(found, ranks, strict=True)], 1)
    V = np.concatenate([each.Vh[:r].T for each, r in zip(found, ranks, strict=True)], 1)
    S = np.concatenate([w * each.S[:r] for w, each, r in zip(weights, found, ranks, strict=True)])
    return _polar(U) * S @ _polar(V).T


def _polar(side: ndarray) -> ndarray:
    """M (MᵀM)^(−1/2): the same nearest orthonormal matrix, another way."""
    values, vectors = np.linalg.eigh(side.T @ side)
    return side @ (vectors / np.sqrt(values)) @ vectors.T


def _iso_c(deltas: Sequence[ndarray], weights: Sequence[float], ranks: Sequence[int]) -> ndarray:
    U, S, Vh = np.linalg.svd(_cat(deltas, weights, ranks), full_matrices=False)
    rank = sum(ranks)
    return S[:rank].mean() * U[:, :rank] @ Vh[:rank]


def _iso_cts(deltas: Sequence[ndarray], weights: Sequence[float], ranks: Sequence[int]) -> ndarray:
    U, S, Vh = np.linalg.svd(_cat(deltas, weights, ranks), full_matrices=False)
    rank, count = sum(ranks), len(deltas)
    own = int(0.5 * rank) // count
    common = rank - own * count
    Us, Ss, Vs = [U[:, :common]], [S[:common]], [Vh[:common].T]
    for w, d in zip(weights, deltas, strict=True):
        left = np.linalg.svd(w * d - U[:, :common] @ (U[:, :common].T @ (w * d)), full_matrices=False)
        Us.append(left.U[:, :own]), Ss.append(left.S[:own]), Vs.append(left.Vh[:own].T)
    return np.concatenate(Ss).mean() * _polar(np.concatenate(Us, 1)) @ _polar(np.concatenate(Vs, 1)).T


PAPERS: dict[str, Method] = {
    "cat": _cat,
    "svd": _cat,
    "magnitude": _magnitude,
    "ties": _ties,
    "knots": _knots,
    "tsv": _tsv,
    "iso_c": _iso_c,
    "iso_cts": _iso_cts,
}


@pytest.mark.parametrize("name", PAPERS)
def test_a_method_is_its_papers_formula(name: str) -> None:
    found = fusing.load(name).combine(PARTS, WEIGHTS, OPTIONS)
    wanted = PAPERS[name]([_dense(part) for part in PARTS], WEIGHTS, RANKS)
    assert np.allclose(_dense(found), wanted, rtol=0, atol=EXACT * float(np.linalg.norm(wanted)))


def test_every_method_but_the_random_one_has_a_reference() -> None:
    assert set(fusing.names()) - set(PAPERS) == {"dare"}


@pytest.mark.parametrize("name", fusing.names())
def test_what_comes_out_is_a_decomposition(name: str) -> None:
    found = fusing.load(name).combine(PARTS, WEIGHTS, OPTIONS)
    for side in (found.U, found.V):
        assert np.allclose(side.T @ side, np.eye(side.shape[1]), rtol=0, atol=EXACT)
    assert bool((found.S[:-1] >= found.S[1:] - EXACT).all())


@pytest.mark.parametrize("name", fusing.names())
def test_one_adapter_comes_back_where_nothing_is_left_out(name: str) -> None:
    options = fusing.Options(density=1.0, common=1.0)
    found = fusing.load(name).combine(PARTS[:1], [1.0], options)
    if name in ("iso_c", "iso_cts"):  # these flatten the spectrum of anything
        assert float(found.S[:4].std()) < EXACT
        assert np.allclose(found.S[:4].mean(), PARTS[0].S[:4].mean())
    else:
        assert np.allclose(
            _dense(found), _dense(PARTS[0]), rtol=0, atol=EXACT * float(np.linalg.norm(PARTS[0].S))
        )


@pytest.mark.parametrize("name", sorted(set(fusing.names()) - {"dare"}))
def test_the_order_of_adapters_does_not_matter(name: str) -> None:
    one = fusing.load(name).combine(PARTS, WEIGHTS, OPTIONS)
    other = fusing.load(name).combine(PARTS[::-1], WEIGHTS[::-1], OPTIONS)
    assert np.allclose(_dense(one), _dense(other), rtol=0, atol=EXACT * float(np.linalg.norm(one.S)))


# What comes of two equal adapters: their sum, or, of methods that average, one of them.
OF_EQUALS = {"cat": 2, "svd": 2, "magnitude": 2, "dare": 2, "ties": 1, "knots": 1}


@pytest.mark.parametrize("name", OF_EQUALS)
def test_equal_adapters_add_up_or_are_averaged(name: str) -> None:
    found = fusing.load(name).combine([PARTS[0]] * 2, [1.0, 1.0], fusing.Options(density=1.0))
    wanted = OF_EQUALS[name] * _dense(PARTS[0])
    assert np.allclose(_dense(found), wanted, rtol=0, atol=1e-8 * float(np.linalg.norm(wanted)))


@pytest.mark.parametrize("name", fusing.names())
def test_an_adapter_without_a_rank_is_no_trouble(name: str) -> None:
    nothing = PARTS[0].cut(0)
    found = fusing.load(name).combine([nothing, PARTS[1]], [1.0, 1.0], OPTIONS)
    assert bool(np.isfinite(found.S).all())
    both = fusing.load(name).combine([nothing, nothing], [1.0, 1.0], OPTIONS)
    assert float(both.S.sum()) == 0


def test_dare_keeps_the_sum_on_average_and_the_draw_for_a_seed() -> None:
    method, wanted = fusing.load("dare"), _cat([_dense(part) for part in PARTS], WEIGHTS, RANKS)
    draws = [
        _dense(method.combine(PARTS, WEIGHTS, fusing.Options(density=0.5, seed=seed))) for seed in range(400)
    ]
    mean = np.stack(draws).mean(0)
    assert float(np.linalg.norm(mean - wanted)) < 0.15 * float(np.linalg.norm(wanted))
    again = _dense(method.combine(PARTS, WEIGHTS, fusing.Options(density=0.5, seed=0)))
    assert np.array_equal(again, draws[0])
    assert not np.array_equal(draws[0], draws[1])
    core = core_space(PARTS)
    assert all(
        np.allclose(core.left @ each @ core.right.T, _dense(part))
        for each, part in zip(core.cores, PARTS, strict=True)
    )


def test_the_core_has_no_more_room_than_it_needs() -> None:
    """Adapters that share a side share its directions."""
    A = _random(4, IN, seed=9)
    shared = [svd_of_product(_random(OUT, 4, seed=seed), A) for seed in (1, 2, 3)]
    core = core_space(shared)
    assert (core.left.shape[1], core.right.shape[1]) == (12, 4)
    assert len(fusing.load("cat").combine(shared, [1.0] * 3, OPTIONS).S) == 4


def test_trimming_and_electing() -> None:
    values = np.array([3.0, -1.0, 0.5, -2.0])
    assert trimmed(values, 0.5).tolist() == [3.0, 0.0, 0.0, -2.0]
    assert trimmed(values, 1.0).tolist() == values.tolist()
    rows = [np.array([1.0, -1.0, 2.0]), np.array([3.0, 0.5, 0.0])]
    assert disjoint_mean(rows).tolist() == [2.0, -1.0, 2.0]


def test_an_unknown_method_names_the_known() -> None:
    with pytest.raises(UnsupportedError, match="the methods are cat, dare, iso_c"):
        fusing.load("average")

"""Every method against its paper's formula on dense matrices, written out here.

And the laws that they share.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
import torch
from torch import Tensor

from lorasurgery import fusing
from lorasurgery.errors import UnsupportedError
from lorasurgery.fusing._core import core_space
from lorasurgery.fusing._entries import disjoint_mean, trimmed
from lorasurgery.linalg.factored import Svd, svd_of_product

EXACT = 1e-10
OUT, IN = 40, 30
OPTIONS = fusing.Options(density=0.4, seed=3, common=0.5)
Method = Callable[[Sequence[Tensor], Sequence[float], Sequence[int]], Tensor]


def _random(*shape: int, seed: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def _part(rank: int, seed: int) -> Svd:
    return svd_of_product(_random(OUT, rank, seed=seed), _random(rank, IN, seed=seed + 50))


def _dense(svd: Svd) -> Tensor:
    return svd.U * svd.S @ svd.V.T


PARTS = [_part(4, 1), _part(3, 2), _part(5, 3)]
WEIGHTS = [0.7, 0.5, -0.4]
RANKS = [4, 3, 5]


# The papers, on dense matrices.


def _cat(deltas: Sequence[Tensor], weights: Sequence[float], _ranks: Sequence[int]) -> Tensor:
    return sum((w * d for w, d in zip(weights, deltas, strict=True)), torch.zeros(OUT, IN).double())


def _bases(deltas: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Core Space: orthonormal bases of all columns and of all rows."""
    U, S, _ = torch.linalg.svd(torch.cat(list(deltas), 1), full_matrices=False)
    V, T, _ = torch.linalg.svd(torch.cat([d.T for d in deltas], 1), full_matrices=False)
    return U[:, S.gt(1e-10 * S[0])], V[:, T.gt(1e-10 * T[0])]


def _top(values: Tensor, density: float) -> Tensor:
    count = round(density * values.numel())
    least = values.abs().flatten().sort(descending=True).values[count - 1]
    return values * (values.abs() >= least)


def _disjoint_mean(stack: Tensor) -> Tensor:
    sign = stack.sum(0).sign()
    agree = (stack.sign() == sign) & (stack != 0)
    return (stack * agree).sum(0) / agree.sum(0).clamp(min=1)


def _ties(deltas: Sequence[Tensor], weights: Sequence[float], _ranks: Sequence[int]) -> Tensor:
    L, R = _bases(deltas)
    stack = torch.stack([w * _top(L.T @ d @ R, 0.4) for w, d in zip(weights, deltas, strict=True)])
    return L @ _disjoint_mean(stack) @ R.T


def _magnitude(deltas: Sequence[Tensor], weights: Sequence[float], _ranks: Sequence[int]) -> Tensor:
    L, R = _bases(deltas)
    return sum(
        (w * L @ _top(L.T @ d @ R, 0.4) @ R.T for w, d in zip(weights, deltas, strict=True)),
        torch.zeros(OUT, IN).double(),
    )


def _knots(deltas: Sequence[Tensor], weights: Sequence[float], _ranks: Sequence[int]) -> Tensor:
    side_by_side = torch.cat(list(deltas), 1)
    U, S, Vh = torch.linalg.svd(side_by_side, full_matrices=False)
    kept = S.gt(1e-10 * S[0])
    blocks = Vh[kept].split(IN, dim=1)
    stack = torch.stack([w * _top(block, 0.4) for w, block in zip(weights, blocks, strict=True)])
    return U[:, kept] * S[kept] @ _disjoint_mean(stack)


def _tsv(deltas: Sequence[Tensor], weights: Sequence[float], ranks: Sequence[int]) -> Tensor:
    found = [torch.linalg.svd(d, full_matrices=False) for d in deltas]
    U = torch.cat([each.U[:, :r] for each, r in zip(found, ranks, strict=True)], 1)
    V = torch.cat([each.Vh[:r].T for each, r in zip(found, ranks, strict=True)], 1)
    S = torch.cat([w * each.S[:r] for w, each, r in zip(weights, found, ranks, strict=True)])
    return _polar(U) * S @ _polar(V).T


def _polar(side: Tensor) -> Tensor:
    """M (MᵀM)^(−1/2): the same nearest orthonormal matrix, another way."""
    values, vectors = torch.linalg.eigh(side.T @ side)
    return side @ (vectors / values.sqrt()) @ vectors.T


def _iso_c(deltas: Sequence[Tensor], weights: Sequence[float], ranks: Sequence[int]) -> Tensor:
    U, S, Vh = torch.linalg.svd(_cat(deltas, weights, ranks), full_matrices=False)
    rank = sum(ranks)
    return S[:rank].mean() * U[:, :rank] @ Vh[:rank]


def _iso_cts(deltas: Sequence[Tensor], weights: Sequence[float], ranks: Sequence[int]) -> Tensor:
    U, S, Vh = torch.linalg.svd(_cat(deltas, weights, ranks), full_matrices=False)
    rank, count = sum(ranks), len(deltas)
    own = int(0.5 * rank) // count
    common = rank - own * count
    Us, Ss, Vs = [U[:, :common]], [S[:common]], [Vh[:common].T]
    for w, d in zip(weights, deltas, strict=True):
        left = torch.linalg.svd(w * d - U[:, :common] @ (U[:, :common].T @ (w * d)), full_matrices=False)
        Us.append(left.U[:, :own]), Ss.append(left.S[:own]), Vs.append(left.Vh[:own].T)
    return torch.cat(Ss).mean() * _polar(torch.cat(Us, 1)) @ _polar(torch.cat(Vs, 1)).T


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
    assert torch.allclose(_dense(found), wanted, rtol=0, atol=EXACT * float(wanted.norm()))


def test_every_method_but_the_random_one_has_a_reference() -> None:
    assert set(fusing.names()) - set(PAPERS) == {"dare"}


@pytest.mark.parametrize("name", fusing.names())
def test_what_comes_out_is_a_decomposition(name: str) -> None:
    found = fusing.load(name).combine(PARTS, WEIGHTS, OPTIONS)
    for side in (found.U, found.V):
        assert torch.allclose(side.T @ side, torch.eye(side.shape[1]).double(), rtol=0, atol=EXACT)
    assert bool((found.S[:-1] >= found.S[1:] - EXACT).all())


@pytest.mark.parametrize("name", fusing.names())
def test_one_adapter_comes_back_where_nothing_is_left_out(name: str) -> None:
    options = fusing.Options(density=1.0, common=1.0)
    found = fusing.load(name).combine(PARTS[:1], [1.0], options)
    if name in ("iso_c", "iso_cts"):  # these flatten the spectrum of anything
        assert float(found.S[:4].std()) < EXACT
        assert torch.allclose(found.S[:4].mean(), PARTS[0].S[:4].mean())
    else:
        assert torch.allclose(_dense(found), _dense(PARTS[0]), rtol=0, atol=EXACT * float(PARTS[0].S.norm()))


@pytest.mark.parametrize("name", sorted(set(fusing.names()) - {"dare"}))
def test_the_order_of_adapters_does_not_matter(name: str) -> None:
    one = fusing.load(name).combine(PARTS, WEIGHTS, OPTIONS)
    other = fusing.load(name).combine(PARTS[::-1], WEIGHTS[::-1], OPTIONS)
    assert torch.allclose(_dense(one), _dense(other), rtol=0, atol=EXACT * float(one.S.norm()))


# What comes of two equal adapters: their sum, or, of methods that average, one of them.
OF_EQUALS = {"cat": 2, "svd": 2, "magnitude": 2, "dare": 2, "ties": 1, "knots": 1}


@pytest.mark.parametrize("name", OF_EQUALS)
def test_equal_adapters_add_up_or_are_averaged(name: str) -> None:
    found = fusing.load(name).combine([PARTS[0]] * 2, [1.0, 1.0], fusing.Options(density=1.0))
    wanted = OF_EQUALS[name] * _dense(PARTS[0])
    assert torch.allclose(_dense(found), wanted, rtol=0, atol=1e-8 * float(wanted.norm()))


@pytest.mark.parametrize("name", fusing.names())
def test_an_adapter_without_a_rank_is_no_trouble(name: str) -> None:
    nothing = PARTS[0].cut(0)
    found = fusing.load(name).combine([nothing, PARTS[1]], [1.0, 1.0], OPTIONS)
    assert bool(found.S.isfinite().all())
    both = fusing.load(name).combine([nothing, nothing], [1.0, 1.0], OPTIONS)
    assert float(both.S.sum()) == 0


def test_dare_keeps_the_sum_on_average_and_the_draw_for_a_seed() -> None:
    method, wanted = fusing.load("dare"), _cat([_dense(part) for part in PARTS], WEIGHTS, RANKS)
    draws = [
        _dense(method.combine(PARTS, WEIGHTS, fusing.Options(density=0.5, seed=seed))) for seed in range(400)
    ]
    mean = torch.stack(draws).mean(0)
    assert float((mean - wanted).norm()) < 0.15 * float(wanted.norm())
    again = _dense(method.combine(PARTS, WEIGHTS, fusing.Options(density=0.5, seed=0)))
    assert torch.equal(again, draws[0])
    assert not torch.equal(draws[0], draws[1])
    core = core_space(PARTS)
    assert all(
        torch.allclose(core.left @ each @ core.right.T, _dense(part))
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
    values = torch.tensor([3.0, -1.0, 0.5, -2.0]).double()
    assert trimmed(values, 0.5).tolist() == [3.0, 0.0, 0.0, -2.0]
    assert trimmed(values, 1.0).tolist() == values.tolist()
    rows = [torch.tensor([1.0, -1.0, 2.0]).double(), torch.tensor([3.0, 0.5, 0.0]).double()]
    assert disjoint_mean(rows).tolist() == [2.0, -1.0, 2.0]


def test_an_unknown_method_names_the_known() -> None:
    with pytest.raises(UnsupportedError, match="the methods are cat, dare, iso_c"):
        fusing.load("average")

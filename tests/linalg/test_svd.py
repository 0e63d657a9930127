"""Truncated SVD against a dense float64 one, over kinds of spectra, shapes, scales and rules."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import pytest
import torch
from torch import Tensor

from lorasurgery.errors import NumericError
from lorasurgery.linalg import krylov, panels, rank_rules, svd
from lorasurgery.linalg.svd import MOST_UNSEEN, Trend
from lorasurgery.surgery.workers import one_blas_thread
from support.slow import slow_but
from support.tensor_algebra import (
    Triplets,
    balanced,
    in_bfloat16,
    singular_values,
    stored_error,
    streamed,
    truncated_svd,
)

# What all default settings promise: captured energy within this share of ‖D‖² of the best possible.
DEFICIT = 1e-5
ORTHONORMAL = 1e-5

SPECTRA = {
    "flat": torch.ones(300),
    "slow": torch.arange(1, 301) ** -0.25,
    "power": torch.arange(1, 301) ** -1.0,
    "steep": 0.8 ** torch.arange(300),
    "gap": torch.cat([torch.linspace(5, 1, 16), torch.full((284,), 0.01)]),
}
SHAPES = {
    "tall": (900, 520),
    "wide": (520, 900),
    "square": (600, 600),
    "small": (200, 320),
    "thin": (700, 40),
}
RULES = {
    "fixed 4": rank_rules.fixed(4),
    "fixed 32": rank_rules.fixed(32),
    "fixed 130": rank_rules.fixed(130),
    "energy 0.5": rank_rules.energy(0.5),
    "energy 0.95": rank_rules.energy(0.95),
    "above": rank_rules.above(0.3),
    "capped": rank_rules.capped(rank_rules.energy(0.99), 20),
}


def matrix(spectrum: Tensor, shape: tuple[int, int], seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    count = min(len(spectrum), *shape)
    U, V = (
        torch.linalg.qr(torch.randn(side, count, generator=generator, dtype=torch.float64))[0]
        for side in shape
    )
    return ((U * spectrum[:count].double()) @ V.T).float()


def rounded_pair_difference(change: Tensor, relative: float, seed: int = 1) -> Tensor:
    """What a bfloat16 checkpoint and its fine-tune leave of a change."""
    base = (0.02 * torch.randn(change.shape, generator=torch.Generator().manual_seed(seed))).bfloat16()
    change = change * (relative * base.float().norm() / change.norm())
    return (base.float() + change).bfloat16().float() - base.float()


@cache
def dense(shape: tuple[int, int], spectrum: str) -> tuple[Tensor, Tensor]:
    """A matrix and its singular values in float64, made once for all rules."""
    D = matrix(SPECTRA[spectrum], shape)
    return D, torch.linalg.svdvals(D.double())


def check(D: Tensor, found: Triplets, wanted: int, sigma: Tensor | None = None) -> None:
    sigma = torch.linalg.svdvals(D.double()) if sigma is None else sigma
    total = float(sigma.square().sum())
    kept = found.S[: found.rank]
    best = float(sigma[: found.rank].square().sum())
    assert found.rank == wanted
    assert found.energy == pytest.approx(total, rel=1e-6)
    assert best - float(kept.square().sum()) <= DEFICIT * total
    approximation = (found.U.double() * found.S) @ found.V.double().T
    missed = float((D.double() - approximation).square().sum())
    assert missed <= float(sigma[found.S.numel() :].square().sum()) + DEFICIT * total
    assert missed == pytest.approx(total - float(found.S.square().sum()), abs=1e-6 * total)
    for side in (found.U, found.V):
        assert torch.allclose(side.T @ side, torch.eye(side.shape[1]), rtol=0, atol=ORTHONORMAL)
    assert bool((found.S.diff() <= 0).all())


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("spectrum", SPECTRA)
@pytest.mark.parametrize("shape", slow_but({"tall", "small", "thin"}, SHAPES))
def test_as_good_as_a_dense_svd(shape: str, spectrum: str, rule: str) -> None:
    D, sigma = dense(SHAPES[shape], spectrum)
    before = D.clone()
    found = truncated_svd(D, RULES[rule], seed=3)
    assert torch.equal(D, before)
    wanted = RULES[rule](sigma[sigma > svd.FLOOR * sigma[0]].numpy(), found.energy, True)
    # Flat spectra have the wanted energy at one rank or the next, by rounding.
    ties = spectrum == "flat" and found.rank == (wanted or 0) + 1
    check(D, found, found.rank if ties else wanted or 0, sigma)


@pytest.mark.parametrize("rule", ["fixed 4", "fixed 32", "energy 0.5"])
@pytest.mark.parametrize("spectrum", SPECTRA)
def test_as_good_as_a_dense_svd_on_differences_of_bfloat16(spectrum: str, rule: str) -> None:
    D = rounded_pair_difference(matrix(SPECTRA[spectrum], (900, 520)), 0.01)
    found = truncated_svd(D, RULES[rule], seed=3)
    check(D, found, RULES[rule](torch.linalg.svdvals(D.double()).numpy(), found.energy, True) or 0)


@pytest.mark.parametrize("coarse", [in_bfloat16, np.asarray])
def test_the_subspace_serves_in_either_precision(
    coarse: Callable[[np.ndarray], np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(svd, "coarse", coarse)
    for spectrum in SPECTRA:
        D, sigma = dense((900, 520), spectrum)
        check(D, truncated_svd(D, rank_rules.fixed(24), seed=0), 24, sigma)


def test_the_certificate_bounds_the_deficit() -> None:
    for spectrum in SPECTRA.values():
        for D in (matrix(spectrum, (900, 520)), rounded_pair_difference(matrix(spectrum, (520, 900)), 0.003)):
            found = truncated_svd(D, rank_rules.fixed(32), seed=5)
            best = float(torch.linalg.svdvals(D.double())[:32].square().sum())
            deficit = (best - float(found.S.square().sum())) / found.energy
            assert found.residual <= svd.TOLERANCE
            assert deficit <= 10 * found.residual**2 + 1e-7


@pytest.mark.parametrize("shape", SHAPES.values())
@pytest.mark.parametrize("rank", [1, 5, 33])
def test_only_what_exists_is_returned(shape: tuple[int, int], rank: int) -> None:
    D = matrix(torch.linspace(2, 1, rank), shape)
    for asked in (rank + 20, 10_000):
        found = truncated_svd(D, rank_rules.fixed(asked), seed=0)
        check(D, found, rank)
        assert found.complete
    found = truncated_svd(D, rank_rules.energy(1.0), seed=0)
    assert found.rank <= rank
    assert found.S.square().sum() >= (1 - 1e-6) * found.energy


def test_an_exact_small_rank_in_float32_products() -> None:
    generator = torch.Generator().manual_seed(0)
    D = torch.randn(700, 6, generator=generator) @ torch.randn(6, 400, generator=generator)
    check(D, truncated_svd(D, rank_rules.fixed(32), seed=0), 6)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (3, 2), (2, 600), (600, 2), (0, 4), (4, 0)])
def test_tiny_and_zero_matrices(shape: tuple[int, int]) -> None:
    D = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    found = truncated_svd(D, rank_rules.fixed(4), seed=0)
    check(D, found, min(4, *shape))
    nothing = truncated_svd(D * 0, rank_rules.fixed(4), seed=0)
    assert nothing.rank == 0
    assert nothing.complete
    assert nothing.U.shape == (shape[0], 0)
    assert nothing.V.shape == (shape[1], 0)


@pytest.mark.parametrize("shape", [(900, 520), (40, 60)])
@pytest.mark.parametrize("exponent", [-44, -38, -30, -20, 15, 20, 35])
def test_any_scale(shape: tuple[int, int], exponent: int) -> None:
    D = matrix(SPECTRA["gap"], shape)
    scaled = D * 10.0**exponent if exponent > -40 else (D.double() * 10.0**exponent).float()
    found = truncated_svd(scaled, rank_rules.fixed(16), seed=0)
    expected = torch.linalg.svdvals(scaled.double())[:16]
    torch.testing.assert_close(found.S, expected, rtol=1e-4, atol=0)
    above = truncated_svd(scaled, rank_rules.above(float(expected[9] + expected[10]) / 2), seed=0)
    assert above.rank == 10
    assert found.energy == pytest.approx(float(scaled.double().square().sum()), rel=1e-5, abs=0)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("shape", [(900, 520), (4, 6)])
def test_a_value_that_is_not_a_number_is_refused(shape: tuple[int, int], value: float) -> None:
    D = torch.ones(shape)
    D[2, 3] = value
    with pytest.raises(NumericError, match="NaN or an infinity"):
        truncated_svd(D, rank_rules.fixed(4), seed=0)


def test_spare_triplets_come_after_those_that_the_rule_keeps() -> None:
    D = matrix(SPECTRA["power"], (900, 520))
    found = truncated_svd(D, rank_rules.fixed(8), seed=0, spare=24)
    assert found.rank == 8
    assert found.S.numel() == 32
    check(D, truncated_svd(D, rank_rules.fixed(32), seed=0), 32)
    assert not found.complete
    torch.testing.assert_close(found.S, torch.linalg.svdvals(D.double())[:32], rtol=1e-3, atol=0)


def test_a_rule_may_keep_nothing() -> None:
    found = truncated_svd(matrix(SPECTRA["slow"], (900, 520)), rank_rules.above(9.0), seed=0)
    assert found.rank == found.S.numel() == 0
    assert not found.complete
    assert found.energy > 0


def test_a_transposed_view_is_decomposed_like_any_matrix() -> None:
    D = matrix(SPECTRA["power"], (900, 520))
    check(D.T, truncated_svd(D.T, rank_rules.fixed(12), seed=0), 12)


def test_structure_that_is_aligned_with_the_axes() -> None:
    """Rounding errors do not average out where singular vectors have one entry each."""
    for columns in (520, 1100):
        D = torch.zeros(900, columns)
        D[torch.arange(500), torch.arange(500)] = torch.arange(1, 501.0) ** -0.5
        check(D, truncated_svd(D, rank_rules.fixed(32), seed=0), 32)


@pytest.mark.parametrize("shape", [(900, 520), (520, 900), (100, 200)])
def test_the_same_bits_alone_and_side_by_side(shape: tuple[int, int]) -> None:
    D = matrix(SPECTRA["slow"], shape)

    def bits(_: int) -> tuple[bytes, ...]:
        found = truncated_svd(D, rank_rules.fixed(16), seed=7)
        return tuple(t.numpy().tobytes() for t in (found.U, found.S, found.V))

    with one_blas_thread(), ThreadPoolExecutor(2) as pool:
        alone = bits(0)
        assert set(pool.map(bits, range(6))) == {alone}


def test_an_energy_rule_takes_few_more_products_than_its_rank_would(monkeypatch: pytest.MonkeyPatch) -> None:
    counts: list[int] = []
    plain = krylov.Krylov.grow

    def counted(self: krylov.Krylov) -> None:
        counts.append(1)
        plain(self)

    monkeypatch.setattr(krylov.Krylov, "grow", counted)
    D = matrix(SPECTRA["power"], (1100, 900))
    by_energy = truncated_svd(D, rank_rules.energy(0.97), seed=0)
    energy_products = len(counts)
    truncated_svd(D, rank_rules.fixed(by_energy.rank), seed=0)
    assert 10 < by_energy.rank < 60
    assert energy_products <= 1.5 * (len(counts) - energy_products)


@pytest.mark.parametrize("rule", ["fixed 32", "energy 0.95", "above"])
@pytest.mark.parametrize("spectrum", ["slow", "steep"])
@pytest.mark.parametrize("shape", ["tall", "wide", "small"])
def test_a_streamed_matrix_is_decomposed_as_well(shape: str, spectrum: str, rule: str) -> None:
    D, sigma = dense(SHAPES[shape], spectrum)
    found = truncated_svd(streamed(D), RULES[rule], seed=3)
    check(D, found, RULES[rule](sigma.numpy(), found.energy, True) or 0, sigma)
    A, B = balanced(found.U, found.S, found.V)
    error = stored_error(streamed(D), found.S, found.energy, (A, B), (A.half(), B.half()))
    missed = (D.double() - B.half().double() @ A.half().double()).square().sum()
    assert error == pytest.approx(float(missed), rel=2e-3)


@pytest.mark.parametrize("factor", [0.0, 1e-25])
def test_a_streamed_matrix_of_unusual_scale(factor: float) -> None:
    D, _ = dense(SHAPES["tall"], "steep")
    sides = (streamed(D * factor), D * factor)
    found, held = (truncated_svd(each, RULES["fixed 4"], seed=3) for each in sides)
    torch.testing.assert_close(found.S, held.S, rtol=1e-5, atol=0)


@pytest.mark.parametrize("shape", [(1, 1), (37, 5), (5, 37), (300, 2100)])
def test_products_by_panels_are_those_of_the_whole(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(0)
    D, rows = (random.standard_normal((n, shape[1]), np.float32) for n in (shape[0], 3))
    tolerance = 20 * float(np.finfo(np.float32).eps)
    image, back = panels.sweep(D, rows)
    wanted = D.astype(float) @ rows.T
    np.testing.assert_allclose(image, wanted, rtol=tolerance, atol=tolerance * float(np.linalg.norm(wanted)))
    np.testing.assert_array_equal(panels.image(D, rows), image)
    wanted = image.T.astype(float) @ D
    np.testing.assert_allclose(back, wanted, rtol=tolerance, atol=tolerance * float(np.linalg.norm(wanted)))
    np.testing.assert_allclose(panels.image_back(image.T, D), back, rtol=tolerance)


@pytest.mark.parametrize("shape", [(300, 200), (200, 300), (1, 5)])
def test_all_singular_values(shape: tuple[int, int]) -> None:
    D = matrix(SPECTRA["steep"][:150], shape)
    expected = torch.linalg.svdvals(D.double())
    torch.testing.assert_close(singular_values(D), expected, rtol=1e-6, atol=2e-8 * float(expected[0]))


def test_steps_between_two_looks_follow_the_trend_of_the_residual() -> None:
    trend = Trend()
    assert trend.blocks_to(1e-3, math.inf, 1.0) == 0
    assert trend.blocks_to(1e-3, 1e-1, 2.0) == 0
    assert trend.blocks_to(1e-3, 1e-2, 3.0) == 1
    assert trend.blocks_to(1e-3, 0.9e-2, 4.0) == MOST_UNSEEN  # no more than so many, however slow
    assert trend.blocks_to(1e-3, 0.9e-2, 5.0) == 0
    assert trend.blocks_to(1e-3, 0.9e-3, 6.0) == 0


def test_a_subspace_is_looked_at_less_often_than_it_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    done = {"grow": 0, "ritz": 0}

    class Counting(krylov.Krylov):
        def grow(self) -> None:
            done["grow"] += 1
            super().grow()

        def ritz(self) -> krylov.Ritz:
            done["ritz"] += 1
            return super().ritz()

    monkeypatch.setattr(svd, "Krylov", Counting)
    D = matrix(torch.arange(1, 701) ** -0.5, (1000, 800))
    check(D, truncated_svd(D, RULES["fixed 32"], seed=3), 32)
    assert 2 <= done["ritz"] < done["grow"]


@pytest.mark.parametrize("block", [16, 24])
def test_a_subspace_stays_orthonormal_where_the_spectrum_falls_slowly(block: int) -> None:
    """Each step keeps a fifth of its vectors' length there, and would lose a digit were it projected once."""
    subspace = krylov.Krylov(matrix(SPECTRA["slow"], (900, 520)).numpy(), block, seed=0)
    while subspace.dimension < 200:
        subspace.grow()
    V = subspace.V.astype(np.float64)
    assert np.abs(V @ V.T - np.eye(len(V))).max() < ORTHONORMAL


def test_a_small_matrix_is_multiplied_with_few_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    counts: list[int] = []
    sweep = panels.sweep

    def counted(D: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        counts.append(len(rows))
        return sweep(D, rows)

    monkeypatch.setattr(panels, "sweep", counted)
    monkeypatch.setattr(svd, "coarse", lambda D: D)
    truncated_svd(matrix(SPECTRA["slow"], (900, 520)), rank_rules.fixed(16), seed=0)
    assert sum(counts) <= 8 * 16

"""Rank rules as laws on spectra, and the budget against brute force."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from lorasurgery.linalg import rank_rules
from lorasurgery.linalg.rank_rules import Allocation, spend_budget
from lorasurgery.linalg.truncated import Rule
from support.hangs import never_hangs

SIGMA = np.array([4.0, 3.0, 2.0, 1.0, 1.0, 0.5])
ENERGY = float((SIGMA**2).sum())
RULES = [
    rank_rules.fixed(3),
    rank_rules.energy(0.8),
    rank_rules.above(1.5),
    rank_rules.ratio(3.0),
    rank_rules.capped(rank_rules.energy(0.99), 4),
]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (rank_rules.fixed(3), 3),
        (rank_rules.fixed(9), 6),
        (rank_rules.energy(16 / ENERGY), 1),
        (rank_rules.energy(25 / ENERGY), 2),
        (rank_rules.energy(26 / ENERGY), 3),
        (rank_rules.energy(1.0), 6),
        (rank_rules.above(1.0), 3),
        (rank_rules.above(0.1), 6),
        (rank_rules.above(5.0), 0),
        (rank_rules.ratio(1.0), 1),
        (rank_rules.ratio(4.0), 3),
        (rank_rules.ratio(100.0), 6),
        (rank_rules.nuclear(7 / 11.5), 2),
        (rank_rules.nuclear(1.0), 6),
        (rank_rules.capped(rank_rules.above(0.1), 2), 2),
        (rank_rules.capped(rank_rules.above(5.0), 2), 0),
    ],
)
def test_rules_on_a_whole_spectrum(rule: Rule, expected: int) -> None:
    assert rule(SIGMA, ENERGY, True) == expected


@pytest.mark.parametrize("rule", RULES)
def test_an_answer_stands_when_more_values_are_shown(rule: Rule) -> None:
    answers = [rule(SIGMA[:shown], ENERGY, False) for shown in range(len(SIGMA) + 1)]
    given = [answer for answer in answers if answer is not None]
    assert answers[0] is None
    assert set(given) == {rule(SIGMA, ENERGY, True)}
    assert answers == [None] * (len(answers) - len(given)) + given


def test_above_needs_to_see_a_value_below() -> None:
    assert rank_rules.above(1.5)(SIGMA[:3], ENERGY, False) is None
    assert rank_rules.above(1.5)(SIGMA[:4], ENERGY, False) == 3


def test_a_share_of_the_sum_needs_all_values() -> None:
    assert rank_rules.nuclear(0.1)(SIGMA, ENERGY, False) is None


def test_a_cap_spares_the_values_after_it() -> None:
    assert rank_rules.capped(rank_rules.above(0.1), 2)(SIGMA[:2], ENERGY, False) == 2


def random_spectra(count: int, values: int, seed: int) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [np.sort(random.pareto(1.5, values))[::-1] * random.lognormal() for _ in range(count)]


def captured(spectra: list[np.ndarray], chosen: tuple[int, ...]) -> float:
    return float(sum((values[:rank] ** 2).sum() for values, rank in zip(spectra, chosen, strict=True)))


def best_by_brute_force(spectra: list[np.ndarray], costs: list[int], budget: int) -> float:
    options = itertools.product(*(range(len(values) + 1) for values in spectra))
    fitting = (chosen for chosen in options if np.dot(chosen, costs) <= budget)
    return max(captured(spectra, chosen) for chosen in fitting)


def check_consistent(found: Allocation, spectra: list[np.ndarray], costs: list[int], budget: int) -> None:
    assert found.spent_bytes == np.dot(found.ranks, costs) <= budget
    assert all(0 <= rank <= len(values) for rank, values in zip(found.ranks, spectra, strict=True))
    assert found.captured == pytest.approx(captured(spectra, found.ranks))
    assert found.gap >= -1e-9 * found.bound


@pytest.mark.parametrize("seed", range(20))
def test_equal_costs_make_the_greedy_choice_optimal(seed: int) -> None:
    spectra, costs = random_spectra(4, 4, seed), [7] * 4
    for budget in (0, 6, 7, 30, 80, 1000):
        found = spend_budget(spectra, costs, budget)
        check_consistent(found, spectra, costs, budget)
        assert found.captured == pytest.approx(best_by_brute_force(spectra, costs, budget))


@pytest.mark.parametrize("seed", range(20))
def test_the_bound_holds_and_the_gap_is_at_most_one_item(seed: int) -> None:
    spectra, costs = random_spectra(4, 4, seed), [3, 5, 8, 13]
    for budget in (2, 10, 30, 55, 1000):
        found = spend_budget(spectra, costs, budget)
        check_consistent(found, spectra, costs, budget)
        best = best_by_brute_force(spectra, costs, budget)
        assert found.captured <= best * (1 + 1e-12)
        assert best <= found.bound * (1 + 1e-12)
        assert found.gap <= max(float(values[0]) ** 2 for values in spectra)


def test_nothing_that_fits_is_left_out() -> None:
    spectra, costs = random_spectra(6, 5, 3), [3, 5, 8, 13, 21, 34]
    found = spend_budget(spectra, costs, 100)
    left = 100 - found.spent_bytes
    open_costs = [c for c, rank in zip(costs, found.ranks, strict=True) if rank < 5]
    assert min(open_costs) > left


def test_modules_that_ran_out_of_values_are_named() -> None:
    spectra = [np.array([9.0, 8.0]), np.array([3.0, 2.0, 1.0]), np.array([0.5]), np.array([])]
    found = spend_budget(spectra, [1] * 4, 4)
    assert found.ranks == (2, 2, 0, 0)
    assert found.wants_more == (0, 3)
    assert spend_budget(spectra, [1] * 4, 4, complete=[True, False, False, True]).wants_more == ()
    everything = spend_budget(spectra, [1] * 4, 40)
    assert everything.ranks == (2, 3, 1, 0)
    assert everything.wants_more == (0, 1, 2, 3)
    assert everything.gap == 0


def test_no_modules_and_no_money() -> None:
    assert spend_budget([], [], 10).ranks == ()
    assert spend_budget([SIGMA], [5], 0).ranks == (0,)


def test_ten_thousand_modules_take_seconds_at_most() -> None:
    spectra = random_spectra(10_000, 256, 0)
    costs = np.random.default_rng(0).integers(1_000, 20_000, 10_000).tolist()
    with never_hangs():
        found = spend_budget(spectra, costs, sum(costs) * 40)
    assert found.gap <= 1e-3 * found.bound

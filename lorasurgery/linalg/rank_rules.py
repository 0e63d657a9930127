"""Rank rules: how many singular values to keep, for one module or for all modules under a budget.

A rule is `rule(values, energy, complete) -> count | None` (`truncated.Rule`): None asks for more
values.

    fixed(r)        r
    every()         all there are
    energy(f)       least k with Σ_{i≤k} σᵢ² ≥ f ‖D‖²_F
    above(edge)     number of σᵢ > edge
    ratio(q)        number of σᵢ > σ₁ / q, 1 at least
    nuclear(f)      least k with Σ_{i≤k} σᵢ ≥ f Σ σᵢ
    capped(rule, m) min(rule, m)

Budget: maximise Σ_l Σ_{i≤r_l} σ²_{l,i} subject to Σ_l c_l r_l ≤ C. Items (l, i) are taken by
falling density σ²/c; within a module σ² falls too, so that what is taken is a prefix. Where the
first item in that order does not fit, the linear relaxation is exact, hence no allocation captures
more than value + density · (what is left of C): the bound that is returned. Equal costs make the
greedy choice optimal (it is the K largest of the union). Source: Dantzig, "Discrete-variable
extremum problems", 1957.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lorasurgery.linalg.truncated import Rule

Values = np.ndarray


def fixed(rank: int) -> Rule:
    """Keep `rank` triplets, or all there are."""

    def rule(values: Values, energy: float, complete: bool) -> int | None:
        return min(rank, len(values)) if complete or len(values) >= rank else None

    return rule


def every() -> Rule:
    """Keep all triplets."""

    def rule(values: Values, energy: float, complete: bool) -> int | None:
        return len(values) if complete else None

    return rule


def energy(fraction: float) -> Rule:
    """Keep the fewest triplets that hold `fraction` of ‖D‖²_F."""

    def rule(values: Values, energy: float, complete: bool) -> int | None:
        held = np.cumsum(np.square(np.asarray(values, dtype=np.float64)))
        count = int(np.searchsorted(held, fraction * energy)) + 1
        if count <= len(held):
            return count
        return len(held) if complete else None

    return rule


def above(edge: float) -> Rule:
    """Keep the triplets with σ > `edge`."""

    def rule(values: Values, energy: float, complete: bool) -> int | None:
        count = int(np.count_nonzero(np.asarray(values) > edge))
        return count if complete or count < len(values) else None

    return rule


def ratio(quotient: float) -> Rule:
    """Keep the triplets with σ > σ₁ / `quotient`, and the first one at least."""

    def rule(values: Values, energy: float, complete: bool) -> int | None:
        sigma = np.asarray(values)
        if not len(sigma):
            return 0 if complete else None
        count = max(int(np.count_nonzero(sigma > sigma[0] / quotient)), 1)
        return count if complete or count < len(sigma) else None

    return rule


def nuclear(fraction: float) -> Rule:
    """Keep the fewest triplets that hold `fraction` of Σ σ, which takes all of them to know."""

    def rule(values: Values, energy: float, complete: bool) -> int | None:
        if not complete:
            return None
        held = np.cumsum(np.asarray(values, dtype=np.float64))
        return min(int(np.searchsorted(held, fraction * held[-1])) + 1, len(held)) if len(held) else 0

    return rule


@dataclass(frozen=True)
class capped:  # noqa: N801 - made like the other rules
    """Keep what `rule` keeps, but at most `max_rank` triplets."""

    rule: Rule
    max_rank: int

    def __call__(self, values: Values, energy: float, complete: bool) -> int | None:
        count = self.rule(values, energy, complete)
        if count is None:
            return self.max_rank if len(values) >= self.max_rank else None
        return min(count, self.max_rank)


@dataclass(frozen=True)
class Allocation:
    """What a budget buys.

    Attributes:
        ranks: one per module.
        spent_bytes: Σ cost · rank, at most the budget.
        captured: Σ σ² of all that is kept.
        bound: no allocation of the given values under this budget captures more.
        wants_more: modules whose values were all taken although the next one, unseen, might still
            be worth its bytes.
    """

    ranks: tuple[int, ...]
    spent_bytes: int
    captured: float
    bound: float
    wants_more: tuple[int, ...]

    @property
    def gap(self) -> float:
        """At most this much more energy could have been captured."""
        return self.bound - self.captured


def spend_budget(
    spectra: Sequence[Values],
    costs: Sequence[int],
    budget_bytes: int,
    *,
    complete: Sequence[bool] | None = None,
) -> Allocation:
    """Spread a budget over modules so that the total squared error falls most.

    Args:
        spectra: leading singular values of each module, non-increasing.
        costs: bytes of one rank of each module.
        complete: modules that have no singular values besides those shown.
    """
    assert len(spectra) == len(costs), "one cost per module"
    lengths = np.array([len(values) for values in spectra], dtype=np.int64)
    cost = np.asarray(costs, dtype=np.int64)
    owner = np.repeat(np.arange(len(spectra)), lengths)
    gains = np.concatenate([np.zeros(0), *(np.square(np.asarray(v, dtype=np.float64)) for v in spectra)])
    density = gains / cost[owner]
    order = np.argsort(-density, kind="stable")
    spent = np.cumsum(cost[owner[order]])
    whole = int(np.searchsorted(spent, budget_bytes, side="right"))
    ranks = np.bincount(owner[order[:whole]], minlength=len(spectra))
    left = budget_bytes - (int(spent[whole - 1]) if whole else 0)
    captured = float(gains[order[:whole]].sum())
    break_density = float(density[order[whole]]) if whole < len(order) else 0.0
    bound = captured + break_density * left
    ranks, left = _fill(ranks, left, order[whole:], owner, cost)
    taken = np.arange(len(gains)) - np.repeat(np.cumsum(lengths) - lengths, lengths) < ranks[owner]
    return Allocation(
        ranks=tuple(ranks.tolist()),
        spent_bytes=int(cost @ ranks),
        captured=float(gains[taken].sum()),
        bound=bound,
        wants_more=_cut_short(spectra, cost, ranks, lengths, break_density, complete),
    )


def _fill(
    ranks: np.ndarray, left: int, items: np.ndarray, owner: np.ndarray, cost: np.ndarray
) -> tuple[np.ndarray, int]:
    """Spend the remaining budget on items that still fit, best first; a module whose next item does
    not fit is done.
    """
    ranks, closed = ranks.copy(), cost > left
    for item in items[~closed[owner[items]]]:
        module = owner[item]
        if closed[module]:
            continue
        ranks[module] += 1
        left -= int(cost[module])
        closed |= cost > left
        if closed.all():
            break
    return ranks, left


def _cut_short(
    spectra: Sequence[Values],
    cost: np.ndarray,
    ranks: np.ndarray,
    lengths: np.ndarray,
    break_density: float,
    complete: Sequence[bool] | None,
) -> tuple[int, ...]:
    """Return modules that ran out of values although their last was worth more per byte than the
    first left out.
    """
    last = np.array([float(values[-1]) if len(values) else np.inf for values in spectra])
    ends = np.zeros(len(spectra), dtype=bool) if complete is None else np.asarray(complete, dtype=bool)
    short = ~ends & (ranks == lengths) & (np.square(last) / cost > break_density)
    return tuple(np.flatnonzero(short).tolist())

"""Spend a budget for the whole file on the ranks that lower the total squared error most.

Every module is factorised somewhat deeper than an even spread of the budget would need. Those that
the budget would take deeper still are factorised again, twice as deep, until the greedy spread
rests on spectra that are long enough.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from lorasurgery.surgery.factorise.factorised import Factorised, by_module, rank_nbytes
from lorasurgery.surgery.factorise.from_pair import RuleFor
from lorasurgery.surgery.factorise.matrix_pair import MatrixPair
from lorasurgery.surgery.factorise.ranks import joint_spectrum

# How much deeper than an even spread the first look goes: measured on fine-tunes, the greedy spread
# gives most modules less than that, and the few that get more are looked at again.
HEADROOM = 1.25

FactorisedPair = Factorised[MatrixPair]
FactoriseAll = Callable[[Sequence[MatrixPair], RuleFor], list[FactorisedPair]]


def spend(
    pairs: Sequence[MatrixPair],
    factorise_all: FactoriseAll,
    budget_bytes: int,
    itemsize: int,
    max_rank: int | None,
) -> tuple[list[FactorisedPair], dict[str, int]]:
    """Factorise within a budget: the factors, in the order of the pairs, and the rank of each module.

    Args:
        budget_bytes: for the factors alone.
        itemsize: bytes of one stored number, as far as known beforehand.
    """
    from lorasurgery.linalg.rank_rules import spend_budget

    even = budget_bytes / max(1, itemsize * sum(sum(pair.tuned.shape) for pair in pairs))
    depth = dict.fromkeys((pair.path for pair in pairs), math.ceil(HEADROOM * even) + 1)
    factors: dict[MatrixPair, FactorisedPair] = {}
    pending = list(pairs)
    while pending:
        rule_for = _at_depth(depth, max_rank)
        factors |= zip(pending, factorise_all(pending, rule_for), strict=True)
        modules = by_module(factors[pair] for pair in pairs)
        groups = {path: group for path, group in modules.items() if _changed(group)}
        spectra = {path: joint_spectrum(group) for path, group in groups.items()}
        complete = [len(values) < depth[path] for path, values in spectra.items()]
        costs = [rank_nbytes(group) for group in groups.values()]
        allocation = spend_budget(list(spectra.values()), costs, budget_bytes, complete=complete)
        starved = [list(groups)[index] for index in allocation.wants_more]
        deeper = {path for path in starved if depth[path] < _limit(groups[path], max_rank)}
        depth |= {path: 2 * depth[path] for path in deeper}
        pending = [pair for pair in pairs if pair.path in deeper]
    ranks = dict.fromkeys(depth, 0) | dict(zip(groups, map(int, allocation.ranks), strict=True))
    return [factors[pair] for pair in pairs], ranks


def _changed(group: Sequence[FactorisedPair]) -> bool:
    return any(each.sigma for each in group)


def _at_depth(depth: Mapping[str, int], max_rank: int | None) -> RuleFor:
    from lorasurgery.linalg.rank_rules import fixed

    return lambda pair: fixed(min(depth[pair.path], max_rank or depth[pair.path]))


def _limit(group: Sequence[FactorisedPair], max_rank: int | None) -> int:
    """The deepest that a module can go."""
    full = min(group[0].matrix.tuned.shape)
    return min(full, max_rank) if max_rank else full

"""A budget for the whole file: spectra first, then a rank for each module where it lowers the total squared error most.

Every module is factorised somewhat deeper than an even spread of the budget would need. Those that the budget would take
deeper still are factorised again, twice as deep, until the greedy spread rests on spectra that are long enough.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from lorasurgery.surgery.factorise.assemble import grouped, rank_nbytes
from lorasurgery.surgery.factorise.from_pair import Found, Job, RuleFor

# How much deeper than an even spread the first look goes: measured on fine-tunes, the greedy spread gives most modules
# less than that, and the few that get more are looked at again.
HEADROOM = 1.25

FactoriseAll = Callable[[Sequence[Job], RuleFor], list[Found]]


def spend(
    jobs: Sequence[Job], factorise_all: FactoriseAll, budget_bytes: int, itemsize: int, max_rank: int | None
) -> tuple[list[Found], dict[str, int]]:
    """Factorise within a budget: what was found, in the jobs' order, and the rank of each module.

    Args:
        budget_bytes: for the factors alone. itemsize: bytes of one stored number, as far as known beforehand.
    """
    from lorasurgery.linalg.rank_rules import spend_budget

    even = budget_bytes / max(1, itemsize * sum(sum(job.tuned.shape) for job in jobs))
    depth = dict.fromkeys((job.path for job in jobs), math.ceil(HEADROOM * even) + 1)
    found: dict[Job, Found] = {}
    wanted = list(jobs)
    while wanted:
        rule_for = _at_depth(depth, max_rank)
        found |= zip(wanted, factorise_all(wanted, rule_for), strict=True)
        groups = {
            path: group for path, group in grouped([found[job] for job in jobs]).items() if _changed(group)
        }
        spectra = {path: _joint_spectrum(group) for path, group in groups.items()}
        complete = [len(values) < depth[path] for path, values in spectra.items()]
        costs = [rank_nbytes(group) for group in groups.values()]
        allocation = spend_budget(list(spectra.values()), costs, budget_bytes, complete=complete)
        starved = [list(groups)[index] for index in allocation.wants_more]
        deeper = {path for path in starved if depth[path] < _limit(groups[path], max_rank)}
        depth |= {path: 2 * depth[path] for path in deeper}
        wanted = [job for job in jobs if job.path in deeper]
    ranks = dict.fromkeys(depth, 0) | dict(zip(groups, map(int, allocation.ranks), strict=True))
    return [found[job] for job in jobs], ranks


def _changed(group: Sequence[Found]) -> bool:
    return any(each.sigma for each in group)


def _at_depth(depth: Mapping[str, int], max_rank: int | None) -> RuleFor:
    from lorasurgery.linalg.rank_rules import fixed

    return lambda job: fixed(min(depth[job.path], max_rank or depth[job.path]))


def _limit(group: Sequence[Found], max_rank: int | None) -> int:
    """The deepest that a module can go."""
    full = min(group[0].job.tuned.shape)
    return min(full, max_rank) if max_rank else full


def _joint_spectrum(group: Sequence[Found]) -> np.ndarray:
    """The singular values of a module; of fused experts the root of their summed squares, since one rank serves all."""
    squares = np.zeros(max(len(each.sigma) for each in group))
    for each in group:
        squares[: len(each.sigma)] += np.square(each.sigma)
    return np.sqrt(squares)

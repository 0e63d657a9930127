"""Recognise from numbers which columns of stacked experts' B (out, r·E) belong to one expert.

Two orders are in use, with the same shapes: rank k of expert e is column k·E + e (`peft`) or
e·r + k (`grouped-by-expert`). B begins at zero and is trained, to first order, as B_e = G_e A_eᵀ with
G_e = Σ g xᵀ over the tokens of expert e, which a few directions dominate. So columns of one expert
are far more alike than columns of two. The measure of an order is the mean of cos² over the pairs of
columns that it calls one expert's. The right order

- has a larger mean than all pairs have,
- and foresees the other's: the means over what the other calls one expert's columns, and over what
  it calls columns of one rank, follow from how many of those pairs are really of one expert,
- and has an expert no more like the next one than like any other.

So likeness of equal ranks (two adapters in one, a shared direction first) is not mistaken for it,
unless there are as many ranks as experts: then what one order calls a rank the other calls an expert.

`benchmarks/expert_orders.py` trains 100 adapters (8-64 experts, ranks 4-32): the right order has 2
to 24 times the mean of all pairs, and foresees the other's mean within 0.6 to 1.25.

Factors out of an SVD are the opposite: columns of one expert are orthogonal. Both kinds are
recognised, nothing else is: untrained or random factors, experts that all moved alike, a few columns.
Columns that are zero count for nothing, and columns that are zero in half of the rows (a packed gate
without up) are compared with their like. An order is not recognised where it alone leaves some
columns of an expert zero and others not: ranks that were padded with zeros look like that.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

ORDERS = ("peft", "grouped-by-expert")
# What an order groups columns by: (order, "expert") or (order, "rank").
Grouping = tuple[str, str]
KINDS = ("expert", "rank")
GROUPINGS: tuple[Grouping, ...] = tuple((order, kind) for order in ORDERS for kind in KINDS)
# By how much the mean of cos² within experts must exceed that of all pairs, as a share of it: at
# least MARGIN, and at least DEVIATIONS times what random columns deviate by.
MARGIN, DEVIATIONS = 0.5, 6
# Of fewer experts the order would also explain what two or three blocks of ranks have in common.
LEAST_EXPERTS = 4
# Fewer pairs, of all experts of all parameters, are chance: 8 experts of rank 4 have 96.
LEAST_PAIRS = 96
# How far the other order's means may be from what the right one foresees.
LEAST_OF_FORESEEN, MOST_OF_FORESEEN = 0.5, 1.5
# An SVD's columns are orthogonal up to the rounding of the stored dtype.
ORTHOGONAL, NOT_ORTHOGONAL = 0.02, 0.5


@dataclass(frozen=True)
class ColumnLikeness:
    """How alike the columns of one B are: means of cos² over pairs of columns that are not zero.

    `means` has those inside the groups of every grouping, `of_all` is that of all pairs. `foreseen`
    is what a grouping's mean should be if an order is right; `next_to` is what an order has between
    an expert and the next one, and `between` what it has between any two. `pairs` counts those of one
    expert, and `split` by order the experts of which some columns are zero and others are not.
    """

    experts: int
    means: Mapping[Grouping, float]
    foreseen: Mapping[tuple[str, Grouping], float]
    next_to: Mapping[str, float]
    between: Mapping[str, float]
    of_all: float
    pairs: int
    split: Mapping[str, int]


def likeness_of(B: Tensor, experts: int) -> ColumnLikeness:
    """Measure the columns of B (rows, r·E); some rows of a larger B do as well, from top to bottom."""
    columns = B.float()
    norms = columns.norm(dim=0)
    columns = columns / norms.masked_fill(norms == 0, 1)
    members = {grouping: _members(B.shape[1], experts, grouping) for grouping in GROUPINGS}
    sums: dict[object, float] = defaultdict(float)
    pairs: dict[object, int] = defaultdict(int)
    for chosen in _comparable(columns):
        for key, (value, count) in _tally(columns * chosen, chosen, members).items():
            sums[key] += value
            pairs[key] += count
    own = {order: _mean(sums[order, "expert"], pairs[order, "expert"]) for order in ORDERS}
    between = {
        order: _mean(sums["all"] - sums[order, "expert"], pairs["all"] - pairs[order, "expert"])
        for order in ORDERS
    }
    foreseen = {}
    for order in ORDERS:
        for other in GROUPINGS:
            share = _mean(float(pairs[(order, "expert"), other]), pairs[other])
            foreseen[order, other] = share * own[order] + (1 - share) * between[order]
    return ColumnLikeness(
        experts=experts,
        means={each: _mean(sums[each], pairs[each]) for each in GROUPINGS},
        foreseen=foreseen,
        next_to={order: _mean(sums[order, "next"], pairs[order, "next"]) for order in ORDERS},
        between=between,
        of_all=_mean(sums["all"], pairs["all"]),
        pairs=min(pairs[order, "expert"] for order in ORDERS),
        split={order: _split(norms[members[order, "expert"]] > 0) for order in ORDERS},
    )


def order_shown(found: Collection[ColumnLikeness]) -> str | None:
    """Decide the order that several B of one layout are in; None where the numbers do not show it."""
    pairs, of_all = sum(each.pairs for each in found), math.fsum(each.of_all for each in found)
    if pairs < LEAST_PAIRS or not of_all > 0 or any(each.experts < LEAST_EXPERTS for each in found):
        return None
    # A mean of cos² of Gaussian columns deviates by √2 / √(unordered pairs) of itself.
    least = 1 + max(MARGIN, DEVIATIONS * 2 / math.sqrt(pairs))
    for order, other in (ORDERS, ORDERS[::-1]):
        own, others = (
            math.fsum(each.means[name, "expert"] for each in found) / of_all for name in (order, other)
        )
        is_alike = own >= least and _explains(found, order, other)
        is_orthogonal = own <= ORTHOGONAL and others >= NOT_ORTHOGONAL
        splits, others_split = (any(each.split[name] for each in found) for name in (order, other))
        if (is_alike or is_orthogonal) and (others_split or not splits):
            return order
    return None


def _explains(found: Collection[ColumnLikeness], order: str, other: str) -> bool:
    """Whether all means follow from an order's experts: those of the other order, and of neighbours."""
    measured = [math.fsum(each.means[other, kind] for each in found) for kind in KINDS]
    foreseen = [math.fsum(each.foreseen[order, (other, kind)] for each in found) for kind in KINDS]
    measured.append(math.fsum(each.next_to[order] for each in found))
    foreseen.append(math.fsum(each.between[order] for each in found))
    return all(
        LEAST_OF_FORESEEN * wanted <= mean <= MOST_OF_FORESEEN * wanted
        for mean, wanted in zip(measured, foreseen, strict=True)
    )


def _tally(
    columns: Tensor, chosen: Tensor, members: Mapping[Grouping, Tensor]
) -> dict[object, tuple[float, int]]:
    """Sum cos² over the pairs of chosen columns (others are zero), and count them: of all, of groups."""
    count = int(chosen.sum())
    found: dict[object, tuple[float, int]] = {
        "all": (_sum_of_pairs(columns @ columns.T, count), count * (count - 1))
    }
    for one, places in members.items():
        each = columns[:, places].movedim(1, 0).contiguous()
        found[one] = _sum_of_pairs(each.mT @ each, count), _pairs_in_both(places, places, chosen)
        if one[1] == "rank":
            continue
        of_one = chosen[places].sum(dim=1)
        neighbours = _sum_of_pairs(each[:-1].mT @ each[1:], 0)
        found[one[0], "next"] = neighbours, int((of_one[:-1] * of_one[1:]).sum())
        for two, others in members.items():
            found[one, two] = 0.0, _pairs_in_both(places, others, chosen)
    return found


def _members(width: int, experts: int, grouping: Grouping) -> Tensor:
    """Return the columns of every group, (groups, members)."""
    import torch

    order, kind = grouping
    columns = torch.arange(width)
    by_rank = columns.reshape(-1, experts) if order == "peft" else columns.reshape(experts, -1).T
    return by_rank if kind == "rank" else by_rank.T


def _comparable(columns: Tensor) -> Iterator[Tensor]:
    """Choose the columns that are zero in the same half of the rows: upper, lower, even, odd or none."""
    import torch

    half, is_zero = len(columns) // 2, columns == 0
    halves = (is_zero[:half], is_zero[half:], is_zero[::2], is_zero[1::2])
    kinds = torch.stack([each.all(dim=0).int() << bit for bit, each in enumerate(halves)]).sum(dim=0)
    for kind in sorted(set(kinds.tolist())):
        yield (kinds == kind) & ~is_zero.all(dim=0)


def _pairs_in_both(one: Tensor, two: Tensor, chosen: Tensor) -> int:
    """Count the ordered pairs of chosen columns that two groupings both put into one group."""
    import numpy as np
    import torch

    group = torch.empty(2, len(chosen), dtype=torch.long)
    for ids, members in zip(group, (one, two), strict=True):
        ids[members] = torch.arange(len(members))[:, None]
    met = np.unique((group[0] * len(chosen) + group[1])[chosen].numpy(), return_counts=True)[1]
    return int((met * (met - 1)).sum())


def _split(is_used: Tensor) -> int:
    """Count the experts (E, r) of which some columns are used and others are not."""
    return int((is_used.any(dim=1) & ~is_used.all(dim=1)).sum())


def _sum_of_pairs(products: Tensor, units: int) -> float:
    """Sum the squares of products of two unit vectors, without those of each with itself."""
    import torch

    return float(products.square().sum(dtype=torch.float64)) - units


def _mean(total: float, count: int) -> float:
    return total / count if count else 0.0

"""Tell from numbers which columns of stacked experts' B (out, r·E) belong to one expert.

Two orders are in use, with the same shapes: rank k of expert e is column k·E + e (`peft`) or
e·r + k (`grouped-by-expert`). B begins at zero and is trained, to first order, as B_e = G_e A_eᵀ with
G_e = Σ g xᵀ over the tokens of expert e, which a few directions dominate. So columns of one expert
are far more alike than columns of two. The measure of an order is the mean of cos² over the pairs of
columns that it calls one expert's. The right one is larger than the mean over all pairs, and it
foresees the other order's mean, whose pairs are of one expert as often as by chance.

`benchmarks/expert_orders.py` trains 100 adapters (8-64 experts, ranks 4-32): the right order has 2
to 24 times the mean of all pairs, and foresees the other's mean within 0.6 to 1.25.

Factors out of an SVD are the opposite: columns of one expert are orthogonal. Both kinds are recognised,
nothing else is: untrained or random factors, experts that all moved alike, a few columns. Columns
that are zero count for nothing, and an order is not recognised where it alone leaves some columns of an
expert zero and others not (ranks that were padded with zeros look like that).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

ORDERS = ("peft", "grouped-by-expert")
# By how much the mean of cos² within experts must exceed that of all pairs, as a share of it: at
# least MARGIN, and at least DEVIATIONS times what random columns deviate by.
MARGIN, DEVIATIONS = 0.5, 6
# Fewer pairs, of all experts of all parameters, are chance: 8 experts of rank 4 have 96.
LEAST_PAIRS = 96
# How far the other order's mean may be from what the right one foresees.
LEAST_OF_FORESEEN, MOST_OF_FORESEEN = 0.5, 1.5
# An SVD's columns are orthogonal up to the rounding of the stored dtype.
ORTHOGONAL, NOT_ORTHOGONAL = 0.02, 0.5


@dataclass(frozen=True)
class ColumnLikeness:
    """How alike the columns of one B are: means of cos² over pairs of columns that are not zero.

    `within` is the mean inside what each order calls an expert, `foreseen` what the other order's
    should be if this one is right, `of_all` the mean over all pairs. `pairs` counts an expert's, for
    all experts. `split` counts experts of which some columns are zero and others are not.
    """

    within: Mapping[str, float]
    foreseen: Mapping[str, float]
    of_all: float
    pairs: int
    split: Mapping[str, int]


def likeness_of(B: Tensor, experts: int) -> ColumnLikeness:
    """Measure the columns of B (rows, r·E); some rows of a larger B do as well."""
    columns = B.float()
    norms = columns.norm(dim=0)
    columns, is_used = columns / norms.masked_fill(norms == 0, 1), norms > 0
    used = int(is_used.sum())
    of_all = _mean_of_pairs(columns @ columns.T, used, used * (used - 1))
    within, foreseen, split, pairs = {}, {}, {}, 0
    rank = B.shape[1] // experts
    for order in ORDERS:
        counts = _by_expert(is_used[None], experts, order).sum(dim=(1, 2))
        pairs = int((counts * (counts - 1)).sum())
        each = _by_expert(columns, experts, order)
        within[order] = _mean_of_pairs(each.mT @ each, used, pairs)
        split[order] = int(((counts > 0) & (counts < rank)).sum())
        others = used * (used - 1) - pairs
        between = (of_all * used * (used - 1) - within[order] * pairs) / others if others else 0.0
        common = _share_in_common(experts, rank)
        foreseen[order] = common * within[order] + (1 - common) * between
    return ColumnLikeness(within, foreseen, of_all, pairs, split)


def order_shown(found: Collection[ColumnLikeness]) -> str | None:
    """Decide the order that several B of one layout are in; None where the numbers do not show it."""
    pairs, of_all = sum(each.pairs for each in found), math.fsum(each.of_all for each in found)
    if pairs < LEAST_PAIRS or not of_all > 0:
        return None
    # A mean of cos² of Gaussian columns deviates by √2 / √(unordered pairs) of itself.
    least = 1 + max(MARGIN, DEVIATIONS * 2 / math.sqrt(pairs))
    for order, other in (ORDERS, ORDERS[::-1]):
        own, others = (math.fsum(each.within[name] for each in found) / of_all for name in (order, other))
        foreseen = math.fsum(each.foreseen[order] for each in found) / of_all
        is_alike = own >= least and LEAST_OF_FORESEEN * foreseen <= others <= MOST_OF_FORESEEN * foreseen
        is_orthogonal = own <= ORTHOGONAL and others >= NOT_ORTHOGONAL
        splits, others_split = (any(each.split[name] for each in found) for name in (order, other))
        if (is_alike or is_orthogonal) and (others_split or not splits):
            return order
    return None


def _by_expert(columns: Tensor, experts: int, order: str) -> Tensor:
    """Return the columns (rows, r·E) as (E, rows, r)."""
    if order == "peft":
        return columns.reshape(len(columns), -1, experts).permute(2, 0, 1)
    return columns.reshape(len(columns), experts, -1).permute(1, 0, 2)


def _share_in_common(experts: int, rank: int) -> float:
    """Return the share of the pairs of one order's experts that are of one expert in the other, too."""
    import torch

    columns = torch.arange(experts * rank)
    met = torch.bincount(columns % experts * experts + columns // rank, minlength=experts**2)
    return int((met * (met - 1)).sum()) / max(1, experts * rank * (rank - 1))


def _mean_of_pairs(products: Tensor, units: int, pairs: int) -> float:
    """Return the mean of the squares of products of two, of unit vectors whose own squares are 1."""
    return (float(products.double().square().sum()) - units) / pairs if pairs else 0.0

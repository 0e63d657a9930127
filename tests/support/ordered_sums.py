"""Sums W + Σ scale · L @ R as the package computes them block by block, and as they are defined, by torch."""

from __future__ import annotations

import torch
from torch import Tensor

from lorasurgery.dtypes import Dtype
from lorasurgery.linalg.ordered import RowSum
from lorasurgery.linalg.terms import Term
from lorasurgery.stored_array import StoredArray


def term(
    rows: int, columns: int, rank: int, seed: int, row: int = 0, column: int = 0, scale: float = 1.5
) -> Term:
    generator = torch.Generator().manual_seed(seed)
    left = 0.1 * torch.randn(rows, rank, generator=generator)
    return Term.of(left, 0.1 * torch.randn(rank, columns, generator=generator), scale, row, column)


def by_blocks(W: Tensor, terms: list[Term], dtype: torch.dtype, step: int = 37) -> Tensor:
    total = RowSum(terms, tuple(W.shape), Dtype.of(dtype))
    starts = range(0, len(W), step)
    return torch.cat(
        [total(StoredArray.of(W[start : start + step]), start).tensor.clone() for start in starts]
    )


def ordered_rows(W: Tensor, terms: list[Term]) -> Tensor:
    """The sum as it is defined, by torch: rank by rank, term by term."""
    total = W.to(torch.float64, copy=True)
    for each in terms:
        left, right = (side.double() for side in each.tensors)
        added = torch.zeros(left.shape[0], right.shape[1], dtype=torch.float64)
        for k in range(each.rank):
            added += left[:, k : k + 1] * right[k : k + 1]
        total[each.rows.start : each.rows.stop, each.columns] += added * each.scale
    return total

"""The plain meaning of an edit: a whole matrix in float64, nothing in blocks.

What the merge is compared with.
"""

from __future__ import annotations

import torch
from torch import Tensor

from lorasurgery.variants.edit import Change, Dense, Function, Scaled, Term


def delta(terms: tuple[Term | Dense, ...], W: Tensor) -> Tensor:
    """Σ terms, as a matrix like W."""
    total = torch.zeros_like(W)
    for term in terms:
        if isinstance(term, Dense):
            # In two blocks, as a merge asks for them.
            total += term.scale * torch.cat([term.rows(0, 5), term.rows(5, len(W))])
            continue
        rows, columns = len(term.left), term.right.shape[1]
        product = term.tensors[0].double() @ term.tensors[1].double()
        total[term.row : term.row + rows, term.column : term.column + columns] += term.scale * product
    return total


def applied(change: Change | None, W: Tensor) -> Tensor:
    """W' for a matrix W (out, in) in float64."""
    if change is None:
        return W
    if isinstance(change, Function):
        return change.apply(W)
    V = W + delta(change.terms, W)
    return V * change.gain(V) if isinstance(change, Scaled) else V

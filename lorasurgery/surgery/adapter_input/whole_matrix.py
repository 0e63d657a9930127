"""The meaning of a change, for whoever holds the whole matrix in memory; and what is wrong with one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lorasurgery.variants.edit import Change, Dense, Function, Scaled, Sum, Term

if TYPE_CHECKING:
    from torch import Tensor


def applied(change: Change, W: Tensor) -> Tensor:
    """W' of a matrix W (out, in) in float64."""
    import torch

    from lorasurgery.linalg.factored import as_matrix

    if not isinstance(change, Sum | Scaled):
        return change.apply(W)
    V = W + torch.from_numpy(as_matrix(change.terms, (W.shape[0], W.shape[1])))
    return V * change.gain(V) if isinstance(change, Scaled) else V


def weighted(change: Change, weight: float) -> Change:
    """Return the same change `weight` times as strong: W + weight · (W' − W).

    ComfyUI, LyCORIS and sd-scripts scale DoRA and similar variants in this way.
    """
    if weight == 1:
        return change
    return (
        change.times(weight)
        if isinstance(change, Sum)
        else Function(lambda W: W + weight * (applied(change, W) - W))
    )


def are_finite(terms: Iterable[Term | Dense]) -> bool:
    """Whether the factors of all products are finite."""
    return all(term.is_finite for term in terms if isinstance(term, Term))

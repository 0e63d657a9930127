"""Get the edit of one module, checked against its weight: the only way from factors to a change.

Factors that were made for another model are refused here, whatever the variant: by their own shape
where they have one, by the rectangle that their terms fill, and otherwise when the change is
applied to W.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from lorasurgery.errors import AlignmentError
from lorasurgery.text import reason_of, times
from lorasurgery.variants.edit import Change, Dense, Edit, Factors, Function, Shape, Sum, Term, own_shape

if TYPE_CHECKING:
    from torch import Tensor

Value = TypeVar("Value")

# What torch, numpy and the variants raise where sizes do not match.
MISFITS = (RuntimeError, ValueError, IndexError, ZeroDivisionError)
ADVICE = "Check that the adapter was made for this model."


def edit_of(module: str, factors: Factors, shape: Shape) -> Edit:
    """Return the edit of one module.

    Args:
        shape: of the weight: (out, in, *kernel).

    Raises:
        AlignmentError: the factors are for a weight of another shape. A change that depends on W
            may say so only when it is applied.
    """
    flat = (shape[0], math.prod(shape[1:]))
    own = own_shape(factors)
    if own is not None and own != flat:
        raise _other_shape(module, own, shape)
    edit = _fitting(module, shape, lambda: factors.edit(shape))
    return Edit(_held(module, edit.weight, flat, shape), _held(module, edit.bias, (shape[0], 1), shape))


def _fitting(module: str, shape: Shape, compute: Callable[[], Value]) -> Value:
    try:
        return compute()
    except MISFITS as error:
        raise AlignmentError(
            f"The adapter's factors of {module!r} do not fit its weight of {times(shape)} in the base: "
            f"{reason_of(error)}. {ADVICE}"
        ) from None


def _held(module: str, change: Change | None, flat: tuple[int, int], shape: Shape) -> Change | None:
    """Return the same change; what it computes from W is checked when it is computed."""
    if change is None:
        return None
    if isinstance(change, Function):
        return Function(_checked(module, shape, change.apply, lambda W: [tuple(W.shape)]))
    filled = _fitting(module, shape, lambda: _filled(change.terms))
    if filled is not None and filled != flat:
        raise _other_shape(module, filled, shape)
    if isinstance(change, Sum):
        return change
    gain = _checked(module, shape, change.gain, lambda V: [(V.shape[0], 1), (1, V.shape[1])])
    return dataclasses.replace(change, gain=gain)


def _filled(terms: Sequence[Term | Dense]) -> tuple[int, int] | None:
    """Return rows and columns of the rectangle that terms fill; None where no term knows its own."""
    for term in terms:
        if isinstance(term, Term) and term.left.shape[1] != term.right.shape[0]:
            raise ValueError(f"its parts are {times(term.left.shape)} and {times(term.right.shape)}")
    corners = [
        (term.rows.stop, term.columns.stop) if isinstance(term, Term) else term.shape for term in terms
    ]
    known = [corner for corner in corners if corner is not None]
    return (max(row for row, _ in known), max(column for _, column in known)) if known else None


def _checked(
    module: str,
    shape: Shape,
    compute: Callable[[Tensor], Tensor],
    allowed: Callable[[Tensor], list[tuple[int, ...]]],
) -> Callable[[Tensor], Tensor]:
    """Wrap a function of W, so that errors of sizes and results of other shapes name the module."""

    def checked(W: Tensor) -> Tensor:
        result = _fitting(module, shape, lambda: compute(W))
        if tuple(result.shape) not in allowed(W):
            raise _other_shape(module, tuple(result.shape), shape)
        return result

    return checked


def _other_shape(module: str, own: Shape, shape: Shape) -> AlignmentError:
    return AlignmentError(
        f"{module!r} changes by {times(own)} in the adapter and is {times(shape)} in the base. {ADVICE}"
    )

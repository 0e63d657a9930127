"""Check every module of an adapter before anything is written: its kind of change, its fit, its size."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lorasurgery.errors import NumericError
from lorasurgery.surgery.base.fitting import edit_of
from lorasurgery.variants.edit import Change, Dense, Factors, Shape, Sum, Term, lazy_tensors

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A squared length in float32 above this, and below its inverse, is accurate; so is a product of two
# such.
LEAST_SQUARE = 1e-15


@dataclass(frozen=True)
class ModuleCheck:
    """What the factors of one module do.

    Attributes:
        additive: weight and bias change by a sum.
        of_weight, of_bias: which of them changes.
        adds_bias: a bias is added; otherwise one is scaled or rotated, if there is one.
        energy: ‖ΔW‖²_F of the weight; None where it depends on W.
    """

    additive: bool
    of_weight: bool
    of_bias: bool
    adds_bias: bool
    energy: float | None

    @property
    def is_nothing(self) -> bool:
        """Whether ΔW is known to be zero: an adapter that was never trained."""
        return self.energy == 0


def check_module(module: str, factors: Factors, shape: Shape) -> ModuleCheck:
    """Read one module's factors and check them.

    Args:
        shape: of the weight in the base, (out, in, *kernel).

    Raises:
        AlignmentError: the factors are for another shape.
        NumericError: they have a NaN or an infinity.
    """
    edit = edit_of(module, factors, shape)
    changes = [change for change in (edit.weight, edit.bias) if change is not None]
    for change in changes:
        _refuse_non_finite(module, change)
    if not all(isinstance(change, Sum) for change in changes):
        _refuse_non_finite_tensors(module, factors)
    return ModuleCheck(
        additive=all(isinstance(change, Sum) for change in changes),
        of_weight=edit.weight is not None,
        of_bias=edit.bias is not None,
        adds_bias=isinstance(edit.bias, Sum),
        energy=energy_of(edit.weight.terms) if isinstance(edit.weight, Sum) else None,
    )


def _refuse_non_finite(module: str, change: Change) -> None:
    if not all(term.is_finite for term in _terms(change)):
        raise _not_finite(module)


def _refuse_non_finite_tensors(module: str, factors: Factors) -> None:
    """Refuse what a change that is no sum is made of: its result would blame the dtype, or the base."""
    import torch

    floating = (each for each in lazy_tensors(factors) if each.dtype.is_floating_point)
    if not all(bool(torch.isfinite(each.read().float()).all()) for each in floating):
        raise _not_finite(module)


def _not_finite(module: str) -> NumericError:
    return NumericError(
        f"The adapter's factors of {module!r} have a NaN or an infinity; it cannot be merged. Take an "
        "earlier checkpoint of its training."
    )


def _terms(change: Change) -> Iterable[Term]:
    if not hasattr(change, "terms"):
        return ()
    return [term for term in change.terms if isinstance(term, Term)]


def energy_of(terms: Iterable[Term | Dense]) -> float | None:
    """Return ‖Σ terms‖²_F from the factors: ‖L R‖² = Σ (LᵀL) ∘ (R Rᵀ); None for a dense term.

    Terms in one rectangle are added up; others do not overlap.
    """
    total = 0.0
    for group in _same_place(terms):
        if isinstance(group[0], Dense):
            return None
        placed = [term for term in group if isinstance(term, Term)]
        total += _energy_of_one(placed[0]) if len(placed) == 1 else _energy_of_sum(placed)
    return max(total, 0.0)


def _energy_of_one(term: Term) -> float:
    """Compute the energy in the factors' own dtype, in float64 where squares overflow or vanish there."""
    import numpy as np

    with np.errstate(all="ignore"):
        left, right = term.left.T @ term.left, term.right @ term.right.T
        if not (_is_in_reach(left) and _is_in_reach(right)):
            return _energy_of_sum([term])
        energy = term.scale**2 * float((left * right).sum(dtype=np.float64))
    return energy if 0 < energy < math.inf else _energy_of_sum([term])


def _is_in_reach(products: NDArray[Any]) -> bool:
    """Return whether the inner products of a side are far from the ends of float32's range."""
    largest = float(products.diagonal().max(initial=0.0))
    return LEAST_SQUARE < largest < 1 / LEAST_SQUARE


def _energy_of_sum(terms: Sequence[Term]) -> float:
    """Compute the energy of a sum in float64, since terms may cancel."""
    import numpy as np

    total = 0.0
    for one in terms:
        for other in terms:
            with np.errstate(all="ignore"):  # factors of float64 may be beyond its reach
                left = one.left.astype(np.float64).T @ other.left.astype(np.float64)
                right = one.right.astype(np.float64) @ other.right.astype(np.float64).T
                total += one.scale * other.scale * float((left * right).sum())
    return total


def _same_place(terms: Iterable[Term | Dense]) -> list[list[Term | Dense]]:
    groups: dict[object, list[Term | Dense]] = {}
    for term in terms:
        place = (
            (term.row, term.column, term.left.shape[0], term.right.shape[1])
            if isinstance(term, Term)
            else "dense"
        )
        groups.setdefault(place, []).append(term)
    return list(groups.values())

"""What a variant does to a module, in one of three shapes: a sum, a rescaled sum, any function of W.

    Sum        W' = W + Σ terms                 LoRA and all whose ΔW does not depend on W
    Scaled     W' = (W + Σ terms) ∘ gain        DoRA, IA3: a gain for each row or column
    Function   W' = f(W)                        OFT, HRA and the like

W is the matrix (out, in) that the module multiplies with, whatever its layout on disk; a
convolution's is (out, in · kernel), an embedding's (vocabulary, width), a bias's (out, 1). A term
is a product that is never formed: its factors are exact in float32 or float64, so that whoever adds
them up in a fixed order gets the same bits on every machine. All else is float64.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from lorasurgery.lazy import LazyTensor
from lorasurgery.linalg.terms import Dense as Dense
from lorasurgery.linalg.terms import Term as Term

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Sum:
    """W' = W + Σ terms."""

    terms: tuple[Term | Dense, ...]

    def times(self, weight: float) -> Sum:
        """The same change, `weight` times as strong."""
        return Sum(tuple(dataclasses.replace(term, scale=weight * term.scale) for term in self.terms))


@dataclass(frozen=True)
class Scaled:
    """W' = V ∘ gain(V), with V = W + Σ terms; the gain is (out, 1) or (1, in) in float64, and finite."""

    terms: tuple[Term | Dense, ...]
    gain: Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Function:
    """W' = apply(W), in float64 from (out, in) to (out, in)."""

    apply: Callable[[Tensor], Tensor]


Change = Sum | Scaled | Function


@dataclass(frozen=True)
class Edit:
    """What one adapter does to one module; None where that parameter stays."""

    weight: Change | None = None
    bias: Change | None = None


class Factors(Protocol):
    """One module's tensors of some variant, unread: a frozen dataclass in the variant's own file."""

    def edit(self, shape: Shape) -> Edit:
        """Read the tensors and say what they do to a module whose weight is `shape`: (out, in) or
        (out, in, *kernel).
        """
        ...


def variant_of(factors: Factors) -> str:
    """The name of a module's variant, which is that of its file."""
    return type(factors).__module__.rpartition(".")[2]


def own_shape(factors: Factors) -> Shape | None:
    """Return a module's (out, in · kernel) if its factors tell it: those of such variants have a
    property `shape`.
    """
    shape: Shape | None = getattr(factors, "shape", None)
    return shape


def lazy_tensors(factors: object) -> tuple[LazyTensor, ...]:
    """Return all tensors of a module's factors, including those in tuples and in nested dataclasses."""
    if isinstance(factors, LazyTensor):
        return (factors,)
    values: tuple[object, ...] = factors if isinstance(factors, tuple) else ()
    if dataclasses.is_dataclass(factors):
        values = tuple(vars(factors).values())
    return tuple(tensor for value in values for tensor in lazy_tensors(value))


def nbytes(factors: Factors) -> int:
    """What a module's factors take on disk."""
    own: int | None = getattr(factors, "nbytes", None)
    return sum(tensor.nbytes for tensor in lazy_tensors(factors)) if own is None else own


def factor(tensor: LazyTensor) -> NDArray[Any]:
    """Read a tensor as `exact` does, without torch: for a side of a term as it is stored."""
    return tensor.raw().exact()


def exact(tensor: LazyTensor) -> Tensor:
    """Read a tensor in a dtype that holds its values exactly: float32, or float64 if it is stored in that."""
    import torch

    read = tensor.read()
    return read if read.dtype == torch.float64 else read.float()

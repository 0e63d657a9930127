"""Factorise the change of a matrix of an adapter anew, from its exact decomposition in factor space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.checkpoint import Spill
from lorasurgery.dtypes import Dtype, chosen, widest
from lorasurgery.surgery.factorise.adapter_matrix import AdapterMatrix
from lorasurgery.surgery.factorise.decompose import decomposed
from lorasurgery.surgery.factorise.factorised import Decomposition, Factorised, factorised
from lorasurgery.variants.edit import lazy_tensors

if TYPE_CHECKING:
    from lorasurgery.linalg.factored import Svd

# What users may ask for; auto keeps that of the factors that are replaced.
DTYPES = ("auto", "float64", "float32", "float16", "bfloat16")


@dataclass(frozen=True)
class AdapterFactoriser:
    """How the matrices of adapters are factorised in this run; call it with one.

    `dtype` is that of the new factors, None for that of the factors that they replace; they are
    stored in the scratch file `spill`. `most` is the largest rank that can be kept, where that is
    known beforehand.
    """

    dtype: Dtype | None
    spill: Spill
    most: int | None = None

    def __call__(self, matrix: AdapterMatrix) -> Factorised[AdapterMatrix]:
        """Decompose a matrix, and store its new factors."""
        return self.keep(matrix, decomposed(matrix, self.most))

    def keep(self, matrix: AdapterMatrix, svd: Svd) -> Factorised[AdapterMatrix]:
        """Store the factors of a decomposition that is known."""
        from lorasurgery.linalg.factors import rounding_energy

        sigma = (*svd.S.tolist(), *svd.beyond.tolist())
        change = Decomposition(
            svd.U,
            svd.S,
            svd.V,
            sigma,
            energy=sum(value**2 for value in sigma),
            error=lambda exact, stored: rounding_energy(*exact, svd.S, *(each.exact() for each in stored)),
        )
        return factorised(matrix, change, self.spill, self.dtype or dtype_of(matrix))


def dtype_named(name: str) -> Dtype | None:
    """The dtype that the user names, None for `auto`.

    Raises:
        UnsupportedError: factors cannot have it.
    """
    word = chosen(name, DTYPES)
    return None if word == "auto" else Dtype.named(word)


def dtype_of(matrix: AdapterMatrix) -> Dtype:
    """The widest dtype among a module's factors; float32 where these are quantised or integers."""
    return widest(tensor.dtype for tensor in lazy_tensors(matrix.factors) if tensor.dtype.is_floating_point)

"""Singular value decomposition of a ΔW given as terms, in float64, without forming ΔW if its rank
is small.

    products    L = Q_L R_L,  Rᵀ = Q_R R_R,  R_L R_Rᵀ = U' S V'ᵀ (r × r)   (`orthonormal`)
                =>   L R = (Q_L U') S (Q_R V')ᵀ
    Kronecker   svd(w₁) ⊗ svd(w₂): the products of all pairs of singular values, sorted
    Hadamard    the product that it is equal to (Khatri-Rao), of rank r₁ r₂
    otherwise   the matrix itself

Several products side by side are one of their ranks' sum; where that reaches the short side of ΔW,
the matrix is formed after all. Costs O((out + in) r²) and no more memory than the factors. Exact,
in the sense of a dense SVD in float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import torch
from jaxtyping import Float64
from torch import Tensor

from lorasurgery.linalg.orthonormal import thin_qr
from lorasurgery.linalg.terms import Dense, Hadamard, Kronecker, Side, Term

# A product whose rank is more than this share of the short side costs more by way of its factors
# than as a matrix.
NEAR_FULL = 0.5


def _none() -> Tensor:
    return torch.zeros(0, dtype=torch.float64)


@dataclass(frozen=True)
class Svd:
    """ΔW = U diag(S) Vᵀ with orthonormal columns in U and V, S non-increasing; trailing values may
    be zero.

    `beyond` are the singular values that follow S, where no more than a number of leading triplets
    was asked for.
    """

    U: Float64[Tensor, "out k"]
    S: Float64[Tensor, " k"]
    V: Float64[Tensor, "in k"]
    beyond: Float64[Tensor, " m"] = field(default_factory=_none)

    def cut(self, rank: int) -> Svd:
        """The leading triplets, and nothing of the others."""
        return Svd(self.U[:, :rank], self.S[:rank], self.V[:, :rank])

    def leading(self, rank: int | None) -> Svd:
        """The leading triplets, and the values of the others."""
        if rank is None or rank >= len(self.S):
            return self
        return replace(self.cut(rank), beyond=torch.cat([self.S[rank:], self.beyond]))


def svd_of(terms: Sequence[Term | Dense], shape: tuple[int, int], rank: int | None = None) -> Svd:
    """Decompose the sum of the terms of a ΔW of `shape` (out, in).

    With a rank, only the vectors of that many leading triplets are computed.

    Without terms the answer has no triplets. Terms must be finite.
    """
    if len(terms) == 1 and isinstance(terms[0], Kronecker):
        return _of_kronecker(terms[0], rank)
    product = as_product(terms, shape)
    if product is None:
        return _of_matrix(as_matrix(terms, shape)).leading(rank)
    return svd_of_product(*product, rank)


def singular_values_of(terms: Sequence[Term | Dense], shape: tuple[int, int]) -> Float64[Tensor, " k"]:
    """The singular values of `svd_of` alone, at half its cost."""
    if len(terms) == 1 and isinstance(terms[0], Kronecker):
        term = terms[0]
        one, other = _of_side(term.w1).S, _of_side(term.w2).S
        values: Tensor = torch.outer(one, other).flatten() * abs(term.scale)
        return values.sort(descending=True).values
    product = as_product(terms, shape)
    if product is None:
        dense: Tensor = torch.linalg.svdvals(as_matrix(terms, shape))
        return dense
    core: Tensor = _triangle(product[0]) @ _triangle(product[1].T).T
    small: Tensor = torch.linalg.svdvals(core)
    return small


def svd_of_product(
    left: Float64[Tensor, "out r"], right: Float64[Tensor, "r in"], rank: int | None = None
) -> Svd:
    """Decompose left @ right through two QR factorisations and an r × r SVD."""
    one, other = thin_qr(left), thin_qr(right.T)
    U, S, Vh = torch.linalg.svd(one.R @ other.R.T, full_matrices=False)
    core = Svd(U, S, Vh.T).leading(rank)
    return replace(core, U=one.times(core.U), V=other.times(core.V))


def as_product(
    terms: Sequence[Term | Dense], shape: tuple[int, int]
) -> tuple[Float64[Tensor, "out r"], Float64[Tensor, "r in"]] | None:
    """Return the sum as one product with scales in its left side, or None if that does not pay.

    That is where its rank would be near the short side of ΔW, or where a term is not a product.
    """
    products = [_multiplied_out(term, shape) for term in terms]
    small = [term for term in products if isinstance(term, Term)]
    if len(small) < len(products) or sum(term.rank for term in small) > max(NEAR_FULL * min(shape), 1):
        return None
    if not small:
        return torch.zeros(shape[0], 0, dtype=torch.float64), torch.zeros(0, shape[1], dtype=torch.float64)
    left = [_placed(_scaled(term), term.row, shape[0]) for term in small]
    right = [_placed(term.tensors[1].double().T, term.column, shape[1]) for term in small]
    return _side_by_side(left), _side_by_side(right).T


def as_matrix(terms: Sequence[Term | Dense], shape: tuple[int, int]) -> Float64[Tensor, "out in"]:
    """The sum as a matrix."""
    total = torch.zeros(shape, dtype=torch.float64)
    for term in terms:
        if isinstance(term, Dense):
            total += term.scale * term.rows(0, shape[0])
            continue
        place = total[term.rows.start : term.rows.stop, term.columns]
        left, right = term.tensors
        place += term.scale * (left.double() @ right.double())
    return total


def summed(parts: Sequence[Svd], weights: Sequence[float], rank: int | None = None) -> Svd:
    """The decomposition of Σ weightᵢ Dᵢ of matrices that are given by theirs, as `svd_of` gives it."""
    left = [part.U * (weight * part.S) for part, weight in zip(parts, weights, strict=True)]
    return svd_of_product(_side_by_side(left), _side_by_side([part.V for part in parts]).T, rank)


def distance(
    one: tuple[Float64[Tensor, "out r"], Float64[Tensor, "r in"]],
    other: tuple[Float64[Tensor, "out s"], Float64[Tensor, "s in"]],
) -> float:
    """Return ‖L₁ R₁ − L₂ R₂‖_F of two products from their triangular factors.

    It is exact to 1e-15 of the larger one, where inner products would give 1e-8.
    """
    left = _triangle(torch.cat([one[0], -other[0]], dim=1))
    right = _triangle(torch.cat([one[1], other[1]]).T)
    return float(torch.linalg.matrix_norm(left @ right.T))


def _multiplied_out(term: Term | Dense, shape: tuple[int, int]) -> Term | Dense:
    if isinstance(term, Hadamard) and term.rank <= NEAR_FULL * min(shape):
        return term.as_term()
    return term


def _scaled(term: Term) -> Tensor:
    left = term.tensors[0].double()
    return left if term.scale == 1 else term.scale * left


def _side_by_side(sides: Sequence[Tensor]) -> Tensor:
    return sides[0] if len(sides) == 1 else torch.cat(list(sides), dim=1)


def _placed(side: Tensor, first: int, length: int) -> Tensor:
    """A term's side, with zeros for the rows of ΔW that it leaves alone."""
    if side.shape[0] == length:
        return side
    placed = side.new_zeros(length, side.shape[1])
    placed[first : first + side.shape[0]] = side
    return placed


def _triangle(side: Tensor) -> Tensor:
    triangle: Tensor = torch.linalg.qr(side, mode="r").R
    return triangle


def _of_matrix(matrix: Tensor) -> Svd:
    U, S, Vh = torch.linalg.svd(matrix, full_matrices=False)
    return Svd(U, S, Vh.T)


def _of_side(side: Side) -> Svd:
    return svd_of_product(side[0], side[1]) if len(side) == 2 else _of_matrix(side[0])


def _of_kronecker(term: Kronecker, rank: int | None) -> Svd:
    """Return the singular vectors of w₁ ⊗ w₂: Kronecker products of columns, pair i belonging to
    the i-th value.
    """
    one, other = _of_side(term.w1), _of_side(term.w2)
    values, order = torch.outer(one.S, other.S).flatten().sort(descending=True, stable=True)
    order = order[:rank]
    first, second = order // len(other.S), order % len(other.S)

    def paired(left: Tensor, right: Tensor) -> Tensor:
        return (left[:, None, first] * right[None, :, second]).flatten(0, 1)

    values = values * abs(term.scale)
    kept = len(order)
    found = Svd(paired(one.U, other.U), values[:kept], paired(one.V, other.V), values[kept:])
    return replace(found, U=-found.U) if term.scale < 0 else found

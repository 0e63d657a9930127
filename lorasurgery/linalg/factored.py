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

import numpy as np
from numpy import ndarray

from lorasurgery.linalg.orthonormal import thin_qr
from lorasurgery.linalg.shapes import Float64
from lorasurgery.linalg.terms import Dense, Hadamard, Kronecker, Side, Term

# A product whose rank is more than this share of the short side costs more by way of its factors
# than as a matrix.
NEAR_FULL = 0.5


def _none() -> ndarray:
    return np.zeros(0)


@dataclass(frozen=True)
class Svd:
    """ΔW = U diag(S) Vᵀ with orthonormal columns in U and V, S non-increasing; trailing values may
    be zero.

    `beyond` are the singular values that follow S, where no more than a number of leading triplets
    was asked for.
    """

    U: Float64[ndarray, "out k"]
    S: Float64[ndarray, " k"]
    V: Float64[ndarray, "in k"]
    beyond: Float64[ndarray, " m"] = field(default_factory=_none)

    def cut(self, rank: int) -> Svd:
        """The leading triplets, and nothing of the others."""
        return Svd(self.U[:, :rank], self.S[:rank], self.V[:, :rank])

    def leading(self, rank: int | None) -> Svd:
        """The leading triplets, and the values of the others."""
        if rank is None or rank >= len(self.S):
            return self
        return replace(self.cut(rank), beyond=np.concatenate([self.S[rank:], self.beyond]))


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


def singular_values_of(terms: Sequence[Term | Dense], shape: tuple[int, int]) -> Float64[ndarray, " k"]:
    """The singular values of `svd_of` alone, at half its cost."""
    if len(terms) == 1 and isinstance(terms[0], Kronecker):
        term = terms[0]
        one, other = _of_side(term.w1).S, _of_side(term.w2).S
        return np.sort(np.outer(one, other).reshape(-1) * abs(term.scale))[::-1]
    product = as_product(terms, shape)
    if product is None:
        return _values(as_matrix(terms, shape))
    return _values(_triangle(product[0]) @ _triangle(product[1].T).T)


def svd_of_product(
    left: Float64[ndarray, "out r"], right: Float64[ndarray, "r in"], rank: int | None = None
) -> Svd:
    """Decompose left @ right through two QR factorisations and an r × r SVD."""
    one, other = thin_qr(left), thin_qr(right.T)
    core = _of_matrix(one.R @ other.R.T).leading(rank)
    return replace(core, U=one.times(core.U), V=other.times(core.V))


def as_product(
    terms: Sequence[Term | Dense], shape: tuple[int, int]
) -> tuple[Float64[ndarray, "out r"], Float64[ndarray, "r in"]] | None:
    """Return the sum as one product with scales in its left side, or None if that does not pay.

    That is where its rank would be near the short side of ΔW, or where a term is not a product.
    """
    products = [_multiplied_out(term, shape) for term in terms]
    small = [term for term in products if isinstance(term, Term)]
    if len(small) < len(products) or sum(term.rank for term in small) > max(NEAR_FULL * min(shape), 1):
        return None
    if not small:
        return np.zeros((shape[0], 0)), np.zeros((0, shape[1]))
    left = [_placed(_scaled(term), term.row, shape[0]) for term in small]
    right = [_placed(_double(term.right).T, term.column, shape[1]) for term in small]
    return _side_by_side(left), _side_by_side(right).T


def as_matrix(terms: Sequence[Term | Dense], shape: tuple[int, int]) -> Float64[ndarray, "out in"]:
    """The sum as a matrix."""
    total = np.zeros(shape)
    for term in terms:
        if isinstance(term, Dense):
            total += term.scale * np.asarray(term.rows(0, shape[0]))
            continue
        place = total[term.rows.start : term.rows.stop, term.columns]
        place += term.scale * (_double(term.left) @ _double(term.right))
    return total


def summed(parts: Sequence[Svd], weights: Sequence[float], rank: int | None = None) -> Svd:
    """The decomposition of Σ weightᵢ Dᵢ of matrices that are given by theirs, as `svd_of` gives it."""
    left = [part.U * (weight * part.S) for part, weight in zip(parts, weights, strict=True)]
    return svd_of_product(_side_by_side(left), _side_by_side([part.V for part in parts]).T, rank)


def distance(
    one: tuple[Float64[ndarray, "out r"], Float64[ndarray, "r in"]],
    other: tuple[Float64[ndarray, "out s"], Float64[ndarray, "s in"]],
) -> float:
    """Return ‖L₁ R₁ − L₂ R₂‖_F of two products from their triangular factors.

    It is exact to 1e-15 of the larger one, where inner products would give 1e-8.
    """
    left = _triangle(np.concatenate([one[0], -other[0]], axis=1))
    right = _triangle(np.concatenate([one[1], other[1]]).T)
    return float(np.linalg.norm(left @ right.T))


def _multiplied_out(term: Term | Dense, shape: tuple[int, int]) -> Term | Dense:
    if isinstance(term, Hadamard) and term.rank <= NEAR_FULL * min(shape):
        return term.as_term()
    return term


def _double(side: ndarray) -> ndarray:
    return side.astype(np.float64, copy=False)


def _scaled(term: Term) -> ndarray:
    left = _double(term.left)
    return left if term.scale == 1 else term.scale * left


def _side_by_side(sides: Sequence[ndarray]) -> ndarray:
    return sides[0] if len(sides) == 1 else np.concatenate(sides, axis=1)


def _placed(side: ndarray, first: int, length: int) -> ndarray:
    """A term's side, with zeros for the rows of ΔW that it leaves alone."""
    if side.shape[0] == length:
        return side
    placed = np.zeros((length, side.shape[1]))
    placed[first : first + side.shape[0]] = side
    return placed


def _triangle(side: ndarray) -> ndarray:
    return np.asarray(np.linalg.qr(side, mode="r"))


def _values(matrix: ndarray) -> ndarray:
    values: ndarray = np.linalg.svd(matrix, compute_uv=False)
    return values


def _of_matrix(matrix: ndarray) -> Svd:
    U, S, Vh = np.linalg.svd(matrix, full_matrices=False)
    return Svd(U, S, Vh.T)


def _of_side(side: Side) -> Svd:
    sides = [np.asarray(each) for each in side]
    return svd_of_product(sides[0], sides[1]) if len(sides) == 2 else _of_matrix(sides[0])


def _of_kronecker(term: Kronecker, rank: int | None) -> Svd:
    """Return the singular vectors of w₁ ⊗ w₂: Kronecker products of columns, pair i belonging to
    the i-th value.
    """
    one, other = _of_side(term.w1), _of_side(term.w2)
    values = np.outer(one.S, other.S).reshape(-1)
    order = np.argsort(-values, kind="stable")
    values, order = values[order] * abs(term.scale), order[:rank]
    first, second = order // len(other.S), order % len(other.S)

    def paired(left: ndarray, right: ndarray) -> ndarray:
        return np.asarray((left[:, None, first] * right[None, :, second]).reshape(-1, len(order)))

    kept = len(order)
    found = Svd(paired(one.U, other.U), values[:kept], paired(one.V, other.V), values[kept:])
    return replace(found, U=-found.U) if term.scale < 0 else found

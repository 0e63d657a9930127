"""LoRA factors from singular triplets, and the exact error of factors as they are stored.

B = U √S,  A = √S Vᵀ:   BᵀB = A Aᵀ = diag(S), so that cutting off trailing ranks is optimal for
                        every rank at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from lorasurgery.linalg.device_matrix import DeviceMatrix
from lorasurgery.linalg.multiplied import Matrix, is_by_columns
from lorasurgery.linalg.panels import LEAST_ENERGY, MOST_ENERGY, energy, row_slices
from lorasurgery.linalg.shapes import Float, Float64
from lorasurgery.stored_array import StoredArray

# Below this share of ‖D‖², the difference of ‖D‖² and ΣS² would show the rounding of the float32
# products that both come from.
LEAST_SHARE = 1e-2
# Factors of a rank above this share of the short side are cheaper to multiply out, in panels, than
# to hold against themselves in float64; of a matrix with so few numbers neither matters.
HIGH_SHARE, FEW_NUMBERS = 1 / 16, 1 << 20
# Below this share of ‖D‖², what products in float32 leave of D may be their own rounding by more
# than a thousandth.
ROUNDING_SHARE = 1e-10


def balanced(
    U: Float[ndarray, "out k"], S: Float64[ndarray, " k"], V: Float[ndarray, "in k"]
) -> tuple[Float[ndarray, "k in"], Float[ndarray, "out k"]]:
    """Split S evenly between the factors (A, B), with the largest entry of each column of B positive."""
    least, most = (end(axis=0, initial=0.0) for end in (U.min, U.max))  # no room for a copy, as of |U|
    root = (np.where(-least > most, -1.0, 1.0) * np.sqrt(S)).astype(U.dtype)
    return np.ascontiguousarray((V * root).T), U * root


def rounding_energy(
    A: Float64[ndarray, "k in"],
    B: Float64[ndarray, "out k"],
    S: Float64[ndarray, " k"],
    stored_A: Float[ndarray, "k in"],
    stored_B: Float[ndarray, "out k"],
) -> float:
    """‖B A − B̃ Ã‖²_F of balanced factors and what they were rounded to, to a hundredth of itself.

    With δ = stored − exact the difference is δB A + B δA but for a product of two roundings, and
    BᵀB = A Aᵀ = diag(S), so that

        ‖·‖² = Σ Sᵢ (‖δBᵢ‖² + ‖δAᵢ‖²) + 2 tr((δBᵀ B)(δA Aᵀ))
    """
    dA, dB = stored_A - A, stored_B - B
    own = S @ (np.square(dB).sum(0) + np.square(dA).sum(1))
    both = ((dB.T @ B) * (A @ dA.T)).sum()
    return max(0.0, float(own + 2 * both))


def stored_error(
    D: Matrix,
    S: Float64[ndarray, " k"],
    energy: float,
    exact: tuple[Float[ndarray, "k in"], Float[ndarray, "out k"]],
    stored: tuple[StoredArray, StoredArray],
) -> float:
    """‖D − B A‖²_F of factors (A, B) as they are stored, to 1e-3 of itself.

    Args:
        S: D's leading singular values, which `exact` factors are balanced by.
        energy: ‖D‖²_F.
    """
    missed = energy - float(np.square(S).sum())
    is_wide = D.size > FEW_NUMBERS and len(S) > HIGH_SHARE * min(D.shape)
    if is_wide or missed < LEAST_SHARE * energy:
        return residual_energy(D, *stored, energy)
    (exact_A, exact_B), (A, B) = exact, stored
    return missed + float((_gram_of_both(exact_B, B, 1) * _gram_of_both(exact_A.T, A.T, -1)).sum())


def _gram_of_both(
    first: Float[ndarray, "n k"], second: StoredArray, sign: int
) -> Float64[ndarray, "both both"]:
    """The Gram matrix of all columns of both, those of the second times a sign, in float64 and in panels
    of rows.
    """
    count = 2 * first.shape[1]
    G = np.zeros((count, count))
    for rows in row_slices((len(first), count)):
        both = np.concatenate([first[rows], sign * second[rows].exact()], axis=1, dtype=np.float64)
        G += both.T @ both
    return G


def residual_energy(D: Matrix, A: StoredArray, B: StoredArray, whole: float | None = None) -> float:
    """Return ‖D − B A‖²_F of factors (k, in) and (out, k); `whole` is ‖D‖²_F if the caller knows it.

    Products are in float32, and the squares' sum in float64. Where what is left may be the rounding
    of such products, because it is a tiny share of D or because D is at an end of float32's range,
    products are in float64 as well. Takes as long as multiplying D once with A, and the memory of
    one panel of rows.
    """
    if isinstance(D, ndarray) and is_by_columns(D):
        D, A, B = D.T, B.T, A.T
    whole = energy(D) if whole is None else whole
    if LEAST_ENERGY < whole < MOST_ENERGY:
        left = _residual_energy(D, A, B, np.float32)
        if left >= ROUNDING_SHARE * whole:
            return left
    return _residual_energy(D, A, B, np.float64)


def _residual_energy(D: Matrix, A: StoredArray, B: StoredArray, dtype: type[np.floating[Any]]) -> float:
    right = np.ascontiguousarray(A.exact(), dtype)
    panels = row_slices(D.shape)
    if isinstance(D, DeviceMatrix):
        return D.residual_energy(right, B.exact().astype(dtype), panels)
    return float(sum(energy(D[rows] - B[rows].exact().astype(dtype) @ right) for rows in panels))

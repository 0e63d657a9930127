"""Low-rank factors of one matrix: balanced, rounded, stored in a scratch file, and cut to a rank.

    B = U √S,  A = √S Vᵀ,  scale 1

The first r ranks of these are the best adapter of rank r (Eckart & Young, 1936), and what a cut
removes is orthogonal to what stays. So the factors are stored with the rank first in a scratch
file, and a cut reads a prefix of them once the ranks are decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from lorasurgery.checkpoint import Spill
from lorasurgery.dtypes import Dtype, widest
from lorasurgery.lazy import LazyTensor
from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.factorise.noise_edge import ModuleEdge
from lorasurgery.variants.lora import LoraFactors

if TYPE_CHECKING:
    from numpy import ndarray

# float16 has its full precision down to 2^-14. Entries of a factor are about a fourth of the
# largest on average: above this bound the average one has it, and what smaller entries lose does
# not count next to that.
SMALLEST_HALF_PEAK = 2.0**-11
LARGEST_HALF = 65504.0


class FactorisedMatrix(Protocol):
    """A matrix whose change is factorised: its module, and whether it is one of its experts."""

    @property
    def path(self) -> str: ...
    @property
    def is_expert(self) -> bool: ...


M = TypeVar("M", bound=FactorisedMatrix)


@dataclass(frozen=True)
class Decomposition:
    """ΔW as U S Vᵀ: the triplets that may be kept, with U (out, k) and V (in, k).

    `sigma` are all singular values that are known, the first k of them those of the triplets;
    `energy` is ‖ΔW‖²_F. `error` gives ‖ΔW − B A‖²_F, from the exact factors (A, B) and the stored
    ones, without what the singular values beyond k hold.
    """

    U: ndarray
    S: ndarray
    V: ndarray
    sigma: tuple[float, ...]
    energy: float
    error: Callable[[tuple[ndarray, ndarray], tuple[StoredArray, StoredArray]], float]


@dataclass(frozen=True)
class Factorised(Generic[M]):
    """The factors of one matrix, A (k, in) and the transpose of B (k, out), both with the rank first.

    `sigma` are all singular values that are known, of which the first k have factors; none where
    nothing changed. `energy` is ‖ΔW‖²_F and `error_energy` ‖ΔW − B A‖²_F without what the singular
    values beyond k hold. Of a pair of checkpoints, `base_energy` is ‖W_base‖²_F, and `edge` the
    noise edge where that was the rule.
    """

    matrix: M
    sigma: tuple[float, ...]
    energy: float
    error_energy: float
    A: LazyTensor
    B_rows: LazyTensor
    base_energy: float = 0.0
    edge: ModuleEdge | None = None

    def error_at(self, rank: int) -> float:
        """‖ΔW − B A‖²_F after a cut to `rank`; the rounding of the factors is counted in full."""
        return self.error_energy + sum(value**2 for value in self.sigma[rank:])


def factorised(
    matrix: M,
    change: Decomposition,
    spill: Spill,
    dtype: Dtype,
    *,
    least_peak: float = SMALLEST_HALF_PEAK,
) -> Factorised[M]:
    """Balance the factors of a matrix, round them to their dtype, and store them in `spill`.

    Args:
        least_peak: a float16 factor whose largest entry is smaller becomes float32.
    """
    from lorasurgery.linalg.factors import balanced

    sigma, energy, error_of = change.sigma, change.energy, change.error
    exact_A, exact_B = balanced(change.U, change.S, change.V)
    del change  # its vectors are as large as the factors, and of a high rank there is no room for both
    A, B = (rounded_factor(exact, dtype, least_peak) for exact in (exact_A, exact_B))
    error = error_of((exact_A, exact_B), (A, B))
    del exact_A, exact_B
    A_rows, B_rows = spill.put(A), spill.put(B.T)
    return Factorised(matrix, sigma, energy, error, A_rows, B_rows)


def rounded_factor(factor: ndarray, dtype: Dtype, least_peak: float) -> StoredArray:
    """Round a factor to its dtype; to float32 where float16 would overflow or lose small entries."""
    from lorasurgery.linalg.ordered import rounded

    peak = max(-float(factor.min()), float(factor.max())) if factor.size else 1.0
    fits = dtype is not Dtype.F16 or least_peak <= peak <= LARGEST_HALF
    return rounded(factor, dtype if fits else Dtype.F32)


def by_module(matrices: Iterable[Factorised[M]]) -> dict[str, list[Factorised[M]]]:
    """Put the experts of a module together; all other matrices stand alone."""
    groups: dict[str, list[Factorised[M]]] = {}
    for each in matrices:
        groups.setdefault(each.matrix.path, []).append(each)
    return groups


def cut(group: Sequence[Factorised[M]], rank: int, bias: LazyTensor | None = None) -> LoraFactors:
    """Return the factors of a module at a rank.

    Fused experts have one rank: those with fewer ranks are padded with zeros, which add nothing.
    """
    if group[0].matrix.is_expert:
        A, B_rows = (_stacked(sides, rank) for sides in _sides(group))
    else:
        A, B_rows = (side.sliced(0, min(rank, side.shape[0])) for (side,) in _sides(group))
    return LoraFactors(A, B_rows.T, 1.0, bias)


def _sides(group: Sequence[Factorised[M]]) -> tuple[list[LazyTensor], list[LazyTensor]]:
    return [each.A for each in group], [each.B_rows for each in group]


def _stacked(sides: Sequence[LazyTensor], rank: int) -> LazyTensor:
    dtype = _stored_dtype(sides)
    shape = (len(sides), rank, sides[0].shape[1])

    def stored() -> StoredArray:
        import numpy as np

        from lorasurgery.linalg.ordered import rounded

        stack = np.zeros(shape, f"u{dtype.itemsize}")
        for index, side in enumerate(sides):
            rows = side.raw_rows(0, min(rank, side.shape[0]))
            widened = rows if rows.dtype is dtype else rounded(rows.exact(), dtype)
            stack[index, : len(rows)] = widened.bits
        return StoredArray(stack, dtype)

    return LazyTensor.of_whole(shape, dtype, stored)


def _stored_dtype(sides: Sequence[LazyTensor]) -> Dtype:
    """The dtype that one side of a module is stored in: the widest of its experts that have ranks."""
    return widest(side.dtype for side in [side for side in sides if side.shape[0]] or sides)


def rank_nbytes(group: Sequence[Factorised[M]]) -> int:
    """What one more rank costs in a module's stored factors, in bytes."""
    return sum(
        _stored_dtype(sides).itemsize * sum(side.shape[1] for side in sides) for sides in _sides(group)
    )

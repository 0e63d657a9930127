"""Factors made anew from a decomposition, in the canonical balanced form, put away until their ranks are decided.

B = U √S,  A = √S Vᵀ,  scale 1:   any prefix of the ranks is the optimal adapter of that rank, and the singular values are the squared norms of A's rows
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.checkpoint import Spill
from lorasurgery.dtypes import Dtype, chosen, widest
from lorasurgery.lazy import LazyTensor
from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.factorise.decompose import Job, decomposed
from lorasurgery.variants.edit import lazy_tensors
from lorasurgery.variants.lora import LoraFactors

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from lorasurgery.linalg.factored import Svd

# What users may ask for; auto keeps that of the factors that are replaced.
DTYPES = ("auto", "float64", "float32", "float16", "bfloat16")
# float16 has its full precision down to 2^-14: a factor whose largest entry is under this bound is better off in float32.
SMALLEST_HALF_PEAK = 2.0**-11


@dataclass(frozen=True)
class Made:
    """One matrix's new factors, of all ranks that may be kept: A (k, in) and B's transpose (k, out), both with the rank first, so that a cut reads a prefix.

    `sigma` are all singular values; `rounding` is ‖U S Vᵀ − B A‖²_F of the factors as stored.
    """

    job: Job
    sigma: tuple[float, ...]
    rounding: float
    A: LazyTensor
    B_rows: LazyTensor

    @property
    def energy(self) -> float:
        return sum(value**2 for value in self.sigma)

    def lost_at(self, rank: int) -> float:
        """‖ΔW − B A‖²_F after a cut to `rank`; the rounding is counted in full."""
        return self.rounding + sum(value**2 for value in self.sigma[rank:])


@dataclass(frozen=True)
class Maker:
    """Makes factors in this run; call it with a job.

    `dtype` is theirs, or None for that of the factors that they replace; `most` is the largest rank that can be kept, where that is known beforehand.
    """

    dtype: Dtype | None
    spill: Spill
    most: int | None = None

    def __call__(self, job: Job) -> Made:
        """Decompose, balance, round, and put away."""
        return self.keep(job, decomposed(job, self.most))

    def keep(self, job: Job, svd: Svd) -> Made:
        """Balance, round and put away a decomposition that is known."""
        from lorasurgery.linalg.factors import balanced, rounding_energy

        A, B = balanced(svd.U, svd.S, svd.V)
        wanted = self.dtype or dtype_of(job)
        stored_A, stored_B = stored(A, wanted.torch), stored(B, wanted.torch)
        rounding = rounding_energy(A, B, svd.S, stored_A, stored_B)
        put = self.spill.put(StoredArray.of(stored_A)), self.spill.put(StoredArray.of(stored_B.T))
        return Made(job, (*svd.S.tolist(), *svd.beyond.tolist()), rounding, *put)


def dtype_named(name: str) -> Dtype | None:
    """The dtype that the user names, None for `auto`.

    Raises:
        UnsupportedError: it is none for factors.
    """
    word = chosen(name, DTYPES)
    return None if word == "auto" else Dtype.named(word)


def dtype_of(job: Job) -> Dtype:
    """The widest dtype among a module's factors; float32 where these are codes or integers."""
    return widest(tensor.dtype for tensor in lazy_tensors(job.factors) if tensor.dtype.is_floating_point)


def stored(factor: Tensor, dtype: torch.dtype) -> Tensor:
    """The factor in its stored dtype; float32 where float16 would lose what is in it."""
    import torch

    peak = float(factor.abs().max()) if factor.numel() else 1.0
    fits = dtype != torch.float16 or SMALLEST_HALF_PEAK <= peak <= torch.finfo(torch.float16).max
    return factor.to(dtype if fits else torch.float32)


def cut(group: Sequence[Made], rank: int, bias: LazyTensor | None) -> LoraFactors:
    """The factors of a module at a rank; of several experts stacked, those with fewer ranks padded with zeros."""
    if group[0].job.expert is None:
        A, rows = (_prefix(side, rank) for side in (group[0].A, group[0].B_rows))
        return LoraFactors(A, rows.T, 1.0, bias)
    A, rows = (_stacked([getattr(each, name) for each in group], rank) for name in ("A", "B_rows"))
    return LoraFactors(A, rows.T, 1.0, bias)


def _prefix(side: LazyTensor, rank: int) -> LazyTensor:
    return side.sliced(0, min(rank, side.shape[0]))


def _stacked(sides: Sequence[LazyTensor], rank: int) -> LazyTensor:
    dtype = widest(side.dtype for side in sides)
    shape = (len(sides), rank, sides[0].shape[1])

    def read() -> Tensor:
        import torch

        stack = torch.zeros(shape, dtype=dtype.torch)
        for index, side in enumerate(sides):
            held = min(rank, side.shape[0])
            stack[index, :held] = side.read_rows(0, held).to(dtype.torch)
        return stack

    return LazyTensor(shape, dtype, read)

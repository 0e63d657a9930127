"""Foresee factors from headers and a rank rule: their shapes, with the largest rank that they can have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lorasurgery.dtypes import Dtype, widest
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.conversion.bias import bias_of
from lorasurgery.surgery.conversion.concatenate import is_plain
from lorasurgery.surgery.conversion.fuse_inputs import MatrixInAdapters
from lorasurgery.surgery.factorise.adapter_matrix import AdapterMatrix
from lorasurgery.surgery.factorise.decompose import is_product, weight_of
from lorasurgery.surgery.factorise.from_adapter import dtype_of
from lorasurgery.surgery.factorise.rank_rule import AllRanks, Budget, RankRule, deepest_rank
from lorasurgery.variants.adalora import AdaloraFactors
from lorasurgery.variants.edit import Sum
from lorasurgery.variants.lora import LoraFactors

if TYPE_CHECKING:
    from torch import Tensor

# Whole numbers up to this are different in every dtype of factors, bfloat16 with its 8 bits too.
NUMBERS = 256


def foreseen_modules(
    jobs: Sequence[AdapterMatrix], rule: RankRule, dtype: Dtype | None
) -> dict[str, LoraFactors]:
    """The factors that modules can get at most, where a rank rule cuts the decompositions of all of them.

    Args:
        jobs: the modules' matrices.
        dtype: of the new factors; None for that of the old ones.

    Raises:
        UnsupportedError: a change depends on W, or a shape on the base, and there is no base.
        AlignmentError: factors do not fit their weight.
    """
    groups: dict[str, list[AdapterMatrix]] = {}
    for job in jobs:
        groups.setdefault(job.path, []).append(job)
    foreseen = {path: _foreseen(index, groups[path], rule, dtype) for index, path in enumerate(groups)}
    return {path: factors for path, factors in foreseen.items() if factors.rank}


def foreseen_fusion(
    matrices: Sequence[MatrixInAdapters], rule: RankRule | None, dtype: Dtype | None, *, concatenates: bool
) -> dict[str, LoraFactors]:
    """The factors, without biases, that modules can get at most where several adapters are fused.

    No method of `fusing/` leaves the space that the adapters' own directions span, which bounds the
    rank.

    Args:
        rule: of the result's ranks; None where all are kept.
        concatenates: whether plain factors are put side by side as they are where no rule cuts
            them.

    Raises:
        UnsupportedError: a change depends on W, or a shape on the base, and there is no base.
    """
    groups: dict[str, list[MatrixInAdapters]] = {}
    for matrix in matrices:
        groups.setdefault(matrix.path, []).append(matrix)
    fused = {}
    for index, (path, group) in enumerate(groups.items()):
        jobs = [matrix.jobs[0] for matrix in group]
        plain = [each.factors for each in group[0].jobs if is_plain(each.factors)]
        if rule is None and concatenates and len(plain) == len(group[0].jobs):
            rank = sum(each.rank for each in plain)
            stored_dtype = dtype or widest(side.dtype for each in plain for side in (each.A, each.B))
        else:
            spans = [sum(map(change_rank, matrix.jobs)) for matrix in group]
            rank = max(_cut(min(span, *jobs[0].flat_shape), jobs[0], rule or AllRanks()) for span in spans)
            stored_dtype = dtype or widest(map(dtype_of, jobs))
        fused[path] = _stand_ins(index, jobs, rank, stored_dtype)
    return {path: factors for path, factors in fused.items() if factors.rank}


def _foreseen(index: int, jobs: Sequence[AdapterMatrix], rule: RankRule, dtype: Dtype | None) -> LoraFactors:
    rank = max(_cut(change_rank(job), job, rule) for job in jobs)
    factors = _stand_ins(index, jobs, rank, dtype or widest(map(dtype_of, jobs)))
    return replace(factors, bias=bias_of(jobs[0].factors))


def _stand_ins(index: int, jobs: Sequence[AdapterMatrix], rank: int, dtype: Dtype) -> LoraFactors:
    """The factors of a module, of which `jobs` are the matrices."""
    out, width = jobs[0].flat_shape
    experts = (len(jobs),) if jobs[0].expert is not None else ()
    return LoraFactors(
        stand_in((*experts, rank, width), dtype, index), stand_in((*experts, out, rank), dtype, index)
    )


def _cut(rank: int, job: AdapterMatrix, rule: RankRule) -> int:
    """The largest rank that a rule can leave of a change of this rank."""
    if not rank:
        return 0
    return min(rank, deepest_rank(rule, job.flat_shape if isinstance(rule, Budget) else (rank, rank)))


def decomposing_bytes(job: AdapterMatrix) -> int:
    """Bytes to decompose a matrix; W and ΔW in float64 are among them if the change is non-additive."""
    if isinstance(job.factors, LoraFactors | AdaloraFactors) or job.weight is None:
        return job.working_bytes
    return job.working_bytes + (0 if is_product(job.edit().weight) else job.weight.working_bytes)


def change_rank(job: AdapterMatrix) -> int:
    """The largest rank that ΔW can have.

    For LoRA and AdaLoRA it is in the headers; for other variants the factors are read.

    Raises:
        UnsupportedError: it depends on W, and there is no base.
        AlignmentError: the factors do not fit their weight.
    """
    short = min(job.flat_shape)
    if isinstance(job.factors, LoraFactors | AdaloraFactors):
        return min(short, job.factors.rank)
    change = job.edit().weight
    if change is None:
        return 0
    if not isinstance(change, Sum):
        weight_of(job)
        return short
    return min(short, sum(getattr(term, "rank", short) for term in change.terms))


def stand_in(shape: tuple[int, ...], dtype: Dtype, index: int) -> LazyTensor:
    """A tensor in the place of one that is not made yet.

    Packing reads factors, to leave out zeros and to store equal ones once. A stand-in is filled
    with a number other than zero and other than that of modules with an index near its own, so that
    nothing is saved on it.
    """

    def read() -> Tensor:
        import torch

        return torch.full(shape, 1.0 + index % NUMBERS, dtype=dtype.torch)

    return LazyTensor(shape, dtype, read)

"""From what was found for each matrix to the modules of an adapter: group experts, cut to the rank, orient.

A fused experts parameter has one rank: the largest that one of its experts asks for. An expert with fewer is padded with
zeros, which add nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from lorasurgery.dtypes import widest
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.extraction.extract_report import ModuleReport
from lorasurgery.surgery.factorise.from_pair import Found
from lorasurgery.variants.lora import LoraFactors

if TYPE_CHECKING:
    from torch import Tensor

# Module path -> what was found for its matrix, or for each of its experts.
Groups = Mapping[str, Sequence[Found]]


def grouped(found: Sequence[Found]) -> dict[str, list[Found]]:
    """Put the experts of a parameter together; all other matrices stand alone."""
    groups: dict[str, list[Found]] = {}
    for each in found:
        groups.setdefault(each.job.path, []).append(each)
    return groups


def ranks_of(groups: Groups) -> dict[str, int]:
    """The rank that each group's rule asked for."""
    return {path: max(each.rank for each in group) for path, group in groups.items()}


def factors_of(groups: Groups, ranks: Mapping[str, int]) -> dict[str, LoraFactors]:
    """The low-rank factors of every module that has a rank."""
    return {path: _factors(group, ranks[path]) for path, group in groups.items() if ranks[path]}


def report_of(path: str, group: Sequence[Found], rank: int) -> ModuleReport:
    """What the module's factors hold at a rank."""
    out, width = group[0].job.tuned.shape
    return ModuleReport(
        module=path,
        kind=group[0].job.kind,
        shape=(len(group), out, width) if len(group) > 1 else (out, width),
        rank=rank,
        change=sum(each.energy for each in group) ** 0.5,
        error=max(0.0, sum(each.error_at(rank) for each in group)) ** 0.5,
        base=sum(each.base_energy for each in group) ** 0.5,
    )


def _factors(group: Sequence[Found], rank: int) -> LoraFactors:
    if group[0].job.kind != "experts":
        return LoraFactors(_cut(group[0].A, rank), _cut(group[0].B_rows, rank).T)
    out, width = group[0].job.tuned.shape
    return LoraFactors(
        _stacked([each.A for each in group], rank, width),
        _stacked([each.B_rows for each in group], rank, out).T,
    )


def _cut(factor: LazyTensor | None, rank: int) -> LazyTensor:
    assert factor is not None, "a module with a rank has factors"
    return factor.sliced(0, rank)


def _stacked(factors: Sequence[LazyTensor | None], rank: int, width: int) -> LazyTensor:
    dtype = widest(each.dtype for each in factors if each is not None)

    def read() -> Tensor:
        import torch

        stack = torch.zeros(len(factors), rank, width, dtype=dtype.torch)
        for index, factor in enumerate(factors):
            if factor is not None:
                held = min(rank, factor.shape[0])
                stack[index, :held] = factor.read_rows(0, held).to(dtype.torch)
        return stack

    return LazyTensor((len(factors), rank, width), dtype, read)


def itemsize_of(group: Sequence[Found]) -> int:
    """Bytes of one stored number."""
    return max((each.A.dtype.itemsize for each in group if each.A is not None), default=1)


def rank_nbytes(group: Sequence[Found]) -> int:
    """What one more rank costs in this module's stored factors, in bytes."""
    return itemsize_of(group) * sum(sum(each.job.tuned.shape) for each in group)

"""Place a change of a matrix (out, in) in a stored tensor: transposed, cut or one of several experts."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from lorasurgery.errors import UnsupportedError
from lorasurgery.linalg.terms import Term
from lorasurgery.surgery.base.fitting import edit_of
from lorasurgery.surgery.base.shapes import part_shape
from lorasurgery.surgery.merging.tensor_job import ModulePart, TensorJob
from lorasurgery.variants.edit import Change, Dense, Sum
from lorasurgery.variants.lora import LoraFactors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor


def change_of(part: ModulePart) -> Change:
    """Return the change of a part's matrix, or of its bias as a column."""
    factors = part.factors
    if part.expert is not None:
        assert isinstance(factors, LoraFactors), (
            f"only LoRA has factors for each expert, and {part.module} has them"
        )
        factors = factors.expert(part.expert)
    edit = edit_of(part.module, factors, part.shape)
    change = edit.bias if part.of_bias else edit.weight
    assert change is not None, f"{part.module} was checked to change here"
    return change


def placed_all(
    job: TensorJob, changes: Sequence[tuple[ModulePart, Change]]
) -> tuple[tuple[Term, ...], tuple[Dense, ...]]:
    """Return all that is added to a tensor, weighted: products of factors, and dense terms."""
    terms: list[Term | Dense] = []
    for part, change in changes:
        assert isinstance(change, Sum), f"{part.module} is added to {job.name}, and is non-additive"
        terms += placed(job, part, change.times(part.weight).terms)
    return (
        tuple(term for term in terms if isinstance(term, Term)),
        tuple(term for term in terms if isinstance(term, Dense)),
    )


def placed(job: TensorJob, part: ModulePart, terms: Sequence[Term | Dense]) -> list[Term | Dense]:
    """Translate terms of a part's matrix into rows and columns of the stored tensor."""
    count = part_shape(job.shape, part.source)[0]
    in_tensor = [
        _placed_dense(job, part, term) if isinstance(term, Dense) else _placed_term(job, part, cut)
        for term in terms
        if (cut := term if isinstance(term, Dense) else _cut(term, part.first, count)) is not None
    ]
    return in_tensor if job.order is None else [_reordered(term, job.order) for term in in_tensor]


def _reordered(term: Term | Dense, order: NDArray[np.int64]) -> Term | Dense:
    """Put the rows of a term into the order of a file."""
    import numpy as np

    if isinstance(term, Dense):
        return _reordered_dense(term, order)
    left = np.zeros((len(order), term.rank), term.left.dtype)
    left[term.rows.start : term.rows.stop] = term.left
    return dataclasses.replace(term, left=left[order], row=0)


def _reordered_dense(dense: Dense, order: NDArray[np.int64]) -> Dense:
    def rows(start: int, stop: int) -> Tensor:
        wanted = order[start:stop]
        lowest = int(wanted.min())
        return dense.rows(lowest, int(wanted.max()) + 1)[wanted - lowest]

    return Dense(rows, dense.scale)


def _cut(term: Term, first: int, count: int) -> Term | None:
    """Return the rows of a term that are in one of several stacked tensors."""
    cut = term.within(first, first + count)
    return cut and dataclasses.replace(cut, row=cut.row - first)


def _placed_term(job: TensorJob, part: ModulePart, term: Term | Dense | None) -> Term:
    assert isinstance(term, Term)
    source = part.source
    if source.rows is not None:
        term = dataclasses.replace(term, row=term.row + source.rows[0])
    if source.transposed:
        term = term.turned
    if source.expert is not None:
        term = dataclasses.replace(term, row=term.row + source.expert * job.shape[1])
    return term


def _placed_dense(job: TensorJob, part: ModulePart, dense: Dense) -> Dense:
    source = part.source
    if source.expert is not None or source.rows is not None or part.first:
        raise UnsupportedError(
            f"{part.module!r} is stored in a part of {job.name!r}, into which only low-rank changes can be "
            "merged; convert the adapter to LoRA first."
        )
    if not source.transposed:
        return dense

    @cache
    def transposed() -> Tensor:
        """Return all of it, computed once: rows of the stored tensor are columns of ΔW."""
        return dense.rows(0, part.shape[0]).T.contiguous()

    return Dense(lambda start, stop: transposed()[start:stop], dense.scale)

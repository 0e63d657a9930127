"""One module's change in its canonical form: the singular value decomposition of ΔW, found in factor space wherever ΔW is a sum of products."""

from __future__ import annotations

import dataclasses
import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.adapter import Adapter
from lorasurgery.errors import NumericError, UnsupportedError
from lorasurgery.surgery.adapter_input.whole_matrix import applied, are_finite
from lorasurgery.surgery.base.fitting import edit_of
from lorasurgery.surgery.base.weights import BaseWeight, BaseWeights, changed_shape
from lorasurgery.variants.edit import (
    Change,
    Dense,
    Edit,
    Factors,
    Shape,
    Sum,
    Term,
    lazy_tensors,
    nbytes,
)
from lorasurgery.variants.lora import LoraFactors

if TYPE_CHECKING:
    from lorasurgery.linalg.factored import Svd

# Singular values below this share of the largest are rounding of the arithmetic in float64, and no rank.
NOTHING = 1e-13


@dataclass(frozen=True)
class Job:
    """One matrix of an adapter: a module, or one of the experts of a fused parameter."""

    path: str
    factors: Factors
    weight: BaseWeight | None
    expert: int | None = None

    @property
    def seed(self) -> int:
        return zlib.crc32(f"{self.path}#{self.expert or 0}".encode())

    @property
    def shape(self) -> Shape:
        """(out, in, *kernel).

        Raises:
            UnsupportedError: neither the file nor a base tells it.
        """
        shape = changed_shape(self.weight, self.factors)
        if shape is None:
            raise UnsupportedError(
                f"The shape of {self.path!r} is not in the adapter's file; give its model with --base."
            )
        return shape

    @property
    def flat_shape(self) -> tuple[int, int]:
        return self.shape[0], math.prod(self.shape[1:])

    @property
    def read_bytes(self) -> int:
        return nbytes(self.factors)

    @property
    def working_bytes(self) -> int:
        """The factors in float64, their orthogonal parts and the new factors."""
        return 40 * sum(tensor.numel for tensor in lazy_tensors(self.factors))

    def advise(self) -> None:
        """Adapters are small, and read at once."""

    def edit(self) -> Edit:
        """What the module does.

        Raises:
            AlignmentError: the factors do not fit the weight.
        """
        return edit_of(self.path, self.factors, self.shape)


def jobs_of(adapter: Adapter, weights: BaseWeights | None) -> list[Job]:
    """A job for every matrix, modules in sorted order and experts in theirs."""
    return [job for path in sorted(adapter.modules) for job in _jobs(adapter, path, weights)]


def _jobs(adapter: Adapter, path: str, weights: BaseWeights | None) -> Iterator[Job]:
    factors = adapter.modules[path]
    found = weights.of(path) if weights else ()
    if isinstance(factors, LoraFactors) and len(factors.A.shape) == 3:
        for index in range(factors.A.shape[0]):
            yield Job(path, factors.expert(index), found[index] if found else None, index)
        return
    yield Job(path, factors, found[0] if found else None)


def is_product(change: Change | None) -> bool:
    """Whether a change is a sum whose parts have few columns or a structure of which the decomposition is known."""
    from lorasurgery.linalg.terms import Hadamard, Kronecker

    return isinstance(change, Sum) and all(
        isinstance(term, Term | Hadamard | Kronecker) for term in change.terms
    )


def decomposed(job: Job, rank: int | None = None) -> Svd:
    """The decomposition of ΔW, with the vectors of `rank` leading triplets or of all; of what is no sum, that of the real ΔW = W' − W.

    Raises:
        UnsupportedError: it depends on W, and there is no base.
        NumericError: a NaN or an infinity.
    """
    from lorasurgery.linalg.factored import svd_of

    change = job.edit().weight
    if change is None:
        return svd_of((), job.flat_shape)
    if isinstance(change, Sum):
        _refuse_non_finite(job, is_finite=are_finite(change.terms))
        return without_nothing(svd_of(change.terms, job.flat_shape, rank))
    W = weight_of(job).read()
    D = applied(change, W) - W
    _refuse_non_finite(job, is_finite=bool(D.isfinite().all()))
    return without_nothing(svd_of((Dense(lambda start, stop: D[start:stop]),), job.flat_shape, rank))


def weight_of(job: Job) -> BaseWeight:
    """The weight that a change depends on.

    Raises:
        UnsupportedError: there is no base.
    """
    if job.weight is None:
        raise UnsupportedError(
            f"The change of {job.path!r} depends on its weight; give its model with --base."
        )
    return job.weight


def without_nothing(svd: Svd) -> Svd:
    """Leave out what the arithmetic in float64 cannot tell from zero."""
    floor = NOTHING * float(svd.S[:1].sum())
    kept, beyond = svd.cut(int(svd.S.gt(floor).sum())), svd.beyond[svd.beyond > floor]
    return dataclasses.replace(kept, beyond=beyond)


def _refuse_non_finite(job: Job, *, is_finite: bool) -> None:
    if not is_finite:
        raise NumericError(
            f"The factors of {job.path!r} have a NaN or an infinity; take an earlier checkpoint of the training."
        )

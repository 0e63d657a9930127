"""Look at an adapter: every module's spectrum, in factor space where its change is a sum of products."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.adapter import Adapter
from lorasurgery.dtypes import Dtype
from lorasurgery.surgery.adapter_input.whole_matrix import applied, are_finite
from lorasurgery.surgery.base.fitting import edit_of
from lorasurgery.surgery.base.name_filter import NameFilter
from lorasurgery.surgery.base.prefetch import fetch_soon
from lorasurgery.surgery.base.weights import BaseWeight, BaseWeights, changed_shape
from lorasurgery.surgery.factorise.singular_values import Values, values_of
from lorasurgery.surgery.inspection.against_base import against
from lorasurgery.surgery.inspection.inspect_report import AgainstBase, ModuleSpectrum, OtherParameter
from lorasurgery.surgery.output.finite import is_finite
from lorasurgery.text import natural_key
from lorasurgery.variants.edit import (
    Change,
    Dense,
    Factors,
    Scaled,
    Shape,
    Sum,
    Term,
    lazy_tensors,
    nbytes,
    variant_of,
)
from lorasurgery.variants.lora import LoraFactors

if TYPE_CHECKING:
    from numpy import ndarray

    from lorasurgery.linalg.factored import Svd

# float32 knows singular values better than factors that went through training are worth.
LEAST_ROUNDING = 1e-5
# Why modules have no spectrum that were only to be listed.
NOT_ASKED = "not decomposed, by --no-spectra"


@dataclass(frozen=True)
class InspectedMatrix:
    """One matrix of an adapter; `weight` is what it changes, where a base is given.

    `full` asks for all singular values of what is decomposed as a dense matrix; without `spectra`
    nothing is decomposed.
    """

    path: str
    factors: Factors
    weight: BaseWeight | None = None
    full: bool = False
    spectra: bool = True

    @property
    def read_bytes(self) -> int:
        return nbytes(self.factors) + (self.weight.matrix.nbytes if self.weight and self.spectra else 0)

    @property
    def working_bytes(self) -> int:
        factors = 4 * sum(tensor.numel for tensor in lazy_tensors(self.factors)) * 4
        return factors + (self.weight.working_bytes if self.weight and self.spectra else 0)

    @property
    def seed(self) -> int:
        return zlib.crc32(self.path.encode())

    def advise(self) -> None:
        """Ask for the bytes to be fetched in the background."""
        fetch_soon([self.factors])
        if self.weight and self.spectra:
            self.weight.matrix.advise()


@dataclass(frozen=True)
class MatrixInBoth:
    """A module's change in two adapters, as one job."""

    one: InspectedMatrix
    other: InspectedMatrix

    @property
    def read_bytes(self) -> int:
        return self.one.read_bytes + self.other.read_bytes

    @property
    def working_bytes(self) -> int:
        return self.one.working_bytes + self.other.working_bytes

    def advise(self) -> None:
        self.one.advise()
        self.other.advise()


def jobs_of(
    adapter: Adapter, choice: NameFilter, weights: BaseWeights | None, *, full: bool, spectra: bool = True
) -> list[InspectedMatrix]:
    """A job for every matrix that is wanted, in the order in which people read."""
    choice.check(f"{path}.weight" for path in adapter.modules)
    wanted = [path for path in adapter.modules if choice(f"{path}.weight")]
    paths = sorted(wanted, key=natural_key)
    return [job for path in paths for job in _jobs(adapter, path, weights, full, spectra)]


def _jobs(
    adapter: Adapter, path: str, weights: BaseWeights | None, full: bool, spectra: bool
) -> Iterator[InspectedMatrix]:
    factors = adapter.modules[path]
    found = weights.of(path) if weights else ()
    if isinstance(factors, LoraFactors) and len(factors.A.shape) == 3:
        for index in range(factors.A.shape[0]):
            weight = found[index] if found else None
            yield InspectedMatrix(f"{path}[{index}]", factors.expert(index), weight, full, spectra)
        return
    yield InspectedMatrix(path, factors, found[0] if found else None, full, spectra)


def notes_of(jobs: Sequence[InspectedMatrix]) -> list[str]:
    """What the user should know of the base: weights of it that cannot be read."""
    unread = [(job.path, job.weight.refusal) for job in jobs if job.weight and job.weight.refusal]
    if not unread:
        return []
    path, refusal = unread[0]
    return [
        f"The weight of {path!r} in the base {refusal}. Of {len(unread)} of {len(jobs)} modules only the "
        "change itself is shown; "
        "give the 16-bit original as the base for figures relative to the weights."
    ]


def look(job: InspectedMatrix) -> ModuleSpectrum:
    """Decompose one module's change.

    Raises:
        AlignmentError: the factors do not fit the base's weight.
    """
    shape = changed_shape(job.weight, job.factors)
    if not is_finite(job.factors):
        return _record(job, _flat(shape) if shape else (), finite=False)
    if shape is None:
        return _record(job, reason=_reason(job, "the shape of its weight is not in the file"))
    change = edit_of(job.path, job.factors, shape).weight
    flat = _flat(shape)
    if change is None:
        return _record(job, flat, reason="it changes the bias alone")
    if not job.spectra:
        return _record(job, flat, reason=NOT_ASKED)
    if job.weight is None or job.weight.refusal:
        return _alone(job, change, flat)
    return _on_base(job, job.weight, change, flat)


def _reason(job: InspectedMatrix, what: str) -> str:
    """Why there is no spectrum, with the way out: a base, or one whose numbers can be read."""
    if job.weight is None:
        return f"{what}: give --base"
    return f"{what}, and that {job.weight.refusal}: give the 16-bit original as the base"


def _alone(job: InspectedMatrix, change: Change, shape: tuple[int, int]) -> ModuleSpectrum:
    """Without a base: sums, and the sum inside a rescaled one."""
    from lorasurgery.linalg.factored import singular_values_of

    terms = change.terms if isinstance(change, Sum | Scaled) else ()
    if not terms and not isinstance(change, Sum):
        return _record(job, shape, reason=_reason(job, "its change depends on the weight"))
    sigma = singular_values_of(terms, shape)
    return _with_factors(job, terms, shape, _values(sigma))


def _on_base(
    job: InspectedMatrix, weight: BaseWeight, change: Change, shape: tuple[int, int]
) -> ModuleSpectrum:
    """With a base: any change, and what it does to the weight."""
    from lorasurgery.linalg.factored import svd_of

    if isinstance(change, Sum):
        svd = svd_of(change.terms, shape)
        return _with_factors(job, change.terms, shape, _values(svd.S), against(weight, svd, job.seed))
    import numpy as np
    import torch

    W = torch.from_numpy(weight.read())
    D = (applied(change, W) - W).numpy()
    if not np.isfinite(D).all():
        return _record(job, shape, finite=False)
    values = values_of(D, full=job.full, seed=job.seed)
    terms = change.terms if isinstance(change, Scaled) else ()
    return _with_factors(job, terms, shape, values, against(weight, _leading(D, job.seed), job.seed))


def svd_of_job(job: InspectedMatrix) -> Svd | None:
    """Decompose a change for comparisons.

    None where it is non-additive, non-finite or of unknown shape.
    """
    from lorasurgery.linalg.factored import svd_of

    shape = changed_shape(job.weight, job.factors)
    change = edit_of(job.path, job.factors, shape).weight if shape else None
    if shape is None or not isinstance(change, Sum) or not are_finite(change.terms):
        return None
    return svd_of(change.terms, _flat(shape))


def _leading(D: ndarray, seed: int) -> Svd:
    import numpy as np

    from lorasurgery.linalg import rank_rules
    from lorasurgery.linalg.factored import Svd
    from lorasurgery.linalg.svd import truncated_svd
    from lorasurgery.surgery.factorise.singular_values import LEADING

    found = truncated_svd(D.astype(np.float32), rank_rules.fixed(LEADING), seed=seed)
    return Svd(found.U.astype(np.float64), found.S, found.V.astype(np.float64))


def _flat(shape: Shape) -> tuple[int, int]:
    width = 1
    for side in shape[1:]:
        width *= side
    return shape[0], width


def _values(sigma: ndarray) -> Values:
    listed = sigma.tolist()
    return Values(tuple(listed), sum(value**2 for value in listed), complete=True)


def _with_factors(
    job: InspectedMatrix,
    terms: tuple[Term | Dense, ...],
    shape: tuple[int, int],
    values: Values,
    base: AgainstBase | None = None,
) -> ModuleSpectrum:
    product = terms[0] if len(terms) == 1 and isinstance(terms[0], Term) else None
    balance, half_loss = _sides(product) if product else (None, None)
    return _record(job, shape, values, balance, half_loss, base)


def _sides(product: Term) -> tuple[float | None, float]:
    """‖B‖/‖A‖, and what float16 would make of the two."""
    left, right = (_norm(side) for side in (product.left, product.right))
    balance = left / right if right else None
    return balance, max(_lost_in_half(side) for side in (product.left, product.right))


def _lost_in_half(side: ndarray) -> float:
    """The relative error of casting to float16; infinite where a number overflows."""
    import numpy as np

    norm = _norm(side)
    with np.errstate(over="ignore"):
        half = side.astype(np.float16)
    if not norm or not np.isfinite(half).all():
        return 0.0 if not norm else float("inf")
    return _norm(side - half) / norm


def _norm(side: ndarray) -> float:
    """‖side‖_F, in float64: squares of float32 may vanish."""
    import numpy as np

    return float(np.linalg.norm(side.astype(np.float64, copy=False)))


def _record(
    job: InspectedMatrix,
    shape: tuple[int, int] | tuple[()] = (),
    values: Values | None = None,
    balance: float | None = None,
    half_loss: float | None = None,
    base: AgainstBase | None = None,
    *,
    finite: bool = True,
    reason: str = "",
) -> ModuleSpectrum:
    rank, dtype = _rank(job.factors), lazy_tensors(job.factors)[0].dtype
    kept = values or Values((), 0.0, complete=True)
    rank = rank if rank is not None or not kept.complete else None
    return ModuleSpectrum(
        module=job.path,
        variant=variant_of(job.factors),
        dtype=str(dtype),
        nbytes=nbytes(job.factors),
        shape=shape,
        rank=rank,
        sigma=kept.sigma,
        energy=kept.energy,
        complete=kept.complete,
        balance=balance,
        half_loss=half_loss,
        stored_error=_rounding(dtype),
        finite=finite,
        reason=reason,
        against=base,
    )


def _rank(factors: Factors) -> int | None:
    """The rank of the factors as stored, of variants that have A (r, in)."""
    from lorasurgery.lazy import LazyTensor

    A = getattr(factors, "A", None)
    return A.shape[-2] if isinstance(A, LazyTensor) and len(A.shape) == 2 else None


def _rounding(dtype: Dtype) -> float:
    """The relative error of a factor of this dtype."""
    return max(dtype.eps / 2, LEAST_ROUNDING) if dtype.is_floating_point else LEAST_ROUNDING


def others_of(adapter: Adapter, weights: BaseWeights | None) -> list[OtherParameter]:
    """What the adapter replaces outright."""
    from lorasurgery.surgery.inspection.checkpoint_spectra import norm_of

    replaced = []
    for name, tensor in sorted(adapter.replaced.items()):
        norm, finite = norm_of(tensor)
        same = weights.has_equal(name, tensor) if weights else None
        replaced.append(
            OtherParameter(
                name, "replaced", tensor.shape, str(tensor.dtype), tensor.nbytes, norm, finite, same
            )
        )
    rows = [
        OtherParameter(
            path,
            f"{len(rows.indices)} token rows",
            rows.rows.shape,
            str(rows.rows.dtype),
            rows.rows.nbytes,
            *norm_of(rows.rows),
        )
        for path, rows in sorted(adapter.token_rows.items())
    ]
    return [*replaced, *rows]

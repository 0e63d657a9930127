"""Forecast a merge: which tensors change, bytes, memory, and what share of ΔW is lost to rounding."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from lorasurgery.lazy import LazyTensor
from lorasurgery.stored_array import INFINITIES
from lorasurgery.surgery.base.rounding_noise import LEAST_SNR, rounding_energy, sampled_rows
from lorasurgery.surgery.merging.merge_report import (
    LEAST_KEPT,
    MergeForecast,
    RequantisedTensor,
    TensorForecast,
    in_all,
)
from lorasurgery.surgery.merging.merge_request import MergeRequest
from lorasurgery.surgery.merging.module_check import energy_of
from lorasurgery.surgery.merging.placement import change_of, placed_all
from lorasurgery.surgery.merging.requantise import forecast_kept, is_sum
from lorasurgery.surgery.merging.tensor_job import PEFT_COPIES, WHOLE_COPIES, TensorJob
from lorasurgery.surgery.workers import peak_nbytes
from lorasurgery.text import counted, percent
from lorasurgery.variants.edit import lazy_tensors
from lorasurgery.variants.lora import LoraFactors


def forecast_of(request: MergeRequest, workers: int | None = None, *, as_peft: bool = False) -> MergeForecast:
    """Say what a merge will do; some rows of each tensor of the base that changes are read."""
    energies = _energies(request)
    tensors, change, rounding = [], 0.0, 0.0
    for name, job in request.jobs.items():
        if energies.get(name):
            _sampled(job).advise_rows(sampled_rows(job.matrix_shape[0]))
    for name, job in request.jobs.items():
        energy = energies.get(name)
        noise = _noise(job, energy) if energy else None
        if noise is not None:
            change += energy or 0.0
            rounding += noise
        tensors.append(_report(job, energy, noise))
    snr = (change / rounding) ** 0.5 if rounding else None
    requantised, unknown = _requantised(request)
    return MergeForecast(
        base=request.base.name,
        adapters=[(each.name, each.weight) for each in request.adapters],
        output=str(request.target),
        tensors=tensors,
        copied=sum(len(plan.copied) for plan in request.files.plans),
        nbytes=request.files.nbytes,
        peak_nbytes=_peak(request, workers, as_peft=as_peft),
        snr=snr,
        notes=[*request.notes, *_warnings(snr), *_lost(requantised), *_known_later(unknown)],
        requantised=requantised,
    )


def _warnings(snr: float | None) -> list[str]:
    if snr is None or snr >= LEAST_SNR:
        return []
    share = min(1.0, 1 / snr)
    return [
        f"rounding to the stored dtype adds {100 * share:.0f} % of the change itself (merge SNR {snr:.1f}): "
        "much of the adapter will be lost. Write a wider --dtype, or keep the adapter apart."
    ]


def _requantised(request: MergeRequest) -> tuple[list[RequantisedTensor], int]:
    """Return what is expected to become of ΔW in each weight that is quantised again, and for how
    many that is not known beforehand.
    """
    wanted = [job.requantise for job in request.jobs.values() if job.requantise is not None]
    kept = [(each.weight, forecast_kept(each)) for each in wanted]
    known = [RequantisedTensor(name, sums) for name, sums in kept if sums is not None]
    return known, len(kept) - len(known)


def _known_later(unknown: int) -> list[str]:
    if not unknown:
        return []
    return [
        f"What codes keep of ΔW in {counted(unknown, 'weight')} is stated once they are written: they change "
        "as a whole (by DoRA, a rotation or a new table)."
    ]


def _lost(requantised: Sequence[RequantisedTensor]) -> list[str]:
    total = in_all(requantised)
    if total is None or total.sums.share >= LEAST_KEPT:
        return []
    return [
        f"only {percent(total.sums.share)} of the change is kept in the quantised weights: much of the "
        "adapter will be lost. Merge without --requantise, or keep the adapter apart."
    ]


def _energies(request: MergeRequest) -> dict[str, float | None]:
    """Return ‖ΔW‖²_F of each tensor that changes by sums alone.

    A module in several tensors gives each an equal share.
    """
    spread: dict[tuple[int, str], int] = defaultdict(int)
    for job in request.jobs.values():
        for part in job.parts:
            spread[part.adapter, part.module] += not part.of_bias
    energies: dict[str, float | None] = {}
    for name, job in request.jobs.items():
        parts = [part for part in job.parts if not part.of_bias]
        part_energies = [request.match.checks[part.adapter, part.module].energy for part in parts]
        if parts and job.replaced is None and all(energy is not None for energy in part_energies):
            if len({part.adapter for part in parts}) > 1:  # they may add up, or cancel
                terms, dense = placed_all(job.in_numbers, [(part, change_of(part)) for part in parts])
                energies[name] = None if dense else energy_of(terms)
                continue
            experts = _experts(parts[0].factors)
            energies[name] = sum(
                (energy or 0.0) * part.weight * part.weight * experts / spread[part.adapter, part.module]
                for part, energy in zip(parts, part_energies, strict=True)
            )
    return energies


def _experts(factors: object) -> int:
    """Return how many experts share the factors of which one was checked."""
    A = getattr(factors, "A", None)
    return A.shape[0] if isinstance(A, LazyTensor) and len(A.shape) == 3 else 1


def _noise(job: TensorJob, energy: float) -> float | None:
    """Estimate ‖rounding‖²_F from a sample of the rows; None where nothing is rounded that matters."""
    from lorasurgery.linalg.ordered import round_once

    if job.requantise is not None or not job.dtype.is_floating_point or job.dtype.itemsize == 8:
        return None
    sample = _sampled(job).raw_sample(sampled_rows(job.matrix_shape[0]))
    if sample.dtype is not job.dtype:
        sample = round_once(sample.double(), job.dtype)
    return rounding_energy(sample, energy, job.matrix_shape)


def _sampled(job: TensorJob) -> LazyTensor:
    """Return the tensor whose rows are sampled."""
    return job.start.viewed(job.matrix_shape)


def _report(job: TensorJob, energy: float | None, noise: float | None) -> TensorForecast:
    change = None if energy is None else energy**0.5
    # Codes are called by their weight, in whose rows and columns they change.
    name, shape = job.in_numbers.name, job.in_numbers.shape
    return TensorForecast(name, _how(job), shape, job.nbytes, change, None if noise is None else noise**0.5)


def _how(job: TensorJob) -> str:
    if job.requantise is not None:
        return "changed, requantised"
    if job.base is not None and job.replaced is not None and job.base.dtype.itemsize == 1:
        return "changed" if job.parts else "converted"
    if job.parts:
        return "changed and replaced" if job.replaced is not None else "changed"
    if job.rows:
        return "rows replaced"
    if job.base is None:
        return "new"
    return (
        "replaced" if job.replaced is not None else "copied" if job.dtype == job.base.dtype else "converted"
    )


def _peak(request: MergeRequest, workers: int | None, *, as_peft: bool) -> int:
    sizes = (working_bytes(request, job, as_peft=as_peft) for job in request.jobs.values())
    with_torch = as_peft or needs_torch(request)
    return peak_nbytes(sizes, workers, torch=with_torch, architecture=request.architecture)


def needs_torch(request: MergeRequest) -> bool:
    """Return whether a merge computes with torch.

    It does for all but plain LoRA, for whole tensors of an adapter, for dtypes that numpy does not
    have, and for GGUF files, whose rows it brings into order.
    """
    jobs = request.jobs.values()
    of_numbers = [job for job in jobs if job.requantise is None]
    dtypes = {each.dtype for job in of_numbers for each in (job.base, job.replaced) if each is not None}
    dtypes |= {job.dtype for job in of_numbers}
    numbers = {dtype for dtype in dtypes if dtype.is_floating_point}
    plain = all(isinstance(part.factors, LoraFactors) for job in jobs for part in job.parts)
    # Factors that are stored transposed, or stacked, are read by torch.
    as_stored = all(
        tensor.bits for job in jobs for part in job.parts for tensor in lazy_tensors(part.factors)
    )
    replaces = any(job.replaced is not None for job in jobs)
    if request.base.gguf is not None:
        return True
    return not plain or not as_stored or replaces or not numbers <= INFINITIES.keys()


def load_torch_if_needed(request: MergeRequest, *, as_peft: bool) -> None:
    """Import torch before the workers start, who hold it to one thread only if it is loaded by then."""
    if as_peft or needs_torch(request):
        import torch  # noqa: F401


def working_bytes(request: MergeRequest, job: TensorJob, *, as_peft: bool = False) -> int:
    """Return the memory of a job while it runs: some blocks of rows, or the whole matrix if needed."""
    is_whole = (
        as_peft
        or (job.requantise is not None and not is_sum(job.requantise.of))
        or any(not request.match.checks[part.adapter, part.module].additive for part in job.parts)
    )
    rows, columns = job.in_numbers.matrix_shape
    copies = PEFT_COPIES if as_peft else WHOLE_COPIES
    return job.working_bytes + (copies * rows * columns if is_whole else 0)

"""What a merge will do: which tensors, how many bytes, how much memory, and what share of ΔW rounding will swallow."""

from __future__ import annotations

from collections import defaultdict

from lorasurgery.lazy import LazyTensor
from lorasurgery.raw import INFINITIES
from lorasurgery.surgery.base.rounding_noise import LEAST_SNR, rounding_energy, sampled_rows
from lorasurgery.surgery.merging.merge_report import MergePlan, TensorForecast
from lorasurgery.surgery.merging.merge_request import MergeRequest
from lorasurgery.surgery.merging.module_check import energy_of
from lorasurgery.surgery.merging.placement import change_of, placed_all
from lorasurgery.surgery.merging.tensor_job import WHOLE_COPIES, TensorJob
from lorasurgery.surgery.workers import available_cores
from lorasurgery.variants.edit import lazy_tensors
from lorasurgery.variants.lora import LoraFactors

# What the interpreter takes with numpy loaded (and numba, in the first run of all, some 100 MB more); and with torch, which only some
# variants need.
LIBRARY_BYTES, TORCH_BYTES = 100 * 10**6, 190 * 10**6


def forecast(asked: MergeRequest, workers: int | None = None, *, as_peft: bool = False) -> MergePlan:
    """Say what a merge will do. Of the base, some rows of each tensor that changes are read."""
    energies = _energies(asked)
    tensors, change, rounding = [], 0.0, 0.0
    for name, job in asked.jobs.items():
        energy = energies.get(name)
        noise = _noise(job, energy) if energy else None
        if noise is not None:
            change += energy or 0.0
            rounding += noise
        tensors.append(_report(job, energy, noise))
    snr = (change / rounding) ** 0.5 if rounding else None
    return MergePlan(
        base=asked.base.name,
        adapters=[(each.name, each.weight) for each in asked.adapters],
        output=str(asked.target),
        tensors=tensors,
        copied=sum(len(plan.copied) for plan in asked.files.plans),
        nbytes=asked.files.nbytes,
        peak_nbytes=_peak(asked, workers, as_peft=as_peft),
        snr=snr,
        notes=[*asked.notes, *_warnings(snr)],
    )


def _warnings(snr: float | None) -> list[str]:
    if snr is None or snr >= LEAST_SNR:
        return []
    share = min(1.0, 1 / snr)
    return [
        f"rounding to the stored dtype adds {100 * share:.0f} % of the change itself (merge SNR {snr:.1f}): much of the adapter will be lost. "
        "Write a wider --dtype, or keep the adapter apart."
    ]


def _energies(asked: MergeRequest) -> dict[str, float | None]:
    """‖ΔW‖²_F by tensor, where all that happens to it are sums; a module in several tensors gives each an equal share."""
    spread: dict[tuple[int, str], int] = defaultdict(int)
    for job in asked.jobs.values():
        for part in job.parts:
            spread[part.adapter, part.module] += not part.of_bias
    energies: dict[str, float | None] = {}
    for name, job in asked.jobs.items():
        parts = [part for part in job.parts if not part.of_bias]
        seen = [asked.match.surveys[part.adapter, part.module].energy for part in parts]
        if parts and job.replaced is None and all(energy is not None for energy in seen):
            if len({part.adapter for part in parts}) > 1:  # they may add up, or cancel
                terms, dense = placed_all(job, [(part, change_of(part)) for part in parts])
                energies[name] = None if dense else energy_of(terms)
                continue
            experts = _experts(parts[0].factors)
            energies[name] = sum(
                (energy or 0.0) * part.weight * part.weight * experts / spread[part.adapter, part.module]
                for part, energy in zip(parts, seen, strict=True)
            )
    return energies


def _experts(factors: object) -> int:
    """How many experts share the factors of which one was surveyed."""
    A = getattr(factors, "A", None)
    return A.shape[0] if isinstance(A, LazyTensor) and len(A.shape) == 3 else 1


def _noise(job: TensorJob, energy: float) -> float | None:
    """Estimate ‖rounding‖²_F from a sample of the rows; None where nothing is rounded that matters."""
    from lorasurgery.linalg.ordered import round_once

    if not job.dtype.is_floating_point or job.dtype.itemsize == 8:
        return None
    sample = job.start.viewed(job.matrix_shape).raw_sample(sampled_rows(job.matrix_shape[0]))
    if sample.dtype is not job.dtype:
        sample = round_once(sample.double(), job.dtype)
    return rounding_energy(sample, energy, job.matrix_shape)


def _report(job: TensorJob, energy: float | None, noise: float | None) -> TensorForecast:
    change = None if energy is None else energy**0.5
    return TensorForecast(
        job.name, _how(job), job.shape, job.nbytes, change, None if noise is None else noise**0.5
    )


def _how(job: TensorJob) -> str:
    if job.requantise is not None:
        return "scales" if job.requantise.of_scales else "changed, requantised"
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


def _peak(asked: MergeRequest, workers: int | None, *, as_peft: bool) -> int:
    sizes = sorted((working_bytes(asked, job, as_peft=as_peft) for job in asked.jobs.values()), reverse=True)
    libraries = LIBRARY_BYTES + (TORCH_BYTES if as_peft or needs_torch(asked) else 0)
    return libraries + sum(sizes[: workers or available_cores()])


def needs_torch(asked: MergeRequest) -> bool:
    """Whether a merge computes anything by torch: what is no plain LoRA, what an adapter brings whole, or numbers that numpy does not have."""
    jobs = asked.jobs.values()
    dtypes = {each.dtype for job in jobs for each in (job.base, job.replaced) if each is not None}
    dtypes |= {job.dtype for job in jobs}
    numbers = {dtype for dtype in dtypes if dtype.is_floating_point}
    plain = all(isinstance(part.factors, LoraFactors) for job in jobs for part in job.parts)
    # Factors that are stored transposed, or stacked, are read by torch.
    as_stored = all(
        tensor.bits for job in jobs for part in job.parts for tensor in lazy_tensors(part.factors)
    )
    replaces = any(job.replaced is not None for job in jobs)
    return not plain or not as_stored or replaces or not numbers <= INFINITIES.keys()


def working_bytes(asked: MergeRequest, job: TensorJob, *, as_peft: bool = False) -> int:
    """What a job takes while it runs: some blocks of rows, or the whole matrix where the change needs it."""
    whole = (
        as_peft
        or job.requantise is not None
        or any(not asked.match.surveys[part.adapter, part.module].additive for part in job.parts)
    )
    rows, columns = job.matrix_shape
    return job.working_bytes + (WHOLE_COPIES * rows * columns if whole else 0)

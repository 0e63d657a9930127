"""What a merge will do: which tensors, how many bytes, how much memory, and what share of ΔW rounding will swallow."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING

from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.merging.job import WHOLE_COPIES, Job
from lorasurgery.surgery.merging.report import LEAST_SNR, MergePlan, TensorReport
from lorasurgery.surgery.merging.request import Request
from lorasurgery.surgery.workers import available_cores

if TYPE_CHECKING:
    from torch import Tensor

# What the program takes before it opens a file: the interpreter with torch loaded.
TORCH_BYTES = 300 * 10**6
# Of the series in `_noise`, and the ratio σ²/u² under which it is not needed.
TERMS, SMALL = 12, 0.004
# Rows of a tensor that are looked at to tell how coarse its dtype is there.
SAMPLED_ROWS = 16


def forecast(asked: Request, workers: int | None = None) -> MergePlan:
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
        peak_nbytes=_peak(asked, workers),
        snr=snr,
        notes=[*asked.notes, *_warnings(snr)],
    )


def _warnings(snr: float | None) -> list[str]:
    if snr is None or snr >= LEAST_SNR:
        return []
    share = min(1.0, 1 / snr)
    return [
        f"rounding to the stored dtype adds {share:.0%} of the change itself (merge SNR {snr:.1f}): much of the adapter will be lost. "
        "Write a wider --dtype, or keep the adapter apart."
    ]


def _energies(asked: Request) -> dict[str, float | None]:
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


def _noise(job: Job, energy: float) -> float | None:
    """‖rounding‖²_F to expect, from a sample of the rows.

    W lies on the dtype's grid, so what is lost of Δ is its distance to the nearest multiple of the step u around W: all of it
    where it is small, u²/12 in the mean square where it is large. For normal Δ of mean square σ² that is the Fourier series

        u² (1/12 + Σₖ (−1)ᵏ exp(−2 π² k² σ²/u²) / (π² k²))
    """
    import torch

    from lorasurgery.linalg.noise import ulp

    if not job.dtype.is_floating_point or job.dtype.itemsize == 8:
        return None
    view = job.start.viewed(job.matrix_shape)
    rows, columns = job.matrix_shape
    step = max(1, rows // SAMPLED_ROWS)
    sampled = [view.read_rows(row, row + 1) for row in range(0, rows, step)]
    variance = energy / max(1, rows * columns)
    steps, counts = torch.unique(torch.cat([ulp(row.to(job.dtype)) for row in sampled]), return_counts=True)
    lost = float((_lost(steps.double().square(), variance) * counts).sum())
    return lost * rows / max(1, len(sampled))


def _lost(step_squared: Tensor, variance: float) -> Tensor:
    """The mean square of what is lost, for each squared step."""
    import torch

    series = torch.full_like(step_squared, 1 / 12)
    ratio = variance / step_squared
    for k in range(1, TERMS + 1):
        series += (-1) ** k * torch.exp(-2 * (math.pi * k) ** 2 * ratio) / (math.pi * k) ** 2
    # Far below the step the series converges slowly, and all is lost.
    return torch.where(ratio < SMALL, torch.full_like(series, variance), series * step_squared)


def _report(job: Job, energy: float | None, noise: float | None) -> TensorReport:
    change = None if energy is None else energy**0.5
    return TensorReport(
        job.name, _how(job), job.shape, job.nbytes, change, None if noise is None else noise**0.5
    )


def _how(job: Job) -> str:
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


def _peak(asked: Request, workers: int | None) -> int:
    sizes = sorted((working_bytes(asked, job) for job in asked.jobs.values()), reverse=True)
    return TORCH_BYTES + sum(sizes[: workers or available_cores()])


def working_bytes(asked: Request, job: Job, *, as_peft: bool = False) -> int:
    """What a job takes while it runs: some blocks of rows, or the whole matrix where the change needs it."""
    whole = (
        as_peft
        or job.requantise is not None
        or any(not asked.match.surveys[part.adapter, part.module].additive for part in job.parts)
    )
    rows, columns = job.matrix_shape
    return WHOLE_COPIES * rows * columns if whole else job.working_bytes

"""One matrix's change as low-rank factors: read, subtract, decompose, round, and certify what was stored."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.checkpoint import Spill
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.base.matrix import Matrix
from lorasurgery.surgery.factorise.delta import read_delta
from lorasurgery.surgery.factorise.memory import decomposing_bytes, measuring_bytes
from lorasurgery.surgery.factorise.noise_edge import AtEdge, at_edge
from lorasurgery.text import reason_of

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from lorasurgery.linalg.truncated import Rule

# float16 has its full precision down to 2^-14. Entries of a factor are about a fourth of the largest on average: above this bound
# the average one has it, and what smaller entries lose does not count beside that.
SMALLEST_HALF_PEAK = 2.0**-11

# What users may ask for; auto keeps float32, and makes float16 of a half.
DTYPES = ("auto", "float32", "float16", "bfloat16")
# What torch says of a device in more letters than this is a table of its backends.
LONGEST_REASON = 120


@dataclass(frozen=True)
class Job:
    """One matrix on both sides. `path` is what the adapter calls it; `expert` counts the experts of a fused parameter; `deepest` is the
    largest rank that it can get, 0 where it is only measured."""

    path: str
    parameter: str
    kind: str
    base: Matrix | None
    tuned: Matrix
    expert: int = 0
    deepest: int = 0

    @property
    def seed(self) -> int:
        return zlib.crc32(f"{self.parameter}#{self.expert}".encode())

    @property
    def working_bytes(self) -> int:
        if self.base is None or not self.deepest:
            return measuring_bytes(self.base, self.tuned)
        return decomposing_bytes(self.base, self.tuned, self.deepest)

    @property
    def read_bytes(self) -> int:
        return self.tuned.nbytes + (self.base.nbytes if self.base else 0)

    def advise(self) -> None:
        """Ask for both sides' bytes to be fetched in the background."""
        for side in (self.base, self.tuned):
            if side:
                side.advise()


RuleFor = Callable[[Job], "Rule"]


@dataclass(frozen=True)
class Found:
    """What a job found. The factors are stored with the rank first, so that every prefix of them is a smaller adapter.

    `sigma` are all singular values that were computed, `rank` how many the rule wants; `error_energy` is ‖ΔW − B·A‖²_F of all
    stored ranks together. `sigma` is empty where nothing changed. `at_edge` is there where the rule was a noise edge.
    """

    job: Job
    sigma: tuple[float, ...]
    rank: int
    energy: float
    base_energy: float
    error_energy: float
    A: LazyTensor | None = None
    B_rows: LazyTensor | None = None
    at_edge: AtEdge | None = None

    def error_at(self, rank: int) -> float:
        """‖ΔW − B·A‖²_F after a cut: what a cut removes is orthogonal to what stays and to what was never there."""
        return self.error_energy + sum(value**2 for value in self.sigma[rank:])


@dataclass(frozen=True)
class Factoriser:
    """How matrices are factorised in this run; call it with a job.

    `rule_for` gives the rule that decides a job's rank. Factors are stored in `dtype` (see `dtype_of`) and put away in `spill`.
    """

    rule_for: RuleFor
    dtype: str
    device: str
    spill: Spill

    def __call__(self, job: Job) -> Found:
        """Find a matrix's leading factors and put them away."""
        from lorasurgery.linalg.factors import balanced, stored_error
        from lorasurgery.linalg.svd import truncated_svd

        assert job.base is not None, "only what both sides have is factorised"
        rule = self.rule_for(job)  # before D takes its memory: a noise edge takes as much
        delta = read_delta(job.parameter, job.base, job.tuned)
        if delta.D is None:
            return Found(job, (), 0, 0.0, delta.base_energy, 0.0)
        D = delta.D.to(self.device)
        decomposed = truncated_svd(D, rule, seed=job.seed, energy=delta.energy)
        energy, sigma = decomposed.energy, tuple(decomposed.S.tolist())
        if not sigma:
            return Found(job, (), 0, energy, delta.base_energy, energy)
        dtype = dtype_of(self.dtype, job.tuned.stored_dtype)
        least = SMALLEST_HALF_PEAK if self.dtype == "auto" else 0.0
        factors = balanced(decomposed.U, decomposed.S, decomposed.V)
        A, B = (_stored(factor, dtype.torch, least) for factor in factors)
        error = stored_error(D, decomposed, A, B)
        stored = self.spill.put(StoredArray.of(A.cpu())), self.spill.put(StoredArray.of(B.T.cpu()))
        seen = at_edge(job.path, rule, sigma, energy)
        return Found(job, sigma, len(sigma), energy, delta.base_energy, error, *stored, seen)


def _stored(factor: Tensor, dtype: torch.dtype, least_peak: float) -> Tensor:
    """The factor in its stored dtype; float32 where float16 would overflow, or where its largest entry is under the bound."""
    import torch

    peak = float(factor.abs().max())
    fits = dtype != torch.float16 or least_peak <= peak <= torch.finfo(torch.float16).max
    return factor.to(dtype if fits else torch.float32)


def check_device(name: str) -> None:
    """Refuse a device that cannot be used, before any work starts.

    Raises:
        UnsupportedError: torch does not know it, or it is not there.
    """
    import torch

    try:
        device = torch.device(name)
    except (RuntimeError, TypeError):
        hint = "cuda" if str(name).lower().startswith(("gpu", "nvidia")) else "cpu, cuda or cuda:1"
        raise UnsupportedError(
            f"--device {name!r} cannot be used here: torch has no such device. Write {hint}."
        ) from None
    try:
        # In float64, which not every backend has; and here, because torch sets its linear algebra up at the first call, and fails where
        # that comes from several threads at once.
        torch.linalg.eigh(torch.eye(2, dtype=torch.float64, device=name)).eigenvalues.sum().item()
    except Exception as error:  # each backend of torch fails in its own way
        said = reason_of(error)
        reason = said if len(said) <= LONGEST_REASON else f"{device.type} is not available in this torch"
        raise UnsupportedError(
            f"--device {name!r} cannot be used here: {reason}. Leave it out to use the CPU."
        ) from None


def dtype_of(name: str, stored: Dtype) -> Dtype:
    """The dtype for factors: the one that was named, or for `auto` one that does justice to the weights.

    Factors of float32 weights stay float32. Those of half-precision weights are float16 whatever the half is: it
    keeps three bits more than bfloat16 in the same space, and balanced factors stay inside its range.
    """
    if name != "auto":
        return Dtype.named(name)
    return Dtype.F32 if stored.itemsize >= 4 else Dtype.F16

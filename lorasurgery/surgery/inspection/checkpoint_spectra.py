"""Look at a checkpoint by itself: its tensors, norms, non-finite numbers, and spectra of its weights."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from lorasurgery.architecture import LOW_RANK, architecture_of, bind
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.lazy import LazyTensor
from lorasurgery.quantisation import not_numbers
from lorasurgery.surgery.base.host import module_path
from lorasurgery.surgery.base.matrix import STREAM_ELEMENTS, Matrix, matrices
from lorasurgery.surgery.base.name_filter import NameFilter
from lorasurgery.surgery.factorise.delta import widened
from lorasurgery.surgery.factorise.singular_values import values_of
from lorasurgery.surgery.inspection.inspect_report import ModuleSpectrum, OtherParameter
from lorasurgery.surgery.inspection.quantised_weights import noise_norm
from lorasurgery.text import natural_key

# A matrix is read whole, in float32, and decomposed with a copy or two.
WORKING_FACTOR = 3


@dataclass(frozen=True)
class CheckpointMatrix:
    """One matrix of a checkpoint; `refusal` says why it cannot be read as numbers, where it cannot."""

    path: str
    matrix: Matrix
    refusal: str
    full: bool

    @property
    def read_bytes(self) -> int:
        return self.matrix.nbytes

    @property
    def working_bytes(self) -> int:
        rows, columns = self.matrix.shape
        return WORKING_FACTOR * 4 * rows * columns

    def advise(self) -> None:
        """Ask for the bytes to be fetched in the background."""
        self.matrix.advise()


def divide(
    checkpoint: Checkpoint, choice: NameFilter, *, full: bool
) -> tuple[list[CheckpointMatrix], dict[str, LazyTensor]]:
    """The matrices to decompose, and all other tensors by name."""
    architecture = architecture_of(checkpoint)
    bound = bind(architecture, checkpoint)
    layouts = {
        name: layout
        for name, layout in bound.sources.items()
        if architecture.parameters[name].kind in LOW_RANK and architecture.tied.get(name) not in bound.sources
    }
    choice.check([*bound.sources, *bound.unclaimed])
    jobs: list[CheckpointMatrix] = []
    taken: set[str] = set()
    for name in sorted(layouts, key=natural_key):
        taken |= set(layouts[name].tensors)
        if choice(name):
            path = module_path(architecture.parameters[name])
            refusal = next(filter(None, (_reason(checkpoint, each) for each in layouts[name].tensors)), "")
            jobs += _jobs(path, matrices(checkpoint, layouts[name]), refusal, full)
    # Of two names for one storage, one is enough.
    taken |= {kept for alias, kept in checkpoint.aliases.items() if alias in taken} | set(checkpoint.aliases)
    others = {
        name: tensor for name, tensor in checkpoint.tensors.items() if name not in taken and choice(name)
    }
    return jobs, others


def _reason(checkpoint: Checkpoint, name: str) -> str | None:
    """Why a tensor has no spectrum, in the same words for all that are stored alike."""
    quantised = checkpoint.tensors[name].quantised
    if quantised is not None and quantised.refusal:
        return f"it {quantised.refusal}"
    return not_numbers(checkpoint, name)


def _jobs(path: str, found: tuple[Matrix, ...], refusal: str, full: bool) -> Iterator[CheckpointMatrix]:
    for index, matrix in enumerate(found):
        yield CheckpointMatrix(f"{path}[{index}]" if len(found) > 1 else path, matrix, refusal, full)


def look(job: CheckpointMatrix) -> ModuleSpectrum:
    """Decompose one weight."""
    import numpy as np

    stored = job.matrix.stored_dtype
    bare = ModuleSpectrum(
        module=job.path,
        variant="weight",
        dtype=str(stored),
        nbytes=job.matrix.nbytes,
        shape=job.matrix.shape,
        quantised=job.matrix.quantised.label if job.matrix.quantised else "",
    )
    if job.refusal or not job.matrix.parts[0].dtype.is_floating_point:
        return replace(bare, reason=job.refusal or "it holds integers")
    W = widened(job.matrix.raw_rows(0, job.matrix.stored_shape[0]))
    if not np.isfinite(W).all():
        return replace(bare, finite=False)
    values = values_of(W, full=job.full, seed=zlib.crc32(job.path.encode()))
    return replace(
        bare,
        sigma=values.sigma,
        energy=values.energy,
        complete=values.complete,
        noise=noise_norm(job.matrix),
    )


def other_of(name: str, tensor: LazyTensor) -> OtherParameter:
    """A tensor's row in the report."""
    if tensor.quantised is None:
        return OtherParameter(
            name, "tensor", tensor.shape, str(tensor.dtype), tensor.nbytes, *norm_of(tensor)
        )
    found = (None, True) if tensor.quantised.refusal else norm_of(tensor)
    dtype, nbytes = str(tensor.quantised.dtype), tensor.quantised.nbytes
    return OtherParameter(name, f"quantised, {tensor.quantised.label}", tensor.shape, dtype, nbytes, *found)


def norm_of(tensor: LazyTensor) -> tuple[float | None, bool]:
    """‖tensor‖_F, and whether all of it are finite numbers; no norm of integers and of what is not finite."""
    import numpy as np

    if not tensor.dtype.is_floating_point:
        return None, True
    flat, total = tensor.viewed((tensor.numel,)), 0.0
    for start in range(0, tensor.numel, STREAM_ELEMENTS):
        block = flat.raw_rows(start, min(start + STREAM_ELEMENTS, tensor.numel)).double()
        with np.errstate(over="ignore"):
            total += float(np.square(block, out=block).sum())
    return (total**0.5, True) if total < float("inf") else (None, False)

"""Merge into a GGUF model: from transformers' parameters to the tensors of the file, and its new header.

A matrix in blocks becomes float16 where adapters change it, as llama.cpp's own merge has it, or its
codes move; every other tensor, and every setting but the file's type, keeps its bytes.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from lorasurgery.architecture import Source
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.checkpoint.gguf_file import GgufContainer, header_bytes_of
from lorasurgery.checkpoint.gguf_header import header_with
from lorasurgery.checkpoint.rewrite import FilePlan
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import UnsupportedError
from lorasurgery.lazy import ByteRange, LazyTensor
from lorasurgery.quantisation import (
    GGUF_WRITTEN,
    Encoding,
    GgufModel,
    QuantisedModel,
    Statements,
    gguf_encodings,
    gguf_model,
    quantised_model,
    rows_of,
)
from lorasurgery.surgery.merging.layout import MergedFiles
from lorasurgery.surgery.merging.quantised import QuantisedOutcome
from lorasurgery.surgery.merging.tensor_job import ModulePart, Requantisation, TensorJob

# llama.cpp's number of a file most of whose numbers are of a type (`llama_ftype`).
FILE_TYPES = {"F32": 0, "F16": 1, "BF16": 32}
INTO_THE_ORIGINAL = "merge into the model that it was made from, and convert the result."


@dataclass(frozen=True)
class GgufBase:
    """A GGUF file as a base; `model` has nothing to say of it, since its tensors state their types."""

    gguf: GgufModel
    model: QuantisedModel
    requantise: str | None

    @staticmethod
    def of(base: Checkpoint, dtype: Dtype | None, requantise: str | None) -> GgufBase:
        """Find out what the tensors of a GGUF file are.

        Raises:
            UnsupportedError: there is nothing to quantise again, or a dtype is given as well.
        """
        assert base.gguf is not None, f"{base.name} is not a GGUF file"
        if requantise is not None and all(each.is_plain for each in base.gguf.tensors):
            raise UnsupportedError(f"--requantise: {base.name} has no quantised weights; merge without it.")
        if requantise is not None and dtype is not None:
            raise UnsupportedError(
                "--requantise quantises the weights again, and --dtype writes them unquantised; choose one."
            )
        return GgufBase(gguf_model(base), quantised_model(base), requantise)

    @property
    def numbers(self) -> Checkpoint:
        """The base under transformers' names, as everything but its file sees it."""
        return self.gguf.numbers

    def written(self, jobs: Mapping[str, TensorJob], dtype: Dtype | None) -> QuantisedOutcome:
        """Turn jobs for parameters into jobs for the tensors of the file.

        Args:
            dtype: of the matrices that change; by default float16 for those in blocks, and their
                own for others.

        Raises:
            UnsupportedError: an adapter brings what the file has no place for.
        """
        in_file: dict[str, TensorJob] = {}
        for name, job in jobs.items():
            for each in self._in_file(name, job):
                is_in_blocks = self._is_in_blocks(each.name)
                if is_in_blocks and self.requantise is not None:
                    in_file[each.name] = self._job_of_codes(each, self.requantise)
                    continue
                own = Dtype.F16 if is_in_blocks else each.dtype
                in_file[each.name] = dataclasses.replace(each, dtype=dtype or own)
        return QuantisedOutcome(dict(sorted(in_file.items())), frozenset(), Statements(), frozenset(), {})

    def notes(self, outcome: QuantisedOutcome) -> list[str]:
        """Say which matrices are no longer in blocks."""
        if self.requantise is not None:
            return []
        kinds = Counter(
            self.gguf.container.by_name[name].kind.name for name in outcome.jobs if self._is_in_blocks(name)
        )
        if not kinds:
            return []
        dtypes = sorted({str(outcome.jobs[name].dtype) for name in outcome.jobs if self._is_in_blocks(name)})
        matrices = "matrix that changes is" if kinds.total() == 1 else "matrices that change are"
        return [
            f"{kinds.total()} {matrices} {', '.join(sorted(kinds))} in the base and {', '.join(dtypes)} in "
            "the output; all other tensors keep their types. --requantise keeps them all."
        ]

    def _is_in_blocks(self, tensor: str) -> bool:
        return not self.gguf.container.by_name[tensor].is_plain

    def _in_file(self, name: str, job: TensorJob) -> list[TensorJob]:
        """Return the jobs of the tensors that hold a parameter: one, or two halves of fused experts."""
        base = self.gguf.stored.name
        parameter = self.gguf.parameters.get(name)
        numbers = self.numbers.tensors.get(name)
        if parameter is None or numbers is None:
            raise UnsupportedError(
                f"An adapter brings {name!r}, for which {base} has no tensor: {INTO_THE_ORIGINAL}"
            )
        if job.shape != numbers.shape:
            raise UnsupportedError(
                f"An adapter gives {name!r} another shape, and the vocabulary of {base} has a size that is "
                f"not changed here: {INTO_THE_ORIGINAL}"
            )
        if parameter.has_one_added or (job.replaced is not None and len(parameter.tensors) > 1):
            raise UnsupportedError(
                f"An adapter changes {name!r}, which llama.cpp stores in another form: {INTO_THE_ORIGINAL}"
            )
        if len(parameter.tensors) > 1:
            return [self._half(job, tensor, half) for half, tensor in enumerate(parameter.tensors)]
        if parameter.is_transposed:
            job = _transposed(job)
        replaced = job.replaced
        if replaced is not None and parameter.order is not None:
            replaced = rows_of(replaced, parameter.order)
        tensor = parameter.tensors[0]
        return [dataclasses.replace(self._started(job, tensor, replaced), order=parameter.order)]

    def _started(self, job: TensorJob, tensor: str, replaced: LazyTensor | None = None) -> TensorJob:
        """Return a job under its name in the file, which starts from what is there."""
        stored = self.gguf.stored.tensors[tensor]
        numbers = self.gguf.in_file_order(tensor)
        start = replaced or (None if numbers is stored else numbers)
        return dataclasses.replace(
            job, name=tensor, base=stored, shape=numbers.shape, dtype=numbers.dtype, replaced=start
        )

    def _job_of_codes(self, job: TensorJob, rounding: str) -> TensorJob:
        """Return the job of a tensor in blocks whose codes move; its scales and minima stay."""
        tensor, stored = self.gguf.container.by_name[job.name], self.gguf.stored.tensors[job.name]
        encoding = self._encodings.get(job.name)
        if encoding is None:
            raise UnsupportedError(
                f"--requantise does not write {tensor.kind.name}, as which {job.name!r} is stored (it writes "
                f"{', '.join(GGUF_WRITTEN)}). Merge without it, and quantise the result by llama-quantize."
            )
        numbers = self.gguf.in_file_order(job.name)
        is_brought = job.replaced is not None and job.replaced.quantised is None
        of_weight = dataclasses.replace(job, base=numbers, replaced=job.replaced if is_brought else None)
        return TensorJob(
            job.name,
            stored,
            stored.shape,
            stored.dtype,
            parts=job.parts,
            requantise=Requantisation(job.name, encoding, of_weight, rounding),
        )

    @cached_property
    def _encodings(self) -> Mapping[str, Encoding]:
        return gguf_encodings(self.gguf.stored)

    def _half(self, job: TensorJob, tensor: str, half: int) -> TensorJob:
        rows = self.gguf.container.by_name[tensor].shape[1]
        parts = tuple(dataclasses.replace(part, first=part.first + half * rows) for part in job.parts)
        return self._started(dataclasses.replace(job, parts=parts), tensor)


def _transposed(job: TensorJob) -> TensorJob:
    """Return a job of a matrix stored (in, out) as one of its transpose."""

    def turned(part: ModulePart) -> ModulePart:
        source = part.source
        flipped = Source(source.tensor, source.expert, not source.transposed, source.rows)
        return dataclasses.replace(part, source=flipped)

    replaced = None if job.replaced is None else job.replaced.T
    return dataclasses.replace(job, parts=tuple(map(turned, job.parts)), replaced=replaced)


def gguf_files(base: Checkpoint, jobs: Mapping[str, TensorJob], name: str) -> MergedFiles:
    """Plan the merged file: the base's header with the new types of tensors, and the tensors in its order."""
    container = base.gguf
    assert container is not None, f"{base.name} is not a GGUF file"
    (path,) = base.files
    header = header_bytes_of(path, container)
    kinds = {
        each.name: jobs[each.name].dtype.name
        for each in container.tensors
        if each.name in jobs and jobs[each.name].dtype is not each.stored_dtype
    }
    places = {
        each.name: ByteRange(path, each.offset, each.nbytes, container.stamp)
        for each in container.tensors
        if each.name not in jobs
    }
    if not kinds:
        twin = (path, container.stamp)
        return MergedFiles((FilePlan(name, header, places, twin, container.stamp.nbytes),), {})
    new = header_with(header, container, kinds, _file_type(container, kinds))
    plan = FilePlan(name, new, places)
    nbytes = -(-plan.nbytes // container.alignment) * container.alignment
    return MergedFiles((dataclasses.replace(plan, least_nbytes=nbytes),), {})


def _file_type(container: GgufContainer, kinds: Mapping[str, str]) -> int:
    """Return the new file type: that of most numbers where they are of a new type, else the old one."""
    numbers: Counter[str] = Counter()
    for each in container.tensors:
        if len(each.shape) > 1:
            numbers[kinds.get(each.name, each.kind.name)] += each.numel
    most = max(numbers, key=lambda kind: numbers[kind], default="")
    is_new = most in kinds.values() and most in FILE_TYPES
    return FILE_TYPES[most] if is_new else int(container.settings.get("general.file_type", 0))

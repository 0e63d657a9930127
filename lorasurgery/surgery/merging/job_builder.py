"""The jobs while they are being found: one for every tensor of the output that is not the base's own, and what becomes of ties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lorasurgery.adapter import TokenRows
from lorasurgery.architecture import Architecture, Binding, Source
from lorasurgery.architecture.vocabulary import vocabulary_paths
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import AlignmentError, UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.base.names import LocatedParameter
from lorasurgery.surgery.base.shapes import FINAL_BIAS
from lorasurgery.surgery.merging.tensor_job import ModulePart, TensorJob

if TYPE_CHECKING:
    from torch import Tensor

# Model types whose code reads more out of a tie than that two weights are equal (T5's `scale_decoder_outputs`).
SCALED_WHERE_TIED = ("t5", "mt5", "umt5", "longt5", "switch_transformers", "pix2struct", "udop")


@dataclass
class JobDraft:
    """A job while its parts are being found."""

    base: LazyTensor | None
    replaced: LazyTensor | None = None
    parts: list[ModulePart] = field(default_factory=list)
    rows: list[TokenRows] = field(default_factory=list)


class JobBuilder:
    """What becomes of the tensors of one base. `untied` are run-time names that share no tensor any more."""

    def __init__(self, base: Checkpoint, architecture: Architecture, binding: Binding) -> None:
        self.base = base
        self.architecture = architecture
        self.binding = binding
        self.grown: dict[str, JobDraft] = {}
        self.untied: dict[str, None] = {}
        self._cut: set[str] = set()

    def at(self, found: LocatedParameter, source: Source, *, keeps_ties: bool) -> JobDraft:
        """The job of the tensor that changes: the source's own, but where a tie is cut that of the one name that changes.

        Its partners keep the values that they had until then; one that had no tensor of its own gets one.

        Raises:
            UnsupportedError: a tie that cannot be cut.
        """
        partners = [alias for alias, kept in self.architecture.tied.items() if kept == found.name]
        is_tied = (found.tied_to is not None or partners) and found.name.endswith(".weight")
        if keeps_ties or not is_tied:
            return self._from(source.tensor, source.tensor)
        self._refuse_untying(found.name)
        self.untied |= dict.fromkeys([found.name] if found.tied_to else partners)
        shared = None if source.tensor in self._cut else self.grown.get(source.tensor)
        self._cut.add(source.tensor)
        if found.tied_to is not None:
            return self._split_off(found.name, source.tensor, shared)
        for alias in partners:
            if alias not in self.base.tensors:
                self._split_off(alias, source.tensor, shared)
        return self._from(source.tensor, source.tensor)

    def new(self, name: str) -> JobDraft:
        """The job of a tensor that the base does not have."""
        return self.grown.setdefault(name, JobDraft(None))

    def start(self, found: LocatedParameter, source: Source) -> LazyTensor:
        """What a change begins with: what an adapter brought in the place of the base's tensor, if one did."""
        grown = self.grown.get(found.name) or self.grown.get(source.tensor)
        return grown.replaced if grown and grown.replaced else self.base.tensors[source.tensor]

    def jobs(self, dtype: Dtype | None) -> dict[str, TensorJob]:
        """All of them, by name; `dtype` is that of the output where it is not the base's own.

        Raises:
            AlignmentError: tables of tokens would have different lengths.
        """
        self._keep_other_ties()
        jobs = {name: self._job(name, grown, dtype) for name, grown in sorted(self.grown.items())}
        jobs = dict(sorted((jobs | self._final_biases(jobs, dtype)).items()))
        self._refuse_two_vocabularies(jobs)
        return jobs

    def _split_off(self, name: str, start: str, shared: JobDraft | None) -> JobDraft:
        """The job of one of several names of a tensor, with what was done to the tensor while they shared it."""
        if shared is None:
            return self._from(name, start)
        copied = JobDraft(self.base.tensors[start], shared.replaced, [*shared.parts], [*shared.rows])
        return self.grown.setdefault(name, copied)

    def _from(self, name: str, start: str) -> JobDraft:
        return self.grown.setdefault(name, JobDraft(self.base.tensors[start]))

    def _job(self, name: str, grown: JobDraft, dtype: Dtype | None) -> TensorJob:
        start = grown.replaced or grown.base
        assert start is not None, f"{name} comes from nowhere"
        own = grown.base.dtype if grown.base is not None else self._usual_dtype(start)
        return TensorJob(
            name, grown.base, start.shape, dtype or own, grown.replaced, tuple(grown.parts), tuple(grown.rows)
        )

    def _keep_other_ties(self) -> None:
        """Where one tie is cut the config cuts all of them: what else was tied is written out, as it is after the merge."""
        for alias, kept in self.architecture.tied.items() if self.untied else ():
            layout = self.binding.sources.get(kept)
            if alias in self.base.tensors or alias in self.grown or layout is None or layout.whole is None:
                continue
            source = layout.whole.tensor
            grown = self.grown.get(source, JobDraft(self.base.tensors[source]))
            self.grown[alias] = JobDraft(
                self.base.tensors[source], grown.replaced, [*grown.parts], [*grown.rows]
            )

    def _refuse_untying(self, name: str) -> None:
        if self.architecture.model_type in SCALED_WHERE_TIED:
            raise UnsupportedError(
                f"{name!r} shares its tensor with another weight, and a {self.architecture.model_type} model scales its outputs by another number where they are "
                "tied than where they are not: no merged weights can express the adapter. Keep it apart, or train it without this module."
            )

    def _refuse_two_vocabularies(self, jobs: Mapping[str, TensorJob]) -> None:
        """All tables of tokens have one length, the new one where one is new."""
        if all(job.base is None or job.base.shape == job.shape for job in jobs.values()):
            return
        for tables in self._tables(jobs).values():
            if len(set(tables.values())) > 1:
                listed = ", ".join(f"{name!r} {count}" for name, count in sorted(tables.items()))
                raise AlignmentError(
                    f"The tables of tokens would have different lengths after the merge: {listed}. The adapter lacks one of them: save it again with save_embedding_layers=True; or "
                    "resize the base as it was for the training (resize_token_embeddings), save that, and merge into it."
                )

    def _final_biases(self, jobs: Mapping[str, TensorJob], dtype: Dtype | None) -> dict[str, TensorJob]:
        """The biases of the logits, made as long as the tables of tokens are now."""
        sizes = {
            job.base.shape[0]: job.shape[0]
            for job in jobs.values()
            if job.base is not None and len(job.base.shape) == 2 and job.base.shape[0] != job.shape[0]
        }
        biases = {
            name: JobDraft(tensor, _resized(tensor, sizes[tensor.shape[1]]))
            for name, tensor in self.base.tensors.items()
            if name.endswith(FINAL_BIAS)
            and len(tensor.shape) == 2
            and tensor.shape[1] in sizes
            and name not in jobs
        }
        return {name: self._job(name, grown, dtype) for name, grown in biases.items()}

    def _tables(self, jobs: Mapping[str, TensorJob]) -> Mapping[object, Mapping[str, int]]:
        """The tables of tokens that are of one size and of one part of the model, with the rows that each will have."""
        started = {name: job.base for name, job in jobs.items() if job.base is not None}
        run_time = self.binding.on_disk()
        tables: dict[object, dict[str, int]] = {}
        for name, tensor in {**self.base.tensors, **started}.items():
            names = run_time.get(name, (name,))
            if not any(self._is_table(each, tensor.shape) for each in names):
                continue
            paths = vocabulary_paths(self.base.config, name, tensor.shape[0])
            parts = tuple(path[:-1] for path in paths)
            if parts:
                rows = jobs[name].shape[0] if name in jobs else tensor.shape[0]
                tables.setdefault((parts, tensor.shape[0]), {})[name] = rows
        return tables

    def _is_table(self, name: str, shape: tuple[int, ...]) -> bool:
        """Whether a parameter may have a row for each token: an embedding, or the matrix or the bias of a head."""
        parameter = self.architecture.parameters.get(name)
        is_embedding = parameter is not None and parameter.kind == "embedding"
        is_row = len(shape) == 2 or (len(shape) == 1 and name.endswith(".bias"))
        return is_row and (is_embedding or self.architecture.is_beside_base_model(name))

    def _usual_dtype(self, tensor: LazyTensor) -> Dtype:
        """A new tensor takes the dtype that most of the base has."""
        if not tensor.dtype.is_floating_point:
            return tensor.dtype
        counts: dict[Dtype, int] = {}
        for held in self.base.tensors.values():
            if held.dtype.is_floating_point and held.dtype.itemsize >= 2:
                counts[held.dtype] = counts.get(held.dtype, 0) + held.numel
        return max(counts, key=lambda dtype: counts[dtype], default=tensor.dtype)


def _resized(bias: LazyTensor, count: int) -> LazyTensor:
    """A bias of the logits, (1, vocabulary), for another number of tokens; zero for new ones."""

    def read() -> Tensor:
        resized = (held := bias.read()).new_zeros(held.shape[0], count)
        shared = min(count, held.shape[1])
        resized[:, :shared] = held[:, :shared]
        return resized

    return LazyTensor((bias.shape[0], count), bias.dtype, read)

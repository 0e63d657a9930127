"""Build the jobs of a merge: one for every tensor that changes. Ties are cut where needed."""

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

# Model types whose code concludes more from a tie than that two weights are equal (T5's
# `scale_decoder_outputs`).
SCALED_WHERE_TIED = ("t5", "mt5", "umt5", "longt5", "switch_transformers", "pix2struct", "udop")


@dataclass
class JobDraft:
    """A job whose parts are still being collected."""

    base: LazyTensor | None
    replaced: LazyTensor | None = None
    parts: list[ModulePart] = field(default_factory=list)
    rows: list[TokenRows] = field(default_factory=list)


class JobBuilder:
    """Collects the changes of one base's tensors.

    `untied` are run-time names that no longer share a tensor.
    """

    def __init__(self, base: Checkpoint, architecture: Architecture, binding: Binding) -> None:
        self.base = base
        self.architecture = architecture
        self.binding = binding
        self.drafts: dict[str, JobDraft] = {}
        self.untied: dict[str, None] = {}
        self._cut: set[str] = set()

    def at(self, located: LocatedParameter, source: Source, *, keeps_ties: bool) -> JobDraft:
        """Return the job of a tensor that changes; where its tie is cut, that of the one name that changes.

        The partners of the tie keep the values that they had until then; one that had no tensor of
        its own gets one.

        Raises:
            UnsupportedError: a tie that cannot be cut.
        """
        partners = [alias for alias, owner in self.architecture.tied.items() if owner == located.name]
        is_tied = (located.tied_to is not None or partners) and located.name.endswith(".weight")
        if keeps_ties or not is_tied:
            return self._from(source.tensor, source.tensor)
        self._refuse_untying(located.name)
        self.untied |= dict.fromkeys([located.name] if located.tied_to else partners)
        shared = None if source.tensor in self._cut else self.drafts.get(source.tensor)
        self._cut.add(source.tensor)
        if located.tied_to is not None:
            return self._split_off(located.name, source.tensor, shared)
        for alias in partners:
            if alias not in self.base.tensors:
                self._split_off(alias, source.tensor, shared)
        return self._from(source.tensor, source.tensor)

    def new(self, name: str) -> JobDraft:
        """Return the job of a tensor that the base does not have."""
        return self.drafts.setdefault(name, JobDraft(None))

    def start(self, located: LocatedParameter, source: Source) -> LazyTensor:
        """Return the tensor that a change is applied to: an adapter's, where it replaces the base's."""
        draft = self.drafts.get(located.name) or self.drafts.get(source.tensor)
        return draft.replaced if draft and draft.replaced else self.base.tensors[source.tensor]

    def jobs(self, dtype: Dtype | None) -> dict[str, TensorJob]:
        """Return all jobs by name; `dtype` is that of the output where it is not the base's own.

        Raises:
            AlignmentError: embeddings would have different lengths.
        """
        self._keep_other_ties()
        jobs = {name: self._job(name, draft, dtype) for name, draft in sorted(self.drafts.items())}
        jobs = dict(sorted((jobs | self._final_biases(jobs, dtype)).items()))
        self._refuse_two_vocabularies(jobs)
        return jobs

    def _split_off(self, name: str, start: str, shared: JobDraft | None) -> JobDraft:
        """Return the job of one name of a tied tensor, with the changes from before the tie was cut."""
        if shared is None:
            return self._from(name, start)
        copied = JobDraft(self.base.tensors[start], shared.replaced, [*shared.parts], [*shared.rows])
        return self.drafts.setdefault(name, copied)

    def _from(self, name: str, start: str) -> JobDraft:
        return self.drafts.setdefault(name, JobDraft(self.base.tensors[start]))

    def _job(self, name: str, draft: JobDraft, dtype: Dtype | None) -> TensorJob:
        start = draft.replaced or draft.base
        assert start is not None, f"{name} comes from nowhere"
        own_dtype = draft.base.dtype if draft.base is not None else self._usual_dtype(start)
        return TensorJob(
            name,
            draft.base,
            start.shape,
            dtype or own_dtype,
            replaced=draft.replaced,
            parts=tuple(draft.parts),
            rows=tuple(draft.rows),
        )

    def _keep_other_ties(self) -> None:
        """Write out all other ties where one is cut, since the config cuts all of them."""
        for alias, owner in self.architecture.tied.items() if self.untied else ():
            layout = self.binding.sources.get(owner)
            if alias in self.base.tensors or alias in self.drafts or layout is None or layout.whole is None:
                continue
            source = layout.whole.tensor
            draft = self.drafts.get(source, JobDraft(self.base.tensors[source]))
            self.drafts[alias] = JobDraft(
                self.base.tensors[source], draft.replaced, [*draft.parts], [*draft.rows]
            )

    def _refuse_untying(self, name: str) -> None:
        if self.architecture.model_type in SCALED_WHERE_TIED:
            raise UnsupportedError(
                f"{name!r} shares its tensor with another weight, and a {self.architecture.model_type} "
                "model scales its outputs by another number where they are tied than where they are not: "
                "no merged weights can express the adapter. Keep it apart, or train it without this module."
            )

    def _refuse_two_vocabularies(self, jobs: Mapping[str, TensorJob]) -> None:
        """Refuse embeddings of different lengths, which arise where only one of them has new rows."""
        if all(job.base is None or job.base.shape == job.shape for job in jobs.values()):
            return
        for tables in self._tables(jobs).values():
            if len(set(tables.values())) > 1:
                lengths = ", ".join(f"{name!r} {count}" for name, count in sorted(tables.items()))
                raise AlignmentError(
                    f"The tables of tokens would have different lengths after the merge: {lengths}. The "
                    "adapter lacks one of them: save it again with save_embedding_layers=True; or resize "
                    "the base as it was for the training (resize_token_embeddings), save that, and merge "
                    "into it."
                )

    def _final_biases(self, jobs: Mapping[str, TensorJob], dtype: Dtype | None) -> dict[str, TensorJob]:
        """Return the biases of the logits, with the new number of tokens."""
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
        return {name: self._job(name, draft, dtype) for name, draft in biases.items()}

    def _tables(self, jobs: Mapping[str, TensorJob]) -> Mapping[object, Mapping[str, int]]:
        """Group the embeddings by length and part of the model, with the rows that each will have."""
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
        """Return whether a parameter may have a row for each token, as embeddings and heads have."""
        parameter = self.architecture.parameters.get(name)
        is_embedding = parameter is not None and parameter.kind == "embedding"
        is_row = len(shape) == 2 or (len(shape) == 1 and name.endswith(".bias"))
        return is_row and (is_embedding or self.architecture.is_beside_base_model(name))

    def _usual_dtype(self, tensor: LazyTensor) -> Dtype:
        """Return the dtype of most of the base, for a new tensor."""
        if not tensor.dtype.is_floating_point:
            return tensor.dtype
        counts: dict[Dtype, int] = {}
        for each in self.base.tensors.values():
            if each.dtype.is_floating_point and each.dtype.itemsize >= 2:
                counts[each.dtype] = counts.get(each.dtype, 0) + each.numel
        return max(counts, key=lambda dtype: counts[dtype], default=tensor.dtype)


def _resized(bias: LazyTensor, count: int) -> LazyTensor:
    """Return a bias of the logits, (1, vocabulary), for another number of tokens; zero for new ones."""

    def read() -> Tensor:
        values = bias.read()
        resized = values.new_zeros(values.shape[0], count)
        shared = min(count, values.shape[1])
        resized[:, :shared] = values[:, :shared]
        return resized

    return LazyTensor((bias.shape[0], count), bias.dtype, read)

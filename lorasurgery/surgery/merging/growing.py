"""The jobs while they are being found: one for every tensor of the output that is not the base's own, and what becomes of ties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lorasurgery.adapter import TokenRows
from lorasurgery.architecture import Architecture, Binding, Source
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import AlignmentError, UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.merging.job import Job, Part
from lorasurgery.surgery.merging.names import Found

# Model types whose code reads more out of a tie than that two weights are equal (T5's `scale_decoder_outputs`).
SCALED_WHERE_TIED = ("t5", "mt5", "umt5", "longt5", "switch_transformers", "pix2struct", "udop")


@dataclass
class Grown:
    """A job while its parts are being found."""

    base: LazyTensor | None
    replaced: LazyTensor | None = None
    parts: list[Part] = field(default_factory=list)
    rows: list[TokenRows] = field(default_factory=list)


class Growing:
    """What becomes of the tensors of one base. `untied` are run-time names that share no tensor any more."""

    def __init__(self, base: Checkpoint, architecture: Architecture, binding: Binding) -> None:
        self.base = base
        self.architecture = architecture
        self.binding = binding
        self.grown: dict[str, Grown] = {}
        self.untied: dict[str, None] = {}

    def at(self, found: Found, source: Source, *, keeps_ties: bool) -> Grown:
        """The job of the tensor that changes: the source's own, but where a tie is cut that of the one name that changes.

        Its partners keep the base's values; one that had no tensor of its own gets one.

        Raises:
            UnsupportedError: a tie that cannot be cut.
        """
        partners = [alias for alias, kept in self.architecture.tied.items() if kept == found.name]
        is_tied = (found.tied_to is not None or partners) and found.name.endswith(".weight")
        if keeps_ties or not is_tied:
            return self._from(source.tensor, source.tensor)
        self._refuse_untying(found.name)
        self.untied |= dict.fromkeys([found.name] if found.tied_to else partners)
        if found.tied_to is not None:
            return self._from(found.name, source.tensor)
        for alias in partners:
            if alias not in self.base.tensors:
                self._from(alias, source.tensor)
        return self._from(source.tensor, source.tensor)

    def new(self, name: str) -> Grown:
        """The job of a tensor that the base does not have."""
        return self.grown.setdefault(name, Grown(None))

    def start(self, found: Found, source: Source) -> LazyTensor:
        """What a change begins with: what an adapter brought in the place of the base's tensor, if one did."""
        grown = self.grown.get(found.name) or self.grown.get(source.tensor)
        return grown.replaced if grown and grown.replaced else self.base.tensors[source.tensor]

    def jobs(self, dtype: Dtype | None) -> dict[str, Job]:
        """All of them, by name; `dtype` is that of the output where it is not the base's own.

        Raises:
            AlignmentError: tables of tokens would have different lengths.
        """
        self._keep_other_ties()
        jobs = {name: self._job(name, grown, dtype) for name, grown in sorted(self.grown.items())}
        self._refuse_two_vocabularies(jobs)
        return jobs

    def _from(self, name: str, start: str) -> Grown:
        return self.grown.setdefault(name, Grown(self.base.tensors[start]))

    def _job(self, name: str, grown: Grown, dtype: Dtype | None) -> Job:
        start = grown.replaced or grown.base
        assert start is not None, f"{name} comes from nowhere"
        own = grown.base.dtype if grown.base is not None else self._usual_dtype(start)
        return Job(
            name, grown.base, start.shape, dtype or own, grown.replaced, tuple(grown.parts), tuple(grown.rows)
        )

    def _keep_other_ties(self) -> None:
        """Where one tie is cut the config cuts all of them: what else was tied is written out, as it is after the merge."""
        for alias, kept in self.architecture.tied.items() if self.untied else ():
            layout = self.binding.sources.get(kept)
            if alias in self.base.tensors or alias in self.grown or layout is None or layout.whole is None:
                continue
            source = layout.whole.tensor
            grown = self.grown.get(source, Grown(self.base.tensors[source]))
            self.grown[alias] = Grown(
                self.base.tensors[source], grown.replaced, [*grown.parts], [*grown.rows]
            )

    def _refuse_untying(self, name: str) -> None:
        if self.architecture.model_type in SCALED_WHERE_TIED:
            raise UnsupportedError(
                f"{name!r} shares its tensor with another weight, and a {self.architecture.model_type} model scales its outputs by another number where they are "
                "tied than where they are not: no merged weights can express the adapter. Keep it apart, or train it without this module."
            )

    def _refuse_two_vocabularies(self, jobs: Mapping[str, Job]) -> None:
        """All tables of tokens have one length, the new one where one is new."""
        old = self.base.config.get("vocab_size")
        tables = {
            name: jobs[name].shape[0] if name in jobs else tensor.shape[0]
            for name, tensor in self.base.tensors.items()
            if len(tensor.shape) == 2 and tensor.shape[0] == old and self._is_table(name)
        }
        if len(set(tables.values())) > 1:
            listed = ", ".join(f"{name!r} {count}" for name, count in sorted(tables.items()))
            raise AlignmentError(
                f"The tables of tokens would have different lengths after the merge: {listed}. The adapter lacks one of them."
            )

    def _is_table(self, name: str) -> bool:
        parameter = self.architecture.parameters.get(name)
        is_embedding = parameter is not None and parameter.kind == "embedding"
        return is_embedding or self.architecture.is_beside_base_model(name)

    def _usual_dtype(self, tensor: LazyTensor) -> Dtype:
        """A new tensor takes the dtype that most of the base has."""
        if not tensor.dtype.is_floating_point:
            return tensor.dtype
        counts: dict[Dtype, int] = {}
        for held in self.base.tensors.values():
            if held.dtype.is_floating_point and held.dtype.itemsize >= 2:
                counts[held.dtype] = counts.get(held.dtype, 0) + held.numel
        return max(counts, key=lambda dtype: counts[dtype], default=tensor.dtype)

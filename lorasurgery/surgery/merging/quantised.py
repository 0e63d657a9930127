"""Merge into a quantised base: weights are dequantised, and written as bfloat16 or quantised again."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from lorasurgery.checkpoint import Checkpoint
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import UnsupportedError
from lorasurgery.quantisation import (
    QuantisedModel,
    QuantisedWeight,
    Statements,
    not_numbers,
    quantised_model,
)
from lorasurgery.surgery.merging.tensor_job import Requantisation, TensorJob
from lorasurgery.surgery.merging.widening import widened
from lorasurgery.text import counted, times


@dataclass(frozen=True)
class QuantisedBase:
    """A base and which of its weights are quantised, if any.

    `requantise` is the rule by which weights that change are quantised again, while others stay as
    they are; None where they are dequantised. Within `size`, in bytes, those that would lose most
    are written in 16 bits.
    """

    model: QuantisedModel
    requantise: str | None
    size: int | None = None

    @staticmethod
    def of(
        base: Checkpoint, dtype: Dtype | None, requantise: str | None, size: int | None = None
    ) -> QuantisedBase:
        """Find the quantised weights of a base.

        Raises:
            UnsupportedError: there are none to quantise again, or a dtype is given as well.
        """
        model = quantised_model(base)
        if requantise is not None and not model.weights:
            raise UnsupportedError(f"--requantise: {base.name} has no quantised weights; merge without it.")
        if requantise is not None and dtype is not None:
            raise UnsupportedError(
                "--requantise quantises the weights again, and --dtype writes them unquantised; choose one."
            )
        return QuantisedBase(model, requantise, size)

    @property
    def numbers(self) -> Checkpoint:
        """The base with dequantised weights, as everything but its files sees it."""
        return self.model.numbers

    def written(self, jobs: Mapping[str, TensorJob], dtype: Dtype | None) -> QuantisedOutcome:
        """Turn jobs for dequantised weights into jobs for the files.

        All weights that can be read are dequantised together: runtimes fuse projections, and these
        must be of one kind. Where the base also has quantised weights that cannot be read, and no
        other changes, all stay as they are.

        Raises:
            UnsupportedError: the config cannot say that some of its weights are quantised and
                others are no longer.
        """
        readable = self._concerned(jobs)
        is_mixed = len(readable) < len(self.model.weights)
        if self.requantise is not None:
            return self._requantised(jobs)
        if not readable or (is_mixed and not any(name in jobs for name in readable)):
            return self._unchanged(jobs)
        self._refuse_unreadable()
        all_jobs = dict(jobs)
        for name in readable:
            all_jobs[name] = dataclasses.replace(self._job(name, jobs), dtype=dtype or Dtype.BF16)
        return self._stored(dict(sorted(all_jobs.items())), tuple(readable))

    def notes(self, outcome: QuantisedOutcome) -> list[str]:
        """Say that packed weights are dequantised, which a base in 16 bits would spare."""
        packed = [
            each.label for name, each in self.model.weights.items() if each.is_packed and name in outcome.jobs
        ]
        if not packed:
            return []
        if self.requantise is not None:
            return [
                f"Within --size, 16 bits hold {counted(len(packed), 'weight')} of the base ({packed[0]}), "
                "where codes would lose most."
            ]
        return [
            f"The base is quantised ({packed[0]}): the adapters are merged into the dequantised weights, "
            "which QLoRA was trained on. To merge into the 16-bit original, name that as the base."
        ]

    def _concerned(self, jobs: Mapping[str, TensorJob]) -> Mapping[str, QuantisedWeight]:
        """Return the weights that can be read, without the packed ones if none of those changes.

        So the experts of gpt-oss stay in four bits under an adapter of its attention.
        """
        readable = self.model.readable
        if any(each.is_packed and name in jobs for name, each in readable.items()):
            return readable
        return {name: each for name, each in readable.items() if not each.is_packed}

    def _refuse_unreadable(self) -> None:
        """Refuse weights that cannot be dequantised where others can: the output would be a mixture."""
        unreadable = [name for name, each in self.model.weights.items() if each.reason]
        if unreadable:
            more = f" {len(unreadable)} weights are like that." if len(unreadable) > 1 else ""
            raise UnsupportedError(
                f"{not_numbers(self.numbers, unreadable[0])}.{more} Merge into the 16-bit original, and "
                "quantise the result."
            )

    def _requantised(self, jobs: Mapping[str, TensorJob]) -> QuantisedOutcome:
        """Return the outcome where what is quantised stays so, and codes move.

        Raises:
            UnsupportedError: a weight changes that can be read only.
        """
        touched = {name: each for name, each in self.model.weights.items() if name in jobs}
        read_only = [(name, each) for name, each in touched.items() if each.encoding is None]
        if read_only:
            name, weight = read_only[0]
            more = f" {len(read_only)} weights are like that." if len(read_only) > 1 else ""
            raise UnsupportedError(
                f"--requantise does not write {weight.label}, as which {name!r} is stored.{more} Merge "
                "without it, into the dequantised weights, and quantise the result with the tool that made "
                "the base."
            )
        of_codes = {name: self._job_of_codes(name, jobs[name]) for name in touched}
        wide = () if self.size is None else widened(of_codes, self.model, self.size)
        changed = {name: job for name, job in jobs.items() if name not in touched}
        changed |= {job.name: job for name, job in of_codes.items() if name not in wide}
        changed |= {name: dataclasses.replace(self._job(name, jobs), dtype=Dtype.BF16) for name in wide}
        return self._stored(dict(sorted(changed.items())), wide)

    def _unchanged(self, jobs: Mapping[str, TensorJob]) -> QuantisedOutcome:
        """Return the outcome where all that is quantised stays so."""
        header = self.model.header_without(())
        return QuantisedOutcome(jobs, frozenset(), Statements(), self._companions(()), header)

    def _stored(self, jobs: Mapping[str, TensorJob], wide: Collection[str]) -> QuantisedOutcome:
        """Return the outcome where some weights are numbers now, and all others stay as they are."""
        if not wide:
            return self._unchanged(jobs)
        return QuantisedOutcome(
            jobs,
            self.model.left_over(wide),
            self.model.statements_without(wide),
            self._companions(wide),
            self.model.header_without(wide),
        )

    def _job(self, name: str, jobs: Mapping[str, TensorJob]) -> TensorJob:
        """Return one weight's job, which starts from its dequantised numbers."""
        number = self.numbers.tensors[name]
        # What is packed is removed whole, and the record keeps it whole: its tensors are not the
        # weight's.
        stored = None if self.model.weights[name].is_packed else self.model.stored.tensors[name]
        job = jobs.get(name) or TensorJob(name, stored, number.shape, Dtype.BF16)
        return dataclasses.replace(job, base=stored, replaced=job.replaced or number)

    def _job_of_codes(self, name: str, job: TensorJob) -> TensorJob:
        """Return the job of the tensor that holds a weight's codes; its scales stay as they are."""
        weight = self.model.weights[name]
        numbers, stored = self.numbers.tensors[name], self.model.stored.tensors[weight.codes]
        assert weight.encoding is not None, f"{name} was looked at before"
        assert self.requantise is not None, "there is a rule for it"
        if job.shape != numbers.shape:
            raise UnsupportedError(
                f"--requantise keeps the shape of a weight, and {name!r} becomes {times(job.shape)} instead "
                f"of {times(numbers.shape)}; merge without it."
            )
        of_weight = dataclasses.replace(job, base=numbers)
        wanted = Requantisation(name, weight.encoding, of_weight, self.requantise)
        return TensorJob(weight.codes, stored, stored.shape, stored.dtype, parts=job.parts, requantise=wanted)

    def _companions(self, dequantised: Collection[str]) -> frozenset[str]:
        """Return the tensors of what stays quantised."""
        return frozenset(
            tensor
            for name, each in self.model.weights.items()
            if name not in dequantised
            for tensor in each.tensors
        )


@dataclass(frozen=True)
class QuantisedOutcome:
    """What a merge makes of a base that may be quantised.

    Attributes:
        removed: tensors that the output does not have.
        statements: what the config and side files now say of the quantisation.
        untouchable: the tensors of what stays quantised, whose dtype must not change.
        header: metadata of the files about them.
    """

    jobs: Mapping[str, TensorJob]
    removed: frozenset[str]
    statements: Statements
    untouchable: frozenset[str]
    header: Mapping[str, str]

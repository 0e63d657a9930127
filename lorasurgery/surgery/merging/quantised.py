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


@dataclass(frozen=True)
class QuantisedBase:
    """A base and which of its weights are quantised, if any.

    `requantise` says that weights that change are quantised again, and others stay as they are.
    """

    model: QuantisedModel
    requantise: bool

    @staticmethod
    def of(base: Checkpoint, dtype: Dtype | None, *, requantise: bool) -> QuantisedBase:
        """Find the quantised weights of a base.

        Raises:
            UnsupportedError: none can be quantised again, or a dtype is given as well.
        """
        if base.gguf is not None:
            raise UnsupportedError(
                f"{base.name} is a GGUF model, which is read and not written: merge into the model that it was "
                "made from, and convert the result."
            )
        model = quantised_model(base)
        if requantise and not any(each.scales for each in model.readable.values()):
            labels = sorted({each.label for each in model.weights.values()})
            stored_as = f" (its weights are {labels[0]})" if labels else ""
            raise UnsupportedError(
                f"--requantise: {base.name} has no weights that are quantised to 8 bits with "
                f"scales{stored_as}."
            )
        if requantise and dtype is not None:
            raise UnsupportedError(
                "--requantise quantises the weights again, and --dtype writes them unquantised; choose one."
            )
        return QuantisedBase(model, requantise)

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
        if self.requantise:
            return self._requantised(jobs)
        if not readable or (is_mixed and not any(name in jobs for name in readable)):
            return self._unchanged(jobs)
        self._refuse_unreadable()
        all_jobs = dict(jobs)
        for name in readable:
            all_jobs[name] = dataclasses.replace(self._job(name, jobs), dtype=dtype or Dtype.BF16)
        statements = self.model.statements_without(tuple(readable))
        removed = self.model.left_over(tuple(readable))
        header = self.model.header_without(tuple(readable))
        return QuantisedOutcome(
            dict(sorted(all_jobs.items())), removed, statements, self._companions(readable), header
        )

    def notes(self, outcome: QuantisedOutcome) -> list[str]:
        """Say that packed weights are dequantised, which a base in 16 bits would spare."""
        packed = [
            each.label for name, each in self.model.weights.items() if each.is_packed and name in outcome.jobs
        ]
        if not packed:
            return []
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
        all_jobs = dict(jobs)
        for name, weight in self.model.readable.items():
            if name in jobs:
                if weight.is_packed:
                    raise UnsupportedError(
                        f"--requantise writes 8-bit floats, and {name!r} is stored as {weight.label}; "
                        "merge without it."
                    )
                all_jobs |= self._quantising_jobs(name, self._job(name, jobs))
        return self._unchanged(dict(sorted(all_jobs.items())))

    def _unchanged(self, jobs: Mapping[str, TensorJob]) -> QuantisedOutcome:
        """Return the outcome where all that is quantised stays so."""
        header = self.model.header_without(())
        return QuantisedOutcome(jobs, frozenset(), Statements(), self._companions(()), header)

    def _job(self, name: str, jobs: Mapping[str, TensorJob]) -> TensorJob:
        """Return one weight's job, which starts from its dequantised numbers."""
        number = self.numbers.tensors[name]
        # What is packed is removed whole, and the record keeps it whole: its tensors are not the
        # weight's.
        stored = None if self.model.weights[name].is_packed else self.model.stored.tensors[name]
        job = jobs.get(name) or TensorJob(name, stored, number.shape, Dtype.BF16)
        return dataclasses.replace(job, base=stored, replaced=job.replaced or number)

    def _quantising_jobs(self, name: str, job: TensorJob) -> dict[str, TensorJob]:
        """Return the two jobs of one weight: its 8-bit numbers, and their scales."""
        tensors, block_scales = self.model.stored.tensors, self.model.weights[name].scales
        assert block_scales is not None, f"{name} can be dequantised, so its scales are known"
        stored, scales = tensors[name], tensors[block_scales.name]
        if len(stored.shape) != 2 or job.shape != stored.shape:
            raise UnsupportedError(
                f"--requantise writes matrices of the old shape, and {name!r} is not one; merge without it."
            )
        wanted = Requantisation(block_scales.block, scales, stored.dtype)
        of_weight = dataclasses.replace(job, dtype=stored.dtype, requantise=wanted)
        of_scales = dataclasses.replace(
            of_weight,
            name=block_scales.name,
            base=scales,
            shape=scales.shape,
            dtype=scales.dtype,
            requantise=dataclasses.replace(wanted, of_scales=True),
        )
        return {name: of_weight, block_scales.name: of_scales}

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

"""A base whose weights are quantised: read as numbers, written as bfloat16 or as codes again; what is not read stays as it is."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from lorasurgery.checkpoint import Checkpoint
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import UnsupportedError
from lorasurgery.quantisation import QuantisedModel, Statements, not_numbers, quantised_model
from lorasurgery.surgery.merging.tensor_job import Requantisation, TensorJob


@dataclass(frozen=True)
class QuantisedBase:
    """`model` is the base with what of it is quantised; of a base without codes, nothing is.

    `requantise` says that what changes becomes codes again, and what does not stays as it is.
    """

    model: QuantisedModel
    requantise: bool

    @staticmethod
    def of(base: Checkpoint, dtype: Dtype | None, *, requantise: bool) -> QuantisedBase:
        """Find the codes of a base.

        Raises:
            UnsupportedError: there are none to write again, or a dtype is asked for as well.
        """
        model = quantised_model(base)
        if requantise and not model.readable:
            labels = sorted({each.label for each in model.weights.values()})
            held = f" (its weights are {labels[0]})" if labels else ""
            raise UnsupportedError(f"--requantise: {base.name} holds no 8-bit codes with scales{held}.")
        if requantise and dtype is not None:
            raise UnsupportedError(
                "--requantise writes 8-bit codes again, and --dtype asks for numbers; choose one."
            )
        return QuantisedBase(model, requantise)

    @property
    def numbers(self) -> Checkpoint:
        """The base as everything but its files sees it."""
        return self.model.numbers

    def written(self, found: Mapping[str, TensorJob], dtype: Dtype | None) -> QuantisedOutcome:
        """The jobs that were found for the numbers, as they are for the files.

        All weights that can be read become numbers at once: runtimes fuse projections, and these must be of one kind. Where the
        base also holds codes that cannot be read, and the change touches none of the others, all stay as they are.

        Raises:
            UnsupportedError: the config cannot say that some of its weights are quantised and others are no longer.
        """
        readable = self.model.readable
        is_mixed = len(readable) < len(self.model.weights)
        if self.requantise:
            return self._requantised(found)
        if not readable or (is_mixed and not any(name in found for name in readable)):
            return self._unchanged(found)
        self._refuse_odd()
        made = dict(found)
        for name in readable:
            job = self._job(name, found)
            made[name] = dataclasses.replace(job, dtype=dtype or Dtype.BF16)
        statements = self.model.statements_without(tuple(readable))
        removed = self.model.left_over(tuple(readable))
        header = self.model.header_without(tuple(readable))
        return QuantisedOutcome(
            dict(sorted(made.items())), removed, statements, self._companions(readable), header
        )

    def _refuse_odd(self) -> None:
        """Refuse weights of a format that is read which cannot be read themselves: the output would be neither of the two."""
        odd = [name for name, each in self.model.weights.items() if each.reason]
        if odd:
            more = f" {len(odd)} weights are like that." if len(odd) > 1 else ""
            raise UnsupportedError(
                f"{not_numbers(self.numbers, odd[0])}.{more} Merge into the 16-bit original, and quantise the result."
            )

    def _requantised(self, found: Mapping[str, TensorJob]) -> QuantisedOutcome:
        made = dict(found)
        for name in self.model.readable:
            if name in found:
                made |= self._as_codes(name, self._job(name, found))
        return self._unchanged(dict(sorted(made.items())))

    def _unchanged(self, jobs: Mapping[str, TensorJob]) -> QuantisedOutcome:
        """Jobs after which all that was quantised still is."""
        header = self.model.header_without(())
        return QuantisedOutcome(jobs, frozenset(), Statements(), self._companions(()), header)

    def _job(self, name: str, found: Mapping[str, TensorJob]) -> TensorJob:
        """One weight's job, from its numbers."""
        stored, number = self.model.stored.tensors[name], self.numbers.tensors[name]
        job = found.get(name) or TensorJob(name, stored, stored.shape, Dtype.BF16)
        return dataclasses.replace(job, base=stored, replaced=job.replaced or number)

    def _as_codes(self, name: str, job: TensorJob) -> dict[str, TensorJob]:
        """Two jobs of one weight: its codes, and the scales that belong to them."""
        tensors, of = self.model.stored.tensors, self.model.weights[name].scales
        assert of is not None, f"{name} is read, so its scales are known"
        stored, scales = tensors[name], tensors[of.name]
        if len(stored.shape) != 2 or job.shape != stored.shape:
            raise UnsupportedError(
                f"--requantise writes matrices of the old shape, and {name!r} is not one; merge without it."
            )
        wanted = Requantisation(of.block, scales, stored.dtype)
        codes = dataclasses.replace(job, dtype=stored.dtype, requantise=wanted)
        of_scales = dataclasses.replace(
            codes,
            name=of.name,
            base=scales,
            shape=scales.shape,
            dtype=scales.dtype,
            requantise=dataclasses.replace(wanted, of_scales=True),
        )
        return {name: codes, of.name: of_scales}

    def _companions(self, gone: Collection[str]) -> frozenset[str]:
        """The tensors of what stays quantised."""
        return frozenset(
            tensor for name, each in self.model.weights.items() if name not in gone for tensor in each.tensors
        )


@dataclass(frozen=True)
class QuantisedOutcome:
    """What becomes of a quantised base: the jobs, the tensors that the output does not have, what configs and side files say now.

    `untouchable` are the tensors of what stays quantised: no other dtype may be given to them. `header` is metadata that says so.
    """

    jobs: Mapping[str, TensorJob]
    removed: frozenset[str]
    statements: Statements
    untouchable: frozenset[str]
    header: Mapping[str, str]

"""Where each part of each adapter lands in the base: one job for every tensor that changes, or one error with all that does not fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lorasurgery.adapter import Adapter, TokenRows
from lorasurgery.architecture import Architecture, Binding, Layout, Source
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.checkpoint.as_trained import refuse_empty
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import AlignmentError, NothingToDoError, UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.quantisation import not_numbers
from lorasurgery.surgery.base.names import AdapterNames, LocatedParameter
from lorasurgery.surgery.base.shapes import may_have_other_rows, names_for, part_shape
from lorasurgery.surgery.base.weights import is_same
from lorasurgery.surgery.merging.assignment import PartAssignment
from lorasurgery.surgery.merging.complete import refuse_untouched
from lorasurgery.surgery.merging.job_builder import JobBuilder, JobDraft
from lorasurgery.surgery.merging.module_check import ModuleCheck, check_module
from lorasurgery.surgery.merging.tensor_job import ModulePart, TensorJob
from lorasurgery.text import listed, times
from lorasurgery.variants.edit import Factors
from lorasurgery.variants.lora import LoraFactors

if TYPE_CHECKING:
    from torch import Tensor

# What the classes of transformers call the heads that PEFT saves without being told.
HEADS = ("classifier", "pre_classifier", "score", "qa_outputs")


@dataclass(frozen=True)
class WeightedAdapter:
    """An adapter as the user named it, and how much of it."""

    name: str
    folder: Path
    adapter: Adapter
    weight: float = 1.0


@dataclass(frozen=True)
class AdapterMatch:
    """`jobs` by the name of the tensor on disk. `untied` are run-time names that share no tensor any more, `surveys` what was seen of
    each module, by adapter and path."""

    jobs: Mapping[str, TensorJob]
    untied: tuple[str, ...]
    surveys: Mapping[tuple[int, str], ModuleCheck]
    new: tuple[str, ...]
    notes: tuple[str, ...]


class AdapterMatcher:
    """Collects what all adapters do to one base."""

    def __init__(
        self, base: Checkpoint, architecture: Architecture, binding: Binding, taken: PartAssignment
    ) -> None:
        self.base = base
        self.architecture = architecture
        self.binding = binding
        self.taken = taken
        self.growing = JobBuilder(base, architecture, binding)
        self.surveys: dict[tuple[int, str], ModuleCheck] = {}
        self.new: dict[str, None] = {}
        self.notes: list[str] = []

    def add(self, index: int, given: WeightedAdapter) -> None:
        """Place all that one adapter brings.

        Raises:
            AlignmentError: something of it matches nothing in the base, or has another shape.
            UnsupportedError: something of it is no sum and is weighted, or is in an earlier adapter too.
        """
        refuse_empty(given.name, given.adapter.replaced)
        names = names_for(given.adapter, self.base, self.architecture, self.binding)
        self.notes += filter(None, (names.note, *given.adapter.notes))
        modules = {path: names.weight_of(path) for path in given.adapter.modules}
        self._refuse_strangers(given, names, modules)
        # Factors may be for a table of tokens that came along and is longer than the base's, so that is placed first.
        for name, tensor in sorted(given.adapter.replaced.items()):
            self._add_replaced(index, given, names, name, tensor)
        misfits = []
        for path, found in sorted(modules.items()):
            try:
                if found is not None:
                    self._add_factors(index, given, names, path, found)
            except AlignmentError as misfit:
                misfits.append(misfit)
        if misfits:
            raise AlignmentError(f"{misfits[0]} {len(misfits)} of its {len(modules)} modules do not fit.")
        for path, rows in sorted(given.adapter.token_rows.items()):
            self._add_rows(index, given, names, path, rows)
        touched = {found.name for found in modules.values() if found is not None}
        touched |= {names.spell(name) for name in given.adapter.replaced}
        self.notes += refuse_untouched(given.name, given.adapter, names, touched)

    def match(self, dtype: Dtype | None) -> AdapterMatch:
        """All jobs; `dtype` is that of the output where it is not the base's own.

        Raises:
            NothingToDoError: nothing changes.
        """
        if not self.growing.grown:
            raise NothingToDoError("The adapters change nothing: they hold no factors and no parameters.")
        for grown in self.growing.grown.values():
            self._refuse_mixture(grown)
        jobs, notes = self.growing.jobs(dtype), tuple(dict.fromkeys(self.notes))
        return AdapterMatch(jobs, tuple(self.growing.untied), self.surveys, tuple(self.new), notes)

    def _refuse_mixture(self, grown: JobDraft) -> None:
        """What is no sum must stand alone on its tensor."""
        mixed = {part.adapter for part in grown.parts if not self.surveys[part.adapter, part.module].additive}
        others = {part.adapter for part in grown.parts} - mixed
        if mixed and others:
            module = grown.parts[0].module
            raise UnsupportedError(
                f"{module!r} is changed by several adapters, one of which is no sum (DoRA, IA3, OFT, ...), so that their order would matter. "
                f"Choose with --take '{module}=ADAPTER', or merge one after the other."
            )

    def _add_factors(
        self, index: int, given: WeightedAdapter, names: AdapterNames, path: str, found: LocatedParameter
    ) -> None:
        factors = given.adapter.modules[path]
        self._refuse_codes(found)
        shape = self._shape(found)
        one = factors.expert(0) if isinstance(factors, LoraFactors) and len(factors.A.shape) == 3 else factors
        seen = self.surveys[index, path] = check_module(path, one, shape)
        if not seen.additive and not self.taken.take(index, given, path, "is no sum", has_strength=True):
            return
        if seen.additive and self.taken.is_given_away(index, path):
            return
        if seen.of_weight:
            self._add_parts(index, given, path, factors, found, shape)
        if seen.of_bias:
            bias = names.find(f"{path}.bias")
            if bias is None and not seen.adds_bias:
                return
            if bias is None:
                raise UnsupportedError(
                    f"{given.name} adds a bias to {path!r} (lora_bias), which has none in the base; convert the adapter, or merge it without."
                )
            self._add_parts(index, given, path, factors, bias, shape, of_bias=True)

    def _add_parts(
        self,
        index: int,
        given: WeightedAdapter,
        path: str,
        factors: Factors,
        found: LocatedParameter,
        shape: tuple[int, ...],
        *,
        of_bias: bool = False,
    ) -> None:
        is_fused = isinstance(factors, LoraFactors) and len(factors.A.shape) == 3
        parameter = self.architecture.parameters.get(found.name)
        by_column = parameter is not None and parameter.kind == "embedding"
        for source, first, expert in _pieces(self.base, found.layout):
            part = ModulePart(
                index,
                path,
                factors,
                given.weight,
                source,
                shape,
                first,
                expert if is_fused else None,
                of_bias,
                by_column,
            )
            keeps_ties = path in given.adapter.keeps_ties
            grown = self.growing.at(found, source, keeps_ties=keeps_ties)
            # Of a tie that is kept, both sides bring the one change.
            if not (
                keeps_ties and any(other.adapter == index and other.source == source for other in grown.parts)
            ):
                grown.parts.append(part)

    def _add_replaced(
        self, index: int, given: WeightedAdapter, names: AdapterNames, name: str, tensor: LazyTensor
    ) -> None:
        found = names.find(name)
        if found is None:
            spelled = self._new_name(given, names, name)
            if self.taken.take(index, given, spelled, "is replaced outright"):
                self.growing.new(spelled).replaced = tensor
                self.new[spelled] = None
            return
        whole = found.layout.whole
        if whole is None or whole.transposed != self._is_transposed(found):
            raise UnsupportedError(
                f"{given.name} replaces {name!r}, which lies in several tensors of {self.base.name}; write the base out with transformers first."
            )
        base = self.base.tensors[whole.tensor]
        if is_same(base, tensor):  # PEFT saves tables of tokens along, changed or not
            return
        if not self.taken.take(index, given, found.name, "is replaced outright"):
            return
        if base.shape != tensor.shape and not may_have_other_rows(
            self.base, self.architecture, found.name, base.shape, tensor.shape
        ):
            raise AlignmentError(
                f"{name!r} is {times(tensor.shape)} in {given.name} and {times(base.shape)} in the base. Check that the adapter was made for this model."
            )
        cuts = name in given.adapter.copies
        if cuts and base.shape != tensor.shape and self._is_tied_to_nothing_of(given, names, found):
            cuts = False
            self.notes.append(_tie_kept(given, found.name, base.shape[0], tensor.shape[0]))
        self.growing.at(found, whole, keeps_ties=not cuts).replaced = tensor

    def _add_rows(
        self, index: int, given: WeightedAdapter, names: AdapterNames, path: str, rows: TokenRows
    ) -> None:
        found = names.weight_of(path)
        whole = found.layout.whole if found else None
        if found is None or whole is None or len(self.base.tensors[whole.tensor].shape) != 2:
            raise AlignmentError(
                f"{given.name} has rows of tokens for {path!r}, and the base has no such table."
            )
        if not self.taken.take(index, given, found.name, "has rows of tokens"):
            return
        table = self.base.tensors[whole.tensor]
        count = max(table.shape[0], max(rows.indices, default=-1) + 1)
        missing = set(range(table.shape[0], count)) - set(rows.indices)
        if rows.rows.shape[1] != table.shape[1] or missing:
            raise AlignmentError(
                f"{given.name} has rows of {rows.rows.shape[1]} numbers for tokens up to {count - 1}, and {path!r} is {times(table.shape)} in the base."
            )
        # Rows for both sides of a tie are two tables.
        both = self._has_rows_beside(given, names, path, found)
        grown = self.growing.at(found, whole, keeps_ties=not both)
        if count > table.shape[0]:
            grown.replaced = _longer(grown.replaced or table, count)
        grown.rows.append(rows)

    def _has_rows_beside(
        self, given: WeightedAdapter, names: AdapterNames, path: str, found: LocatedParameter
    ) -> bool:
        others = [names.weight_of(other) for other in given.adapter.token_rows if other != path]
        return any(other is not None and other.name in self._sharing(found) for other in others)

    def _sharing(self, found: LocatedParameter) -> set[str]:
        """The parameters that share a tensor with one, itself among them."""
        kept = found.tied_to or found.name
        return {kept, *(alias for alias, name in self.architecture.tied.items() if name == kept)}

    def _is_tied_to_nothing_of(
        self, given: WeightedAdapter, names: AdapterNames, found: LocatedParameter
    ) -> bool:
        """Whether a parameter shares its tensor, and the adapter brings none of the others that do."""
        others = self._sharing(found) - {found.name}
        brought = {other.name for name in given.adapter.replaced if (other := names.find(name)) is not None}
        return bool(others) and not others & brought

    def _refuse_codes(self, found: LocatedParameter) -> None:
        for name in found.layout.tensors:
            tensor, fact = self.base.tensors[name], not_numbers(self.base, name)
            if fact:
                raise UnsupportedError(
                    f"{fact}. Nothing can be added to it; merge into the 16-bit original, and quantise the result."
                )
            if not tensor.dtype.is_floating_point or not tensor.shape:
                dtype = str(tensor.dtype)
                raise UnsupportedError(
                    f"{name!r} of {self.base.name} is {dtype} of shape {tensor.shape}, to which nothing can be added."
                )

    def _shape(self, found: LocatedParameter) -> tuple[int, ...]:
        """A parameter as (out, in, *kernel); one expert's where they are fused."""
        pieces = list(_pieces(self.base, found.layout))
        mine = [source for source, _, expert in pieces if expert in (0, None)]
        shapes = [part_shape(self.growing.start(found, source).shape, source) for source in mine]
        return (sum(shape[0] for shape in shapes), *shapes[0][1:])

    def _is_transposed(self, found: LocatedParameter) -> bool:
        parameter = self.architecture.parameters.get(found.name)
        return parameter.transposed if parameter else False

    def _new_name(self, given: WeightedAdapter, names: AdapterNames, name: str) -> str:
        """The name of a parameter that the base does not have: fine for a head, and a mistake anywhere else."""
        is_saved = name in given.adapter.copies or any(part in HEADS for part in name.split("."))
        within = bool(self.architecture.prefix) and name.startswith(f"{self.architecture.prefix}.")
        if not is_saved or within or any(part.isdigit() for part in name.split(".")[:-2]):
            raise AlignmentError(
                f"{given.name} replaces {name!r}, which the base does not have; its parameters are called like {next(iter(self.architecture.parameters), '')!r}. "
                "Check that the adapter was made for this model."
            )
        return name

    def _refuse_strangers(
        self, given: WeightedAdapter, names: AdapterNames, modules: Mapping[str, LocatedParameter | None]
    ) -> None:
        lost = sorted(path for path, found in modules.items() if found is None)
        if not lost:
            return
        unread = {owner.rpartition(".")[0]: why for owner, why in self.binding.unread.items()}
        reason = next((f" ({unread[path]})" for path in lost if path in unread), "")
        some = next(iter(self.architecture.parameters), "")
        raise AlignmentError(
            f"{listed(lost)} of {given.name} match{'es' if len(lost) == 1 else ''} nothing in {self.base.name}{reason}: "
            f"{len(lost)} of its {len(modules)} modules are lost. The base's parameters are called like {some!r}. "
            "Check that the adapter was made for this model."
        )


def _tie_kept(given: WeightedAdapter, name: str, before: int, now: int) -> str:
    return (
        f"{name!r} has {now} rows in {given.name} and {before} in the base, where another weight shares its tensor, and no file has that one's rows: "
        "it goes on sharing the tensor, and so takes the new table too. In PEFT it kept its own."
    )


def _pieces(base: Checkpoint, layout: Layout) -> Iterator[tuple[Source, int, int | None]]:
    """The tensors that a parameter lies in, each with its first row of the parameter and the expert that it belongs to."""
    for expert, stack in enumerate(layout.experts):
        first = 0
        for source in stack:
            yield source, first, expert if len(layout.experts) > 1 or source.expert is not None else None
            first += part_shape(base.tensors[source.tensor].shape, source)[0]


def _longer(table: LazyTensor, count: int) -> LazyTensor:
    """A table with rows of zeros at its end, for tokens whose rows are to come."""
    import torch

    shape = (count, table.shape[1])

    def read() -> Tensor:
        return torch.cat([table.read(), table.read().new_zeros(count - table.shape[0], table.shape[1])])

    return LazyTensor(shape, table.dtype, read)

"""Match adapters with a base: one job for every tensor that changes, or one error for all misfits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from lorasurgery.adapter import TokenRows
from lorasurgery.architecture import Architecture, Binding, Layout, Source
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.checkpoint.as_trained import refuse_empty
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import AlignmentError, NothingToDoError, UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.quantisation import not_numbers
from lorasurgery.surgery.adapter_input.weighted_adapter import WeightedAdapter
from lorasurgery.surgery.base.names import AdapterNames, LocatedParameter, advice_on
from lorasurgery.surgery.base.padding import longer, wider
from lorasurgery.surgery.base.prefetch import fetch_soon
from lorasurgery.surgery.base.shapes import may_have_other_rows, names_for, part_shape
from lorasurgery.surgery.base.weights import is_same
from lorasurgery.surgery.merging.adapter_match import AdapterMatch
from lorasurgery.surgery.merging.assignment import PartAssignment
from lorasurgery.surgery.merging.complete import refuse_untouched
from lorasurgery.surgery.merging.job_builder import JobBuilder, JobDraft
from lorasurgery.surgery.merging.module_check import ModuleCheck, check_module
from lorasurgery.surgery.merging.tensor_job import ModulePart
from lorasurgery.text import listed, times
from lorasurgery.variants.edit import own_shape
from lorasurgery.variants.lora import LoraFactors
from lorasurgery.variants.replaced_vector import ReplacedVectorFactors

if TYPE_CHECKING:
    pass

# What the classes of transformers call the heads that PEFT saves without being asked.
HEADS = ("classifier", "pre_classifier", "score", "qa_outputs")


class AdapterMatcher:
    """Collects what all adapters change in one base."""

    def __init__(
        self, base: Checkpoint, architecture: Architecture, binding: Binding, assignment: PartAssignment
    ) -> None:
        self.base = base
        self.architecture = architecture
        self.binding = binding
        self.assignment = assignment
        self.builder = JobBuilder(base, architecture, binding)
        self.checks: dict[tuple[int, str], ModuleCheck] = {}
        self.new: dict[str, None] = {}
        self.notes: list[str] = []

    def add(self, index: int, given: WeightedAdapter) -> None:
        """Match all that one adapter brings.

        Raises:
            AlignmentError: a part of it matches nothing in the base, or has another shape.
            UnsupportedError: a non-additive part of it has a weight, or is in an earlier adapter
                too.
        """
        refuse_empty(given.name, given.adapter.replaced)
        names = names_for(given.adapter, self.base, self.architecture, self.binding)
        self.notes += filter(None, (names.note, *given.adapter.notes))
        modules = {path: names.weight_of(path) for path in given.adapter.modules}
        self._refuse_strangers(given, modules)
        fetch_soon(given.adapter.modules[path] for path in sorted(modules))
        # Factors may be for an embedding that the adapter brings, longer than the base's, so that
        # is matched first.
        for name, tensor in sorted(given.adapter.replaced.items()):
            self._add_replaced(index, given, names, name, tensor)
        misfits = []
        for path, located in sorted(modules.items()):
            try:
                if located is not None:
                    self._add_factors(index, given, names, path, located)
            except AlignmentError as misfit:
                misfits.append(misfit)
        if misfits:
            raise AlignmentError(f"{misfits[0]} {len(misfits)} of its {len(modules)} modules do not fit.")
        for path, rows in sorted(given.adapter.token_rows.items()):
            self._add_rows(index, given, names, path, rows)
        touched = {located.name for located in modules.values() if located is not None}
        touched |= {names.spell(name) for name in given.adapter.replaced}
        self.notes += refuse_untouched(given.name, given.adapter, names, touched)

    def match(self, dtype: Dtype | None) -> AdapterMatch:
        """Return all jobs; `dtype` is that of the output where it is not the base's own.

        Raises:
            NothingToDoError: nothing changes.
        """
        if not self.builder.drafts:
            raise NothingToDoError("The adapters change nothing: they hold no factors and no parameters.")
        for draft in self.builder.drafts.values():
            self._refuse_mixture(draft)
        jobs, notes = self.builder.jobs(dtype), tuple(dict.fromkeys(self.notes))
        return AdapterMatch(jobs, tuple(self.builder.untied), self.checks, tuple(self.new), notes)

    def _refuse_mixture(self, draft: JobDraft) -> None:
        """Refuse a non-additive change of a tensor that another adapter changes too."""
        non_additive = {
            part.adapter for part in draft.parts if not self.checks[part.adapter, part.module].additive
        }
        others = {part.adapter for part in draft.parts} - non_additive
        if non_additive and others:
            module = draft.parts[0].module
            raise UnsupportedError(
                f"{module!r} is changed by several adapters, and one of the changes is non-additive (DoRA, "
                f"IA3, OFT, ...), so that their order would matter. Choose with --take '{module}=ADAPTER', "
                "or merge one after the other."
            )

    def _add_factors(
        self, index: int, given: WeightedAdapter, names: AdapterNames, path: str, located: LocatedParameter
    ) -> None:
        factors = given.adapter.modules[path]
        self._refuse_unread_numbers(located)
        self._widen(given, path, located)
        shape = self._shape(located)
        one = factors.expert(0) if isinstance(factors, LoraFactors) and len(factors.A.shape) == 3 else factors
        check = self.checks[index, path] = check_module(path, one, shape)
        weight = self._weight(given, path)
        has_strength = getattr(factors, "has_strength", True)
        if not check.additive and not self.assignment.take(
            index, given, path, "is non-additive", weight, has_strength=has_strength
        ):
            return
        if check.additive and self.assignment.is_given_away(index, path):
            return
        if check.of_weight:
            self._add_parts(index, given, path, located, shape)
        if check.of_bias:
            bias = names.find(f"{path}.bias")
            if bias is None and not check.adds_bias:
                return
            if bias is None:
                raise UnsupportedError(
                    f"{given.name} adds a bias to {path!r} (lora_bias), which has none in the base; convert "
                    "the adapter, or merge it without."
                )
            self._add_parts(index, given, path, bias, shape, of_bias=True)

    def _weight(self, given: WeightedAdapter, path: str) -> float:
        """Return a module's weight: 1 for a norm that is replaced, as programs do at any strength."""
        weight = given.weight_of(path)
        if not isinstance(given.adapter.modules[path], ReplacedVectorFactors) or weight <= 0 or weight == 1:
            return weight
        self.notes.append(
            f"the norms that {given.name} replaces are replaced whole, as diffusers and ComfyUI do at any "
            "strength; --exclude leaves them out"
        )
        return 1.0

    def _widen(self, given: WeightedAdapter, path: str, located: LocatedParameter) -> None:
        """Give a weight zeros for the inputs that a control LoRA has more than the base."""
        own, whole = own_shape(given.adapter.modules[path]), located.layout.whole
        if path not in given.adapter.widens or own is None or whole is None or whole.transposed:
            return
        table = self.builder.start(located, whole)
        if len(table.shape) != 2 or table.shape[0] != own[0] or table.shape[1] >= own[1]:
            return
        self.notes.append(
            f"{path!r} has {own[1]} inputs in {given.name} and {table.shape[1]} in the base: the weights of "
            "the others were zero, and the merged model takes as many inputs as the adapter"
        )
        self.builder.at(located, whole, keeps_ties=True).replaced = wider(table, own[1])

    def _add_parts(
        self,
        index: int,
        given: WeightedAdapter,
        path: str,
        located: LocatedParameter,
        shape: tuple[int, ...],
        *,
        of_bias: bool = False,
    ) -> None:
        factors = given.adapter.modules[path]
        is_fused = isinstance(factors, LoraFactors) and len(factors.A.shape) == 3
        parameter = self.architecture.parameters.get(located.name)
        is_embedding = parameter is not None and parameter.kind == "embedding"
        keeps_ties = path in given.adapter.keeps_ties
        for source, first_row, expert in _pieces(self.base, located.layout):
            part = ModulePart(
                adapter=index,
                module=path,
                factors=factors,
                weight=self._weight(given, path),
                source=source,
                shape=shape,
                first=first_row,
                expert=expert if is_fused else None,
                of_bias=of_bias,
                by_column=is_embedding,
            )
            draft = self.builder.at(located, source, keeps_ties=keeps_ties)
            # Where a tie is kept, both sides bring the one change.
            is_twice = any(other.adapter == index and other.source == source for other in draft.parts)
            if not (keeps_ties and is_twice):
                draft.parts.append(part)

    def _add_replaced(
        self, index: int, given: WeightedAdapter, names: AdapterNames, name: str, tensor: LazyTensor
    ) -> None:
        located = names.find(name)
        if located is None:
            self._refuse_new_name(given, name)
            if self.assignment.take(index, given, name, "is replaced outright"):
                self.builder.new(name).replaced = tensor
                self.new[name] = None
            return
        whole = located.layout.whole
        if whole is None or whole.transposed != self._is_transposed(located):
            raise UnsupportedError(
                f"{given.name} replaces {name!r}, which is stored in several tensors of {self.base.name}; "
                "write the base out with transformers first."
            )
        base = self.base.tensors[whole.tensor]
        if is_same(base, tensor):  # PEFT saves embeddings along, changed or not
            return
        if not self.assignment.take(index, given, located.name, "is replaced outright"):
            return
        if base.shape != tensor.shape and not may_have_other_rows(
            self.base, self.architecture, located.name, base.shape, tensor.shape
        ):
            raise AlignmentError(
                f"{name!r} is {times(tensor.shape)} in {given.name} and {times(base.shape)} in the base. "
                "Check that the adapter was made for this model."
            )
        cuts_tie = name in given.adapter.copies
        if cuts_tie and base.shape != tensor.shape and self._is_tied_to_nothing_of(given, names, located):
            cuts_tie = False
            self.notes.append(_tie_kept(given, located.name, base.shape[0], tensor.shape[0]))
        self.builder.at(located, whole, keeps_ties=not cuts_tie).replaced = tensor

    def _add_rows(
        self, index: int, given: WeightedAdapter, names: AdapterNames, path: str, rows: TokenRows
    ) -> None:
        located = names.weight_of(path)
        whole = located.layout.whole if located else None
        if located is None or whole is None or len(self.base.tensors[whole.tensor].shape) != 2:
            raise AlignmentError(
                f"{given.name} has rows of tokens for {path!r}, and the base has no such table."
            )
        if not self.assignment.take(index, given, located.name, "has rows of tokens"):
            return
        table = self.base.tensors[whole.tensor]
        count = max(table.shape[0], max(rows.indices, default=-1) + 1)
        missing = set(range(table.shape[0], count)) - set(rows.indices)
        if rows.rows.shape[1] != table.shape[1] or missing:
            raise AlignmentError(
                f"{given.name} has rows of {rows.rows.shape[1]} numbers for tokens up to {count - 1}, and "
                f"{path!r} is {times(table.shape)} in the base."
            )
        # Rows for both sides of a tie are for two tables.
        is_for_both_sides = self._has_rows_for_partner(given, names, path, located)
        draft = self.builder.at(located, whole, keeps_ties=not is_for_both_sides)
        if count > table.shape[0]:
            draft.replaced = longer(draft.replaced or table, count)
        draft.rows.append(rows)

    def _has_rows_for_partner(
        self, given: WeightedAdapter, names: AdapterNames, path: str, located: LocatedParameter
    ) -> bool:
        others = [names.weight_of(other) for other in given.adapter.token_rows if other != path]
        return any(other is not None and other.name in self._sharing(located) for other in others)

    def _sharing(self, located: LocatedParameter) -> set[str]:
        """Return the parameters that share a tensor with one, itself among them."""
        owner = located.tied_to or located.name
        return {owner, *(alias for alias, name in self.architecture.tied.items() if name == owner)}

    def _is_tied_to_nothing_of(
        self, given: WeightedAdapter, names: AdapterNames, located: LocatedParameter
    ) -> bool:
        """Return whether a parameter shares its tensor, and the adapter brings none of the others that do."""
        others = self._sharing(located) - {located.name}
        brought = {other.name for name in given.adapter.replaced if (other := names.find(name)) is not None}
        return bool(others) and not others & brought

    def _refuse_unread_numbers(self, located: LocatedParameter) -> None:
        for name in located.layout.tensors:
            tensor, fact = self.base.tensors[name], not_numbers(self.base, name)
            if fact:
                raise UnsupportedError(
                    f"{fact}. Nothing can be added to it; merge into the 16-bit original, and quantise the "
                    "result."
                )
            if not tensor.dtype.is_floating_point or not tensor.shape:
                dtype = str(tensor.dtype)
                raise UnsupportedError(
                    f"{name!r} of {self.base.name} is {dtype} of shape {tensor.shape}, to which nothing can "
                    "be added."
                )

    def _shape(self, located: LocatedParameter) -> tuple[int, ...]:
        """Return a parameter's shape as (out, in, *kernel); one expert's where they are fused."""
        pieces = list(_pieces(self.base, located.layout))
        of_one = [source for source, _, expert in pieces if expert in (0, None)]
        shapes = [part_shape(self.builder.start(located, source).shape, source) for source in of_one]
        return (sum(shape[0] for shape in shapes), *shapes[0][1:])

    def _is_transposed(self, located: LocatedParameter) -> bool:
        parameter = self.architecture.parameters.get(located.name)
        return parameter.transposed if parameter else False

    def _refuse_new_name(self, given: WeightedAdapter, name: str) -> None:
        """Refuse a parameter that the base does not have, unless it is a head's."""
        is_saved = name in given.adapter.copies or any(part in HEADS for part in name.split("."))
        within = bool(self.architecture.prefix) and name.startswith(f"{self.architecture.prefix}.")
        if not is_saved or within or any(part.isdigit() for part in name.split(".")[:-2]):
            raise AlignmentError(
                f"{given.name} replaces {name!r}, which the base does not have; its parameters are called "
                f"like {next(iter(self.architecture.parameters), '')!r}. "
                f"{advice_on([name], self.architecture)}"
            )

    def _refuse_strangers(
        self, given: WeightedAdapter, modules: Mapping[str, LocatedParameter | None]
    ) -> None:
        strangers = sorted(path for path, located in modules.items() if located is None)
        if not strangers:
            return
        unread = {owner.rpartition(".")[0]: why for owner, why in self.binding.unread.items()}
        reason = next((f" ({unread[path]})" for path in strangers if path in unread), "")
        example = next(iter(self.architecture.parameters), "")
        raise AlignmentError(
            f"{listed(strangers)} of {given.name} match{'es' if len(strangers) == 1 else ''} nothing in "
            f"{self.base.name}{reason}: {len(strangers)} of its {len(modules)} modules are lost. The base's "
            f"parameters are called like {example!r}. {advice_on(strangers, self.architecture)}"
        )


def _tie_kept(given: WeightedAdapter, name: str, before: int, now: int) -> str:
    return (
        f"{name!r} has {now} rows in {given.name} and {before} in the base, where another weight shares its "
        "tensor, and no file has that one's rows: it goes on sharing the tensor, and so takes the new "
        "table too. In PEFT it kept its own."
    )


def _pieces(base: Checkpoint, layout: Layout) -> Iterator[tuple[Source, int, int | None]]:
    """Return the tensors that hold a parameter, each with its first row of the parameter and its expert."""
    for expert, stack in enumerate(layout.experts):
        first = 0
        for source in stack:
            yield source, first, expert if len(layout.experts) > 1 or source.expert is not None else None
            first += part_shape(base.tensors[source.tensor].shape, source)[0]

"""Adapters held against an exported graph: what each part of them is for, or one error with all
that does not fit.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from lorasurgery.adapter import Adapter
from lorasurgery.errors import AlignmentError
from lorasurgery.onnx.graph.exported import ExportedGraph
from lorasurgery.onnx.graph.view import GraphView, with_biases
from lorasurgery.surgery.adapter_input.weighted_adapter import WeightedAdapter
from lorasurgery.surgery.base.names import AdapterNames, names_of
from lorasurgery.surgery.merging.adapter_match import AdapterMatch
from lorasurgery.surgery.merging.assignment import PartAssignment
from lorasurgery.surgery.merging.matching import AdapterMatcher

if TYPE_CHECKING:
    pass


def matched(
    graph: ExportedGraph, given: Sequence[WeightedAdapter], take: Sequence[str] = ()
) -> tuple[GraphView, AdapterMatch]:
    """The jobs that adapters make together, and the graph's parameters with those biases that are
    zero and therefore not in it.

    Raises:
        AlignmentError: something of an adapter matches nothing in the graph, or has another shape.
        UnsupportedError: something of it cannot be weighted, or is in two adapters and is no sum; a
            choice of `take` is none.
        NothingToDoError: nothing changes.
    """
    view = with_biases(graph.view, _absent_biases(graph.view, given))
    taken = PartAssignment.of(take, given)
    matcher = AdapterMatcher(view.checkpoint, view.architecture, view.binding, taken)
    for index, each in enumerate(given):
        matcher.add(index, _as_stored(graph, view, each))
    taken.refuse_unused()
    return view, matcher.match(None)


def spelling(view: GraphView, adapter: Adapter) -> AdapterNames:
    """Finds an adapter's names among the graph's."""
    modules = [*adapter.modules, *adapter.token_rows]
    return names_of(view.checkpoint, view.architecture, view.binding, modules, adapter.replaced)


def _absent_biases(view: GraphView, given: Iterable[WeightedAdapter]) -> list[str]:
    """Biases that adapters replace and that the graph has no need of, by the graph's names."""
    wanted = []
    for each in given:
        biases = [name for name in each.adapter.replaced if name.endswith(".bias")]
        weights = [f"{name.removesuffix('.bias')}.weight" for name in biases]
        modules = [*each.adapter.modules, *each.adapter.token_rows]
        names = names_of(view.checkpoint, view.architecture, view.binding, modules, weights)
        found = [names.find(name) for name in weights]
        wanted += [f"{hit.name.removesuffix('.weight')}.bias" for hit in found if hit is not None]
    return wanted


def _as_stored(graph: ExportedGraph, view: GraphView, given: WeightedAdapter) -> WeightedAdapter:
    """Return an adapter whose whole tensors are stored as the graph's: transposed where those are."""
    adapter, names = given.adapter, spelling(view, given.adapter)
    replaced = {}
    for name, tensor in adapter.replaced.items():
        found = names.find(name)
        slot = view.slots.get(found.name) if found is not None else None
        is_transposed = slot is not None and not slot.as_saved and len(tensor.shape) == 2
        replaced[name] = tensor.T if is_transposed else tensor
    for path in adapter.token_rows:
        found = names.find(f"{path}.weight")
        if found is not None and found.name in view.slots and view.slots[found.name].transposed:
            raise AlignmentError(
                f"{given.name} has rows of tokens for {path!r}, and {graph.file.path} holds a transposed "
                "copy of that. Merge the adapter into its checkpoint and export that."
            )
    return dataclasses.replace(given, adapter=dataclasses.replace(adapter, replaced=replaced))

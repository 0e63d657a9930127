"""A graph as a checkpoint: its parameters by name, so that the merge of checkpoints finds its way in it.

Ties are read off the weights: a table of tokens and a matrix that lie in one initializer, or in two
of the same numbers.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lorasurgery.architecture import Architecture, Binding, Kind, Layout, Parameter, Source
from lorasurgery.architecture.value import enclosing, owner
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.lazy import LazyTensor
from lorasurgery.onnx.graph.file import GraphFile
from lorasurgery.onnx.graph.reference import Reference
from lorasurgery.onnx.graph.slots import WeightSlot, WeightSlots, matrix_shape, same_numbers

KINDS: Mapping[str, Kind] = {
    "linear": "linear",
    "conv": "conv",
    "embedding": "embedding",
    "norm": "norm",
    "bias": "bias",
}


@dataclass(frozen=True)
class GraphView:
    """`slots` are all parameters by name, `tied` those that share the numbers of another one ->
    that one. `absent` are biases that the exporter left out because they are zero -> the slot of
    the matrix beside.
    """

    checkpoint: Checkpoint
    architecture: Architecture
    binding: Binding
    slots: Mapping[str, WeightSlot]
    tied: Mapping[str, str]
    absent: Mapping[str, WeightSlot]


def view_of(
    file: GraphFile, slots: WeightSlots, reference: Reference | None, config: Mapping[str, Any]
) -> GraphView:
    """See a graph as a checkpoint."""
    found = slots.by_name
    tied = _ties(file, found)
    apart = {
        name: each
        for name, each in found.items()
        if name not in tied or found[tied[name]].weight != each.weight
    }
    absent = {
        f"{owner(name)}.bias": each
        for name, each in found.items()
        if each.role == "linear" and f"{owner(name)}.bias" not in found
    }
    checkpoint = Checkpoint(
        name=str(file.path),
        folder=file.path.parent,
        files=file.files,
        tensors={name: file.weights[each.weight].tensor for name, each in sorted(apart.items())},
        config=reference.base.config if reference and reference.base else config,
    )
    binding = Binding(
        sources={
            name: Layout(((Source(name, transposed=each.transposed),),)) for name, each in apart.items()
        },
        unread=slots.unread,
    )
    return GraphView(
        checkpoint, _architecture(file, found, tied, reference, config), binding, found, tied, absent
    )


def _architecture(
    file: GraphFile,
    slots: Mapping[str, WeightSlot],
    tied: Mapping[str, str],
    reference: Reference | None,
    config: Mapping[str, Any],
) -> Architecture:
    known = reference.architecture.parameters if reference else {}
    parameters = {
        name: Parameter(
            name,
            owner(name),
            known[name].kind if name in known else KINDS.get(each.role, "bare"),
            matrix_shape(file.weights[each.weight].tensor.shape, each),
            each.transposed,
        )
        for name, each in slots.items()
    }
    if reference:
        return dataclasses.replace(reference.architecture, parameters=parameters, tied=tied)
    return Architecture(
        class_name=next(iter(config.get("architectures") or ()), None),
        model_type=config.get("model_type"),
        task_type=None,
        modules=enclosing(parameters),
        parameters=parameters,
        tied=tied,
        origin="names",
    )


def _ties(file: GraphFile, slots: Mapping[str, WeightSlot]) -> dict[str, str]:
    """Matrices that are tied to a table of tokens -> the table."""
    tied: dict[str, str] = {}
    tables = [each for each in slots.values() if each.role == "embedding"]
    for table in tables:
        if table.parameter in tied:
            continue
        for other in slots.values():
            free = (
                other.parameter not in tied and other is not table and other.role in ("embedding", "linear")
            )
            if free and _is_tied(file, table, other):
                tied[other.parameter] = table.parameter
    return tied


def _is_tied(file: GraphFile, table: WeightSlot, other: WeightSlot) -> bool:
    if table.weight == other.weight:
        return table.transposed == other.transposed
    one, two = file.weights[table.weight].tensor, file.weights[other.weight].tensor
    if matrix_shape(one.shape, table) != matrix_shape(two.shape, other):
        return False
    return _first_rows_agree(one, two, table, other) and same_numbers(file, table, other)


def _first_rows_agree(one: LazyTensor, two: LazyTensor, table: WeightSlot, other: WeightSlot) -> bool:
    """A look at a few rows, which tells most pairs apart without reading them."""
    import torch

    if table.transposed or one.dtype != two.dtype:
        return False
    if not other.transposed:
        return torch.equal(one.read_rows(0, 1), two.read_rows(0, 1))
    return torch.equal(one.read_rows(0, 1)[0, :1], two.read_rows(0, 1)[0, :1])


def with_biases(view: GraphView, names: Iterable[str]) -> GraphView:
    """The same view with those of the absent biases that somebody is going to change, as zeros."""
    import torch

    wanted = {name: view.absent[name] for name in names if name in view.absent}
    if not wanted:
        return view
    zeros = {}
    for name, each in wanted.items():
        weight = view.checkpoint.tensors.get(each.parameter)
        assert weight is not None
        out = matrix_shape(weight.shape, each)[0]
        zeros[name] = LazyTensor.of(torch.zeros(out, dtype=weight.dtype.torch))
    tensors = dict(sorted({**view.checkpoint.tensors, **zeros}.items()))
    sources = {**view.binding.sources, **{name: Layout(((Source(name),),)) for name in zeros}}
    parameters = {
        **view.architecture.parameters,
        **{name: Parameter(name, owner(name), "bias", zeros[name].shape) for name in zeros},
    }
    return dataclasses.replace(
        view,
        checkpoint=dataclasses.replace(view.checkpoint, tensors=tensors),
        binding=dataclasses.replace(view.binding, sources=sources),
        architecture=dataclasses.replace(view.architecture, parameters=parameters),
    )

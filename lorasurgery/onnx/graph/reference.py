"""The model that a graph was exported from, where somebody knows it: its names, and, with --base,
its numbers.

Names: a graph has those of whatever was exported, maybe inside a wrapper (`model.bert.pooler...`),
maybe by another version of transformers. Numbers: a graph whose names are gone is matched by
content: the SHA-256 of every matrix, as (out, in) and in the graph's dtype, against those of the
base.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lorasurgery.architecture import Architecture, Binding, architecture_of, bind
from lorasurgery.architecture.spelling import best_rewritings, unwrapped
from lorasurgery.architecture.value import owner
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.checkpoint.folder import read_json
from lorasurgery.checkpoint.write import tensor_bytes
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import AlignmentError, DamagedFileError
from lorasurgery.lazy import LazyTensor
from lorasurgery.onnx.graph.file import GraphFile
from lorasurgery.onnx.graph.slots import MATRICES, WeightSlot, WeightSlots, slot
from lorasurgery.onnx.graph.uses import WeightUse
from lorasurgery.paths import NO_FILE
from lorasurgery.quantisation import open_model
from lorasurgery.surgery.base.matrix import run_time_tensor

if TYPE_CHECKING:
    from torch import Tensor

# What a reader of the graph may be in the model.
KINDS = {"linear": ("linear", "conv1d"), "conv": ("conv",), "embedding": ("embedding", "other")}


@dataclass(frozen=True)
class Reference:
    """`base` and `binding` are None where only a config is there."""

    architecture: Architecture
    base: Checkpoint | None = None
    binding: Binding | None = None

    def tensor(self, name: str) -> LazyTensor | None:
        """A parameter of the base in the layout of its module; also one that shares the tensor of another."""
        if self.base is None or self.binding is None:
            return None
        kept = self.architecture.tied.get(name, name)
        layout = self.binding.sources.get(name) or self.binding.sources.get(kept)
        return run_time_tensor(self.base, layout) if layout is not None else None

    def is_transposed(self, name: str) -> bool:
        """Whether the model itself stores this matrix as (in, out)."""
        parameter = self.architecture.parameters.get(name)
        return parameter.transposed if parameter else False


def reference_of(base: str | None, config: Mapping[str, Any]) -> Reference | None:
    """What is known of the model: from --base, else from the config beside the graph, else nothing.

    Raises:
        CheckpointError: the base cannot be read.
    """
    from lorasurgery.architecture.transformers_class import UnknownClassError, architecture_by_class

    if base is not None:
        opened = open_model(base)
        architecture = architecture_of(opened)
        return Reference(architecture, opened, bind(architecture, opened))
    try:
        return Reference(architecture_by_class(config)) if config else None
    except UnknownClassError:
        return None


def config_beside(path: Path) -> Mapping[str, Any]:
    """The `config.json` in a graph's folder; empty where there is none that can be read."""
    try:
        return read_json(path.parent / "config.json")
    except (*NO_FILE, DamagedFileError):
        return {}


def with_names_of(slots: WeightSlots, architecture: Architecture) -> WeightSlots:
    """The same slots under the names that the model has at run time, as far as it has them."""
    spell = _spelling(slots.by_name, architecture)
    renamed: dict[str, WeightSlot] = {}
    for name, each in slots.by_name.items():
        new = spell(name) or name
        parameter = architecture.parameters.get(new)
        as_saved = each.as_saved
        if parameter is not None and each.role == "linear":
            as_saved = parameter.transposed == each.transposed
        renamed.setdefault(new, dataclasses.replace(each, parameter=new, as_saved=as_saved))
    return WeightSlots(
        renamed, {spell(name) or name: why for name, why in slots.unread.items()}, slots.strays
    )


def _spelling(names: Iterable[str], architecture: Architecture) -> Callable[[str], str | None]:
    """The way to write the graph's names that most of them are known by."""
    plain = {name: unwrapped(name) for name in names}

    def known(name: str) -> str | None:
        if name in architecture.parameters:
            return name
        if architecture.conversion is None:
            return None
        renamed, pattern = architecture.conversion.rename(name)
        return renamed if pattern is None and renamed in architecture.parameters else None

    best = best_rewritings([*plain.values()], architecture.parameters, known)[0]
    return lambda name: known(name) or known(best(plain.get(name, name))) or known(plain.get(name, name))


def with_values_of(file: GraphFile, slots: WeightSlots, reference: Reference) -> WeightSlots:
    """The same slots and those of matrices that nothing but their numbers names, with their biases.

    A matrix that equals several of the base's, or is equalled by several of the graph's, stays
    unnamed.
    """
    readers: dict[tuple[str, str, bool], list[WeightUse]] = defaultdict(list)
    for use in slots.strays:
        if use.role in MATRICES:
            readers[use.weight, use.role, use.transposed].append(use)
    if not readers or reference.base is None:
        return slots
    dtypes = {file.weights[weight].tensor.dtype for weight, _, _ in readers}
    theirs = _digests_of_base(slots, reference, dtypes)
    ours: dict[tuple[str, str], list[tuple[str, str, bool]]] = defaultdict(list)
    for key in readers:
        ours[key[1], _digest(file.weights[key[0]].tensor.read(), transposed=key[2])].append(key)
    found = dict(slots.by_name)
    named: set[int] = set()
    for content, mine in ours.items():
        names = theirs.get(content, [])
        if len(names) == 1:
            made = [_by_value(names[0], each, readers[each], reference) for each in mine]
            found[names[0]] = dataclasses.replace(made[0], copies=tuple(made[1:]))
            named |= {id(use) for each in mine for use in readers[each]}
    left = tuple(use for use in slots.strays if id(use) not in named)
    unread = {name: why for name, why in slots.unread.items() if name not in found}
    return _with_biases(WeightSlots(found, unread, left))


def _by_value(
    name: str, key: tuple[str, str, bool], uses: Sequence[WeightUse], reference: Reference
) -> WeightSlot:
    made = slot(name, key[0], uses[0], "value", uses)
    return dataclasses.replace(made, as_saved=reference.is_transposed(name) == made.transposed)


def _digests_of_base(
    slots: WeightSlots, reference: Reference, dtypes: Iterable[Dtype]
) -> dict[tuple[str, str], list[str]]:
    """(role, digest) -> the base's matrices of that content that the graph does not name."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, parameter in reference.architecture.parameters.items():
        role = next((role for role, kinds in KINDS.items() if parameter.kind in kinds), None)
        tensor = reference.tensor(name) if role and name not in slots.by_name else None
        if tensor is None or role is None or len(tensor.shape) < 2:
            continue
        read = tensor.read()
        for dtype in dtypes:
            found[role, _digest(read.to(dtype.torch), transposed=parameter.transposed)].append(name)
    return found


def _digest(matrix: Tensor, *, transposed: bool) -> str:
    matrix_out_in = matrix.T if transposed else matrix
    return hashlib.sha256(
        repr(tuple(matrix_out_in.shape)).encode() + bytes(tensor_bytes(matrix_out_in))
    ).hexdigest()


def _with_biases(slots: WeightSlots) -> WeightSlots:
    """Name what is added to the product of a named matrix."""
    readers = {(id(use.node), use.index): use for use in slots.strays if use.role == "bias"}
    added = {
        value: (node, index)
        for node in {id(use.node): use.node for use in slots.strays if use.node.op_type == "Add"}.values()
        for index, value in enumerate(node.input)
    }
    found = dict(slots.by_name)
    for name, each in slots.by_name.items():
        bias = f"{owner(name)}.bias"
        if bias in found or each.role not in ("linear", "conv"):
            continue
        node = each.uses[0].node
        place = (id(node), 2)
        if node.op_type == "MatMul" and node.output[0] in added:
            adder, index = added[node.output[0]]
            place = (id(adder), 1 - index)
        if place in readers:
            use = readers[place]
            found[bias] = slot(bias, use.weight, use, "value", [use])
    taken = {id(use) for each in found.values() for use in each.uses}
    return WeightSlots(found, slots.unread, tuple(use for use in slots.strays if id(use) not in taken))


def check_against_base(file: GraphFile, slots: Iterable[WeightSlot], reference: Reference) -> None:
    """Refuse a graph that holds other numbers than the base where the adapters change it.

    Raises:
        AlignmentError: with the parameters that differ.
    """
    import torch

    slots = list(slots)
    others = []
    for each in slots:
        theirs, ours = reference.tensor(each.parameter), file.weights[each.weight].tensor
        if theirs is None:
            continue
        read = theirs.read().to(ours.dtype.torch)
        transposed = read if each.as_saved or read.ndim != 2 else read.T
        if transposed.shape != ours.shape or not torch.equal(transposed, ours.read()):
            others.append(each.parameter)
    if others:
        assert reference.base is not None
        raise AlignmentError(
            f"{file.path} holds other numbers than {reference.base.name} for {others[0]!r}: {len(others)} "
            f"of the {len(slots)} weights that change differ. "
            "The graph was exported from another model, or has an adapter in it already."
        )

"""From readings of weights to parameters of the model:
`bert.encoder.layer.0.attention.self.query.weight` is `val_95`, transposed.

A slot is one parameter in one graph. Several slots may lie in one weight (a tie, or equal tensors
that the exporter stores once), and one parameter in several weights (a module that is called twice,
of which each call got its own transposed copy).
"""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from lorasurgery.architecture.value import owner
from lorasurgery.onnx.graph.file import GraphFile
from lorasurgery.onnx.graph.uses import PARAMETER, Role, WeightUse, is_scoped

How = Literal["name", "structure", "value"]
MATRICES = ("linear", "conv", "embedding")
# How the older exporter names the scope of a second call.
REPEATED = re.compile(r"(.+)_\d+")


@dataclass(frozen=True)
class WeightSlot:
    """A parameter and the weight that it lies in.

    `how` says by what it was found. `transposed` is as in `WeightUse`; `as_saved` says that the weight
    has the layout that the parameter has in its module. `copies` are further weights that hold the
    same parameter, each with whether it is transposed.
    """

    parameter: str
    weight: str
    role: Role
    transposed: bool
    as_saved: bool
    how: How
    uses: tuple[WeightUse, ...]
    copies: tuple[WeightSlot, ...] = ()


@dataclass(frozen=True)
class WeightSlots:
    """`by_name` are those that an adapter can change.

    `unread` are parameters that are there in a form to which nothing can be added, with the reason;
    `strays` are readings that belong to no known parameter.
    """

    by_name: Mapping[str, WeightSlot]
    unread: Mapping[str, str] = field(default_factory=dict)
    strays: tuple[WeightUse, ...] = ()


def slots_of(file: GraphFile, uses: Sequence[WeightUse]) -> WeightSlots:
    """Name what can be named by the graph alone."""
    at_home = {use.weight for use in uses if use.spelled and use.module == owner(use.spelled)}
    claims: dict[str, list[tuple[WeightUse, How]]] = defaultdict(list)
    unread: dict[str, str] = {}
    strays = []
    for use in uses:
        named = _claim(use, at_home)
        if named is None:
            strays.append(use)
            continue
        name, how = named
        reason = _unreadable(use, how)
        if reason:
            unread[name] = reason
            strays.append(use)
        else:
            claims[name].append((use, how))
    by_name: dict[str, WeightSlot] = {}
    for name, claimed in claims.items():
        found = _one_slot(file, name, claimed)
        if found is None:
            unread[name] = f"{len(claimed)} initializers of the graph may be it"
            strays += [use for use, _ in claimed]
        else:
            by_name[name] = found
    by_name = _with_calls_joined(file, by_name)
    return WeightSlots(by_name, {k: why for k, why in unread.items() if k not in by_name}, tuple(strays))


def _with_calls_joined(file: GraphFile, by_name: Mapping[str, WeightSlot]) -> dict[str, WeightSlot]:
    """One slot for a module that is called several times.

    The older exporter calls its nodes `/step/Gemm`, `/step_1/Gemm`, ...; a module that is really
    called `step_1` has other numbers, or reads them under its own name.
    """
    joined = dict(by_name)
    for name, each in by_name.items():
        first = _first_call(name, by_name)
        if first is None or each.how != "structure" or any(is_scoped(use.node) for use in each.uses):
            continue
        if each.role == by_name[first].role and same_numbers(file, by_name[first], each):
            joined[first] = _with_copy(joined[first], each)
            del joined[name]
    return joined


def _first_call(name: str, known: Iterable[str]) -> str | None:
    """`layers.0.step_1.weight` -> `layers.0.step.weight`, where there is one."""
    parts = name.split(".")
    for index, part in enumerate(parts):
        found = REPEATED.fullmatch(part)
        first = ".".join([*parts[:index], found[1], *parts[index + 1 :]]) if found else ""
        if first in known:
            return first
    return None


def _with_copy(slot: WeightSlot, other: WeightSlot) -> WeightSlot:
    """A slot and one more, which may lie in a weight that it has already."""
    if other.weight == slot.weight:
        return dataclasses.replace(slot, uses=(*slot.uses, *other.uses))
    same = [copy for copy in slot.copies if copy.weight == other.weight]
    others = [copy for copy in slot.copies if copy.weight != other.weight]
    return dataclasses.replace(slot, copies=(*others, _with_copy(same[0], other) if same else other))


def _claim(use: WeightUse, at_home: frozenset[str] | set[str]) -> tuple[str, How] | None:
    """What a reading calls its parameter, and how that was found out."""
    own = use.spelled
    if own and (not use.module or _holds(use.module, owner(own))):
        return own, "name"
    leaf = _leaf(use)
    if use.role in MATRICES or use.role == "codes":
        return (f"{use.module}.weight", "structure") if use.module else None
    if own is None or not use.module:
        # A bias that was folded or made up; only a matrix product's own third input is sure to be
        # one.
        is_sure = use.node.op_type == "Gemm" and use.role == "bias" and use.module
        return (f"{use.module}.bias", "structure") if is_sure else None
    return (f"{use.module}.{leaf}", "structure") if use.weight in at_home else (own, "name")


def _holds(outer: str, inner: str) -> bool:
    """Whether one module is another or lies around it: its code reads the inner one's parameter."""
    return inner == outer or inner.startswith(f"{outer}.")


def _leaf(use: WeightUse) -> str:
    if use.role == "norm" or use.role == "bias":
        return "weight" if use.role == "norm" else "bias"
    return (use.spelled or "").rpartition(".")[2]


def _unreadable(use: WeightUse, how: How) -> str:
    """Why nothing can be added to what a reading reads, if so."""
    if use.role == "codes":
        return (
            f"it is quantised ({use.node.op_type} reads codes); graft into the graph before it is quantised"
        )
    if use.role == "other" and how == "structure":
        return f"{use.node.op_type} reads it in a way that is not known"
    if use.role == "conv" and not use.spelled:
        return (
            "its initializer has no name of its own, and may have a normalisation folded into it; give "
            "--base to tell"
        )
    return ""


def _one_slot(file: GraphFile, name: str, claimed: Sequence[tuple[WeightUse, How]]) -> WeightSlot | None:
    """The slot of a parameter, from all that claim to be it; None where they cannot all be."""
    matrices = [(use, how) for use, how in claimed if use.role in MATRICES]
    chosen = matrices or list(claimed)
    by_weight: dict[str, list[tuple[WeightUse, How]]] = defaultdict(list)
    for use, how in claimed:
        by_weight[use.weight].append((use, how))
    found = []
    for weight, mine in by_weight.items():
        first, how = next(((use, how) for use, how in mine if use.role in MATRICES), mine[0])
        if len({use.transposed for use, _ in mine if use.role in MATRICES}) > 1:
            return None
        found.append(slot(name, weight, first, how, [use for use, _ in mine]))
    if len(found) > 1 and not all(_same(file, found[0], other) for other in found[1:]):
        return None
    assert chosen
    return dataclasses.replace(found[0], copies=tuple(found[1:]))


def slot(name: str, weight: str, use: WeightUse, how: How, uses: Iterable[WeightUse]) -> WeightSlot:
    """The slot of a parameter in one weight, as one of its readers sees it."""
    is_named = PARAMETER.fullmatch(weight) is not None
    return WeightSlot(
        name, weight, use.role, use.transposed, is_named or not use.transposed, how, tuple(uses)
    )


def _same(file: GraphFile, one: WeightSlot, other: WeightSlot) -> bool:
    return same_numbers(file, one, other)


def same_numbers(file: GraphFile, one: WeightSlot, other: WeightSlot) -> bool:
    """Whether two slots hold the same numbers, seen as (out, in)."""
    import torch

    left, right = file.weights[one.weight].tensor, file.weights[other.weight].tensor
    if left.dtype != right.dtype or matrix_shape(left.shape, one) != matrix_shape(right.shape, other):
        return False
    if one.transposed == other.transposed:
        return torch.equal(left.read(), right.read())
    return torch.equal(left.read().T, right.read())


def matrix_shape(shape: tuple[int, ...], slot: WeightSlot) -> tuple[int, ...]:
    """(out, in) of a weight that may lie transposed."""
    return shape[::-1] if slot.transposed and len(shape) == 2 else shape

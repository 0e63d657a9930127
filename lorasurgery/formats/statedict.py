"""Read a model's plain state dict whose layers wrap others and add factors to them.

    <module>.layer.weight, .layer.bias     the wrapped layer, as the base has it
    <module>.A, <module>.B                 the factors, in one of these arrangements,
                                           known by the shapes of all modules
    any other name                         the base's own

    x Aᵀ Bᵀ    A (r, in), B (out, r)    ΔW = B @ A       as most do who follow Hu et al., 2021,
                                                         arXiv 2106.09685
    x A B      A (in, r), B (r, out)    ΔW = (A @ B)ᵀ    written as it is multiplied
    x Bᵀ Aᵀ    A (out, r), B (r, in)    ΔW = A @ B       the letters in the order of the product
    x B A      A (r, out), B (in, r)    ΔW = (B @ A)ᵀ

Where all modules are square, two arrangements fit: the first is taken where it fits, and otherwise
the file does not decide. Only the factors are the adapter: what the base has is left out, changed
or not, and with a base at hand a name that it lacks is refused. ΔW is multiplied by alpha / r, and
alpha is not stored: it is given, or the scale is 1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from lorasurgery.adapter import Adapter, Host
from lorasurgery.errors import AlignmentError, DamagedFileError, UnsupportedError
from lorasurgery.formats import _state_dict
from lorasurgery.formats._format import Format
from lorasurgery.formats._state_dict import NO_ALPHA, pairs_in
from lorasurgery.lazy import LazyTensor
from lorasurgery.text import listed
from lorasurgery.variants.lora import LoraFactors

KEY = re.compile(r"(.+)\.([AB])")
WEIGHT = "layer.weight"
INSIDE = ".layer."
# What models kept among their parameters once: masks, positions and frequencies, which they now
# make themselves.
OLD_BUFFERS = re.compile(
    r"(.+\.)?(inv_freq|position_ids|token_type_ids|masked_bias|attn\.bias|attention\.bias)"
)

# Which way round: whether the first factor of ΔW is stored under A, and whether both are stored
# transposed.
ARRANGEMENTS = {
    "x Aᵀ Bᵀ": (False, False),
    "x A B": (False, True),
    "x Bᵀ Aᵀ": (True, False),
    "x B A": (True, True),
}

UNRESOLVED = "The file does not show whether ΔW is A @ B or its transpose, since all its modules are square."

Shapes = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]


def recognise(path: Path) -> Path | None:
    """Find the file, or the only one in a folder, where modules have an `A`, a `B` and a `layer.weight`."""
    return _state_dict.find(path, lambda names: bool(_modules(names)))


def _modules(names: frozenset[str]) -> set[str]:
    """Find the modules with factors."""
    found = (KEY.fullmatch(name) for name in names)
    return {each[1] for each in found if each and f"{each[1]}.{WEIGHT}" in names}


def read(path: Path, host: Host | None = None, *, alpha: float | None = None) -> Adapter:
    """Read an adapter: names and shapes only.

    Args:
        alpha: divided by the rank of each module it is the scale.

    Raises:
        DamagedFileError: half of a pair or the wrapped layer is missing, or no arrangement fits all
            modules.
        UnsupportedError: a wrapper has a tensor whose meaning is not known.
        AlignmentError: the base lacks a module, or a tensor that is not a factor.
    """
    tensors = _state_dict.tensors_in(path)
    stored = {module: _parts(tensors, module) for module in sorted(_modules(frozenset(tensors)))}
    _refuse_unknown(path, tensors, stored)
    if host is None:
        _refuse_unwrapped(path, tensors, stored)
    pairs = {name: (A, B) for name, A, B in pairs_in(path, stored, ("A", "B"))}
    spell = _state_dict.located(path, pairs, host) if host else lambda name: name
    if host:
        _refuse_strangers(path, [spell(name) for name in _others(tensors, stored)], host)
    shapes = [
        (A.shape, B.shape, _weight(tensors[f"{name}.{WEIGHT}"].shape, spell(name), host))
        for name, (A, B) in pairs.items()
    ]
    fitting = [name for name in ARRANGEMENTS if all(_fits(ARRANGEMENTS[name], each) for each in shapes)]
    if not fitting:
        raise DamagedFileError(_no_arrangement(path, dict(zip(pairs, shapes, strict=True))))
    modules = {spell(name): _factors(ARRANGEMENTS[fitting[0]], *pair, alpha) for name, pair in pairs.items()}
    sentences = [] if alpha is not None else [NO_ALPHA]
    if len(fitting) > 1 and fitting[0] != next(iter(ARRANGEMENTS)):
        sentences.append(UNRESOLVED)
    return Adapter(host or Host(modules=()), dict(sorted(modules.items())), unresolved=" ".join(sentences))


def _parts(tensors: Mapping[str, LazyTensor], module: str) -> dict[str, LazyTensor]:
    return {side: tensors[f"{module}.{side}"] for side in "AB" if f"{module}.{side}" in tensors}


def _refuse_unknown(
    path: Path, tensors: Mapping[str, LazyTensor], stored: Mapping[str, Mapping[str, LazyTensor]]
) -> None:
    """Refuse a wrapper with more than a layer and factors, since the rest would change what they do."""
    unknown = [
        name
        for name in tensors
        if (owner := name.rpartition(".")[0]) in stored
        and name.removeprefix(f"{owner}.") not in stored[owner]
    ]
    if unknown:
        raise UnsupportedError(
            f"{path} has {listed(sorted(unknown))} in addition to A and B, and its effect on them is not "
            "known; rewrite the file with A and B alone."
        )


def _refuse_unwrapped(path: Path, tensors: Mapping[str, LazyTensor], stored: Mapping[str, object]) -> None:
    """Refuse single tensors A and B without a base, which alone could show that they are its own."""
    lone = [name for name in tensors if (found := KEY.fullmatch(name)) and found[1] not in stored]
    if lone:
        raise DamagedFileError(
            f"{path} has {listed(sorted(lone))} without a {WEIGHT}; if they belong to the base, give it "
            "with --base."
        )


def _weight(stored: tuple[int, ...], module: str, host: Host | None) -> tuple[int, ...]:
    """Return the (out, in) of a layer; GPT-2's Conv1D stores (in, out)."""
    return stored[::-1] if host and host.kinds.get(module) == "conv1d" else stored


def _others(tensors: Mapping[str, LazyTensor], stored: Mapping[str, object]) -> list[str]:
    """List the names of tensors that are not factors, as they were before the layers were wrapped."""
    factors = {f"{module}.{side}" for module in stored for side in "AB"}
    found = []
    for name in tensors:
        owner = next((module for module in stored if name.startswith(module + INSIDE)), None)
        if name not in factors:
            found.append(f"{owner}.{name.removeprefix(owner + INSIDE)}" if owner else name)
    return found


def _refuse_strangers(path: Path, names: list[str], host: Host) -> None:
    known = {*host.parameters, *host.tied}
    strangers = [name for name in names if name not in known and not OLD_BUFFERS.fullmatch(name)]
    if strangers:
        raise AlignmentError(
            f"{path} has {len(strangers)} tensors that are neither factors nor the base's "
            f"({listed(sorted(strangers))}); check that both are of one model."
        )


def _fits(arrangement: tuple[bool, bool], shapes: Shapes) -> bool:
    swapped, turned = arrangement
    A, B, W = shapes
    left, right = (A, B) if swapped else (B, A)
    if turned:
        left, right = left[::-1], right[::-1]
    return (left[0], right[1]) == W and left[1] == right[0]


def _factors(
    arrangement: tuple[bool, bool], A: LazyTensor, B: LazyTensor, alpha: float | None
) -> LoraFactors:
    swapped, turned = arrangement
    left, right = (A, B) if swapped else (B, A)
    if turned:
        left, right = left.T, right.T
    return LoraFactors(right, left, 1.0 if alpha is None else alpha / right.shape[0])


def _no_arrangement(path: Path, shapes: Mapping[str, Shapes]) -> str:
    wrong = next(
        (
            name
            for name, each in shapes.items()
            if not any(_fits(arrangement, each) for arrangement in ARRANGEMENTS.values())
        ),
        None,
    )
    if wrong is None:
        return f"{path}: the factors of its {len(shapes)} modules are not all arranged in one way."
    A, B, W = shapes[wrong]
    return f"{path}: the factors of {wrong!r} do not fit: A is {A}, B is {B} and the layer's weight {W}."


FORMAT = Format(
    name="statedict",
    recognise=recognise,
    read=read,
    takes=("alpha",),
)

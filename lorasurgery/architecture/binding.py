"""Find the parameters of an architecture in a checkpoint, whatever the names on disk.

Tried for each name, in this order: through transformers' tables, where the architecture came from a
class (they put the base model's prefix on or take it off, too); as it is; with TensorFlow's names
of a norm's parameters (`gamma`, `beta`). Wrappers' names are left out (`module.`, `_orig_mod.`).
Where most parameters stay unfound, all names are rewritten by the one prefix put on, taken off or
exchanged that finds most (`spelling`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from lorasurgery.architecture.conversion import (
    Conversion,
    Shape,
    Stored,
    UnreadableError,
    describe,
    follow,
    plain_layout,
)
from lorasurgery.architecture.names import shapes_of
from lorasurgery.architecture.spelling import Rewriting, best_rewritings, unwrapped
from lorasurgery.architecture.value import Architecture, Binding, Layout, Parameter
from lorasurgery.checkpoint.value import Checkpoint
from lorasurgery.text import number_in

# Run-time name, and the pattern of the converter that takes part in it (None: the tensor is the
# parameter).
Claim = tuple[str, str | None]
ENOUGH = 0.5  # share of the parameters below which the names are taken to have a foreign prefix
LEGACY = {r"\.gamma$": ".weight", r"\.beta$": ".bias"}


def bind(architecture: Architecture, checkpoint: Checkpoint) -> Binding:
    """Locate each parameter of `architecture` in `checkpoint`. Shapes are the caller's to compare."""
    shapes = shapes_of(checkpoint)
    claims, note = _claims(architecture, shapes)
    plain = {disk: claim[0] for disk, claim in claims.items() if claim[1] is None}
    layouts: dict[str, Layout] = {}
    for disk in sorted(plain, key=lambda disk: (disk != plain[disk], disk)):  # exact names first
        name = plain[disk]
        layouts.setdefault(name, plain_layout(disk, shapes[disk], architecture.parameters[name]))
    converted, unread = _converted(architecture, claims, shapes)
    sources = {**layouts, **converted}
    taken = {tensor for layout in sources.values() for tensor in layout.tensors}
    taken |= {disk for disk, claim in claims.items() if claim[1] is not None}
    return Binding(
        sources={name: sources[name] for name in architecture.parameters if name in sources},
        unclaimed=tuple(sorted(set(shapes) - taken)),
        missing=_missing(architecture, sources.keys() | unread.keys()),
        unread=unread,
        notes=(note,) if note else (),
    )


def _missing(architecture: Architecture, found: Iterable[str]) -> tuple[str, ...]:
    """List the parameters that are not there, neither themselves nor another name of their tensor."""
    tied, there = architecture.tied, set(found)
    groups = {tied.get(name, name) for name in there}
    return tuple(
        name
        for name, parameter in architecture.parameters.items()
        if name not in there and parameter.kind != "buffer" and tied.get(name, name) not in groups
    )


def _claims(architecture: Architecture, names: Iterable[str]) -> tuple[dict[str, Claim], str]:
    """Map names on disk to run-time names, and say what had to be aligned for it."""
    names = list(names)
    plain = {name: unwrapped(name, architecture.parameters) for name in names}
    direct = _found(architecture, plain)
    if _covered(direct) >= ENOUGH * len(architecture.parameters):
        return direct, _wrapper_note(plain) or _prefix_note(architecture, direct)
    # Names that need no help keep their claim: a head stands beside the base model on either side.
    best = best_rewritings(
        list(dict.fromkeys(plain.values())), architecture.parameters, lambda name: _claim(architecture, name)
    )[0]
    aligned = _found(architecture, {name: best(spelled) for name, spelled in plain.items()}) | direct
    if _covered(aligned) <= _covered(direct):
        return direct, _prefix_note(architecture, direct)
    return aligned, _alignment_note(best)


def _found(architecture: Architecture, candidates: Mapping[str, str]) -> dict[str, Claim]:
    """Claim what can be: `candidates` maps a name on disk to the name to look for."""
    claims = {disk: _claim(architecture, name) for disk, name in candidates.items()}
    return {disk: claim for disk, claim in claims.items() if claim is not None}


def _claim(architecture: Architecture, name: str) -> Claim | None:
    conversion: Conversion | None = architecture.conversion
    if conversion is not None:
        renamed, pattern = conversion.rename(name)
        if renamed in architecture.parameters:
            return renamed, pattern
    if name in architecture.parameters:
        return name, None
    modern = _modern(name)
    return (modern, None) if modern in architecture.parameters else None


def _modern(name: str) -> str:
    for old, new in LEGACY.items():
        name = re.sub(old, new, name)
    return name


def _covered(claims: Mapping[str, Claim]) -> int:
    return len({name for name, _ in claims.values()})


def _prefix_note(architecture: Architecture, claims: Mapping[str, Claim]) -> str:
    """Say that the base model's prefix stands on one side only, if it does."""
    if not architecture.prefix or not claims:
        return ""
    dotted = f"{architecture.prefix}."
    moved = Counter(
        disk.startswith(dotted)
        for disk, (name, _) in claims.items()
        if disk.startswith(dotted) != name.startswith(dotted)
    )
    if not moved:
        return ""
    return f"names on disk {'have' if moved.most_common(1)[0][0] else 'lack'} the prefix '{dotted}'"


def _wrapper_note(plain: Mapping[str, str]) -> str:
    """Say which wrappers' names were taken off, if any were: in front of all names, or somewhere in some."""
    fronts = {name.removesuffix(own) if name.endswith(own) else "" for name, own in plain.items()}
    if len(fronts) == 1 and (front := fronts.pop()):
        return f"names on disk have the prefix '{front}'"
    wrapped = sum(name != own for name, own in plain.items())
    return f"{wrapped} names on disk have the names of wrappers in them" if wrapped else ""


def _alignment_note(rewriting: Rewriting) -> str:
    if rewriting.is_exchange:
        return f"names on disk begin with '{rewriting.old}' and not with '{rewriting.new}'"
    side = "have" if rewriting.old else "lack"
    return f"names on disk {side} the prefix '{rewriting.old or rewriting.new}'"


def _converted(
    architecture: Architecture, claims: Mapping[str, Claim], shapes: Mapping[str, Shape]
) -> tuple[dict[str, Layout], dict[str, str]]:
    """Follow transformers' converters: the layouts of what they make, and why for what cannot be followed."""
    groups: dict[str, dict[str, list[str]]] = {}
    joined = {disk: (name, pattern) for disk, (name, pattern) in claims.items() if pattern is not None}
    for disk in sorted(joined, key=_natural):
        name, pattern = joined[disk]
        groups.setdefault(name, {}).setdefault(pattern, []).append(disk)
    layouts: dict[str, Layout] = {}
    unread: dict[str, str] = {}
    for name, collected in groups.items():
        targets = _targets(architecture, name, next(iter(collected)))
        try:
            made = _follow(architecture.conversion, collected, targets, shapes)
            layouts |= {targets[pattern].name: layout for pattern, layout in made.items()}
        except UnreadableError as reason:
            unread |= {parameter.name: str(reason) for parameter in targets.values()}
    return layouts, unread


def _follow(
    conversion: Conversion,
    collected: Mapping[str, list[str]],
    targets: Mapping[str, Parameter],
    shapes: Mapping[str, Shape],
) -> dict[str, Layout]:
    converter = conversion.converter(next(iter(collected)))
    if missing := [pattern for pattern in converter.source_patterns if pattern not in collected]:
        raise UnreadableError(f"this checkpoint has no tensors for {', '.join(missing)}")
    merges = any(type(operation).__name__ == "MergeModulelist" for operation in converter.operations)
    is_fused = not merges and all(parameter.kind == "experts" for parameter in targets.values())
    inputs: dict[str, list[Stored]] = {
        pattern: [
            describe(disk, shapes[disk], is_fused=is_fused and len(shapes[disk]) == 3)
            for disk in collected[pattern]
        ]
        for pattern in converter.source_patterns  # in this order they are concatenated
    }
    return follow(converter.operations, inputs, targets)


def _targets(architecture: Architecture, name: str, pattern: str) -> dict[str, Parameter]:
    """All parameters that the converter makes of the group of `name`, which is the first of them."""
    first, *others = architecture.conversion.converter(pattern).target_patterns
    names = {first: name, **{other: name.replace(first, other) for other in others}}
    return {target: architecture.parameters[n] for target, n in names.items() if n in architecture.parameters}


def _natural(name: str) -> list[tuple[bool, int, str]]:
    """Sort by numbers as numbers: expert 2 before expert 10."""
    numbers = [(number_in(part), part) for part in name.split(".")]
    return [(number is not None, number or 0, part) for number, part in numbers]

"""Find the parameters of an architecture in a checkpoint, whatever the names on disk.

Tried for each name, in this order: through transformers' tables, where the architecture came from a class (they put
the base model's prefix on or take it off, too); as it is; with TensorFlow's names of a norm's parameters (`gamma`,
`beta`). Where most parameters stay unfound, a prefix that stands on one side only (`bert.`, `module.`, `_orig_mod.`)
is put on or taken off: the one that finds most.
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
from lorasurgery.architecture.value import Architecture, Binding, Layout, Parameter
from lorasurgery.checkpoint.value import Checkpoint

# Run-time name, and the pattern of the converter that takes part in it (None: the tensor is the parameter).
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
    direct = _found(architecture, {name: name for name in names})
    if _covered(direct) >= ENOUGH * len(architecture.parameters):
        return direct, _prefix_note(architecture, direct)
    # Names that need no help keep their claim: a head stands beside the base model on either side.
    sheared = {
        prefix: direct | _found(architecture, _without(prefix, names))
        for prefix in _foreign_prefixes(architecture, names)
    }
    grown = {
        prefix: direct | _found(architecture, {n: prefix + n for n in names})
        for prefix in _absent_prefixes(architecture, names)
    }
    best = max([*sheared.values(), *grown.values()], key=_covered, default=direct)
    if _covered(best) <= _covered(direct):
        return direct, _prefix_note(architecture, direct)
    prefix = next(p for p, claims in [*sheared.items(), *grown.items()] if claims is best)
    side = "have" if sheared.get(prefix) is best else "lack"
    return best, f"names on disk {side} the prefix '{prefix}'"


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
    for spelling in (name, _modern(name)):
        if spelling in architecture.parameters:
            return spelling, None
    return None


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


def _without(prefix: str, names: Iterable[str]) -> dict[str, str]:
    return {name: name.removeprefix(prefix) for name in names if name.startswith(prefix)}


def _foreign_prefixes(architecture: Architecture, names: Iterable[str]) -> list[str]:
    """Prefixes without which some name on disk would be known, sorted."""
    return sorted({p for name in names for p, rest in _cuts(name) if _claim(architecture, rest) is not None})


def _absent_prefixes(architecture: Architecture, names: Iterable[str]) -> list[str]:
    """Prefixes with which some name on disk would be known, sorted."""
    on_disk = set(names)
    return sorted({p for name in architecture.parameters for p, rest in _cuts(name) if rest in on_disk})


def _cuts(name: str) -> list[tuple[str, str]]:
    """All ways to cut a dotted name in two: `a.b.c` -> (`a.`, `b.c`), (`a.b.`, `c`)."""
    return [(name[: dot.end()], name[dot.end() :]) for dot in re.finditer(r"\.", name)]


def _converted(
    architecture: Architecture, claims: Mapping[str, Claim], shapes: Mapping[str, Shape]
) -> tuple[dict[str, Layout], dict[str, str]]:
    """Follow transformers' converters: the layouts of what they make, and why for what cannot be followed."""
    groups: dict[str, dict[str, list[str]]] = {}
    for disk in sorted(claims, key=_natural):
        name, pattern = claims[disk]
        if pattern is not None:
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
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in name.split(".")]

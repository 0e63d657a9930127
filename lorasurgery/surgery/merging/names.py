"""Where the parameters that an adapter names lie in a base.

An adapter names modules as its model had them at run time, and models change their names: between versions of transformers, by a
prefix on one side (`bert.encoder` against `encoder`), by fusing experts. Tried for each name, in this order: the run-time name, the name
on disk, transformers' own renamings; all that with the one prefix put on or taken off that finds most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lorasurgery.architecture import Architecture, Binding, Layout, Source
from lorasurgery.checkpoint import Checkpoint

Spelling = Callable[[str], str]


@dataclass(frozen=True)
class Found:
    """A parameter of the base: its run-time name (its name on disk where the class has none), where it lies, and, where it lies
    in the tensor of another one because the config ties them, that one's name."""

    name: str
    layout: Layout
    tied_to: str | None = None


@dataclass(frozen=True)
class Names:
    """Finds parameters of one base by the names that one adapter has for them.

    `spell` is what such a name is called in the base's class, whether or not the base has it.
    """

    base: Checkpoint
    architecture: Architecture
    binding: Binding
    spell: Spelling
    note: str = ""

    def find(self, name: str) -> Found | None:
        """The parameter that the adapter calls `name`, if the base has it."""
        return self._at_run_time(name) or self._on_disk(name) or self._renamed(name)

    def _at_run_time(self, name: str) -> Found | None:
        spelled, sources = self.spell(name), self.binding.sources
        kept = self.architecture.tied.get(spelled)
        if kept is not None and kept in sources:
            return Found(spelled, sources.get(spelled, sources[kept]), tied_to=kept)
        return Found(spelled, sources[spelled]) if spelled in sources else None

    def _on_disk(self, name: str) -> Found | None:
        spelled = self.spell(name)
        return Found(spelled, Layout(((Source(spelled),),))) if spelled in self.base.tensors else None

    def _renamed(self, name: str) -> Found | None:
        conversion = self.architecture.conversion
        if conversion is None:
            return None
        renamed, pattern = conversion.rename(name)
        layout = self.binding.sources.get(renamed)
        return Found(renamed, layout) if layout is not None and pattern is None else None


def names_of(base: Checkpoint, architecture: Architecture, binding: Binding, wanted: Iterable[str]) -> Names:
    """Find the spelling under which most of the wanted parameters are in the base."""
    wanted = list(wanted)
    candidates = [Names(base, architecture, binding, lambda name: name)]
    candidates += [
        Names(
            base,
            architecture,
            binding,
            _without(prefix),
            f"the adapter's names have the prefix '{prefix}', the base's lack it",
        )
        for prefix in _prefixes(wanted)
    ]
    candidates += [
        Names(
            base,
            architecture,
            binding,
            _with(prefix),
            f"the adapter's names lack the prefix '{prefix}', the base's have it",
        )
        for prefix in _prefixes([*architecture.parameters, *base.tensors])
    ]
    return max(candidates, key=lambda names: sum(names.find(name) is not None for name in wanted))


def _prefixes(names: Iterable[str]) -> list[str]:
    """The first parts of dotted names, and the first two: `model.`, `base_model.model.`."""
    split = [name.split(".") for name in names if "." in name]
    firsts = {f"{parts[0]}." for parts in split}
    return sorted(firsts | {f"{parts[0]}.{parts[1]}." for parts in split if not parts[1].isdigit()})


def _without(prefix: str) -> Spelling:
    return lambda name: name.removeprefix(prefix)


def _with(prefix: str) -> Spelling:
    return lambda name: prefix + name

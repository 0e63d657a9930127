"""Whether an adapter's file has all that its config aims at: a module without factors is a file that lacks something.

The config speaks of modules by the names of the model that was trained, which may be the base's at run time, those on disk, or either
with another prefix: the spelling counts by which the modules of the file are called. What that model did not have is not missing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from lorasurgery.adapter import Adapter
from lorasurgery.architecture.towers import has_towers, text_model, towers
from lorasurgery.architecture.value import Architecture, Binding, owner
from lorasurgery.errors import AlignmentError
from lorasurgery.surgery.base.names import AdapterNames
from lorasurgery.text import listed

Spelling = Callable[[str], str]


def refuse_untouched(name: str, adapter: Adapter, names: AdapterNames, touched: Collection[str]) -> list[str]:
    """Refuse an adapter that changes nothing of some modules at which its config aims.

    Towers beside the text model are not missed where the file has the whole text model: its training had no more, and a list of
    suffixes meant for it hits their layers as well. The note that is returned says so.

    Args:
        touched: run-time names of the parameters that the adapter changes.

    Raises:
        AlignmentError: with these modules.
    """
    if adapter.aims is None or not touched:
        return []
    aimed = _aimed(adapter, names)
    untouched = sorted(path for path, parameter in aimed.items() if parameter not in touched)
    if not untouched:
        return []
    beside = _beside_text_model(names, aimed, touched)
    missing = [path for path in untouched if path not in beside]
    if missing:
        raise AlignmentError(
            f"The config of {name} aims at {listed(missing)}, and its file has nothing for {'them' if len(missing) > 1 else 'it'} "
            f"({len(missing)} modules). The file is incomplete; save the adapter again."
        )
    return [
        f"The config of {name} also aims at {len(untouched)} modules outside of the text model (such as {untouched[0]!r}), and its file has nothing for them: "
        "the text model alone was trained."
    ]


def _aimed(adapter: Adapter, names: AdapterNames) -> dict[str, str]:
    """The run-time paths at which the config aims, and the parameter of each."""
    assert adapter.aims is not None, "the config says what it aims at"
    architecture = names.places.architecture
    layers = {
        each.module: name
        for name, each in architecture.parameters.items()
        if each.kind in ("linear", "conv1d", "conv", "embedding")
    }
    spell = _spelling(adapter, names)
    # Outside of a prefix that the adapter's names lack, its model had nothing.
    called = {spell(path): path for path in layers if path.startswith(names.rewriting.new)}
    return {called[each]: layers[called[each]] for each in adapter.aims(called)}


def _spelling(adapter: Adapter, names: AdapterNames) -> Spelling:
    """What the adapter's model called a module of the base: the spelling that gives the names in the adapter's file."""
    modules = {path: found.name for path in adapter.modules if (found := names.weight_of(path)) is not None}
    called = {owner(name): path for path, name in modules.items()}
    on_disk = _names_on_disk(names.places.binding)
    back = names.rewriting.inverse
    ways: list[Spelling] = [
        lambda path: path,
        lambda path: on_disk.get(path, path),
        back,
        lambda path: back(on_disk.get(path, path)),
    ]
    return max(ways, key=lambda way: sum(way(path) == theirs for path, theirs in called.items()))


def _names_on_disk(binding: Binding) -> Mapping[str, str]:
    """Run-time paths of modules -> what they are called in the base's files."""
    wholes = {name: layout.whole for name, layout in binding.sources.items()}
    return {owner(name): owner(whole.tensor) for name, whole in wholes.items() if whole is not None}


def _beside_text_model(names: AdapterNames, aimed: Mapping[str, str], touched: Collection[str]) -> set[str]:
    """Modules of towers beside the text model, where the adapter changes the text model alone, and all of it that is aimed at."""
    architecture: Architecture = names.places.architecture
    if not has_towers(names.places.base.config):
        return set()
    places = towers(each.module for each in architecture.parameters.values())
    inner = f"{text_model(architecture)}."
    of_text = {path for path in aimed if inner.startswith(f"{places.get(path, '')}.")}
    changed = {path for path, parameter in aimed.items() if parameter in touched}
    is_whole = bool(of_text) and of_text <= changed and not (changed & places.keys()) - of_text
    return {path for path in aimed if path in places and path not in of_text} if is_whole else set()

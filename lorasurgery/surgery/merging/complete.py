"""Check that an adapter's file has factors for every module that its config targets.

The config names modules as the trained model did: by the base's names at run time, by those on
disk, or by either with another prefix. The spelling that gives the names in the file is used. What
the trained model did not have is not missing.
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
    """Refuse an adapter that changes nothing of some modules that its config targets.

    Towers outside of the text model are not missed where the file has the whole text model: its
    training had no more, and a list of suffixes meant for it matches their layers as well. The note
    that is returned says so.

    Args:
        touched: run-time names of the parameters that the adapter changes.

    Raises:
        AlignmentError: with these modules.
    """
    if adapter.aims is None or not touched:
        return []
    targeted = _targeted(adapter, names)
    untouched = sorted(path for path, parameter in targeted.items() if parameter not in touched)
    if not untouched:
        return []
    in_towers = _outside_text_model(names, targeted, touched)
    missing = [path for path in untouched if path not in in_towers]
    if missing:
        raise AlignmentError(
            f"The config of {name} aims at {listed(missing)}, and its file has nothing for "
            f"{'them' if len(missing) > 1 else 'it'} ({len(missing)} modules). The file is incomplete; save "
            "the adapter again."
        )
    return [
        f"The config of {name} also aims at {len(untouched)} modules outside of the text model (such as "
        f"{untouched[0]!r}), and its file has nothing for them: the text model alone was trained."
    ]


def _targeted(adapter: Adapter, names: AdapterNames) -> dict[str, str]:
    """Map the run-time paths that the config targets to their parameters."""
    assert adapter.aims is not None, "the config says what it targets"
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
    """Find the spelling of the base's modules that gives the names in the adapter's file."""
    parameters = {
        path: located.name for path in adapter.modules if (located := names.weight_of(path)) is not None
    }
    called = {owner(name): path for path, name in parameters.items()}
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
    """Map run-time paths of modules to what they are called in the base's files."""
    wholes = {name: layout.whole for name, layout in binding.sources.items()}
    return {owner(name): owner(whole.tensor) for name, whole in wholes.items() if whole is not None}


def _outside_text_model(
    names: AdapterNames, targeted: Mapping[str, str], touched: Collection[str]
) -> set[str]:
    """Return the targeted modules of other towers, if just the targeted text model changes, as a whole."""
    architecture: Architecture = names.places.architecture
    if not has_towers(names.places.base.config):
        return set()
    tower_of = towers(each.module for each in architecture.parameters.values())
    inner = f"{text_model(architecture)}."
    of_text = {path for path in targeted if inner.startswith(f"{tower_of.get(path, '')}.")}
    changed = {path for path, parameter in targeted.items() if parameter in touched}
    is_whole = bool(of_text) and of_text <= changed and not (changed & tower_of.keys()) - of_text
    return {path for path in targeted if path in tower_of and path not in of_text} if is_whole else set()

"""Which of llama.cpp's tensors hold which parameters of a model, by transformers' names of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from lorasurgery.architecture.llama_cpp.tensor_names import slots
from lorasurgery.architecture.table import FAMILIES, names_of
from lorasurgery.architecture.transformers_class import UnknownClassError, architecture_by_class

LEAVES = (".weight", ".bias")


def places_of(
    architecture: str, config: Mapping[str, Any], tensors: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """Map the parameters that a config describes to the tensors that hold them, two where experts are fused.

    Parameters without a tensor are left out, as is the second name of one that two share.
    """
    if not config or config.get("num_hidden_layers", config.get("n_layer", 0)) > len(tensors):
        return {}
    names = _parameters(config)
    found = slots(architecture, [_path(name) for name in names], config)
    places: dict[str, tuple[str, ...]] = {}
    taken: set[str] = set()
    for name in names:
        leaf = ".bias" if name.endswith(".bias") else ".weight"
        own = tuple(slot.tensor.removesuffix(".weight") + leaf for slot in found.get(_path(name), ()))
        if own and all(tensor in tensors for tensor in own) and not taken.intersection(own):
            places[name] = own
            taken.update(own)
    return places


def _path(name: str) -> str:
    return next((name.removesuffix(leaf) for leaf in LEAVES if name.endswith(leaf)), name)


def _parameters(config: Mapping[str, Any]) -> tuple[str, ...]:
    """List the names of a class's parameters; none where transformers cannot build it."""
    family = FAMILIES.get(config["model_type"])
    class_name, is_unusual = config["architectures"][0], config.get("attention_bias")
    if family is not None and class_name in family.classes and not is_unusual:
        layers = config.get(family.layers)
        return names_of(family, class_name, layers) if isinstance(layers, int) else ()
    try:
        return tuple(architecture_by_class(config).parameters)
    except UnknownClassError:
        return ()

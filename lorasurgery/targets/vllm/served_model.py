"""The layers of vLLM's own model of a base: their names, and what adapters may call them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lorasurgery.checkpoint import Checkpoint
from lorasurgery.lazy import LazyTensor
from lorasurgery.targets._weight_names import renamed

# What a class of another task is made from, where the registry does not list it: its text generator.
OTHER_TASKS = ("ForSequenceClassification", "ForTokenClassification", "ForRewardModel", "Model")
EXPERTS = ".experts"


@dataclass(frozen=True)
class ServedLayer:
    """A layer by the name that an adapter's module must have after renaming.

    `packed_in` is the layer of the server that it is a part of, or the layer itself. `tensor` is
    the base's weight of it, where its shape can be compared.
    """

    name: str
    packed_in: str
    tensor: LazyTensor | None
    is_embedding: bool = False


@dataclass(frozen=True)
class ServedModel:
    """vLLM's model of a base.

    `layers` are by the names that land, `endings` the last parts of names that are not refused.
    `text_names` are the names that adapters of the text model alone have.
    """

    class_name: str
    facts: Mapping[str, Any]
    layers: Mapping[str, ServedLayer]
    experts: Mapping[str, frozenset[str]]
    text_names: Mapping[str, str]

    @cached_property
    def endings(self) -> frozenset[str]:
        """The last parts of names that vLLM expects; of experts, all after `experts`."""
        endings: set[str] = set()
        packed = self.packed
        for layer in self.layers.values():
            last = layer.packed_in.rpartition(".")[2]
            endings.update(packed.get(last, [last]))
        return frozenset(endings)

    @cached_property
    def packed(self) -> Mapping[str, list[str]]:
        """The packed layers whose parts adapters may name, with these parts."""
        return {**self.facts.get("packed", {}), **self.facts.get("packed_sometimes", {})}

    def renamed(self, name: str) -> str:
        """What vLLM makes of an adapter's name before it looks for it."""
        return renamed(name, self.facts.get("mapper", {}))

    def leaves_out(self, module: str) -> bool:
        """Whether the server's class has no such part, although the base's file has."""
        return _is_dropped(f"{module}.weight", self.renamed(f"{module}.weight"), self.facts)

    def tower_of(self, name: str) -> str | None:
        """Which part of a multimodal model beside its text model a layer is in, by the server's name."""
        towers: Mapping[str, list[str]] = self.facts.get("towers", {})
        if not towers or any(name.startswith(each) for each in towers.get("language_model", ())):
            return None
        kinds = {prefix: kind for kind, prefixes in towers.items() for prefix in prefixes}
        inside = [prefix for prefix in kinds if name.startswith(prefix)]
        return kinds[max(inside, key=len)] if inside else "another part"


def class_of(base: Checkpoint, facts: Mapping[str, Any]) -> str | None:
    """The architecture of a base under which the facts list it; its config's own where none does."""
    stated: list[str] = base.config.get("architectures") or []
    for name in stated:
        for ending in ("", *OTHER_TASKS):
            other = name.removesuffix(ending) + "ForCausalLM" if ending else name
            if name.endswith(ending) and other in facts["classes"]:
                return other
    return stated[0] if stated else None


def served_model(base: Checkpoint, class_name: str, facts: Mapping[str, Any]) -> ServedModel:
    """Describe the server's model of a base whose class the facts list."""
    own = dict(facts["classes"][class_name])
    if "packed" not in own:
        own["packed"] = _packed_by_text_model(own, facts, base)
    mapper = own.get("mapper", {})
    parents = {part: whole for whole, parts in own["packed"].items() for part in parts}
    layers: dict[str, ServedLayer] = {}
    experts: dict[str, set[str]] = {}
    for stored, tensor in base.tensors.items():
        name = renamed(stored, mapper)
        if _is_dropped(stored, name, own):
            continue
        if EXPERTS + "." in f"{name}.":
            owner, _, part = name.partition(EXPERTS)
            experts.setdefault(owner + EXPERTS, set()).add(_module(part.removeprefix(".")))
        elif (layer := _layer(name, renamed(stored, mapper, stacked=True), tensor, own, parents)) is not None:
            layers[layer.name] = layer
    layers |= {each.name: each for each in _tied_head(own, mapper, layers)}
    found = {name: frozenset(parts) for name, parts in experts.items()}
    layers |= {name: ServedLayer(name, name, None) for name in found}
    texts = dict(_text_names(layers, own)) if facts["adapter"]["takes_text_names"] else {}
    return ServedModel(class_name, own, dict(sorted(layers.items())), found, texts)


def _is_dropped(stored: str, name: str, own: Mapping[str, Any]) -> bool:
    """Whether the server leaves a weight of the base's file out: the model of an embedding has no pooler.

    A part of the model, under its own `model.`, does so by the names that it has itself.
    """
    beginnings = tuple(own.get("dropped", ()))
    return stored.startswith(beginnings) or name.removeprefix("model.").startswith(beginnings)


def _packed_by_text_model(
    own: Mapping[str, Any], facts: Mapping[str, Any], base: Checkpoint
) -> Mapping[str, list[str]]:
    """Of a class that states no packing, those of the text model that it builds."""
    text = base.config.get("text_config") or {}
    model_type = str(text.get("model_type", "")).removesuffix("_text").replace("_", "")
    by_type = {name.lower(): name for name in facts["classes"]}
    names = [*(text.get("architectures") or ()), *own.get("text_models", ())]
    names += filter(None, [by_type.get(f"{model_type}forcausallm")])
    return next((packed for name in names if (packed := facts["classes"].get(name, {}).get("packed"))), {})


def _layer(
    name: str, stacked: str, tensor: LazyTensor, own: Mapping[str, Any], parents: Mapping[str, str]
) -> ServedLayer | None:
    """The layer that a weight belongs to, where adapters can change it: linear, or an embedding that
    the class lists.
    """
    module, _, parameter = name.rpartition(".")
    is_matrix = len(tensor.shape) == 2 if parameter == "weight" else parameter in CODES
    if not module or not is_matrix:
        return None
    last = module.rpartition(".")[2]
    is_embedding = last in EMBEDDINGS or last in own.get("embeddings", ())
    if is_embedding and last not in own.get("embeddings", ()):
        return None
    whole = _module(stacked)
    if whole == module and last in parents:
        whole = f"{module.rpartition('.')[0]}.{parents[last]}".removeprefix(".")
    has_shape = parameter == "weight" and tensor.dtype.is_floating_point and tensor.quantised is None
    return ServedLayer(module, whole, tensor if has_shape else None, is_embedding)


# Parameters that hold the codes of a quantised linear layer instead of its `weight`.
CODES = frozenset({"qweight", "weight_packed", "weight_blocks"})
# Layers that are no linear ones, by the last part of the names that models give them.
EMBEDDINGS = frozenset(
    {"embed_tokens", "embedding", "embeddings", "wte", "wpe", "lm_head", "word_embeddings"}
)


def _tied_head(
    own: Mapping[str, Any], mapper: Mapping[str, Any], layers: Mapping[str, ServedLayer]
) -> Iterator[ServedLayer]:
    """The head that a tied model has at run time, and not in its file."""
    name = _module(renamed("lm_head.weight", mapper))
    table = next((layers[each] for each in layers if each.endswith("embed_tokens")), None)
    if "lm_head" in own.get("embeddings", ()) and table is not None and name not in layers:
        yield ServedLayer(name, name, table.tensor, is_embedding=True)


def _text_names(layers: Mapping[str, ServedLayer], own: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What an adapter of the text model alone calls a multimodal model's layers.

    Source: vLLM 0.33.0 (4ba787ec9), `vllm/lora/model_manager.py`, `_get_text_lora_names`.
    """
    for prefix in own.get("towers", {}).get("language_model", ())[:1]:
        wrapper = prefix.rstrip(".") + "."
        for name in layers:
            if name.startswith(wrapper):
                inner = name.removeprefix(wrapper)
                is_whole = inner.startswith(("model.", "lm_head"))
                for text in [inner] if is_whole else [inner, f"model.{inner}"]:
                    yield text, name


def _module(name: str) -> str:
    return name.rpartition(".")[0] if "." in name else name

"""What vLLM does with an adapter: with each of its modules, and with the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lorasurgery.checkpoint import Checkpoint
from lorasurgery.targets._peft_folder import PREFIX, FactorPair, PeftScales, factor_pairs
from lorasurgery.targets._target import AdapterHeader, FileRefusal, Findings, Landing
from lorasurgery.targets.vllm.config_rules import config_alterations, config_refusals
from lorasurgery.targets.vllm.experts import expert_landing, incomplete_experts
from lorasurgery.targets.vllm.other_classes import landings_outside
from lorasurgery.targets.vllm.served_model import ServedLayer, ServedModel, class_of, served_model
from lorasurgery.text import times

LOADING, MATCHING = "vllm/lora/lora_model.py", "vllm/lora/model_manager.py"
BASE_COPIES = (".embed_tokens.base_layer.weight", ".lm_head.base_layer.weight")
LEAVE_OUT = "leave it out (convert --exclude)"
CONVERT = "run `lorasurgery convert ADAPTER --base BASE --for vllm`"


def examine(adapter: AdapterHeader, base: Checkpoint, facts: Mapping[str, Any]) -> Findings:
    """Hold a PEFT folder against a base, by the facts of one release."""
    name = class_of(base, facts) or "of the base, which its config does not name,"
    pairs, others = factor_pairs(adapter.tensors)
    refusals = [*config_refusals(adapter.config, facts["adapter"]), *_rank_refusals(pairs, facts)]
    notes: list[str] = []
    if name in facts["classes"]:
        model = served_model(base, name, facts)
        server = _Server(model, adapter.config, facts)
        landings = [server.landing(pair) for pair in pairs]
        refusals += incomplete_experts(model, pairs)
    elif name in facts["classes_without_lora"]:
        landings = [Landing(pair.module, "refused") for pair in pairs]
        refusals.append(
            FileRefusal(f"its class {name} takes no adapters there", "merge it into the base", "registry.py")
        )
    else:
        landings, notes = landings_outside(name, pairs, base, facts)
    landings += _other_tensors(others, adapter.config, facts["adapter"])
    options = [*_options(pairs, landings, facts)]
    return Findings(landings, refusals, options, [*_notes(adapter, pairs, base), *notes])


@dataclass(frozen=True)
class _Server:
    """vLLM with a base, and an adapter's config in hand."""

    model: ServedModel
    config: Mapping[str, Any]
    facts: Mapping[str, Any]

    @cached_property
    def scales(self) -> PeftScales:
        return PeftScales(self.config)

    def landing(self, pair: FactorPair) -> Landing:
        """What becomes of one module."""
        name = self.model.renamed(f"{pair.module}.lora_A.weight").removesuffix(".lora_A.weight")
        if self._is_skipped(pair.module):
            return Landing(pair.module, "ignored", reason="its part of the model is skipped", source=LOADING)
        if self.model.leaves_out(pair.module):
            reason = "the server's class does not load this part of the model"
            return Landing(pair.module, "ignored", "", reason, LEAVE_OUT, self.model.facts["path"])
        expert = expert_landing(self.model, pair, name, self.config, self.facts)
        if expert is not None:
            return expert
        if name.rpartition(".")[2] not in self.model.endings:
            return Landing(
                pair.module,
                "refused",
                reason="no layer that takes adapters has a name with this ending",
                way_out=CONVERT,
                source=LOADING,
            )
        layer = self.model.layers.get(name) or self.model.layers.get(self.model.text_names.get(name, ""))
        if layer is None:
            return Landing(
                pair.module,
                "ignored",
                name,
                "the server's model has no layer of this name",
                CONVERT,
                MATCHING,
            )
        return self._on_layer(pair, layer)

    def _on_layer(self, pair: FactorPair, layer: ServedLayer) -> Landing:
        served = layer.name if layer.name == layer.packed_in else f"{layer.name} in {layer.packed_in}"
        widths, tensor = pair.widths, layer.tensor
        if widths is None:
            return Landing(pair.module, "refused", served, "one of its two factors is not there")
        if tensor is not None and sorted(widths) != sorted(tensor.shape):
            reason = f"it changes a matrix of {times(widths)}, and the base's is {times(tensor.shape)}"
            return Landing(pair.module, "refused", served, reason, "name the base that it was trained on")
        if tower := self.model.tower_of(layer.name):
            return self._in_tower(pair, served, tower)
        if reason := self._alteration(pair.module):
            return Landing(pair.module, "altered", served, reason, CONVERT, "vllm/lora/peft_helper.py")
        return Landing(pair.module, "lands", served)

    def _in_tower(self, pair: FactorPair, served: str, tower: str) -> Landing:
        if self.model.facts.get("tower_lora") and OPTION_TOWER in self.facts["adapter"]["options"]:
            option = f"--{OPTION_TOWER.replace('_', '-')}"
            return Landing(pair.module, "lands", served, source=MATCHING, option=option)
        return Landing(
            pair.module,
            "ignored",
            served,
            f"it is in the {tower.replace('_model', '')} of a multimodal model",
            "merge it into the base",
            MATCHING,
        )

    def _alteration(self, module: str) -> str:
        """Why a module that lands acts in another way than it was trained; empty where it does not."""
        for reason in config_alterations(self.config, self.facts["adapter"]):
            return reason
        if "alpha_pattern" not in self.facts["adapter"]["config_keys"] and self.scales.differ(module):
            trained, served = self.scales.trained(module), self.scales.common
            return f"its scale is {trained:g}, and this release takes {served:g} for all modules"
        return ""

    def _is_skipped(self, module: str) -> bool:
        return any(
            f".{prefix}" in module or module.startswith(prefix)
            for prefix in self.model.facts.get("skipped", ())
        )


OPTION_TOWER = "enable_tower_connector_lora"


def _rank_refusals(pairs: Sequence[FactorPair], facts: Mapping[str, Any]) -> Iterator[FileRefusal]:
    most, largest = _most_rank(pairs), max(facts["adapter"]["ranks"])
    if most > largest:
        yield FileRefusal(
            f"its rank is {most}, and {largest} is the largest that vLLM can be started with",
            f"re-rank it (--rank {largest} or less)",
            "vllm/config/lora.py",
        )


def _most_rank(pairs: Sequence[FactorPair]) -> int:
    """The largest rank; of fused experts, whose file has the ranks of all, the config states it."""
    single = [pair.rank for pair in pairs if not pair.module.endswith((".experts", ".base_layer"))]
    return max(single, default=0)


def _other_tensors(
    names: Sequence[str], config: Mapping[str, Any], facts: Mapping[str, Any]
) -> Iterator[Landing]:
    """What becomes of tensors that are no pair of factors."""
    saved = set(config.get("modules_to_save") or ()) & set(facts["modules_to_save"] or ())
    for name in names:
        module = name.removeprefix(PREFIX)
        parts = module.split(".")
        if name.endswith(BASE_COPIES):
            yield Landing(module, "ignored", reason="it is a copy of the base's own weight", source=LOADING)
        elif len(parts) > 1 and parts[-2] in saved:
            yield Landing(module, "lands", parts[-2])
        else:
            yield Landing(
                module,
                "refused",
                reason="it is no factor of a low-rank change",
                way_out="merge it into the base, or leave it out with --exclude",
                source="vllm/lora/utils.py",
            )


def _options(
    pairs: Sequence[FactorPair], landings: Sequence[Landing], facts: Mapping[str, Any]
) -> Iterator[str]:
    """What the engine must be started with."""
    yield "--enable-lora"
    ranks, most = facts["adapter"]["ranks"], _most_rank(pairs)
    if most > facts["adapter"]["default_rank"]:
        yield f"--max-lora-rank {next((each for each in ranks if each >= most), ranks[-1])}"
    yield from sorted({each.option for each in landings if each.option})


def _notes(adapter: AdapterHeader, pairs: Sequence[FactorPair], base: Checkpoint) -> Iterator[str]:
    stored = base.config.get("torch_dtype") or base.config.get("dtype")
    held = {pair.A.dtype.name for pair in pairs if pair.A is not None}
    if stored in ("bfloat16", "float16") and "float32" in held:
        yield f"The factors are float32, and vLLM rounds them to the base's {stored}."
    if not pairs:
        yield f"{adapter.path.name} has no low-rank factors."

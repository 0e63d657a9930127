"""Adapters on a mixture's experts in vLLM: one stack for all of a layer's experts, or each its own.

A class either stacks its experts' factors as PEFT's `target_parameters` writes them (`experts_3d`:
`experts.base_layer` is gate and up, `experts` is down), or takes each expert under its own name.

Source: vLLM 0.33.0 (4ba787ec9), `vllm/lora/model_manager.py` (_validate_moe_lora_format,
_stack_moe_lora_weights), `vllm/lora/lora_weights.py` (pack_moe), `vllm/lora/utils.py`
(process_packed_modules_mapping).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from lorasurgery.checkpoint import Checkpoint
from lorasurgery.formats.peft.expert_order import LAYOUT_KEY, LAYOUTS
from lorasurgery.targets._peft_folder import FactorPair
from lorasurgery.targets._target import FileRefusal, Landing
from lorasurgery.targets.vllm.served_model import EXPERTS, ServedModel, class_of

OWN_PART = re.compile(r"\d+\.")
PARTS = ("gate_proj", "up_proj", "down_proj")
OWN_EXPERT = re.compile(r"(?P<layer>.+\.experts)\.(?P<expert>\d+)\.(?P<part>.+)")
MANAGER = "vllm/lora/model_manager.py"
MIXED = "enable_mixed_moe_lora_format"
SPLIT = "run `lorasurgery convert ADAPTER --base BASE --for vllm --split experts`"
REWRITE = "run `lorasurgery convert ADAPTER --base BASE --for vllm`"
PACK = "run `lorasurgery convert ADAPTER --pack experts`"


def stacks_experts(base: Checkpoint, facts: Mapping[str, Any]) -> bool | None:
    """Whether the base's class takes the factors of all experts as one stack; None where it is unknown."""
    known = facts["classes"].get(class_of(base, facts))
    return None if known is None else bool(known.get("experts_3d"))


def expert_landing(
    model: ServedModel, pair: FactorPair, name: str, config: Mapping[str, Any], facts: Mapping[str, Any]
) -> Landing | None:
    """What becomes of a module of a mixture's experts; None of any other module."""
    if EXPERTS + "." not in f"{name}.":
        return None
    owner = name.partition(EXPERTS)[0] + EXPERTS
    owner = model.text_names.get(owner, owner)
    if owner not in model.experts:
        return Landing(
            pair.module,
            "ignored",
            name,
            "the server's model has no such experts",
            source=MANAGER,
        )
    is_stacked = bool(model.facts.get("experts_3d"))
    mixed = MIXED in facts["adapter"]["options"]
    own = OWN_EXPERT.fullmatch(name)
    if own is None:
        if biases := _biases(config):
            reason = f"its config adapts {', '.join(biases)}, and only weights have a place there"
            return Landing(pair.module, "refused", owner, reason, "merge it")
        landing = _stacked(pair, name, owner, is_stacked=is_stacked, mixed=mixed)
        return _in_order(landing, config)
    if is_stacked:
        way_out = f"{PACK}, or start vLLM with --{MIXED.replace('_', '-')}" if mixed else PACK
        return Landing(
            pair.module, "refused", owner, "its class takes the factors of all experts as one stack", way_out
        )
    known = model.experts[owner]
    part = f"{own['expert']}.{own['part']}"
    if part in known or (own["part"] in PARTS and not any(map(OWN_PART.match, known))):
        return Landing(pair.module, "lands", f"{name} in {owner}")
    return Landing(pair.module, "refused", owner, "the experts of the server have no such part", SPLIT)


def _stacked(pair: FactorPair, name: str, owner: str, *, is_stacked: bool, mixed: bool) -> Landing:
    if not name.endswith((EXPERTS, f"{EXPERTS}.base_layer")):
        return Landing(
            pair.module,
            "refused",
            owner,
            "the factors of fused experts are called experts and experts.base_layer there",
            SPLIT,
        )
    if is_stacked:
        return Landing(pair.module, "lands", owner)
    flag = f"--{MIXED.replace('_', '-')} and is_3d_lora_weight=True on each request"
    return Landing(
        pair.module,
        "refused",
        owner,
        "its class takes the factors of each expert under the expert's own name",
        f"{SPLIT}; or start vLLM with {flag}" if mixed else SPLIT,
        MANAGER,
    )


def _biases(config: Mapping[str, Any]) -> list[str]:
    """The biases of experts that an adapter changes; the keys of its factors are those of any parameter."""
    targets = config.get("target_parameters")
    return [each for each in targets if str(each).endswith("_bias")] if isinstance(targets, list) else []


def _in_order(landing: Landing, config: Mapping[str, Any]) -> Landing:
    """The same where a stack has PEFT's order of columns; vLLM reads no other, nor the key that says so."""
    stated = config.get(LAYOUT_KEY)
    if landing.fate != "lands" or LAYOUTS.get(str(stated), "peft") == "peft":
        return landing
    reason = f"its columns are ordered by expert ({LAYOUT_KEY} = {stated!r}), and vLLM reads them by rank"
    return replace(landing, fate="altered", reason=reason, way_out=REWRITE, source=MANAGER)


def incomplete_experts(model: ServedModel, pairs: Sequence[FactorPair]) -> Iterator[FileRefusal]:
    """Say where some of a layer's experts or parts have no factors, which ends vLLM's loading."""
    named = {model.renamed(pair.module): pair for pair in pairs}
    missing: list[str] = []
    for layer, known in model.experts.items():
        own = {match["expert"] + "." + match["part"] for name in named if (match := _own_of(layer, name))}
        if own and not model.facts.get("experts_3d"):
            missing += [f"{layer}.{part}" for part in sorted(known - own) if OWN_PART.match(part)]
        stacked = {name for name in named if name in (layer, f"{layer}.base_layer")}
        if len(stacked) == 1:
            missing += sorted({layer, f"{layer}.base_layer"} - stacked)
    if missing:
        yield FileRefusal(
            f"{missing[0]} has no factors, and all experts of a layer must have them for all of their parts"
            f" ({len(missing)} are missing)",
            SPLIT,
            "vllm/lora/lora_weights.py",
        )


def _own_of(layer: str, name: str) -> re.Match[str] | None:
    match = OWN_EXPERT.fullmatch(name)
    return match if match is not None and match["layer"] == layer else None

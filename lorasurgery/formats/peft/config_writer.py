"""Write PEFT's `adapter_config.json`: which modules are adapted, with which ranks and scales.

Every name in the config is checked against all modules of the host by PEFT's own rules
(`matching`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lorasurgery.adapter import Adapter, Host
from lorasurgery.formats._module_rules import has_fused_experts
from lorasurgery.formats.peft.expert_order import marked
from lorasurgery.formats.peft.full_parameters import FullParameters
from lorasurgery.formats.peft.layout import PeftTarget
from lorasurgery.formats.peft.matching import target_names, value_patterns
from lorasurgery.formats.peft.refusals import is_of_peft, token_rows_refusal
from lorasurgery.variants.adalora import AdaloraFactors
from lorasurgery.variants.dora import DoraFactors

# PEFT refuses a config that hits no module, unless it says so by this name.
NO_TARGET = "dummy-target-modules"

# What PEFT adds to AdaLoRA's rank before it divides by it.
ADALORA_EPSILON = 1e-5

# What a config says of how the adapter was trained, and of what it has besides factors, in words
# that stay true when the factors are replaced.
LASTING = (
    "auto_mapping",
    "base_model_name_or_path",
    "bias",
    "exclude_modules",
    "fan_in_fan_out",
    "layers_pattern",
    "layers_to_transform",
    "modules_to_save",
    "revision",
    "target_modules",
    "target_parameters",
    "task_type",
    "trainable_token_indices",
)


def config_for(adapter: Adapter, targets: Mapping[str, PeftTarget], rest: FullParameters) -> dict[str, Any]:
    host = adapter.host
    config = {
        "auto_mapping": _auto_mapping(host, rest),
        "base_model_name_or_path": host.base_name,
        "bias": "all" if rest.has_biases else "none",
        "fan_in_fan_out": any(target.kind == "conv1d" for target in targets.values()),
        "inference_mode": True,
        "layers_pattern": None,
        "layers_to_transform": None,
        "modules_to_save": list(rest.saved) or None,
        "revision": host.base_revision,
        "target_modules": _target_modules(host, targets),
        "task_type": rest.task_type,
    }
    config |= _of_factors(targets) | _newer_keys(adapter, targets)
    if any(target.kind == "experts" for target in targets.values()):
        config |= marked(config)
    return dict(sorted(config.items()))


def config_without_host(adapter: Adapter, targets: Mapping[str, PeftTarget]) -> dict[str, Any]:
    """Build the config where only the adapted modules are known: PEFT's own words, or full paths."""
    said = adapter.source.config if adapter.source and is_of_peft(adapter) else {}
    config: dict[str, Any] = {key: said[key] for key in LASTING if said.get(key) is not None}
    config.setdefault("base_model_name_or_path", adapter.host.base_name)
    config.setdefault("bias", "none")
    config.setdefault("task_type", adapter.host.task_type)
    if not said or adapter.source is None or adapter.source.modules != frozenset(adapter.modules):
        for key in ("layers_to_transform", "layers_pattern", "exclude_modules"):
            config.pop(key, None)
        config["target_modules"] = [target.name for target in targets.values() if not target.is_parameter]
        config["target_parameters"] = [target.name for target in targets.values() if target.is_parameter]
    config["fan_in_fan_out"] = any(target.kind == "conv1d" for target in targets.values())
    if not config.get("target_parameters"):
        config.pop("target_parameters", None)
    config["target_modules"] = config.get("target_modules") or ([] if targets else NO_TARGET)
    return dict(sorted((config | {"inference_mode": True} | _of_factors(targets)).items()))


def _of_factors(targets: Mapping[str, PeftTarget]) -> dict[str, Any]:
    """Describe the factors: ranks and scales, as a common value and patterns for the others."""
    if any(isinstance(target.factors, AdaloraFactors) for target in targets.values()):
        return _of_triplets(targets)
    ranks = {target.name: target.factors.rank for target in targets.values()} or {"": 1}
    alphas = {t.name: _plain(t.factors.scale * t.factors.rank) for t in targets.values()} or {"": 1}
    rank, rank_pattern = value_patterns(ranks)
    alpha, alpha_pattern = (rank, rank_pattern) if alphas == ranks else value_patterns(alphas)
    config = {
        "alpha_pattern": alpha_pattern,
        "init_lora_weights": True,
        "lora_alpha": alpha,
        "lora_dropout": 0.0,
        "peft_type": "LORA",
        "r": rank,
        "rank_pattern": rank_pattern,
        "use_dora": any(isinstance(target.factors, DoraFactors) for target in targets.values()),
        "use_rslora": False,
    }
    # PEFT has known biases of its own since 0.14.
    has_bias = any(getattr(target.factors, "bias", None) is not None for target in targets.values())
    return config | ({"lora_bias": True} if has_bias else {})


def _of_triplets(targets: Mapping[str, PeftTarget]) -> dict[str, Any]:
    """Describe AdaLoRA's factors: the largest rank, and a pattern per module of those left."""
    most = max(target.factors.rank for target in targets.values())
    scale = next(iter(targets.values())).factors.scale
    kept = {
        f"{target.name}.lora_E": [index < target.factors.rank for index in range(most)]
        for target in targets.values()
    }
    return {
        "init_lora_weights": True,
        "init_r": most,
        "lora_alpha": scale * (most + ADALORA_EPSILON),
        "lora_dropout": 0.0,
        "peft_type": "ADALORA",
        "r": most,
        "rank_pattern": kept,
        "target_r": most,
        "tfinal": 0,
        "tinit": 0,
        "total_step": 1,
    }


def _newer_keys(adapter: Adapter, targets: Mapping[str, PeftTarget]) -> dict[str, Any]:
    keys: dict[str, Any] = {}
    parameters = {target.name for target in targets.values() if target.is_parameter}
    if parameters:
        # A lone `weight` would hit the weights of LoRA's own layers as well.
        names = target_names(parameters, {*adapter.host.parameters, *parameters}, least_parts=2)
        assert isinstance(names, list), f"PEFT has no exact way to name the parameters {sorted(parameters)}"
        keys["target_parameters"] = names
    for path, rows in adapter.token_rows.items():
        reason = token_rows_refusal(adapter.host, path)
        assert reason is None, reason
        keys.setdefault("trainable_token_indices", {})[path] = list(rows.indices)
    return keys


def _target_modules(host: Host, targets: Mapping[str, PeftTarget]) -> list[str] | str:
    modules = {target.name for target in targets.values() if not target.is_parameter}
    if not modules:
        return [] if targets else NO_TARGET
    names = target_names(modules, host.modules)
    # PEFT takes an expression apart into last words where transformers fused experts.
    assert isinstance(names, list) or not has_fused_experts(host), (
        f"PEFT has no exact way to name {sorted(modules)}"
    )
    return names


def _auto_mapping(host: Host, rest: FullParameters) -> dict[str, str] | None:
    # Without a task type PEFT finds the model's class by this.
    if rest.task_type is not None or host.class_name is None:
        return None
    return {"base_model_class": host.class_name, "parent_library": "transformers"}


def _plain(number: float) -> float:
    return int(number) if float(number).is_integer() else number

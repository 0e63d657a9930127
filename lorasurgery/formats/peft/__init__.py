"""PEFT's format: a folder with `adapter_config.json` and `adapter_model.safetensors`.

Written so that PEFT loads it, merges it, and touches nothing else. Source: PEFT 0.21.2; every name in the config is
checked against all modules of the host by PEFT's own rules (`matching`). The config has the keys that PEFT has
understood since 0.13, and newer ones only where the adapter needs them (`target_parameters`, 0.17;
`trainable_token_indices`, 0.15). LoRA, DoRA and AdaLoRA are written; every variant is read (`reader`).

Where the host's modules are not known, since an adapter was read without its base, names are full paths, and what PEFT's own config said
of everything else is said again.

Ask `refusal` and `token_rows_refusal` before giving a module factors or token rows: they say what PEFT cannot do.
Anything that is `replaced` can be carried (`full_parameters` says how).
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lorasurgery.adapter import PARAMETER_KINDS, Adapter, Host
from lorasurgery.formats.peft import attention, reader
from lorasurgery.formats.peft.attention import Attention, attentions
from lorasurgery.formats.peft.config import CONFIG_FILE, note_of
from lorasurgery.formats.peft.experts import marked
from lorasurgery.formats.peft.full_parameters import Rest, divide
from lorasurgery.formats.peft.layout import (
    PREFIX,
    RENAMED_IN_FUSED_MODELS,
    Target,
    depths,
    run_time_key,
    tensors,
)
from lorasurgery.formats.peft.matching import ending_in, target_names, value_patterns
from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.adalora import AdaloraFactors
from lorasurgery.variants.dora import DoraFactors
from lorasurgery.variants.lora import LoraFactors

WEIGHTS_FILE = "adapter_model.safetensors"

# `tuners_utils._check_lora_target_modules_mamba`, by class instead of model type.
FORBIDDEN_IN_MAMBA = ("out_proj", "conv1d")
MAMBA_CLASSES = ("FalconH1", "FalconMamba", "Mamba", "NemotronH")

# A projection of one of several experts.
OF_ONE_EXPERT = re.compile(r"\.experts\.\d+\.")

# PEFT refuses a config that hits no module, unless it says so by this name.
NO_TARGET = "dummy-target-modules"

SUFFIX = None
TAKES_EXPERTS_ORDER = True
HOLDS = (LoraFactors, DoraFactors, AdaloraFactors)
# What PEFT adds to AdaLoRA's rank before it divides by it.
ADALORA_EPSILON = 1e-5

# What a config says of how the adapter was trained, and of what lies in it beside factors, in words that stay true when the factors are made anew.
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

recognise = reader.find
read = reader.read


def refusals(adapter: Adapter) -> list[str]:
    """Say what of an adapter PEFT cannot carry."""
    said = []
    kinds = {type(factors) for factors in adapter.modules.values()}
    if len(kinds) > 1:
        said.append(
            "PEFT has one method for all modules of an adapter, and this one has several; convert it to lora."
        )
    said += _by_column(adapter)
    said += attention.refusals(adapter)
    if not adapter.host.modules:
        if (adapter.replaced or adapter.token_rows) and not _is_of_peft(adapter):
            said.append("It brings whole parameters, for which PEFT needs the model's names; give --base.")
        if "experts" in adapter.host.kinds.values():
            said.append(
                "It has stacked experts, of which PEFT's keys tell too little to be read back; give --base."
            )
        return said
    refused = [reason for path in adapter.modules if (reason := refusal(adapter.host, path)) is not None]
    refused += [
        reason
        for path in adapter.token_rows
        if (reason := token_rows_refusal(adapter.host, path)) is not None
    ]
    return said + refused


def _by_column(adapter: Adapter) -> list[str]:
    """PEFT has a magnitude for each row of a layer, and for each column of an embedding alone."""
    found = [
        path
        for path, factors in sorted(adapter.modules.items())
        if getattr(factors, "by_column", False) and adapter.host.kinds.get(path) != "embedding"
    ]
    if not found:
        return []
    return [
        f"{found[0]!r} ({len(found)} in all) is DoRA with a magnitude for each column, and PEFT's has one for each row; convert it to lora."
    ]


def _is_of_peft(adapter: Adapter) -> bool:
    return adapter.source is not None and adapter.source.format == "peft"


def refusal(host: Host, path: str) -> str | None:
    """Say why PEFT cannot hold low-rank factors for this module, or None where it can.

    Two modules that share one weight cannot have any. While loaded, each needs all of ΔW; merging adds what each of
    them has to the one tensor that they share. Both are right only for ΔW = 0, so `replaced` must carry the weight.

    What the host does not tell is not judged: convolutions in groups, dilated or padded otherwise than with zeros, the
    projections inside torch's MultiheadAttention, and layers whose model asks them for more than a forward pass
    (Whisper's `conv1.stride`) cannot have factors in PEFT either.
    """
    partner = _tied_partner(host, path)
    if partner is not None:
        return f"'{path}' shares its weight with '{partner}': PEFT would apply the change once or twice, never right in both"
    if _has_fused_experts(host) and OF_ONE_EXPERT.search(path) and path not in host.module_set:
        return f"this model's class holds all experts in one parameter, and '{path}' is one of them; put them together (`convert --pack experts`)"
    if host.modules and path not in host.module_set and path not in host.parameter_set:
        return f"this model's class has no module '{path}'; take it apart or put it together as the class has it (`convert --split`, `--pack`), or merge the adapter"
    if _is_forbidden(host, path):
        return f"PEFT raises an error for LoRA on '{path}' of a Mamba model, whose fast kernels go past the layer"
    return _parameter_refusal(host, path) if host.kinds.get(path) in PARAMETER_KINDS else None


def token_rows_refusal(host: Host, path: str) -> str | None:
    """Say why PEFT cannot replace single rows of this module's weight, or None where it can.

    PEFT's layer for token rows multiplies with the weight alone; it drops the bias of a head, be it the module's own
    or that of a head tied to it. And it finds ties by the outermost class: of those that only a class inside declares, as that
    inside `T5ForSequenceClassification` does, the other modules would keep the old rows until merged.
    """
    names = {*host.parameters, *host.tied}
    for module in (path, _tied_partner(host, path)):
        if module is not None and f"{module}.bias" in names:
            return f"PEFT drops the bias of '{module}' where token rows of '{path}' are replaced"
    if _is_tied_inside_a_part(host, path):
        return f"PEFT may not see that '{path}' shares its weight, since all that share it lie inside one part of the model"
    if set(ending_in(host.modules)(path)) != {path}:
        return f"PEFT would replace token rows of every module whose path ends in '{path}'"
    return None


def plan(adapter: Adapter) -> tuple[dict[str, Any], dict[str, LazyTensor]]:
    """Lay the adapter out: the config, and the tensors by key, sorted. Nothing is read."""
    host = adapter.host
    attended = attentions(adapter)
    targets = _targets(adapter, attended)
    depth = depths(targets, host.parameters)
    laid_out: dict[str, LazyTensor] = {}
    for name, target in targets.items():
        laid_out |= attended[name].tensors() if name in attended else tensors(target, depth[name])
    wrappers = Counter(target.module for name, target in targets.items() if name not in attended)
    wrappers.update(module for each in attended.values() for module in each.wrapped)
    laid_out |= {run_time_key(name, wrappers): tensor for name, tensor in adapter.replaced.items()}
    for path, rows in adapter.token_rows.items():
        laid_out[f"{PREFIX}{path}.token_adapter.trainable_tokens_delta"] = rows.rows
    note = note_of(adapter.nested) if adapter.nested else {}
    if not host.modules:
        return _config_again(adapter, targets) | note, dict(sorted(laid_out.items()))
    rest = divide(host, adapter.replaced, sorted(wrappers))
    return _config(adapter, targets, rest) | note, dict(sorted(laid_out.items()))


def write(adapter: Adapter, folder: Path, progress: Callable[[int], None] | None = None) -> None:
    """Write the adapter's two files into an existing folder; `progress` is told the bytes of each tensor."""
    from lorasurgery.checkpoint import write_safetensors

    config, laid_out = plan(adapter)
    (folder / CONFIG_FILE).write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    write_safetensors(folder / WEIGHTS_FILE, laid_out, {"format": "pt"}, progress)


def _is_forbidden(host: Host, path: str) -> bool:
    name = path.removesuffix(".weight").rpartition(".")[2]
    return name in FORBIDDEN_IN_MAMBA and (host.class_name or "").startswith(MAMBA_CLASSES)


def _parameter_refusal(host: Host, path: str) -> str | None:
    if "conv1d" in host.kind_names:
        return "PEFT's wrapper for parameters does not work beside GPT-2's Conv1D (fan_in_fan_out)"
    owner = path.rpartition(".")[0]
    if not owner:
        return f"PEFT cannot wrap '{path}', which belongs to the model itself and not to a module of it"
    inner = host.first_inside.get(owner)
    if inner is not None:
        return f"PEFT would wrap '{owner}' for it, and then not merge inside it '{inner}'"
    return None


def _tied_partner(host: Host, path: str) -> str | None:
    weight = f"{path}.weight"
    partner = host.tied.get(weight) or host.aliases.get(weight)
    return partner and partner.removesuffix(".weight")


def _is_tied_inside_a_part(host: Host, path: str) -> bool:
    weight = f"{path}.weight"
    kept = host.tied.get(weight, weight)
    group = [kept, *(alias for alias, name in host.tied.items() if name == kept)]
    return len(group) > 1 and len({name.partition(".")[0] for name in group}) == 1


def _targets(adapter: Adapter, attended: Mapping[str, Attention]) -> dict[str, Target]:
    """Give the adapted modules the names under which PEFT reaches them."""
    host = adapter.host
    fused = _has_fused_experts(host)
    targets = {path: each.target for path, each in attended.items()}
    inside = {module for each in attended.values() for module in each.wrapped}
    for path, factors in sorted(adapter.modules.items()):
        if path in inside:
            continue
        reason = refusal(host, path)
        assert reason is None, reason
        assert isinstance(factors, HOLDS), f"{path} is of a variant that is not written"
        name, kind = path, host.kinds.get(path, "linear")
        if fused and kind == "linear" and path.rpartition(".")[2] in RENAMED_IN_FUSED_MODELS:
            name, kind = f"{path}.weight", "parameter"
        targets[name] = Target(name, kind, factors, host.kernels.get(path, ()))
    return _with_one_scale(dict(sorted(targets.items())))


def _with_one_scale(targets: dict[str, Target]) -> dict[str, Target]:
    """Move the scales of AdaLoRA's factors into E where they differ: its config has one `lora_alpha` for all modules."""
    if len({target.factors.scale for target in targets.values()}) == 1:
        return targets
    return {
        name: dataclasses.replace(target, factors=_scaled_triplet(target.factors))
        if isinstance(target.factors, AdaloraFactors)
        else target
        for name, target in targets.items()
    }


def _scaled_triplet(factors: AdaloraFactors) -> AdaloraFactors:
    E, scale = factors.E, factors.scale
    scaled = E.map(lambda t: (t.double() * scale).to(t.dtype), shape=E.shape, dtype=E.dtype)
    return dataclasses.replace(factors, E=scaled, scale=1.0)


def _has_fused_experts(host: Host) -> bool:
    return "experts.gate_up_proj" in host.parameter_endings


def _config(adapter: Adapter, targets: Mapping[str, Target], rest: Rest) -> dict[str, Any]:
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


def _config_again(adapter: Adapter, targets: Mapping[str, Target]) -> dict[str, Any]:
    """The config for a model of which only the adapted modules are known: what PEFT said of it, or full paths."""
    said = adapter.source.config if adapter.source and _is_of_peft(adapter) else {}
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


def _of_factors(targets: Mapping[str, Target]) -> dict[str, Any]:
    """What the config says of the factors: ranks and scales, as a common value and patterns for the others."""
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


def _of_triplets(targets: Mapping[str, Target]) -> dict[str, Any]:
    """What the config says of AdaLoRA's factors: all begin with the largest rank, of which a pattern of each module says what is left."""
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


def _newer_keys(adapter: Adapter, targets: Mapping[str, Target]) -> dict[str, Any]:
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


def _target_modules(host: Host, targets: Mapping[str, Target]) -> list[str] | str:
    modules = {target.name for target in targets.values() if not target.is_parameter}
    if not modules:
        return [] if targets else NO_TARGET
    names = target_names(modules, host.modules)
    # PEFT takes an expression apart into last words where transformers fused experts.
    assert isinstance(names, list) or not _has_fused_experts(host), (
        f"PEFT has no exact way to name {sorted(modules)}"
    )
    return names


def _auto_mapping(host: Host, rest: Rest) -> dict[str, str] | None:
    # Without a task type PEFT finds the model's class by this.
    if rest.task_type is not None or host.class_name is None:
        return None
    return {"base_model_class": host.class_name, "parent_library": "transformers"}


def _plain(number: float) -> float:
    return int(number) if float(number).is_integer() else number

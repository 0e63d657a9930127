"""PEFT's format: a folder with `adapter_config.json` and `adapter_model.safetensors`.

Written so that PEFT loads it, merges it, and touches nothing else. Source: PEFT 0.21.2; every name
in the config is checked against all modules of the host by PEFT's own rules (`matching`). The
config has the keys that PEFT has understood since 0.13, and newer ones only where the adapter needs
them (`target_parameters`, 0.17; `trainable_token_indices`, 0.15). LoRA, DoRA and AdaLoRA are
written; every variant is read (`reader`).

Where the host's modules are not known, since an adapter was read without its base, names are full
paths, and what PEFT's own config said of everything else is said again.

Ask `module_refusal` and `token_rows_refusal` before giving a module factors or token rows: they say
what PEFT cannot do. Anything that is `replaced` can be carried (`full_parameters` says how).
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lorasurgery.adapter import Adapter
from lorasurgery.checkpoint.root import root_metadata
from lorasurgery.formats._format import Format
from lorasurgery.formats._module_rules import has_fused_experts, module_refusal
from lorasurgery.formats.peft import reader
from lorasurgery.formats.peft.attention import MultiheadFactors, attentions
from lorasurgery.formats.peft.config import CONFIG_FILE, note_of
from lorasurgery.formats.peft.config_writer import config_for, config_without_host
from lorasurgery.formats.peft.full_parameters import divide
from lorasurgery.formats.peft.layout import (
    PREFIX,
    RENAMED_IN_FUSED_MODELS,
    PeftTarget,
    depths,
    run_time_key,
    tensors,
)
from lorasurgery.formats.peft.refusals import refusals, token_rows_refusal
from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.adalora import AdaloraFactors
from lorasurgery.variants.dora import DoraFactors
from lorasurgery.variants.lora import LoraFactors

WEIGHTS_FILE = "adapter_model.safetensors"

HOLDS = (LoraFactors, DoraFactors, AdaloraFactors)


def plan(adapter: Adapter) -> tuple[dict[str, Any], dict[str, LazyTensor]]:
    """Lay the adapter out, without reading it: the config, and the tensors by key, sorted."""
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
        return config_without_host(adapter, targets) | note, dict(sorted(laid_out.items()))
    rest = divide(host, adapter.replaced, sorted(wrappers))
    return config_for(adapter, targets, rest) | note, dict(sorted(laid_out.items()))


def write(adapter: Adapter, folder: Path, progress: Callable[[int], None] | None = None) -> None:
    """Write the adapter's two files into an existing folder; `progress` is given the bytes of each tensor."""
    from lorasurgery.checkpoint import write_safetensors

    config, laid_out = plan(adapter)
    (folder / CONFIG_FILE).write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    metadata = {"format": "pt", **root_metadata(adapter.host.base_root)}
    write_safetensors(folder / WEIGHTS_FILE, laid_out, metadata, progress)


def _targets(adapter: Adapter, attended: Mapping[str, MultiheadFactors]) -> dict[str, PeftTarget]:
    """Give the adapted modules the names under which PEFT reaches them."""
    host = adapter.host
    fused = has_fused_experts(host)
    targets = {path: each.target for path, each in attended.items()}
    inside = {module for each in attended.values() for module in each.wrapped}
    for path, factors in sorted(adapter.modules.items()):
        if path in inside:
            continue
        reason = module_refusal(host, path)
        assert reason is None, reason
        assert isinstance(factors, HOLDS), f"{path} is of a variant that is not written"
        name, kind = path, host.kinds.get(path, "linear")
        if fused and kind == "linear" and path.rpartition(".")[2] in RENAMED_IN_FUSED_MODELS:
            name, kind = f"{path}.weight", "parameter"
        targets[name] = PeftTarget(name, kind, factors, host.kernels.get(path, ()))
    return _with_one_scale(dict(sorted(targets.items())))


def _with_one_scale(targets: dict[str, PeftTarget]) -> dict[str, PeftTarget]:
    """Move the scales of AdaLoRA's factors into E where they differ: its config has one `lora_alpha`."""
    if len({target.factors.scale for target in targets.values()}) == 1:
        return targets
    return {
        name: dataclasses.replace(target, factors=_scaled_triplet(target.factors))
        if isinstance(target.factors, AdaloraFactors)
        else target
        for name, target in targets.items()
    }


def _scaled_triplet(factors: AdaloraFactors) -> AdaloraFactors:
    return dataclasses.replace(factors, E=factors.E.scaled(factors.scale), scale=1.0)


FORMAT = Format(
    name="peft",
    recognise=reader.find,
    read=reader.read,
    takes=("experts_order",),
    names_one_of_several=reader.names_one_of_several,
    write=write,
    holds=HOLDS,
    refusals=refusals,
    module_refusal=module_refusal,
    token_rows_refusal=token_rows_refusal,
)

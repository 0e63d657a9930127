"""What vLLM refuses of an adapter's config, and what it does not read in it.

Source: `vllm/lora/peft_helper.py`, PEFTHelper: it reads the keys that it has as fields, and drops
all others without a word. Which keys these are differs by version.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lorasurgery.targets._target import FileRefusal

PATH = "vllm/lora/peft_helper.py"
# Keys that change what the numbers mean. A release that has the key refuses such an adapter; one
# that lacks it serves the adapter as plain LoRA.
MEANING: Mapping[str, tuple[str, str]] = {
    "use_dora": ("it is DoRA", "run `lorasurgery convert ADAPTER --base BASE --to lora`"),
    "lora_bias": ("its factors have a bias", "merge it into the base"),
    "alora_invocation_tokens": ("it acts after its invocation tokens only (aLoRA)", "serve it by PEFT"),
    "layer_replication": ("it is made for a model with copied layers", "write that model out first"),
    "use_bdlora": ("its factors are block-diagonal (BD-LoRA)", "run `lorasurgery convert ADAPTER --to lora`"),
    "use_qalora": ("its input is pooled (QA-LoRA)", "run `lorasurgery convert ADAPTER --to lora`"),
}
INITS = "it starts from a changed base ({})"
# Inits of releases that do not look: of these the base is another one than that of the file.
CHANGED_BASE = ("pissa", "olora", "corda", "loftq")


def config_refusals(config: Mapping[str, Any], facts: Mapping[str, Any]) -> Iterator[FileRefusal]:
    """Say what of a config makes a release refuse the file."""
    missing = [key for key in facts["required_keys"] if key not in config]
    if missing:
        yield FileRefusal(
            f"its config lacks {', '.join(missing)}", "run `lorasurgery convert ADAPTER --for vllm`", PATH
        )
    for key in sorted(MEANING.keys() & set(facts["config_keys"])):
        if config.get(key):
            reason, way_out = MEANING[key]
            yield FileRefusal(f"{reason} ({key})", way_out, PATH)
    if config.get("bias") not in (None, "none"):
        yield FileRefusal(f"it trains biases (bias = {config['bias']!r})", "merge it into the base", PATH)
    yield from _whole_modules(config, facts)
    init, allowed = _init(config), facts["refused_inits_but"]
    if init and allowed is not None and init not in allowed:
        yield FileRefusal(
            INITS.format(f"init_lora_weights = {init!r}"), "run `lorasurgery convert ADAPTER --to lora`", PATH
        )


def config_alterations(config: Mapping[str, Any], facts: Mapping[str, Any]) -> Iterator[str]:
    """Say what of a config a release does not read, so that it serves something else."""
    for key in sorted(MEANING.keys() - set(facts["config_keys"])):
        if config.get(key):
            yield f"{MEANING[key][0]}, and this release does not read {key}"
    init = _init(config)
    if facts["refused_inits_but"] is None and init.startswith(CHANGED_BASE):
        yield INITS.format(f"init_lora_weights = {init!r}") + ", and this release does not read that"


def _whole_modules(config: Mapping[str, Any], facts: Mapping[str, Any]) -> Iterator[FileRefusal]:
    allowed = facts["modules_to_save"] or []
    saved = [each for each in config.get("modules_to_save") or () if each not in allowed]
    if saved:
        yield FileRefusal(
            f"it replaces whole modules ({', '.join(saved)})",
            "merge them into the base, or leave them out with --exclude",
            PATH,
        )


def _init(config: Mapping[str, Any]) -> str:
    init = config.get("init_lora_weights")
    return init.lower() if isinstance(init, str) else ""

"""A base whose class vLLM does not have itself: what can be said of an adapter without running the server.

vLLM then builds the class from transformers (its Transformers backend), where transformers has it and its
attention can be replaced. Layers get their names, and are packed, as that server starts; no table says how.
So a module that the class does not have lands nowhere, and of all others nothing is said to land.

Source: vLLM 0.33.0 (4ba787ec9), `vllm/model_executor/models/registry.py` (_try_resolve_transformers),
`vllm/model_executor/models/transformers/base.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lorasurgery.architecture import Architecture, architecture_of
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.targets._peft_folder import FactorPair
from lorasurgery.targets._target import Landing

REGISTRY = "vllm/model_executor/models/registry.py"
BACKEND = "TransformersForCausalLM"
MERGE = "merge it into the base (lorasurgery merge) and serve that"
TRY = f"compare the server's answers with and without the adapter, or {MERGE}"
CONVERT = "run `lorasurgery convert ADAPTER --base BASE --for vllm`"


def landings_outside(
    class_name: str, pairs: Sequence[FactorPair], base: Checkpoint, facts: Mapping[str, Any]
) -> tuple[list[Landing], list[str]]:
    """What becomes of each module, and notes on who was asked.

    Args:
        class_name: the class of the base, which the facts do not list.
    """
    architecture = architecture_of(base)
    return [_landing(class_name, pair.module, architecture, facts) for pair in pairs], [*_notes(architecture)]


def _landing(class_name: str, module: str, architecture: Architecture, facts: Mapping[str, Any]) -> Landing:
    if architecture.origin == "names":
        reason = f"neither vLLM nor the transformers installed here has the class {class_name}"
        return Landing(module, "unknown", reason=reason, way_out=MERGE, source=REGISTRY)
    if module not in architecture.modules:
        reason = f"vLLM builds {class_name} from transformers, whose class has no such module"
        return Landing(module, "ignored", reason=reason, way_out=CONVERT, source=REGISTRY)
    if BACKEND in facts["classes_without_lora"]:
        reason = f"vLLM builds {class_name} from transformers, and takes no adapters for such classes"
        return Landing(module, "refused", reason=reason, way_out=MERGE, source=REGISTRY)
    reason = (
        f"{class_name} is not in vLLM's registry; vLLM builds it from transformers, and names its layers "
        "as it starts"
    )
    return Landing(module, "unknown", reason=reason, way_out=TRY, source=REGISTRY)


def _notes(architecture: Architecture) -> Iterator[str]:
    if architecture.origin == "transformers":
        yield f"transformers was asked for the class {architecture.class_name}, on its meta device."
    if architecture.note:
        yield architecture.note

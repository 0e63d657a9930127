"""vLLM: what it does with each tensor of a PEFT folder, by the tables of its model classes.

An adapter's name is renamed by the class's own table, and lands where a layer of the server's model
has the name that comes of it. The server's names are not stated anywhere; they are what the same
table makes of the base's own weights, since that is how the base is loaded. A name that is found
nowhere is dropped without a word, unless its last part is unknown too: then the file is refused.

Source: `vllm/lora/lora_model.py` (from_local_checkpoint), `vllm/lora/model_manager.py`
(_create_lora_modules, _get_lora_layer_weights), `vllm/lora/peft_helper.py`, `vllm/lora/utils.py`.
"""

from __future__ import annotations

from lorasurgery.targets._target import Target
from lorasurgery.targets.vllm.experts import stacks_experts
from lorasurgery.targets.vllm.rules import examine

TARGET = Target(
    "vllm",
    "vLLM",
    ("peft",),
    examine,
    stacks_experts=stacks_experts,
    uniform=True,
    only_factors=True,
    only_lora=True,
    names_as_stored=True,
)

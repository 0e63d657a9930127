"""SGLang: what it does with each tensor of a PEFT folder.

SGLang does not look for an adapter's names in its model. It takes a layer's number and a target's name
out of each name, wherever they stand in it, puts the parts of packed projections together, and copies
the result into the slot of that layer. So a prefix cannot be wrong, and two modules of one number and
one ending (a vision tower's layer 3 and the text model's) meet in one slot.

Source: SGLang 0.5.23, `sglang/srt/lora/lora.py` (LoRAAdapter), `lora_manager.py` (validate_new_adapter,
init_lora_modules), `mem_pool.py` (load_lora_weight_to_buffer), `utils.py`.
"""

from __future__ import annotations

from lorasurgery.targets._target import Target
from lorasurgery.targets.sglang.rules import examine

# Each expert has factors of its own: `experts.3.gate_proj` (mem_pool.py, load_lora_weight_to_buffer).
TARGET = Target(
    "sglang",
    "SGLang",
    ("peft",),
    examine,
    stacks_experts=lambda *_: False,
    uniform=True,
    only_factors=True,
    only_lora=True,
    lists_targets=True,
)

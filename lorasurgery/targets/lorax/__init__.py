"""LoRAX: what it does with each tensor of a PEFT folder.

Each of its classes lists the names of the layers that take adapters, and what has another name is left out
without a word. A kind of layer (all `q_proj`) is loaded whole or not at all: where one layer of the model has
no factors, those of all others are left out, with a line in the log.

Source: predibase/lorax, `server/lorax_server/adapters/lora.py` (LoraConfig, LoraWeights.load),
`utils/punica.py` (pad_rank), `models/flash_*.py` (adapter_target_to_layer).
"""

from __future__ import annotations

from lorasurgery.targets._target import Target
from lorasurgery.targets.lorax.rules import examine

TARGET = Target(
    "lorax",
    "LoRAX",
    ("peft",),
    examine,
    stacks_experts=lambda *_: False,
    uniform=True,
    only_factors=True,
    only_lora=True,
)

"""diffusers: what it does with each tensor of a LoRA file for one model of a pipeline.

It takes the names that begin with the model's part (`unet.`, `transformer.`), puts low-rank layers on the
modules of these names, and loads the file into them. What is for another part, or for a module that the
model does not have, is left out with a warning in the log.

Source: `diffusers/loaders/peft.py` (load_lora_adapter), `diffusers/utils/peft_utils.py`.
"""

from __future__ import annotations

from lorasurgery.targets._target import Target
from lorasurgery.targets.diffusers.rules import examine

TARGET = Target("diffusers", "diffusers", ("diffusers",), examine)

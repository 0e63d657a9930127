"""PEFT: what it does with each tensor of its own folder.

It puts low-rank layers on the modules of transformers' class that the config's targets hit, and loads the
file into them, not strictly: a name without a place is dropped without an error, and a module that the
file has nothing for stays at its random start, with a warning.

Source: `peft/utils/save_and_load.py` (set_peft_model_state_dict).
"""

from __future__ import annotations

from lorasurgery.targets._target import Target
from lorasurgery.targets.peft.rules import examine

TARGET = Target("peft", "PEFT", ("peft",), examine)

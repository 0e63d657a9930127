"""kohya's sd-scripts: what it does with each tensor of a LoRA file for one diffusion model.

It makes a low-rank layer for every layer inside of its model's blocks whose flat name the file has, and loads
the file into these, not strictly: all other names are left out, with nothing but a line in the log. Scales
come from the file's `alpha` tensors alone. Only plain LoRA is read; the rest is LyCORIS' own.

Source: kohya-ss/sd-scripts, `networks/lora.py` (create_network_from_weights, LoRANetwork), `lora_flux.py`,
`lora_sd3.py`, `lora_lumina.py`.
"""

from __future__ import annotations

from lorasurgery.targets._target import Target
from lorasurgery.targets.kohya.rules import examine

TARGET = Target(
    "kohya", "sd-scripts", ("kohya",), examine, ("sd-scripts", "sdscripts", "kohya_ss"), only_lora=True
)

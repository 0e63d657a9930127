"""ComfyUI: what it does with each tensor of a LoRA file for one diffusion model.

It makes a table of all names that a module of the model may have in a file, looks each of them up in the
file, and warns in its log of the file's other names. The original name after `diffusion_model.`, and the
flat one after `lora_unet_`, hold for every model; diffusers' names for some families.

Source: `comfy/lora.py` (load_lora, model_lora_keys_unet), `comfy/weight_adapter/lora.py`.
"""

from __future__ import annotations

from lorasurgery.targets._target import Target
from lorasurgery.targets.comfyui.rules import examine

TARGET = Target("comfyui", "ComfyUI", ("comfyui", "kohya", "diffusers"), examine, ("comfy",))

"""Layers and paths of LyCORIS's modules in a kohya file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

NAME = "lora_unet_mid_block_attentions_0_proj_in"
PATH = "unet.mid_block.attentions.0.proj_in"
LAYERS: dict[str, Callable[[], Any]] = {
    "linear": lambda: nn.Linear(24, 40),
    "square": lambda: nn.Linear(24, 24),
    "wide": lambda: nn.Linear(40, 24),
    "conv": lambda: nn.Conv2d(12, 16, 3, padding=1),
    "conv1x1": lambda: nn.Conv2d(12, 16, 1),
    "conv1d": lambda: nn.Conv1d(12, 16, 3, padding=1),
}
LORA = {"lora_down.weight": torch.ones(2, 6), "lora_up.weight": torch.ones(4, 2)}

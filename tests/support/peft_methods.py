"""Adapters made by PEFT on tiny models in float64, all their tensors random, saved as people save
them, and merged by PEFT.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import peft
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers.pytorch_utils import Conv1D


class Layers(nn.Module):
    """A square and two oblong linear layers, an embedding, convolutions, attention, a norm, and a
    layer that stores (in, out).
    """

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(20, 16)
        self.square = nn.Linear(16, 16)
        self.up = nn.Linear(16, 32)
        self.down = nn.Linear(32, 16, bias=False)
        self.conv = nn.Conv2d(8, 16, 3)
        self.point = nn.Conv2d(8, 16, 1)
        self.line = nn.Conv1d(8, 16, 3)
        self.grouped = nn.Conv2d(8, 16, 3, groups=2)
        self.heads = nn.MultiheadAttention(16, 2)
        self.norm = nn.LayerNorm(16)
        self.odd = nn.Linear(15, 17)
        self.turned = Conv1D(32, 16)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.down(self.up(self.square(self.table(x)))))


@dataclass(frozen=True)
class Case:
    """`before` are the model's tensors, `folder` the adapter as PEFT saved it, `merged` the tensors
    after PEFT's merge.
    """

    before: dict[str, Tensor]
    folder: Path
    merged: dict[str, Tensor]


def make(
    config: peft.PeftConfig,
    folder: Path,
    seed: int = 0,
    dtype: torch.dtype = torch.float64,
    noise: float = 0.1,
) -> Case:
    """Adapt, fill every trained tensor with seeded noise, save, merge."""
    torch.manual_seed(seed)
    model = Layers().to(dtype)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    adapted: Any = peft.get_peft_model(copy.deepcopy(model), config, autocast_adapter_dtype=False).to(dtype)
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if parameter.requires_grad and "ranknum" not in name:  # a count, and no tensor that is trained
                parameter.add_(noise * torch.randn_like(parameter))
    adapted.save_pretrained(folder)
    merged = adapted.merge_and_unload().state_dict()
    return Case(before, folder, {name: tensor.clone() for name, tensor in merged.items()})


def saved(tensors: dict[str, Tensor], folder: Path) -> Path:
    folder.mkdir()
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, folder / "model.safetensors")
    return folder


def same_file(one: Path, other: Path) -> None:
    assert (one / "model.safetensors").read_bytes() == (other / "model.safetensors").read_bytes()

"""The fixture's BERT cut down to one layer, and an adapter on it.

What ONNX has to trace is then as little as can be.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from support.paths import FIXTURES

BASE = FIXTURES / "bert-base"
QUERY = "encoder.layer.0.attention.self.query"


def write_base(folder: Path) -> Path:
    shutil.copytree(BASE, folder)
    config = json.loads((folder / "config.json").read_text()) | {"num_hidden_layers": 1}
    (folder / "config.json").write_text(json.dumps(config))
    held = load_file(folder / "model.safetensors")
    kept = {name: tensor for name, tensor in held.items() if ".layer.1." not in name}
    save_file(kept, folder / "model.safetensors", {"format": "pt"})
    return folder


def write_adapter(folder: Path) -> Path:
    """A LoRA of rank two on the queries of that layer."""
    folder.mkdir()
    generator = torch.Generator().manual_seed(0)
    factors = {
        f"base_model.model.{QUERY}.lora_{side}.weight": 0.1 * torch.randn(shape, generator=generator)
        for side, shape in (("A", (2, 64)), ("B", (64, 2)))
    }
    save_file(factors, folder / "adapter_model.safetensors", {"format": "pt"})
    config = {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "target_modules": ["query"]}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return folder

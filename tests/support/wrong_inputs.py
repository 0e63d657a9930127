"""Small pairs of checkpoints, and what the line of a refusal must be."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from support.paths import FIXTURES

BERT = (FIXTURES / "bert-base", FIXTURES / "bert-tuned")
LLAMA = (FIXTURES / "llama-base", FIXTURES / "llama-tuned")


def state_of(folder: Path) -> dict[str, str]:
    """Everything below a folder: what kind of thing it is, and a hash of what it holds."""

    def state(path: Path) -> str:
        if path.is_symlink():
            return f"link to {path.readlink()}"
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "no file"

    paths = (path for path in sorted(folder.rglob("*")) if "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): state(path) for path in paths}


Refused = Callable[..., str]


def weights(**changes: Tensor) -> dict[str, Tensor]:
    """A small model that transformers does not know."""
    torch.manual_seed(0)
    return {
        "m.a.weight": torch.randn(8, 6),
        "m.a.bias": torch.randn(8),
        "m.b.weight": torch.randn(6, 8),
    } | changes


def moved(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    torch.manual_seed(1)
    return {
        name: (tensor.float() + 0.1 * torch.randn(tensor.shape)).to(tensor.dtype)
        if tensor.is_floating_point()
        else tensor
        for name, tensor in tensors.items()
    }


def save(folder: str, tensors: dict[str, Tensor], config: object = None) -> Path:
    Path(folder).mkdir()
    save_file(tensors, Path(folder) / "model.safetensors")
    if config is not None:
        (Path(folder) / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return Path(folder)

"""Folders with weights in every way that folders hold them, and some that hold none."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from pathlib import Path

import torch
from safetensors.torch import save_file

from lorasurgery.errors import SurgeryError
from support.good_files import good_sharded, read_whole_checkpoint


def good_folders(folder: Path) -> list[Path]:
    """Make the folders; what says how they belong together is damaged."""
    one = {"a.weight": torch.ones(2, 3)}
    for name in (
        "indexed",
        "other index",
        "single",
        "pickled",
        "two",
        "adapter",
        "pipeline",
        "readme",
        "gguf",
    ):
        (folder / name).mkdir()
    good_sharded(folder / "indexed")
    for path in (folder / "indexed").iterdir():
        other = path.name.replace("model.safetensors.index", "other.safetensors.index")
        shutil.copy(path, folder / "other index" / other)
    save_file(one, folder / "single" / "x.safetensors")
    torch.save(one, folder / "pickled" / "x.pth")
    for name in ("a.safetensors", "b.safetensors"):
        save_file(one, folder / "two" / name)
    config = {"peft_type": "LORA", "base_model_name_or_path": "base"}
    (folder / "adapter" / "adapter_config.json").write_text(json.dumps(config))
    (folder / "pipeline" / "model_index.json").write_text(
        json.dumps({"_class_name": "X", "unet": ["a", "b"]})
    )
    (folder / "readme" / "README.md").write_text("nothing")
    (folder / "gguf" / "x.gguf").write_bytes(b"GGUF" + bytes(20))
    return [
        folder / "indexed" / "model.safetensors.index.json",
        folder / "other index" / "other.safetensors.index.json",
        folder / "single" / "x.safetensors",
        folder / "pickled" / "x.pth",
        folder / "two" / "a.safetensors",
        folder / "adapter" / "adapter_config.json",
        folder / "pipeline" / "model_index.json",
        folder / "readme" / "README.md",
        folder / "gguf" / "x.gguf",
    ]


def read_folders(folder: Path) -> None:
    """Read those that hold weights; the others are refused."""
    for path in sorted(folder.iterdir()):
        with suppress(SurgeryError):
            if path.is_dir():
                read_whole_checkpoint(path)

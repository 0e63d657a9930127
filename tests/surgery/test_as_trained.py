"""What training leaves behind is named for what it is.

A LoRA that is not merged, weights that ZeRO-3 did not gather.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
from safetensors.torch import load_file, save_file

from lorasurgery import convert, extract, inspect, merge, rerank
from lorasurgery.errors import DamagedFileError, UnsupportedError
from support.adapters import add
from support.tiny_models import FAMILIES, built

SPELLINGS = {
    "as PEFT holds it": lambda name: name,
    "with PEFT's prefix": lambda name: f"base_model.model.{name}",
    "of a multimodal model": lambda name: f"language_model.base_model.model.{name}",
    "without the adapter's name": lambda name: name.replace(".default", ""),
    "before PEFT 0.6": lambda name: name.replace(".base_layer", ""),
    "of mlx-lm": lambda name: re.sub(
        r"lora_([AB])\.default\.weight",
        lambda m: f"lora_{m[1].lower()}",
        name.replace(".base_layer", ".linear"),
    ),
    "of torchtune": lambda name: re.sub(
        r"lora_([AB])\.default", lambda m: f"lora_{m[1].lower()}", name.replace(".base_layer", "")
    ),
    "of diffusers": lambda name: (
        name.replace(".base_layer", "")
        .replace("lora_A.default", "lora_layer.down")
        .replace("lora_B.default", "lora_layer.up")
    ),
    "compiled": lambda name: f"_orig_mod.{name}",
}


def trained(folder: Path) -> tuple[Path, Path, dict[str, torch.Tensor]]:
    """A base, an adapter on it, and the state of the model that PEFT has wrapped."""
    model = built(FAMILIES["llama"])
    model.save_pretrained(folder / "base")
    wrapped = add(model, peft.LoraConfig(r=2, target_modules=["q_proj"]), folder / "adapter")
    prefix = "base_model.model."
    state = {name.removeprefix(prefix): t.clone() for name, t in wrapped.state_dict().items()}
    return folder / "base", folder / "adapter", state


def checkpoint(base: Path, folder: Path, state: dict[str, torch.Tensor]) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text((base / "config.json").read_text())
    save_file(state, folder / "model.safetensors")
    return folder


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
def test_an_unmerged_checkpoint_is_called_so(spell: Any, tmp_path: Path) -> None:
    base, adapter, state = trained(tmp_path)
    unmerged = checkpoint(base, tmp_path / "unmerged", {spell(name): t for name, t in state.items()})
    for run in (
        lambda: extract(base, unmerged, tmp_path / "out", rank=2),
        lambda: extract(unmerged, base, tmp_path / "out", rank=2),
        lambda: inspect(base, unmerged),
        lambda: inspect(unmerged),
        lambda: merge(unmerged, [adapter], tmp_path / "out"),
        lambda: convert(adapter, tmp_path / "out", base=unmerged, runtime="vllm"),
    ):
        with pytest.raises(UnsupportedError, match=r"with its LoRA unmerged: 2 modules.*merge_and_unload"):
            run()
    assert not (tmp_path / "out").exists()


def test_a_checkpoint_with_a_head_trained_beside_its_original_is_called_so(tmp_path: Path) -> None:
    base, adapter, _ = trained(tmp_path)
    state = load_file(base / "model.safetensors")
    head = state.pop("lm_head.weight")
    state |= {"lm_head.original_module.weight": head, "lm_head.modules_to_save.default.weight": head + 1}
    wrapped = checkpoint(base, tmp_path / "wrapped", state)
    for run in (
        lambda: extract(base, wrapped, tmp_path / "out", rank=2),
        lambda: inspect(base, wrapped),
        lambda: merge(wrapped, [adapter], tmp_path / "out"),
    ):
        with pytest.raises(UnsupportedError, match=r"trained copy \('lm_head'\)"):
            run()


def emptied(held: dict[str, torch.Tensor], pattern: str) -> dict[str, torch.Tensor]:
    return {name: torch.zeros(0) if re.search(pattern, name) else t for name, t in held.items()}


@pytest.mark.parametrize("pattern", ["weight", "layers.1", "lm_head"])
def test_a_checkpoint_that_zero_3_left_empty_is_called_so(pattern: str, tmp_path: Path) -> None:
    base, adapter, _ = trained(tmp_path)
    empty = checkpoint(base, tmp_path / "empty", emptied(load_file(base / "model.safetensors"), pattern))
    for run in (
        lambda: extract(base, empty, tmp_path / "out", rank=2),
        lambda: extract(empty, base, tmp_path / "out", rank=2),
        lambda: inspect(empty),
        lambda: merge(empty, [adapter], tmp_path / "out"),
        lambda: rerank(adapter, tmp_path / "out", rank=1, base=empty),
    ):
        with pytest.raises(DamagedFileError, match=r"empty.*DeepSpeed ZeRO-3"):
            run()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("pattern", ["lora_", "lora_A", r"layers.1.*lora_B"])
def test_an_adapter_that_zero_3_left_empty_is_called_so(pattern: str, tmp_path: Path) -> None:
    base, adapter, _ = trained(tmp_path)
    file = adapter / "adapter_model.safetensors"
    save_file(emptied(load_file(file), pattern), file)
    for run in (
        lambda: merge(base, [adapter], tmp_path / "out"),
        lambda: inspect(adapter),
        lambda: convert(adapter, tmp_path / "out", runtime="vllm"),
    ):
        with pytest.raises(DamagedFileError, match=r"empty.*DeepSpeed ZeRO-3"):
            run()


def test_a_saved_module_that_zero_3_left_empty_is_flagged_and_not_passed_on(tmp_path: Path) -> None:
    base, adapter, _ = trained(tmp_path)
    file = adapter / "adapter_model.safetensors"
    save_file(load_file(file) | {"base_model.model.lm_head.weight": torch.zeros(0)}, file)
    flags = {flag.code: flag for flag in inspect(adapter).flags}
    assert flags["empty"].modules == ("lm_head.weight",)
    assert "ZeRO-3" in flags["empty"].meaning
    for run in (
        lambda: merge(base, [adapter], tmp_path / "out"),
        lambda: convert(adapter, tmp_path / "out", format="peft"),
        lambda: rerank(adapter, tmp_path / "out", rank=1, base=base),
    ):
        with pytest.raises(DamagedFileError, match=r"lm_head.*DeepSpeed ZeRO-3"):
            run()

"""No verb that writes an adapter passes a NaN or an infinity on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
from safetensors.torch import load_file, save_file

from lorasurgery import inspect
from lorasurgery.errors import NumericError
from lorasurgery.surgery.convert import convert
from lorasurgery.surgery.fuse import fuse
from lorasurgery.surgery.rerank import rerank
from support.adapters import add
from support.flawed_adapters import BASE, HEALTHY
from support.tiny_models import FAMILIES, built

MODULE = "model.layers.1.self_attn.v_proj"
NAN, INFINITY = float("nan"), float("-inf")

VERBS: dict[str, Callable[[Path, Path], Any]] = {
    "convert": lambda adapter, out: convert(adapter, out),
    "to a dtype": lambda adapter, out: convert(adapter, out, dtype="float16"),
    "to adalora": lambda adapter, out: convert(adapter, out, to="adalora"),
    "to dyn": lambda adapter, out: convert(adapter, out, to="dyn"),
    "for vllm": lambda adapter, out: convert(adapter, out, base=BASE, runtime="vllm"),
    "for llamacpp": lambda adapter, out: convert(
        adapter, out.with_suffix(".gguf"), base=BASE, runtime="llamacpp"
    ),
    "for mlx": lambda adapter, out: convert(adapter, out, base=BASE, runtime="mlx"),
    "packed": lambda adapter, out: convert(adapter, out, pack=["qkv"]),
    "kohya": lambda adapter, out: convert(
        adapter, out.with_suffix(".safetensors"), base=BASE, format="kohya"
    ),
    "rerank": lambda adapter, out: rerank(adapter, out, rank=2),
    "prefix": lambda adapter, out: rerank(nested(adapter), out, rank=2, method="prefix"),
    "fuse": lambda adapter, out: fuse([adapter, HEALTHY], out),
}


def nested(adapter: Path) -> Path:
    """Say of an adapter that it was trained with nested ranks."""
    file = adapter / "adapter_config.json"
    note = {"version": 1, "variant": "dyn", "form": "nested", "ranks": [2, 4]}
    file.write_text(json.dumps(json.loads(file.read_text()) | {"lorasurgery": note}))
    return adapter


def ailing(folder: Path, key: str, number: float) -> Path:
    """A healthy adapter but for one number at row 1, column 0."""
    shutil.copytree(HEALTHY, folder)
    file = folder / "adapter_model.safetensors"
    held = load_file(file)
    held[key][1, 0] = number
    save_file(held, file, metadata={"format": "pt"})
    return folder


@pytest.mark.parametrize("number", [NAN, INFINITY], ids=["NaN", "infinity"])
@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
def test_no_verb_passes_it_on(verb: Callable[[Path, Path], Any], number: float, tmp_path: Path) -> None:
    adapter = ailing(tmp_path / "a", f"base_model.model.{MODULE}.lora_B.weight", number)
    with pytest.raises(NumericError, match=MODULE):
        verb(adapter, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize(("number", "word"), [(NAN, "a NaN"), (INFINITY, "an infinity")])
def test_the_tensor_and_the_place_are_named(number: float, word: str, tmp_path: Path) -> None:
    adapter = ailing(tmp_path / "a", f"base_model.model.{MODULE}.lora_A.weight", number)
    with pytest.raises(NumericError, match=rf"A of '{MODULE}' has {word} \(row 1, column 0\)"):
        convert(adapter, tmp_path / "out", format="peft")


def test_what_is_carried_whole_is_looked_at_too(tmp_path: Path) -> None:
    adapter = tmp_path / "a"
    shutil.copytree(HEALTHY, adapter)
    file = adapter / "adapter_model.safetensors"
    norm = torch.ones(64)
    norm[5] = NAN
    save_file({**load_file(file), "base_model.model.model.norm.weight": norm}, file)
    with pytest.raises(NumericError, match=r"'model.norm.weight' has a NaN \(row 5, column 0\)"):
        convert(adapter, tmp_path / "out")


WITHOUT_A_SUM: dict[str, tuple[Any, str]] = {
    "a magnitude": (peft.LoraConfig(r=2, target_modules=["q_proj"], use_dora=True), "magnitude_vector"),
    "a bias": (peft.LoraConfig(r=2, target_modules=["q_proj"], lora_bias=True), "lora_B.bias"),
    "IA3": (peft.IA3Config(target_modules=["q_proj"], feedforward_modules=[]), "ia3_l"),
    "OFT": (peft.OFTConfig(oft_block_size=8, target_modules=["q_proj"]), "oft_R"),
    "LoHa": (peft.LoHaConfig(r=2, target_modules=["q_proj"]), "hada_w2_b"),
    "rows of tokens": (
        peft.LoraConfig(r=2, target_modules=["q_proj"], trainable_token_indices=[3]),
        "trainable_tokens_delta",
    ),
}


@pytest.mark.parametrize(("settings", "key"), WITHOUT_A_SUM.values(), ids=WITHOUT_A_SUM)
def test_inspect_flags_a_nan_wherever_it_lies(settings: Any, key: str, tmp_path: Path) -> None:
    model = built(FAMILIES["llama"])
    model.save_pretrained(tmp_path / "base")
    add(model, settings, tmp_path / "adapter")
    file = tmp_path / "adapter" / "adapter_model.safetensors"
    held = load_file(file)
    name = next(name for name in held if key in name)
    held[name].view(-1)[-1] = NAN
    save_file(held, file, metadata={"format": "pt"})
    for report in (inspect(tmp_path / "adapter"), inspect(tmp_path / "base", tmp_path / "adapter")):
        assert "not-finite" in [flag.code for flag in report.flags]

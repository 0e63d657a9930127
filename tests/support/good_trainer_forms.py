"""Good adapters of torchtune and LitGPT in all their forms, and the models that each is for."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from lorasurgery.adapter import Host
from support.good_cases import host, read_for

ATTN, MLP = "layers.0.attn", "layers.0.mlp"


def _pair(name: str, sides: tuple[str, str], out: int = 64, width: int = 64) -> dict[str, torch.Tensor]:
    return {f"{name}.{sides[0]}": torch.ones(2, width), f"{name}.{sides[1]}": torch.ones(out, 2)}


def _tuned(name: str, out: int = 64, *, gain: bool = False) -> dict[str, torch.Tensor]:
    found = _pair(name, ("lora_a.weight", "lora_b.weight"), out)
    return found | ({f"{name}.magnitude": torch.ones(out)} if gain else {})


def _phi() -> Host:
    """A model whose queries, keys and values are one module, and the halves of its MLP another."""
    layer = "model.layers.0"
    paths = (
        f"{layer}.self_attn.qkv_proj",
        f"{layer}.self_attn.o_proj",
        f"{layer}.mlp.gate_up_proj",
        "lm_head",
    )
    config = host().config | {"model_type": "phi3"}
    names = tuple(f"{path}.weight" for path in paths)
    return dataclasses.replace(
        host(), modules=paths, parameters=names, kinds=dict.fromkeys(paths, "linear"), config=config
    )


def good_torchtune_forms(folder: Path) -> list[Path]:
    """Adapters with a recipe or PEFT's config beside them, of stacked experts, and for packed modules."""
    low = (
        _tuned(f"{ATTN}.q_proj")
        | _tuned(f"{ATTN}.k_proj", 32)
        | _tuned(f"{MLP}.w1", 160)
        | _tuned("output", 320)
    )
    gains = _tuned(f"{ATTN}.q_proj", gain=True) | _tuned(f"{MLP}.w2", gain=True)
    experts = {f"{MLP}.experts.lora_gate_{side}": torch.ones(3, 64, 2) for side in "a"}
    experts |= {f"{MLP}.experts.lora_gate_b": torch.ones(3, 2, 8)}
    thirds = {f"{ATTN}.{part}_proj": out for part, out in (("q", 64), ("k", 32), ("v", 32))}
    packed = {key: each for name, out in thirds.items() for key, each in _tuned(name, out, gain=True).items()}
    some = _tuned(f"{ATTN}.q_proj") | _tuned(f"{MLP}.w3", 160)
    model = "_component_: torchtune.models.llama3.lora_llama3_8b\n  lora_alpha: 16\n  lora_rank: 2\n"
    cases = {
        "recipe": low,
        "gains": gains,
        "experts": experts,
        "packed": packed,
        "packed in part": some,
        "bare": low,
    }
    for name, tensors in cases.items():
        own = folder / name
        own.mkdir()
        torch.save(tensors, own / ("adapter_model.pt" if name == "bare" else "adapter_0.pt"))
        if name == "gains":
            (own / "adapter_config.json").write_text(json.dumps({"r": 2, "lora_alpha": 4}))
        elif name != "bare":
            (own / "torchtune_config.yaml").write_text(f"model:\n  {model}epochs: 1\n")
    settings = [*folder.rglob("*.yaml"), *folder.rglob("*.json")]
    return [*sorted(settings) * 2, *sorted(folder.rglob("*.pt"))]


def read_torchtune_forms(folder: Path) -> None:
    # A folder with PEFT's config is PEFT's; the file in it is torchtune's.
    path = folder / "adapter_0.pt" if folder.name == "gains" else folder
    read_for(path, _phi() if folder.name.startswith("packed") else host())


def good_litgpt_forms(folder: Path) -> list[Path]:
    """Adapters of models like Llama and like GPT-NeoX, with the packed projection's two orders."""
    block = "transformer.h.0"
    sides = ("lora_A", "lora_B")
    head = {"lm_head.lora_A": torch.ones(3, 24), "lm_head.lora_B": torch.ones(32, 3)}
    some = {f"{block}.attn.qkv.lora_A": torch.ones(6, 24), f"{block}.attn.qkv.lora_B": torch.ones(32, 3)}
    old = {f"{block}.attn.attn.lora_A": torch.ones(9, 24), f"{block}.attn.attn.lora_B": torch.ones(40, 3)}
    plain = {
        f"{block}.attn.proj.{side}": torch.ones(*shape)
        for side, shape in zip(sides, ((3, 24), (24, 3)), strict=True)
    }
    llama, neox = (
        {"name": "Llama-3-8B", "mlp_class_name": "LLaMAMLP"},
        {"name": "pythia-14m", "mlp_class_name": "GptNeoxMLP"},
    )
    all_thirds = {"lora_key": True}
    cases: dict[str, tuple[dict[str, torch.Tensor], Mapping[str, Any], Mapping[str, Any]]] = {
        "plain": (plain | head, llama, {}),
        "packed": (some | plain, llama, {}),
        "old": (old, llama, all_thirds),
        "neox": (some | head, neox, {}),
        "old neox": (old, neox | {"hf_config": {"org": "EleutherAI", "name": "pythia-14m"}}, all_thirds),
        "unknown": (plain, {"name": "phi-2", "mlp_class_name": "GptNeoxMLP"}, {}),
        "no head": ({f"{block}.norm_1.{side}": torch.ones(3, 3) for side in sides}, llama, {}),
    }
    for name, (tensors, model, more) in cases.items():
        own = folder / name
        own.mkdir()
        torch.save(tensors, own / "lit_model.pth.lora")
        settings = {
            "lora_r": 3,
            "lora_alpha": 16,
            "lora_query": True,
            "lora_key": False,
            "lora_value": True,
            "precision": None,
        }
        config = {"n_embd": 24, "n_head": 6, "n_query_groups": 2, "head_size": 4, **model}
        for file, content in (("hyperparameters", {**settings, **more}), ("model_config", config)):
            lines = [f"{key}: {json.dumps(value)}\n" for key, value in content.items()]
            (own / f"{file}.yaml").write_text("".join(lines))
    return [*sorted(folder.rglob("*.yaml")) * 2, *sorted(folder.rglob("*.lora"))]


def read_litgpt_forms(folder: Path) -> None:
    read_for(folder, _neox() if "neox" in folder.name else host())


def _neox() -> Host:
    paths = ("gpt_neox.layers.0.attention.query_key_value", "gpt_neox.layers.0.attention.dense", "embed_out")
    names = tuple(f"{path}.weight" for path in paths)
    return dataclasses.replace(host(), modules=paths, parameters=names, kinds=dict.fromkeys(paths, "linear"))

"""Wrappers of training and the names of adapters are no part of a module's name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
from safetensors.torch import load_file, save_file

from lorasurgery import convert, extract, inspect, merge, rerank
from lorasurgery.errors import NotACheckpointError, UnsupportedError
from support.adapters import bits
from support.multimodal_models import PEFT, renamed
from support.spellings import llama, same_merge
from support.tiny_models import FAMILIES, built

WRAPPED = {
    "torch.compile": lambda key: key.replace(PEFT, f"{PEFT}_orig_mod."),
    "torch.compile, around PEFT": lambda key: f"_orig_mod.{key}",
    "torch.compile, by layers": lambda key: re.sub(r"(layers\.\d+)\.", r"\1._orig_mod.", key),
    "FSDP": lambda key: (
        "_fsdp_wrapped_module." + re.sub(r"(layers\.\d+)\.", r"\1._fsdp_wrapped_module.", key)
    ),
    "FSDP, each factor": lambda key: key.replace(".weight", "._fsdp_wrapped_module.weight"),
    "activation checkpointing": lambda key: re.sub(
        r"(layers\.\d+|mlp)\.", r"\1._checkpoint_wrapped_module.", key
    ),
    "DDP": lambda key: key.replace(PEFT, f"{PEFT}module."),
    "DDP, around PEFT": lambda key: f"module.{key}",
    "DDP, inside": lambda key: key.replace("model.layers", "model.module.layers"),
    "several": lambda key: (
        "module._orig_mod."
        + re.sub(r"(layers\.\d+)\.", r"\1._fsdp_wrapped_module._checkpoint_wrapped_module.", key)
    ),
}
NAMES_OF_WRAPPERS = re.compile(r"_orig_mod|_wrapped_module|(^|[\"'.])module\.")


@pytest.mark.parametrize("wrap", WRAPPED.values(), ids=WRAPPED)
def test_wrappers_of_training_are_no_part_of_a_name(wrap: Any, tmp_path: Path) -> None:
    base, adapter = llama(tmp_path, alpha_pattern={"model.layers.1.mlp.up_proj": 32})
    named = ["model.layers.0._orig_mod.self_attn.q_proj", "q_proj", "up_proj"]
    patterns = {"model.layers.1._checkpoint_wrapped_module.mlp.up_proj": 32}
    wrapped = renamed(adapter, tmp_path / "wrapped", wrap, target_modules=named, alpha_pattern=patterns)
    same_merge(base, adapter, wrapped, tmp_path)
    for options in ({}, {"base": base}):
        out = tmp_path / f"out{len(options)}"
        convert(wrapped, out, runtime="vllm", **options)
        keys = load_file(out / "adapter_model.safetensors")
        assert not [key for key in keys if NAMES_OF_WRAPPERS.search(key)]
        assert NAMES_OF_WRAPPERS.search((out / "adapter_config.json").read_text()) is None


@pytest.mark.parametrize("front", ["_orig_mod.", "module."])
def test_a_base_with_wrappers_in_its_names_is_found(front: str, tmp_path: Path) -> None:
    base, adapter = llama(tmp_path)
    weights = base / "model.safetensors"
    plain = load_file(weights)
    merge(base, [adapter], tmp_path / "one", undo=False)
    save_file({front + name: tensor for name, tensor in plain.items()}, weights)
    merge(base, [adapter], tmp_path / "other", undo=False)
    one, other = (load_file(tmp_path / each / "model.safetensors") for each in ("one", "other"))
    assert all(torch.equal(one[name], other[front + name]) for name in one)


def test_wrappers_are_taken_off_a_model_that_no_class_describes(tmp_path: Path) -> None:
    torch.manual_seed(0)
    base = {f"blocks.{layer}._orig_mod.attn.weight": torch.randn(24, 24) for layer in range(2)}
    tuned = {name: t + torch.randn(24, 2) @ torch.randn(2, 24) for name, t in base.items()}
    for name, tensors in (("base", base), ("tuned", tuned)):
        save_file(tensors, tmp_path / f"{name}.safetensors")
    extract(tmp_path / "base.safetensors", tmp_path / "tuned.safetensors", tmp_path / "out", rank=2)
    keys = load_file(tmp_path / "out" / "adapter_model.safetensors")
    assert sorted(keys)[0] == "base_model.model.blocks.0.attn.lora_A.weight"


def test_wrappers_in_a_state_dict_of_layers(tmp_path: Path) -> None:
    base, adapter = llama(tmp_path)
    stored = load_file(base / "model.safetensors")
    factors = load_file(adapter / "adapter_model.safetensors")
    wrapped = {}
    for layer in range(2):
        path = f"model.layers.{layer}.self_attn.q_proj"
        inside = f"_orig_mod.model.layers.{layer}._checkpoint_wrapped_module.self_attn.q_proj"
        wrapped[f"{inside}.layer.weight"] = stored[f"{path}.weight"]
        for side in "AB":
            wrapped[f"{inside}.{side}"] = factors[f"{PEFT}{path}.lora_{side}.weight"]
    save_file(wrapped, tmp_path / "layers.safetensors")
    convert(tmp_path / "layers.safetensors", tmp_path / "out", alpha=8, format="peft", base=base)
    keys = load_file(tmp_path / "out" / "adapter_model.safetensors")
    assert all(torch.equal(tensor, factors[key]) for key, tensor in keys.items())
    assert len(keys) == 4


def named_adapter(folder: Path, names: dict[str, float]) -> None:
    """Put the names of adapters into the keys, one after the other, each with factors of its own."""
    file = folder / "adapter_model.safetensors"
    stored = load_file(file)
    save_file(
        {
            re.sub(r"(lora_[AB])", rf"\1.{name}", key): tensor * factor
            for name, factor in names.items()
            for key, tensor in stored.items()
        },
        file,
    )


@pytest.mark.parametrize("name", ["default", "policy", "my-adapter_2"])
def test_the_name_of_an_adapter_in_its_keys_is_no_part_of_a_module(name: str, tmp_path: Path) -> None:
    base, adapter = llama(tmp_path)
    alone = renamed(adapter, tmp_path / "named", str)
    named_adapter(alone, {name: 1.0})
    same_merge(base, adapter, alone, tmp_path)


def test_of_two_adapters_in_one_file_one_must_be_chosen(tmp_path: Path) -> None:
    base, adapter = llama(tmp_path)
    both = renamed(adapter, tmp_path / "both", str)
    named_adapter(both, {"default": 2.0, "ref": 1.0})
    for run in (
        lambda: merge(base, [both], tmp_path / "out"),
        lambda: inspect(both),
        lambda: convert(both, tmp_path / "out", runtime="vllm"),
        lambda: rerank(both, tmp_path / "out", rank=1),
    ):
        with pytest.raises(
            UnsupportedError, match=r"2 adapters in one file \('default', 'ref'\).*both/default"
        ):
            run()
    assert not (tmp_path / "out").exists()
    same_merge(base, adapter, both / "ref", tmp_path)
    merge(base, [both / "default"], tmp_path / "double", undo=False)
    merge(base, [f"{adapter}:4"], tmp_path / "four", undo=False)
    assert bits(tmp_path / "double") == bits(tmp_path / "four")
    assert inspect(both / "ref").modules[0].sigma == inspect(adapter).modules[0].sigma
    convert(both / "ref", tmp_path / "ref", runtime="peft")
    assert (
        load_file(tmp_path / "ref" / "adapter_model.safetensors").keys()
        == load_file(adapter / "adapter_model.safetensors").keys()
    )


RAW = {
    "adalora": peft.AdaLoraConfig(total_step=10, target_modules=["q_proj"]),
    "ia3": peft.IA3Config(target_modules=["q_proj", "down_proj"], feedforward_modules=["down_proj"]),
    "loha": peft.LoHaConfig(r=2, target_modules=["q_proj"]),
    "dora": peft.LoraConfig(r=2, use_dora=True, target_modules=["q_proj"], modules_to_save=["lm_head"]),
    "embedding": peft.LoraConfig(r=2, target_modules=["embed_tokens"]),
}


@pytest.mark.parametrize("method", RAW)
def test_the_state_dict_of_a_training_has_the_adapters_name_everywhere(method: str, tmp_path: Path) -> None:
    model: Any = built(FAMILIES["llama"])
    model.save_pretrained(tmp_path / "base")
    adapted: Any = peft.get_peft_model(model, RAW[method], adapter_name="policy")
    with torch.no_grad():
        for parameter in adapted.parameters():
            if parameter.requires_grad:
                parameter += 0.05 * torch.randn_like(parameter)
    adapted.save_pretrained(tmp_path)
    state = {key: t.clone() for key, t in adapted.state_dict().items() if ".policy" in key}
    raw = renamed(tmp_path / "policy", tmp_path / "raw", str)
    save_file(state, raw / "adapter_model.safetensors")
    same_merge(tmp_path / "base", tmp_path / "policy", raw, tmp_path)
    other = {key.replace(".policy", ".ref"): 2 * t for key, t in state.items()}
    save_file(state | other, raw / "adapter_model.safetensors")
    with pytest.raises(UnsupportedError, match=r"2 adapters in one file \('policy', 'ref'\)"):
        inspect(raw)
    assert [m.sigma for m in inspect(tmp_path / "base", raw / "policy").modules] == [
        m.sigma for m in inspect(tmp_path / "base", tmp_path / "policy").modules
    ]


def test_a_name_that_no_adapter_has_is_not_there(tmp_path: Path) -> None:
    base, adapter = llama(tmp_path)
    with pytest.raises(NotACheckpointError, match="does not exist"):
        merge(base, [adapter / "ref"], tmp_path / "out")

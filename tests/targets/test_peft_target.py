"""What `check --for peft` says of PEFT's own files, of every method: PEFT loads all of what it has saved."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from lorasurgery import check, convert
from support.fused_experts import DOWN, GATE_UP, qwen3_moe, trained
from support.peft_cases import ALL
from support.peft_methods import make, saved

ROUTER = "mlp.gate.weight"


def fates(adapter: Path, base: Path) -> dict[str, str]:
    return {each.module: each.fate for each in check(adapter, base=base, runtime="peft").modules}


def taken_by_peft(adapter: Path, base: Path) -> dict[str, bool]:
    """Whether PEFT has a file's factors in its model, by module."""
    model = transformers.AutoModelForCausalLM.from_pretrained(base, dtype=torch.float64)
    loaded: Any = peft.PeftModel.from_pretrained(model, adapter, autocast_adapter_dtype=False)
    held = {name.replace(".default.", "."): each for name, each in loaded.named_parameters()}
    found: dict[str, bool] = {}
    for name, tensor in load_file(adapter / "adapter_model.safetensors").items():
        module = name.removeprefix("base_model.model.").rpartition(".lora_")[0]
        found[module] = found.get(module, True) and name in held and torch.equal(held[name], tensor)
    return found


@pytest.mark.parametrize("config", [each[1] for each in ALL], ids=[each[0] for each in ALL])
def test_what_peft_saved_lands_whole(config: Any, tmp_path: Path) -> None:
    case = make(config, tmp_path / "adapter", dtype=torch.float32)
    report = check(case.folder, base=saved(case.before, tmp_path / "base"), runtime="peft")
    assert report.all_land, report.verdict


@pytest.mark.parametrize("targets", [[GATE_UP], [DOWN], [GATE_UP, DOWN], [GATE_UP, DOWN, ROUTER]])
def test_adapters_on_parameters_land_as_peft_takes_them(targets: list[str], tmp_path: Path) -> None:
    case = trained(qwen3_moe(24), targets, tmp_path)
    found = fates(case.adapter, case.base)
    assert set(found.values()) == {"lands"}
    assert taken_by_peft(case.adapter, case.base) == dict.fromkeys(found, True)
    # Names of an owner that the model does not have.
    renamed = shutil.copytree(case.adapter, tmp_path / "renamed")
    file = renamed / "adapter_model.safetensors"
    tensors = {name.replace("experts.", "expert."): each for name, each in load_file(file).items()}
    save_file(tensors, file)
    ours = {module for module, fate in fates(renamed, case.base).items() if fate == "lands"}
    assert ours == {module for module, taken in taken_by_peft(renamed, case.base).items() if taken}


def test_a_class_outside_the_table_is_asked_of_transformers_and_the_report_says_so(tmp_path: Path) -> None:
    sizes = {"hidden_size": 16, "ffn_dim": 24, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = transformers.OPTConfig(
        **sizes, vocab_size=32, max_position_embeddings=16, word_embed_proj_dim=16
    )
    model = transformers.OPTForCausalLM(config)
    model.save_pretrained(tmp_path / "base")
    settings = peft.LoraConfig(r=2, target_modules=["q_proj", "fc1", "embed_tokens"])
    adapted: Any = peft.get_peft_model(model, settings)
    adapted.save_pretrained(tmp_path / "adapter")
    report = check(tmp_path / "adapter", base=tmp_path / "base", runtime="peft")
    assert report.all_land
    assert any("transformers was asked for the class OPTForCausalLM" in note for note in report.notes)


def test_what_is_written_for_peft_is_held_against_it(tmp_path: Path) -> None:
    case = trained(qwen3_moe(24), [GATE_UP, DOWN], tmp_path)
    report = convert(case.adapter, tmp_path / "out", base=case.base, runtime="peft")
    assert any(note.startswith("all modules land in PEFT") for note in report.notes)

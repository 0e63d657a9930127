"""Grouped convolutions.

PEFT's LoRA of one is no change of its weight, and nobody is left to find that out alone.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
import transformers
from safetensors.torch import save_file
from torch import nn

from lorasurgery.errors import UnsupportedError
from lorasurgery.surgery.convert import convert
from lorasurgery.surgery.fuse import fuse
from lorasurgery.surgery.inspect import inspect
from lorasurgery.surgery.merge import merge
from lorasurgery.surgery.rerank import rerank


class Model(nn.Module):
    def __init__(self, groups: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(8, 16, 3, groups=groups)
        self.last = nn.Linear(16, 2)


def saved(model: Any, folder: Path) -> Path:
    folder.mkdir()
    save_file(model.state_dict(), folder / "model.safetensors")
    return folder


def trained(model: nn.Module, config: peft.PeftConfig, folder: Path) -> Path:
    torch.manual_seed(0)
    adapted: Any = peft.get_peft_model(copy.deepcopy(model), config)
    for parameter in adapted.parameters():
        if parameter.requires_grad:
            parameter.data += 0.3 * torch.randn_like(parameter)
    adapted.save_pretrained(folder)
    return folder


VERBS: dict[str, Callable[[Path, Path, Path], Any]] = {
    "merge": lambda base, adapter, out: merge(base, [adapter], out),
    "convert": lambda base, adapter, out: convert(adapter, out, base=base),
    "rerank": lambda _base, adapter, out: rerank(adapter, out, rank=2),
    "inspect": lambda _base, adapter, _out: inspect(adapter),
}


@pytest.mark.parametrize("groups", [2, 8])
@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
def test_pefts_lora_of_one_is_named_for_what_it_is(
    verb: Callable[[Path, Path, Path], Any], groups: int, tmp_path: Path
) -> None:
    model = Model(groups)
    adapter = trained(model, peft.LoraConfig(r=8, target_modules=["conv"]), tmp_path / "a")
    with pytest.raises(UnsupportedError, match=rf"'conv' is a grouped convolution \({groups} groups"):
        verb(saved(model, tmp_path / "base"), adapter, tmp_path / "out")


OTHERS: dict[str, peft.PeftConfig] = {
    "LoHa": peft.LoHaConfig(r=4, target_modules=["conv"]),
    "LoKr": peft.LoKrConfig(r=4, target_modules=["conv"]),
}
TO_LORA: dict[str, Callable[[Path, Path, Path], Any]] = {
    "convert": lambda base, adapter, out: convert(adapter, out, base=base, to="lora"),
    "rerank": lambda base, adapter, out: rerank(adapter, out, base=base, rank=2),
    "fuse": lambda base, adapter, out: fuse([adapter], out, base=base),
}


@pytest.mark.parametrize("verb", TO_LORA.values(), ids=TO_LORA)
@pytest.mark.parametrize("config", OTHERS.values(), ids=OTHERS)
def test_where_no_class_tells_the_groups_a_note_says_so(
    config: peft.PeftConfig, verb: Callable[[Path, Path, Path], Any], tmp_path: Path
) -> None:
    model = Model(1)
    report = verb(saved(model, tmp_path / "base"), trained(model, config, tmp_path / "a"), tmp_path / "out")
    assert any("whether 'conv' is a grouped convolution" in note for note in report.notes)


def test_factors_that_were_lora_before_need_no_note(tmp_path: Path) -> None:
    model = Model(1)
    adapter = trained(model, peft.LoraConfig(r=4, target_modules=["conv"]), tmp_path / "a")
    report = rerank(adapter, tmp_path / "out", base=saved(model, tmp_path / "base"), rank=2)
    assert not any("grouped" in note for note in report.notes)


def speech(folder: Path) -> Any:
    """A model of transformers whose positions come from a grouped convolution."""
    config = transformers.Data2VecAudioConfig(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=24,
        num_conv_pos_embeddings=2,
        conv_pos_kernel_size=3,
        num_conv_pos_embedding_groups=4,
        conv_dim=(8,),
        conv_stride=(2,),
        conv_kernel=(3,),
    )
    model = transformers.Data2VecAudioModel(config)
    model.save_pretrained(folder)
    return model


@pytest.mark.parametrize("verb", TO_LORA.values(), ids=TO_LORA)
def test_where_the_class_tells_the_groups_it_is_refused(
    verb: Callable[[Path, Path, Path], Any], tmp_path: Path
) -> None:
    model = speech(tmp_path / "base")
    names = [name for name, each in model.named_modules() if isinstance(each, nn.Conv1d) and each.groups > 1]
    adapter = trained(model, peft.LoHaConfig(r=2, target_modules=names), tmp_path / "a")
    with pytest.raises(UnsupportedError, match="grouped convolution"):
        verb(tmp_path / "base", adapter, tmp_path / "out")


def test_a_plain_convolution_of_a_known_class_is_written_for_peft(tmp_path: Path) -> None:
    model = speech(tmp_path / "base")
    names = [name for name, each in model.named_modules() if isinstance(each, nn.Conv1d) and each.groups == 1]
    adapter = trained(model, peft.LoHaConfig(r=2, target_modules=names), tmp_path / "a")
    report = convert(adapter, tmp_path / "out", base=tmp_path / "base", to="lora")
    assert not any("grouped" in note for note in report.notes)
    assert json.loads((tmp_path / "out" / "adapter_config.json").read_text())["peft_type"] == "LORA"

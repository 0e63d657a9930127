"""`check --for vllm` of classes that its registry does not have: it says what is certain, and no more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
import transformers

from lorasurgery import check, convert
from support.adapters import add
from support.multimodal_models import renamed

SIZES = {
    "vocab_size": 128,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 16,
    "pad_token_id": 0,
}


@pytest.fixture(scope="module")
def helium(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A class that transformers has and vLLM has not, and an adapter on two of its projections."""
    folder = tmp_path_factory.mktemp("helium")
    torch.manual_seed(0)
    model: Any = transformers.HeliumForCausalLM(transformers.HeliumConfig(**SIZES))
    model.save_pretrained(folder / "base")
    add(model, peft.LoraConfig(r=4, target_modules=["q_proj", "up_proj"]), folder / "adapter")
    return folder / "base", folder / "adapter"


def test_a_class_of_transformers_alone_is_never_said_to_land(helium: tuple[Path, Path]) -> None:
    base, adapter = helium
    report = check(adapter, base=base, runtime="vllm")
    assert report.fates == {"unknown": 4}
    assert not report.all_land
    assert "vLLM builds it from transformers" in report.verdict
    assert "merge it into the base" in report.verdict
    assert any("transformers was asked for the class HeliumForCausalLM" in note for note in report.notes)


def test_what_such_a_class_does_not_have_is_ignored_and_mended(
    helium: tuple[Path, Path], tmp_path: Path
) -> None:
    base, adapter = helium
    wrong = renamed(adapter, tmp_path / "wrong", lambda name: name.replace("model.layers", "text.layers"))
    report = check(wrong, base=base, runtime="vllm")
    assert report.fates == {"ignored": 4}
    assert "has no such module" in report.modules[0].reason
    written = convert(wrong, tmp_path / "mended", base=base, runtime="vllm")
    assert any("4 modules of 4 not checked against vLLM" in note for note in written.notes)
    assert check(tmp_path / "mended", base=base, runtime="vllm").fates == {"unknown": 4}


def test_a_class_that_nobody_has_is_unknown_with_a_way_out(helium: tuple[Path, Path], tmp_path: Path) -> None:
    base, adapter = helium
    strange = tmp_path / "base"
    strange.mkdir()
    for file in base.iterdir():
        (strange / file.name).write_bytes(file.read_bytes())
    config = json.loads((base / "config.json").read_text())
    config |= {"architectures": ["NobodysForCausalLM"], "model_type": "nobodys"}
    (strange / "config.json").write_text(json.dumps(config))
    report = check(adapter, base=strange, runtime="vllm")
    assert report.fates == {"unknown": 4}
    assert (
        "neither vLLM nor the transformers installed here has the class NobodysForCausalLM" in report.verdict
    )
    assert report.modules[0].way_out

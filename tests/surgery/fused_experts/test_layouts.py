"""Adapters on fused experts are read as their writer meant them.

PEFT before and after it turned their factors round.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from peft import PeftModel

from lorasurgery.errors import UnsupportedError
from lorasurgery.surgery.convert import convert
from lorasurgery.surgery.merge import merge
from lorasurgery.surgery.verify import verify
from support.fused_experts import (
    DOWN,
    GATE_UP,
    HIDDEN,
    Trained,
    check,
    laid_out,
    qwen3_moe,
    say,
    swapped,
    trained,
)
from support.mixtures import deepseek_v3, glm4_moe, gpt_oss, llama4, minimax_m2, mixtral, olmoe, qwen35_moe

MODELS: dict[str, Callable[[int], Any]] = {
    "qwen3-moe": qwen3_moe,
    "llama4": llama4,
    "gpt-oss": gpt_oss,
}
MORE_MODELS: dict[str, Callable[[int], Any]] = {
    "mixtral": mixtral,
    "olmoe": olmoe,
    "glm4-moe": glm4_moe,
    "deepseek-v3": deepseek_v3,
    "minimax-m2": minimax_m2,
    "qwen3.5-moe": qwen35_moe,
}
# The width of an expert, and what is adapted: at half the hidden size gate_up is square, at all of
# it down is.
CASES: dict[str, tuple[int, list[str]]] = {
    "square gate_up": (HIDDEN // 2, [GATE_UP]),
    "square down": (HIDDEN, [DOWN]),
    "square gate_up beside down": (HIDDEN // 2, [DOWN, GATE_UP]),
    "none square": (24, [GATE_UP, DOWN]),
}


def read_as_written(build: Callable[[int], Any], case: str, version: str, folder: Path) -> None:
    width, targets = CASES[case]
    made = trained(build(width), targets, folder)
    # PEFT 0.19.0 turned just those round that no other version did.
    is_turned = {"0.18.1": build is not gpt_oss, "0.19.0": True, "0.21.2": False}[version]
    if is_turned:
        laid_out(made.adapter, swapped)
    say(made.adapter, peft_version=version)
    report = merge(made.base, [made.adapter], folder / "merged", undo=False)
    check(folder / "merged", made)
    assert any("the other orientation" in note for note in report.forecast.notes) == is_turned


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("build", MODELS.values(), ids=MODELS)
@pytest.mark.parametrize("version", ["0.18.1", "0.19.0", "0.21.2"])
def test_every_peft_is_read_as_it_wrote(
    version: str, build: Callable[[int], Any], case: str, tmp_path: Path
) -> None:
    read_as_written(build, case, version, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("build", MORE_MODELS.values(), ids=MORE_MODELS)
@pytest.mark.parametrize("version", ["0.18.1", "0.21.2"])
def test_every_peft_is_read_as_it_wrote_for_every_model(
    version: str, build: Callable[[int], Any], case: str, tmp_path: Path
) -> None:
    read_as_written(build, case, version, tmp_path)


@pytest.fixture
def square(tmp_path: Path) -> Trained:
    return trained(qwen3_moe(HIDDEN // 2), [GATE_UP], tmp_path)


def test_a_file_of_peft_017_says_no_version_and_is_known_by_its_other_keys(
    square: Trained, tmp_path: Path
) -> None:
    laid_out(square.adapter, swapped)
    say(square.adapter, peft_version=None)
    config = square.adapter / "adapter_config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"megatron_core": "megatron.core"}))
    merge(square.base, [square.adapter], tmp_path / "merged", undo=False)
    check(tmp_path / "merged", square)


def test_a_file_of_another_writer_is_read_as_todays_peft_does(square: Trained, tmp_path: Path) -> None:
    kept = ("peft_type", "r", "lora_alpha", "target_modules", "target_parameters")
    config = json.loads((square.adapter / "adapter_config.json").read_text())
    (square.adapter / "adapter_config.json").write_text(json.dumps({key: config[key] for key in kept}))
    report = merge(square.base, [square.adapter], tmp_path / "merged", undo=False)
    check(tmp_path / "merged", square)
    assert not any("experts" in note for note in report.forecast.notes)


@pytest.mark.parametrize("version", ["0.18.2.dev0@1234", "0.19.1.dev0", "yesterday's"])
def test_square_experts_of_a_version_that_does_not_tell_are_refused(version: str, square: Trained) -> None:
    say(square.adapter, peft_version=version)
    with pytest.raises(UnsupportedError, match=r"peft_version is .*[Ww]rite"):
        merge(square.base, [square.adapter], square.base.parent / "merged")


def test_shapes_overrule_the_version(tmp_path: Path) -> None:
    made = trained(qwen3_moe(24), [GATE_UP], tmp_path)
    say(made.adapter, peft_version="0.18.2.dev0")
    merge(made.base, [made.adapter], tmp_path / "merged", undo=False)
    check(tmp_path / "merged", made)


def test_a_scale_by_the_root_of_the_rank_is_that_of_one_expert(tmp_path: Path) -> None:
    made = trained(qwen3_moe(24), [GATE_UP, DOWN], tmp_path, use_rslora=True)
    laid_out(made.adapter, swapped)
    say(made.adapter, peft_version="0.18.0")
    merge(made.base, [made.adapter], tmp_path / "merged", undo=False)
    check(tmp_path / "merged", made)


def test_todays_peft_loads_what_convert_makes_of_an_old_adapter(made: Trained, tmp_path: Path) -> None:
    laid_out(made.adapter, swapped)
    say(made.adapter, peft_version="0.18.1")
    convert(made.adapter, tmp_path / "out", base=made.base, runtime="peft")
    model = transformers.AutoModelForCausalLM.from_pretrained(made.base, dtype=torch.float64)
    adapted: Any = PeftModel.from_pretrained(model, str(tmp_path / "out"), autocast_adapter_dtype=False)
    for name, tensor in adapted.merge_and_unload().state_dict().items():
        assert torch.allclose(tensor.double(), made.merged[name].double(), rtol=0, atol=1e-12), name


def test_answers_are_not_compared_with_a_peft_that_reads_another_layout(
    made: Trained, tmp_path: Path
) -> None:
    laid_out(made.adapter, swapped)
    say(made.adapter, peft_version="0.18.1")
    merge(made.base, [made.adapter], tmp_path / "merged", undo=False)
    with pytest.raises(UnsupportedError, match="another layout"):
        verify(made.base, [made.adapter], tmp_path / "merged", answers=True)

"""Two checkpoints that do not fit together: one error before any work, with the names and the way out."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from lorasurgery import SurgeryError, extract
from lorasurgery.errors import AlignmentError, NothingToDoError, UnsupportedError
from support.paths import FIXTURES

Weights = dict[str, torch.Tensor]


def changed(name: str, folder: Path, change: Callable[[Weights], object]) -> Path:
    """A copy of a fixture, in one file, with its tensors changed."""
    weights: Weights = {}
    for file in sorted((FIXTURES / name).glob("*.safetensors")):
        weights |= load_file(file)
    change(weights)
    folder.mkdir()
    shutil.copy(FIXTURES / name / "config.json", folder)
    save_file(weights, folder / "model.safetensors")
    return folder


def narrow(weights: Weights) -> None:
    for layer in range(3):
        name = f"model.layers.{layer}.mlp.up_proj.weight"
        weights[name] = weights[name][:, :32].contiguous()


def test_all_shapes_that_differ_are_gathered_into_one_error(tmp_path: Path) -> None:
    base = changed("llama-base", tmp_path / "base", narrow)
    with pytest.raises(
        AlignmentError,
        match=(
            r"'model\.layers\.0\.mlp\.up_proj\.weight' is 160×32 in base and 160×64 in tuned.*3 of 30 "
            r"parameters"
        ),
    ):
        extract(base, FIXTURES / "llama-tuned", tmp_path / "out")
    report = extract(base, FIXTURES / "llama-tuned", tmp_path / "out", exclude=["*.up_proj"])
    assert not any("up_proj" in module.module for module in report.modules)


def test_a_layer_that_only_the_tuned_side_has_is_no_head(tmp_path: Path) -> None:
    base = changed(
        "llama-base",
        tmp_path / "base",
        lambda w: [w.pop(name) for name in list(w) if ".layers.2." in name],
    )
    with pytest.raises(
        AlignmentError, match=r"'model\.layers\.2\..* are not in .*base, which has the layers next to"
    ):
        extract(base, FIXTURES / "llama-tuned", tmp_path / "out")


def test_what_leaves_an_adapter_empty_is_named_with_its_reason(tmp_path: Path) -> None:
    def wrap(weights: Weights) -> None:
        for name in [name for name in weights if "q_proj" in name]:
            weights[name.replace(".weight", ".inner.weight")] = weights.pop(name)

    tuned = changed("llama-base", tmp_path / "tuned", wrap)
    with pytest.raises(
        NothingToDoError,
        match=r"would be empty: '.*q_proj\.inner\.weight' \(no part of the model's class\) and 2 more",
    ):
        extract(FIXTURES / "llama-base", tuned, tmp_path / "out", rank=2)


@pytest.mark.parametrize("side", ["base", "tuned"])
def test_experts_of_which_one_is_missing_are_refused(side: str, tmp_path: Path) -> None:
    sides = {each: FIXTURES / f"mixtral-{each}" for each in ("base", "tuned")}
    sides[side] = changed(
        f"mixtral-{side}",
        tmp_path / side,
        lambda w: w.pop("model.layers.0.block_sparse_moe.experts.1.w2.weight"),
    )
    with pytest.raises(
        UnsupportedError, match=r"'model\.layers\.0\.mlp\.experts\.down_proj' of .* cannot be put together"
    ):
        extract(sides["base"], sides["tuned"], tmp_path / "out")
    report = extract(sides["base"], sides["tuned"], tmp_path / "out", exclude=["*.0.mlp.experts.down_proj"])
    assert "model.layers.1.mlp.experts.down_proj" in {module.module for module in report.modules}


def test_a_quantised_weight_is_not_subtracted_from(tmp_path: Path) -> None:
    def quantise(weights: Weights) -> None:
        name = "model.layers.0.mlp.up_proj.weight"
        weights[f"{name}_scale"] = torch.ones(1)
        weights[name] = weights[name].to(torch.int8)

    tuned = changed("llama-tuned", tmp_path / "tuned", quantise)
    with pytest.raises(
        UnsupportedError, match=r"int8 codes with 'model\.layers\.0\.mlp\.up_proj\.weight_scale'"
    ):
        extract(FIXTURES / "llama-base", tuned, tmp_path / "out")


def test_a_config_of_another_model_is_told_apart_from_missing_weights(tmp_path: Path) -> None:
    base = changed("llama-base", tmp_path / "base", lambda _w: None)
    config = json.loads((base / "config.json").read_text())
    (base / "config.json").write_text(
        json.dumps(config | {"architectures": ["BertModel"], "model_type": "bert"})
    )
    with pytest.raises(SurgeryError):
        extract(base, base, tmp_path / "out")

"""Pipelines of diffusers on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from support.command_line import Run


def pipeline(folder: Path) -> Path:
    for part, file in (("unet", "diffusion_pytorch_model"), ("text_encoder", "model")):
        (folder / part).mkdir(parents=True)
        weight = torch.arange(64, dtype=torch.float32).reshape(8, 8)
        save_file({"layer.weight": weight}, folder / part / f"{file}.safetensors")
    (folder / "model_index.json").write_text(json.dumps({"_class_name": "StableDiffusionPipeline"}))
    return folder


def test_inspect_shows_every_model(run: Run, tmp_path: Path) -> None:
    shown = run("inspect", pipeline(tmp_path / "sd"))
    assert shown.code == 0
    assert all(f"sd/{part}" in shown.out for part in ("unet", "text_encoder"))


def test_inspect_shows_one_component(run: Run, tmp_path: Path) -> None:
    shown = run("inspect", pipeline(tmp_path / "sd"), "--component", "unet")
    assert (shown.code, "sd/unet" in shown.out, "sd/text_encoder" in shown.out) == (0, True, False)
    refused = run("inspect", tmp_path / "sd" / "unet", "--component", "unet")
    assert refused.code == 1
    assert "--component is for pipelines of diffusers" in " ".join(refused.err.split())


def test_a_pipeline_is_named_where_one_model_is_needed(run: Run, tmp_path: Path) -> None:
    done = run("inspect", pipeline(tmp_path / "sd"), tmp_path / "sd" / "unet")
    assert done.code == 1
    assert "is a pipeline of several models; name one of them" in " ".join(done.err.split())

"""Pipelines of diffusers as folders: of one model and of several, merged into and not."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import torch
from safetensors.torch import save_file

from lorasurgery.checkpoint import open_checkpoint
from lorasurgery.errors import SurgeryError, UnsupportedError

MERGES = [["unet"], ["text_encoder", "unet"]]


def good_pipelines(folder: Path) -> list[Path]:
    """A folder for each pipeline; the record of merges is damaged most."""
    for name in ("merged into", "of files", "no pipeline"):
        for part in ("unet", "text_encoder"):
            (folder / name / part).mkdir(parents=True)
            save_file({"a.weight": torch.ones(2, 3)}, folder / name / part / "model.safetensors")
            (folder / name / part / "config.json").write_text('{"_class_name": "UNet2DConditionModel"}')
        (folder / name / "scheduler").mkdir()
        (folder / name / "scheduler" / "scheduler_config.json").write_text("{}")
    for name in ("merged into", "of files"):
        index = {"_class_name": "X", "unet": ["diffusers", "Y"], "text_encoder": ["transformers", "Z"]}
        (folder / name / "model_index.json").write_text(json.dumps(index))
    record = folder / "merged into" / "pipeline_undo.json"
    record.write_text(json.dumps({"version": 1, "merges": MERGES}))
    (folder / "of files" / "license.txt").write_text("x")
    (folder / "of files" / "script.py").write_text("x")
    return [record, record, *sorted(folder.rglob("config.json")), *sorted(folder.rglob("model_index.json"))]


def read_pipeline(folder: Path) -> None:
    """Read the record of merges, and find what is copied where a part changes."""
    from lorasurgery.surgery.pipelines.pipeline_folder import pipeline_at, pipeline_of

    found = pipeline_of(folder, [])
    if found is None:
        assert pipeline_at(folder) is None
        with suppress(UnsupportedError):
            pipeline_of(folder, "unet")
            raise AssertionError("no pipeline has a component")
        return
    with suppress(UnsupportedError):
        pipeline_of(folder, ("unet", "vae"))
        raise AssertionError("a component that is not there")
    chosen = pipeline_of(folder, "unet")
    assert chosen is not None
    assert [part for part in chosen.parts if chosen.wants(part)] == ["unet"]
    assert found.rest_nbytes(()) > found.rest_nbytes(found.parts) > 0
    found.notes()
    refused: list[SurgeryError] = []
    for part in found.parts:
        try:
            open_checkpoint(folder / part)
        except SurgeryError as error:
            refused.append(error)
    assert all(set(each) <= {*found.parts} for each in found.merges)
    if refused:
        raise refused[0]

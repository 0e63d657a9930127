"""One size for all quantised models of a pipeline, spent where it spares most."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from lorasurgery import merge
from lorasurgery.errors import UnsupportedError

SIDE = 32
CLASSES = {"text_encoder": "CLIPTextModel", "unet": "UNet2DConditionModel"}
PATHS = {
    "text_encoder": "text_model.encoder.layers.0.self_attn.q_proj",
    "unet": "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q",
}
# The weights of a model that are this much larger lose as much more when they are quantised again.
SIZES = {"text_encoder": 10.0, "unet": 1.0}
# What bfloat16 takes more than float8 and its scale, of one weight.
MORE = SIDE * SIDE - 4


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two models of one weight each, in float8 with a scale, and a LoRA for both."""
    folder, lora = tmp_path_factory.mktemp("pipeline"), {}
    generator = torch.Generator().manual_seed(3)
    index = {part: ["diffusers", name] for part, name in CLASSES.items()}
    (folder / "model_index.json").write_text(json.dumps({"_class_name": "P"} | index))
    for part, path in PATHS.items():
        (folder / part).mkdir()
        (folder / part / "config.json").write_text(json.dumps({"_class_name": CLASSES[part]}))
        weight = SIZES[part] * torch.randn(SIDE, SIDE, generator=generator)
        scale = weight.abs().max() / 448
        tensors = {f"{path}.weight": (weight / scale).to(torch.float8_e4m3fn)}
        tensors[f"{path}.weight_scale"] = scale.reshape(1)
        save_file(tensors, folder / part / "model.safetensors")
        for end, shape in (("lora_A", (2, SIDE)), ("lora_B", (SIDE, 2))):
            lora[f"{part}.{path}.{end}.weight"] = torch.randn(shape, generator=generator)
    save_file(lora, folder.parent / "lora.safetensors")
    return folder, folder.parent / "lora.safetensors"


def kinds(folder: Path) -> dict[str, torch.dtype]:
    return {
        part: load_file(folder / part / "model.safetensors")[f"{path}.weight"].dtype
        for part, path in PATHS.items()
    }


def nbytes(folder: Path) -> int:
    tensors = [each for file in folder.rglob("*.safetensors") for each in load_file(file).values()]
    return sum(each.numel() * each.element_size() for each in tensors)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_size_is_spent_where_it_spares_most(count: int, files: tuple[Path, Path], tmp_path: Path) -> None:
    base, lora = files
    size = nbytes(base) + count * MORE
    merge(base, lora, tmp_path / "m", requantise=True, size=size)
    found = kinds(tmp_path / "m")
    wide = [part for part, kind in found.items() if kind == torch.bfloat16]
    assert wide == ["text_encoder", "unet"][:count]
    assert all(kind in (torch.bfloat16, torch.float8_e4m3fn) for kind in found.values())
    assert nbytes(tmp_path / "m") == size


def test_less_than_the_pipeline_takes_is_refused(files: tuple[Path, Path], tmp_path: Path) -> None:
    base, lora = files
    with pytest.raises(UnsupportedError, match=rf"is less than the weights of .* take .{nbytes(base):,}"):
        merge(base, lora, tmp_path / "m", requantise=True, size=nbytes(base) - 1)

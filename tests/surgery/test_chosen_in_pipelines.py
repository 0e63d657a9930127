"""Choose modules of a pipeline's models by the models' folders, and by the file's names or the base's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from lorasurgery import merge, verify
from lorasurgery.errors import NothingToDoError
from lorasurgery.surgery.merge import plan_merge

UNET = {"unet": "down_blocks.1.attentions.0.transformer_blocks.0."}
ENCODERS = dict.fromkeys(("text_encoder", "text_encoder_2"), "text_model.encoder.layers.0.")
NAMES = {"unet": ("attn1.to_q", "attn2.to_q", "ff.net.2")}
NAMES |= dict.fromkeys(ENCODERS, ("self_attn.q_proj", "mlp.fc1"))
CLASSES = {"unet": "UNet2DConditionModel", "text_encoder": "CLIPTextModel"}
CLASSES["text_encoder_2"] = "CLIPTextModelWithProjection"
PREFIXES = {"unet": "lora_unet_", "text_encoder": "lora_te1_", "text_encoder_2": "lora_te2_"}
PATHS = {part: [start + name for name in NAMES[part]] for part, start in (UNET | ENCODERS).items()}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A pipeline of a few weights, and a kohya file that changes all of them."""
    folder, tensors = tmp_path_factory.mktemp("pipeline"), {}
    index = {part: ["diffusers", name] for part, name in CLASSES.items()}
    (folder / "model_index.json").write_text(json.dumps({"_class_name": "P"} | index))
    for part, paths in PATHS.items():
        (folder / part).mkdir()
        (folder / part / "config.json").write_text(json.dumps({"_class_name": CLASSES[part]}))
        weights = {f"{path}.weight": torch.zeros(8, 8) for path in paths}
        save_file(weights, folder / part / "diffusion_pytorch_model.safetensors")
        for path in paths:
            key = PREFIXES[part] + path.replace(".", "_")
            tensors |= {f"{key}.lora_down.weight": torch.ones(2, 8)}
            tensors |= {f"{key}.lora_up.weight": torch.ones(8, 2), f"{key}.alpha": torch.tensor(2.0)}
    save_file(tensors, folder.parent / "lora.safetensors")
    return folder, folder.parent / "lora.safetensors"


ALL = {f"{part}/{path}" for part, paths in PATHS.items() for path in paths}
OF_UNET = {name for name in ALL if name.startswith("unet/")}
CHOICES = [
    (["unet/*"], [], OF_UNET),
    ([], ["unet/*"], ALL - OF_UNET),
    (["unet/*.to_q"], [], {name for name in ALL if name.endswith("to_q")}),
    ([], ["text_encoder*/*.q_proj"], {name for name in ALL if not name.endswith("q_proj")}),
    (["*/*.0.*"], ["text_encoder_2/*"], {name for name in ALL if "text_encoder_2" not in name}),
    (["lora_te1_*"], [], {name for name in ALL if name.startswith("text_encoder/")}),
    ([], ["lora_te*"], OF_UNET),
    (["lora_te1_*", "unet/*attn2*"], [], {n for n in ALL if "attn2" in n or n.startswith("text_encoder/")}),
]


@pytest.mark.parametrize(("include", "exclude", "wanted"), CHOICES)
def test_patterns_name_a_model_or_are_the_files_own(
    include: list[str], exclude: list[str], wanted: set[str], files: tuple[Path, Path], tmp_path: Path
) -> None:
    plan = plan_merge(*files, tmp_path / "m", include=include, exclude=exclude)
    assert {each.name.removesuffix(".weight") for each in plan.forecast().tensors} == wanted


def test_a_choice_is_verified_as_it_was_merged(files: tuple[Path, Path], tmp_path: Path) -> None:
    base, lora = files
    merge(base, lora, tmp_path / "m", include="unet/*", exclude="unet/*.ff.*")
    assert verify(base, lora, tmp_path / "m", include="unet/*", exclude="unet/*.ff.*").is_exact
    assert not verify(base, lora, tmp_path / "m", include="unet/*").is_exact
    changed = load_file(tmp_path / "m" / "unet" / "diffusion_pytorch_model.safetensors")
    assert {name.removesuffix(".weight") for name, each in changed.items() if each.any()} == {
        path for path in PATHS["unet"] if "ff" not in path
    }


@pytest.mark.parametrize("pattern", ["vae/*", "unet/*.nothing", "*.nothing", "unet/lora_nothing*"])
@pytest.mark.parametrize("option", ["include", "exclude"])
def test_a_pattern_without_effect_is_refused(
    option: str, pattern: str, files: tuple[Path, Path], tmp_path: Path
) -> None:
    with pytest.raises(NothingToDoError, match=pattern.replace("*", r"\*").rpartition("/")[2]):
        plan_merge(*files, tmp_path / "m", **{option: pattern})

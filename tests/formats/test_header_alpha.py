"""The alpha that only a file's header has.

What was trained is applied, with a word on the program that does not read it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from lorasurgery.adapter import Adapter
from lorasurgery.errors import DamagedFileError, SurgeryError, UnsupportedError
from lorasurgery.formats import read_adapter

COMFYUI = "diffusion_model.blocks.0.attn.to_q.lora_{}.weight"
DIFFUSERS = "transformer.blocks.0.attn.to_q.lora_{}.weight"
KOHYA = "lora_unet_blocks_0_attn_to_q.lora_{}.weight"
ENDS = {COMFYUI: "AB", DIFFUSERS: "AB", KOHYA: ("down", "up")}


def file_of(folder: Path, name: str, header: dict[str, str], alpha: float | None = None) -> str:
    down, up = ENDS[name]
    tensors = {name.format(down): torch.ones(4, 8), name.format(up): torch.ones(8, 4)}
    if alpha is not None:
        tensors[f"{name.partition('.lora_{')[0]}.alpha"] = torch.tensor(alpha)
    save_file(tensors, folder / "lora.safetensors", header)
    return str(folder / "lora.safetensors")


def config(**settings: Any) -> dict[str, str]:
    return {
        "lora_adapter_metadata": json.dumps({f"transformer.{key}": each for key, each in settings.items()})
    }


def scale_of(adapter: Adapter) -> float:
    (factors,) = adapter.modules.values()
    scale: float = getattr(factors, "scale")  # noqa: B009
    return scale


APPLIED = [
    (config(r=4, lora_alpha=16), 4.0),
    (config(r=4, lora_alpha=16, use_rslora=True), 8.0),
    ({"alpha": "8"}, 2.0),
    ({"lora_alpha": "8.0", "ss_network_alpha": "1"}, 2.0),
]


@pytest.mark.parametrize("name", [COMFYUI, DIFFUSERS, KOHYA], ids=["comfyui", "diffusers", "kohya"])
@pytest.mark.parametrize(("header", "scale"), APPLIED)
def test_it_is_applied_and_noted(name: str, header: dict[str, str], scale: float, tmp_path: Path) -> None:
    adapter = read_adapter(file_of(tmp_path, name, header))[1]
    assert scale_of(adapter) == scale
    (note,) = adapter.notes
    assert "the alpha in the file's header" in note
    assert "ComfyUI" in note


@pytest.mark.parametrize("name", [COMFYUI, DIFFUSERS, KOHYA], ids=["comfyui", "diffusers", "kohya"])
def test_the_option_of_a_training_is_noted_and_not_applied(name: str, tmp_path: Path) -> None:
    adapter = read_adapter(file_of(tmp_path, name, {"ss_network_alpha": "16"}))[1]
    assert scale_of(adapter) == 1
    assert (
        "ss_network_alpha = 16 in the file's header is an option of the training and is not applied"
        in adapter.notes[0]
    )


@pytest.mark.parametrize("header", [{"alpha": "8"}, {"ss_network_alpha": "8"}])
def test_an_alpha_of_the_module_goes_first(header: dict[str, str], tmp_path: Path) -> None:
    adapter = read_adapter(file_of(tmp_path, COMFYUI, header, alpha=2.0))[1]
    assert scale_of(adapter) == 0.5
    assert not adapter.notes


def test_nothing_is_noted_where_the_scale_is_one_anyway(tmp_path: Path) -> None:
    assert not read_adapter(file_of(tmp_path, COMFYUI, config(lora_alpha=4)))[1].notes


def test_a_pattern_gives_a_module_its_own(tmp_path: Path) -> None:
    header = config(lora_alpha=4, alpha_pattern={"attn.to_q": 16})
    assert scale_of(read_adapter(file_of(tmp_path, COMFYUI, header))[1]) == 4
    with pytest.raises(UnsupportedError, match="has no dots: store an alpha"):
        read_adapter(file_of(tmp_path, KOHYA, header))


REFUSED: list[tuple[dict[str, str], type[SurgeryError], str]] = [
    ({"alpha": "a lot"}, DamagedFileError, "alpha in the header is a lot"),
    ({"lora_alpha": "0"}, DamagedFileError, "a finite number other than 0"),
    ({"alpha": "inf"}, DamagedFileError, "a finite number other than 0"),
    ({"lora_adapter_metadata": "{"}, DamagedFileError, "is not valid JSON"),
    ({"lora_adapter_metadata": "[1]"}, DamagedFileError, "is not a JSON object"),
    (config(lora_alpha="four"), DamagedFileError, "an alpha that is not a number"),
    (config(lora_alpha=4, peft_type="LOHA"), UnsupportedError, "has the method LOHA"),
    (
        {"lora_adapter_metadata": json.dumps({"prior.lora_alpha": 8, "decoder.lora_alpha": 4})},
        UnsupportedError,
        "for the parts decoder, prior, and its modules are of 'diffusion_model'",
    ),
]


@pytest.mark.parametrize(("header", "error", "says"), REFUSED)
def test_what_cannot_be_understood_is_refused(
    header: dict[str, str], error: type[SurgeryError], says: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=says):
        read_adapter(file_of(tmp_path, COMFYUI, header))

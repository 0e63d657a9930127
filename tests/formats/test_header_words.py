"""Words in the header of a LoRA file stay when it is written anew, and sd-scripts' hashes are made anew."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save, save_file

from lorasurgery import convert, fuse, rerank

WORDS = {
    "modelspec.title": "Stíl",
    "modelspec.trigger_phrase": "sks cat",
    "ss_tag_frequency": '{"cats": {"cat": 3}}',
    "ss_network_args": '{"conv_dim": "4"}',
    "ss_network_module": "networks.lora_flux",
    "software": '{"name": "ai-toolkit"}',
}
STALE = {
    "format": "pt",
    "ss_network_dim": "4",
    "ss_network_alpha": "2.0",
    "sshs_model_hash": "0" * 64,
    "sshs_legacy_hash": "0" * 8,
    "modelspec.hash_sha256": "0x00",
}
# Of Flux.1 alone, by the rows of the second one.
ROWS = {"lora_unet_double_blocks_0_img_attn_qkv": 3, "lora_unet_single_blocks_0_linear1": 7}


def lora(path: Path, words: dict[str, str], width: int = 8) -> Path:
    generator = torch.Generator().manual_seed(1)
    tensors = {}
    for name, times in ROWS.items():
        tensors[f"{name}.lora_down.weight"] = torch.randn(4, width, generator=generator)
        tensors[f"{name}.lora_up.weight"] = torch.randn(times * width, 4, generator=generator)
        tensors[f"{name}.alpha"] = torch.tensor(2.0)
    save_file(tensors, path, words)
    return path


def words_of(path: Path) -> dict[str, str]:
    with safe_open(path, "pt") as file:
        return dict(file.metadata())


def test_words_stay_and_ranks_are_said_anew(tmp_path: Path) -> None:
    rerank(lora(tmp_path / "a.safetensors", WORDS | STALE), tmp_path / "b.safetensors", rank=2)
    found = words_of(tmp_path / "b.safetensors")
    assert found.items() >= WORDS.items()
    assert (found["ss_network_dim"], found["ss_network_alpha"]) == ("2", "2.0")
    assert "modelspec.hash_sha256" not in found


@pytest.mark.parametrize("form", ["comfyui", "diffusers"])
def test_words_go_from_one_format_into_the_other_but_for_sd_scripts_method(form: str, tmp_path: Path) -> None:
    source = lora(tmp_path / "a.safetensors", WORDS | STALE)
    convert(source, tmp_path / "b.safetensors", format=form)
    found = words_of(tmp_path / "b.safetensors")
    kept = {key: text for key, text in WORDS.items() if not key.startswith("ss_network")}
    assert {key: text for key, text in found.items() if key != "lora_adapter_metadata"} == {
        "format": "pt",
        **kept,
    }
    convert(tmp_path / "b.safetensors", tmp_path / "c.safetensors", format="kohya")
    assert words_of(tmp_path / "c.safetensors").items() >= kept.items()


def test_words_on_a_method_do_not_outlive_it(tmp_path: Path) -> None:
    words = {"ss_network_module": "lycoris.kohya", "ss_network_args": '{"algo": "lokr"}', "ss_title": "x"}
    name = min(ROWS)
    tensors = {f"{name}.lokr_w1": torch.rand(3, 2), f"{name}.lokr_w2": torch.rand(8, 4)}
    save_file(tensors, tmp_path / "lokr.safetensors", words)
    convert(tmp_path / "lokr.safetensors", tmp_path / "again.safetensors", format="kohya")
    assert words_of(tmp_path / "again.safetensors").items() >= words.items()
    convert(tmp_path / "lokr.safetensors", tmp_path / "lora.safetensors", format="kohya", to="lora")
    found = words_of(tmp_path / "lora.safetensors")
    assert (found["ss_title"], found["ss_network_module"]) == ("x", "networks.lora")
    assert "ss_network_args" not in found


def test_a_fusion_has_the_words_that_all_have(tmp_path: Path) -> None:
    one = lora(tmp_path / "a.safetensors", {"ss_base_model_version": "flux1", "modelspec.title": "A"})
    other = lora(tmp_path / "b.safetensors", {"ss_base_model_version": "flux1", "modelspec.title": "B"})
    fuse([one, other], tmp_path / "c.safetensors")
    found = words_of(tmp_path / "c.safetensors")
    assert found["ss_base_model_version"] == "flux1"
    assert "modelspec.title" not in found


@pytest.mark.parametrize("width", [8, 8_000])
def test_the_hashes_are_those_of_sd_scripts(width: int, tmp_path: Path) -> None:
    """Written out from `precalculate_safetensors_hashes`; the second file is longer than 1 MiB."""
    source = lora(tmp_path / "a.safetensors", WORDS | STALE, width)
    convert(source, tmp_path / "b.safetensors", format="kohya")
    found = words_of(tmp_path / "b.safetensors")
    trained = {key: text for key, text in found.items() if key.startswith("ss_")}
    content = save(load_file(tmp_path / "b.safetensors"), trained)
    tensors = content[8 + int.from_bytes(content[:8], "little") :]
    assert found["sshs_model_hash"] == hashlib.sha256(tensors).hexdigest()
    window = content[0x100000:0x110000]
    assert len(window) == (0x10000 if width > 8 else 0)
    assert found["sshs_legacy_hash"] == hashlib.sha256(window).hexdigest()[:8]

"""PEFT's tensors in one file without their config: found, read, and never taken for a checkpoint."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from lorasurgery import inspect, merge
from lorasurgery.errors import SurgeryError, UnsupportedError
from lorasurgery.formats import find_adapter, read_adapter
from lorasurgery.surgery.convert import convert
from support.paths import FIXTURES

ADAPTER = FIXTURES / "llama-adapter"
LLAMA = FIXTURES / "llama-base"
MODULE = "blocks.0.attn.to_q"
A, B = torch.arange(16.0).reshape(2, 8) / 9, torch.arange(12.0).reshape(6, 2) / 7


def saved(path: Path, tensors: dict[str, Tensor], header: dict[str, str] | None = None) -> str:
    save_file({name: tensor.clone() for name, tensor in tensors.items()}, path, header)
    return str(path)


def weights_in(folder: Path) -> dict[str, Tensor]:
    return {name: each for file in folder.glob("*.safetensors") for name, each in load_file(file).items()}


def pair(down: str, up: str) -> dict[str, Tensor]:
    return {down: A, up: B}


NAMES = [
    (MODULE, pair(f"{MODULE}.lora_A.weight", f"{MODULE}.lora_B.weight")),
    (MODULE, pair(f"{MODULE}.lora_A.default.weight", f"{MODULE}.lora_B.default.weight")),
    (MODULE, pair(f"{MODULE}.lora_A.policy.weight", f"{MODULE}.lora_B.policy.weight")),
    (
        "double_blocks.0.img_attn.qkv",
        pair(
            "double_blocks.0.processor.qkv_lora1.down.weight", "double_blocks.0.processor.qkv_lora1.up.weight"
        ),
    ),
    (
        "single_blocks.3.linear1",
        pair(
            "single_blocks.3.processor.qkv_lora.down.weight", "single_blocks.3.processor.qkv_lora.up.weight"
        ),
    ),
]


@pytest.mark.parametrize(("module", "tensors"), NAMES)
def test_it_is_an_adapter_and_merges_with_scale_one_and_a_note(
    module: str, tensors: dict[str, Tensor], tmp_path: Path
) -> None:
    adapter = saved(tmp_path / "lora.safetensors", tensors)
    W = torch.linspace(-1, 1, 48).reshape(6, 8)
    base = saved(tmp_path / "base.safetensors", {f"{module}.weight": W})
    shown = inspect(adapter)
    assert (shown.kind, shown.format) == ("adapter", "peft_file")
    report = merge(base, [adapter], tmp_path / "merged", undo=False)
    assert "its scale is assumed to be 1" in " ".join(report.forecast.notes)
    merged = load_file(tmp_path / "merged" / "base.safetensors")[f"{module}.weight"]
    assert torch.allclose(merged.double(), W.double() + B.double() @ A.double(), rtol=0, atol=1e-6)


def test_alpha_is_taken_from_the_user_the_tensors_or_the_header(tmp_path: Path) -> None:
    tensors = NAMES[0][1]
    stated = saved(tmp_path / "stated.safetensors", {**tensors, f"{MODULE}.alpha": torch.tensor(8.0)})
    headed = saved(tmp_path / "headed.safetensors", tensors, {"lora_alpha": "8"})
    plain = saved(tmp_path / "plain.safetensors", tensors)
    for adapter in (read_adapter(stated)[1], read_adapter(headed)[1], read_adapter(plain, alpha=8)[1]):
        assert adapter.modules[MODULE].scale == 4  # type: ignore[attr-defined]
        assert "assumed to be 1" not in " ".join(adapter.notes)


def test_pefts_own_file_opens_its_folder(tmp_path: Path) -> None:
    """Whose config has the scale; kohya's users give files."""
    shutil.copytree(ADAPTER, tmp_path / "adapter")
    assert find_adapter(str(tmp_path / "adapter" / "adapter_model.safetensors")) == (
        tmp_path / "adapter",
        "peft",
    )


def test_pefts_own_file_without_its_config_wants_alpha(tmp_path: Path) -> None:
    alone = shutil.copy(ADAPTER / "adapter_model.safetensors", tmp_path / "some.safetensors")
    with pytest.raises(
        UnsupportedError, match=r"Its scale .* is not stored; .*`lorasurgery convert .* --alpha"
    ):
        merge(LLAMA, [alone], tmp_path / "merged")
    convert(alone, tmp_path / "whole", alpha=4, base=LLAMA, format="peft")
    merge(LLAMA, [tmp_path / "whole"], tmp_path / "merged", undo=False)
    merge(LLAMA, [ADAPTER], tmp_path / "wanted", undo=False)
    merged, wanted = (weights_in(tmp_path / each) for each in ("merged", "wanted"))
    assert all(torch.equal(merged[name], tensor) for name, tensor in wanted.items())


OTHERS = [
    ("oft_unet_down_blocks_0_attentions_0_proj_in.oft_blocks", "OFT or BOFT|'oft_unet"),
    ("blocks.0.to_q.lora_A_weight", "LoRA factors"),
    ("blocks.0.to_q.lora.w_lora_down", "LoRA factors"),
]


@pytest.mark.parametrize(("name", "says"), OTHERS)
def test_factors_under_names_that_nothing_reads_are_named_and_not_taken_for_matrices(
    name: str, says: str, tmp_path: Path
) -> None:
    adapter = saved(tmp_path / "lora.safetensors", {name: A})
    for verb in (lambda: inspect(adapter), lambda: merge(LLAMA, [adapter], tmp_path / "out")):
        with pytest.raises(SurgeryError, match=says):
            verb()


WRONG = [
    (
        {**NAMES[1][1], f"{MODULE}.lora_A.ref.weight": A, f"{MODULE}.lora_B.ref.weight": B},
        r"has 2 adapters in one file \(default, ref\)",
    ),
    ({f"{MODULE}.lora_A.weight": A}, "has lora_A.weight, and no lora_B.weight"),
    ({**NAMES[0][1], "img_in.norm.scale": A[0]}, "'img_in.norm.scale' of no method"),
]


@pytest.mark.parametrize(("tensors", "says"), WRONG)
def test_what_is_not_whole_or_not_one_adapter_is_refused(
    tensors: dict[str, Tensor], says: str, tmp_path: Path
) -> None:
    with pytest.raises(SurgeryError, match=says):
        inspect(saved(tmp_path / "lora.safetensors", tensors))

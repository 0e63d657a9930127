"""Weights of blocks: the change of some modules, times a number."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from lorasurgery import fuse, merge, unmerge, verify
from lorasurgery.errors import NothingToDoError, UnsupportedError

NAMES = ("double_blocks.0.img_attn.proj", "double_blocks.1.img_attn.proj", "single_blocks.0.linear2")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    generator = torch.Generator().manual_seed(4)
    base = {f"model.diffusion_model.{name}.weight": torch.randn(8, 8, generator=generator) for name in NAMES}
    lora = {}
    for name in NAMES:
        lora[f"diffusion_model.{name}.lora_A.weight"] = torch.randn(2, 8, generator=generator)
        lora[f"diffusion_model.{name}.lora_B.weight"] = torch.randn(8, 2, generator=generator)
    save_file(base, tmp_path / "base.safetensors")
    save_file(lora, tmp_path / "lora.safetensors")
    return tmp_path / "base.safetensors", tmp_path / "lora.safetensors"


def test_a_block_has_its_own_weight_times_the_adapters(files: tuple[Path, Path], tmp_path: Path) -> None:
    """The last pattern that matches counts; negative numbers subtract, and 0 leaves out."""
    base, lora = files
    weight = ["double_blocks.*=0.5", "double_blocks.1.*=-2", "*.linear2=0"]
    report = merge(base, f"{lora}:0.5", tmp_path / "m", weight=weight)
    before, after, factors = load_file(base), load_file(tmp_path / "m" / "base.safetensors"), load_file(lora)
    for name, scale in zip(NAMES, (0.25, -1.0, 0.0), strict=True):
        delta = (
            factors[f"diffusion_model.{name}.lora_B.weight"].double()
            @ factors[f"diffusion_model.{name}.lora_A.weight"].double()
        )
        key = f"model.diffusion_model.{name}.weight"
        assert torch.equal(after[key], (before[key].double() + scale * delta).float())
    assert "2 modules of 'double_blocks.*' times 0.5" in report.forecast.notes
    assert verify(base, f"{lora}:0.5", tmp_path / "m", weight=weight).is_exact
    assert not verify(base, f"{lora}:0.5", tmp_path / "m").is_exact
    unmerge(tmp_path / "m", tmp_path / "u")
    assert (tmp_path / "u" / "base.safetensors").read_bytes() == base.read_bytes()


def test_a_fusion_weighs_blocks_as_a_merge_does(files: tuple[Path, Path], tmp_path: Path) -> None:
    """A block of weight 0 is left out, and the overlap of both adapters is that of what is added."""
    base, lora = files
    weight, both = ["double_blocks.1.*=-2", "*.linear2=0"], [f"{lora}:0.5", f"{lora}:0.25"]
    report = fuse(both, tmp_path / "fused.safetensors", weight=weight)
    assert "1 module of 'double_blocks.1.*' times -2" in report.notes
    assert report.interference.sum_energy == pytest.approx(0.75**2 / (0.5**2 + 0.25**2))
    assert not any("linear2" in key for key in load_file(tmp_path / "fused.safetensors"))
    merge(base, tmp_path / "fused.safetensors", tmp_path / "one")
    merge(base, both, tmp_path / "other", weight=weight)
    one, other = (load_file(tmp_path / name / "base.safetensors") for name in ("one", "other"))
    for key, each in other.items():
        torch.testing.assert_close(one[key], each, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("weight", ["double_blocks.*", "double_blocks.*=much", "=1", "double_blocks.*=inf"])
def test_what_is_no_pattern_with_a_number_is_refused(
    weight: str, files: tuple[Path, Path], tmp_path: Path
) -> None:
    with pytest.raises(UnsupportedError, match="takes a pattern of modules and a number"):
        merge(*files, tmp_path / "m", weight=weight)


def test_a_pattern_that_matches_nothing_is_refused(files: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(NothingToDoError, match="matches no module"):
        merge(*files, tmp_path / "m", weight="input_blocks.*=0.5")

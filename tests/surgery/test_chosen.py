"""A part of an adapter.

What `--include` and `--exclude` leave out is listed, not missed, and need not be in the base.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from lorasurgery import merge, verify
from lorasurgery.errors import AlignmentError, NothingToDoError
from lorasurgery.surgery.convert import convert
from lorasurgery.surgery.fuse import fuse
from lorasurgery.surgery.rerank import rerank
from support.adapters import deltas
from support.paths import FIXTURES

BASE, ADAPTER = FIXTURES / "llama-base", FIXTURES / "llama-adapter"
DOWN = "*.down_proj"


def weights_in(folder: Path) -> dict[str, Tensor]:
    return {
        name: each for file in folder.glob("model*.safetensors") for name, each in load_file(file).items()
    }


def test_a_merge_changes_what_is_left_and_lists_the_rest(tmp_path: Path) -> None:
    whole = merge(BASE, ADAPTER, tmp_path / "whole", undo=False)
    part = merge(BASE, ADAPTER, tmp_path / "part", exclude=DOWN, undo=False)
    base, all_of_it, merged = (weights_in(each) for each in (BASE, tmp_path / "whole", tmp_path / "part"))
    for name, tensor in merged.items():
        assert torch.equal(tensor, base[name] if "down_proj" in name else all_of_it[name]), name
    assert len(part.forecast.tensors) == len(whole.forecast.tensors) - 3
    assert any(
        "left out by --include or --exclude" in note and "(3 modules" in note for note in part.forecast.notes
    )


def test_verify_knows_the_same_part(tmp_path: Path) -> None:
    merge(BASE, ADAPTER, tmp_path / "part", include="*.q_proj", undo=False)
    assert verify(BASE, ADAPTER, tmp_path / "part", include="*.q_proj").is_exact
    assert not verify(BASE, ADAPTER, tmp_path / "part").is_exact


def test_what_is_left_of_an_adapter_is_what_it_was(tmp_path: Path) -> None:
    before = {name: delta for name, delta in deltas(ADAPTER).items() if "down_proj" not in name}
    convert(ADAPTER, tmp_path / "converted", to="lora", exclude=DOWN)
    rerank(ADAPTER, tmp_path / "reranked", rank=8, exclude=DOWN)
    fuse([ADAPTER], tmp_path / "fused", exclude=DOWN)
    for made in ("converted", "reranked", "fused"):
        after = deltas(tmp_path / made)
        assert after.keys() == before.keys(), made
        for name, delta in before.items():
            assert torch.allclose(after[name], delta, rtol=0, atol=1e-6 * float(delta.norm())), (made, name)


def test_a_pattern_may_hit_one_of_several_adapters_only(tmp_path: Path) -> None:
    convert(ADAPTER, tmp_path / "q", include="*.q_proj")
    report = merge(BASE, [ADAPTER, tmp_path / "q"], tmp_path / "merged", exclude=DOWN, undo=False)
    assert len(report.forecast.tensors) == 18


def test_what_is_left_out_need_not_be_in_the_base(tmp_path: Path) -> None:
    """An adapter for Wan 2.1, whose image projections Wan 2.2 does not have."""
    tensors = {}
    for name in ("k", "k_img"):
        key = f"diffusion_model.blocks.0.cross_attn.{name}"
        tensors |= {f"{key}.lora_down.weight": torch.ones(2, 8), f"{key}.lora_up.weight": torch.ones(8, 2)}
    save_file(tensors, tmp_path / "lora.safetensors")
    save_file({"blocks.0.cross_attn.k.weight": torch.zeros(8, 8)}, tmp_path / "base.safetensors")
    files = tmp_path / "base.safetensors", tmp_path / "lora.safetensors"
    with pytest.raises(AlignmentError, match="k_img"):
        merge(*files, tmp_path / "merged", undo=False)
    merge(*files, tmp_path / "merged", exclude="*k_img", undo=False)
    merged = load_file(tmp_path / "merged" / "base.safetensors")["blocks.0.cross_attn.k.weight"]
    assert torch.equal(merged, torch.full((8, 8), 2.0))


@pytest.mark.parametrize("exclude", ["*.nothing", "*"])
def test_a_pattern_that_hits_nothing_and_one_that_leaves_nothing_are_refused(
    exclude: str, tmp_path: Path
) -> None:
    for verb in (
        lambda: merge(BASE, ADAPTER, tmp_path / "out", exclude=exclude),
        lambda: convert(ADAPTER, tmp_path / "out", exclude=exclude),
    ):
        with pytest.raises(NothingToDoError, match="exclude="):
            verb()


@pytest.mark.parametrize(
    ("include", "wanted"),
    [
        (["lora_unet_double*"], {"double_blocks.0.img_attn.proj"}),
        (["*.img_attn.proj"], {"double_blocks.0.img_attn.proj"}),
        (
            ["lora_unet_single*", "double_blocks.*"],
            {"double_blocks.0.img_attn.proj", "single_blocks.0.linear2"},
        ),
    ],
)
def test_what_is_included_has_the_files_name_or_the_bases(
    include: list[str], wanted: set[str], tmp_path: Path
) -> None:
    """kohya's names have no dots; the base's have."""
    tensors, weights = {}, {}
    for name in ("double_blocks.0.img_attn.proj", "single_blocks.0.linear2", "txt_in"):
        key = f"lora_unet_{name.replace('.', '_')}"
        tensors |= {f"{key}.lora_down.weight": torch.ones(2, 8), f"{key}.lora_up.weight": torch.ones(8, 2)}
        weights[f"{name}.weight"] = torch.zeros(8, 8)
    save_file(tensors, tmp_path / "lora.safetensors")
    save_file(weights, tmp_path / "base.safetensors")
    merge(tmp_path / "base.safetensors", tmp_path / "lora.safetensors", tmp_path / "m", include=include)
    merged = load_file(tmp_path / "m" / "base.safetensors")
    assert {name.removesuffix(".weight") for name, each in merged.items() if each.any()} == wanted

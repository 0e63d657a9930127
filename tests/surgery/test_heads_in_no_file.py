"""A head that the base's file does not have: the message says how to leave it out, and that works."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from lorasurgery import convert, merge, verify
from lorasurgery.errors import AlignmentError, SurgeryError
from support.multimodal_models import renamed
from support.paths import FIXTURES

BASE, ADAPTER = FIXTURES / "llama-base", FIXTURES / "llama-adapter"
WIDTH = 64
PREFIX = "base_model.model."
LORA_ON_SCORE = {"score.lora_A.weight": torch.ones(2, WIDTH), "score.lora_B.weight": torch.ones(3, 2)}
VALUE_HEAD = {"v_head.summary.weight": torch.ones(1, WIDTH), "v_head.summary.bias": torch.ones(1)}


def with_head(folder: Path, head: dict[str, torch.Tensor]) -> Path:
    """Write the fixture's adapter with a head more."""
    renamed(ADAPTER, folder, str)
    file = folder / "adapter_model.safetensors"
    save_file(load_file(file) | {PREFIX + name: each for name, each in head.items()}, file)
    return folder


def names(folder: Path) -> set[str]:
    return {name for path in folder.glob("model*.safetensors") for name in load_file(path)}


@pytest.mark.parametrize(("head", "name"), [(LORA_ON_SCORE, "score"), (VALUE_HEAD, "v_head")])
@pytest.mark.parametrize(
    "run",
    [
        lambda adapter, out, **asked: merge(BASE, adapter, out, **asked),
        lambda adapter, out, **asked: convert(adapter, out, base=BASE, runtime="vllm", **asked),
    ],
    ids=["merge", "convert"],
)
def test_it_is_refused_with_the_way_out_and_left_out(
    run: Callable[..., object], head: dict[str, torch.Tensor], name: str, tmp_path: Path
) -> None:
    adapter = with_head(tmp_path / "adapter", head)
    with pytest.raises(SurgeryError, match="exclude"):
        run(adapter, tmp_path / "out")
    run(adapter, tmp_path / "out", exclude=f"{name}*")
    run(ADAPTER, tmp_path / "plain")
    ours, theirs = (tmp_path / each for each in ("out", "plain"))
    for path in theirs.glob("*.safetensors"):
        held, wanted = load_file(ours / path.name), load_file(path)
        assert held.keys() == wanted.keys()
        assert all(torch.equal(held[key], wanted[key]) for key in wanted)


def test_a_merge_names_the_heads_and_nothing_else(tmp_path: Path) -> None:
    with pytest.raises(AlignmentError, match=r"no such head: leave it out with exclude='score\*'"):
        merge(BASE, with_head(tmp_path / "adapter", LORA_ON_SCORE), tmp_path / "out")
    deep = {f"model.layers.9.mlp.{name}": each.clone() for name, each in LORA_ON_SCORE.items()}
    with pytest.raises(AlignmentError, match="made for this model"):
        merge(BASE, with_head(tmp_path / "other", deep | LORA_ON_SCORE), tmp_path / "out")


def test_what_was_merged_without_it_is_verified_without_it(tmp_path: Path) -> None:
    adapter = with_head(tmp_path / "adapter", VALUE_HEAD)
    merge(BASE, adapter, tmp_path / "out", exclude="v_head*")
    assert verify(BASE, adapter, tmp_path / "out", exclude="v_head*").is_exact
    assert "v_head.summary.weight" not in names(tmp_path / "out")

"""Unsloth's own packing of experts is obeyed by every verb, and what no verb understands is refused
with the way out.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from torch import Tensor

from lorasurgery.cli.main import group
from lorasurgery.errors import UnsupportedError
from lorasurgery.surgery.convert import convert
from lorasurgery.surgery.fuse import fuse
from lorasurgery.surgery.inspect import inspect
from lorasurgery.surgery.merge import merge
from lorasurgery.surgery.rerank import rerank
from lorasurgery.surgery.subtract import subtract
from lorasurgery.surgery.verify import verify
from support.fused_experts import (
    EXPERTS,
    RANK,
    Trained,
    check,
    laid_out,
    say,
    swapped,
)


def grouped(A: Tensor, B: Tensor) -> tuple[Tensor, Tensor]:
    """The same change with B's columns expert after expert."""
    return A, B.reshape(len(B), RANK, EXPERTS).transpose(1, 2).reshape(len(B), -1).contiguous()


# How a config or a model card may show that Unsloth was at work.
MARKS: dict[str, Callable[[Path], object]] = {
    "auto_mapping": lambda folder: say(
        folder, auto_mapping={"base_model_class": "Qwen3MoeForCausalLM", "unsloth_fixed": True}
    ),
    "base": lambda folder: say(folder, base_model_name_or_path="unsloth/Qwen3-30B-A3B"),
    "card": lambda folder: (folder / "README.md").write_text(
        "Trained 2x faster with [Unsloth](https://unsloth.ai)"
    ),
}


@pytest.mark.parametrize("mark", MARKS.values(), ids=MARKS)
def test_unsloths_mark_without_its_key_is_refused_with_the_way_out(
    mark: Callable[[Path], object], made: Trained, tmp_path: Path
) -> None:
    laid_out(made.adapter, grouped)
    (made.adapter / "README.md").unlink(missing_ok=True)
    mark(made.adapter)
    with pytest.raises(UnsupportedError, match="experts_order='grouped-by-expert'"):
        merge(made.base, [made.adapter], tmp_path / "merged")
    merge(made.base, [made.adapter], tmp_path / "merged", experts_order="grouped-by-expert", undo=False)
    check(tmp_path / "merged", made)


@pytest.mark.parametrize("layout", ["grouped_by_expert", "rank_major"])
def test_unsloths_key_is_obeyed(layout: str, made: Trained, tmp_path: Path) -> None:
    if layout == "grouped_by_expert":
        laid_out(made.adapter, grouped)
    MARKS["auto_mapping"](made.adapter)
    say(made.adapter, lora_B_layout=layout)
    report = merge(made.base, [made.adapter], tmp_path / "merged", undo=False)
    check(tmp_path / "merged", made)
    assert not any("experts" in note for note in report.forecast.notes)


def test_unsloths_key_of_one_parameter_overrules_that_of_all(made: Trained, tmp_path: Path) -> None:
    laid_out(made.adapter, grouped)
    detail = {
        "parameters": {name: {"lora_B_layout": "grouped_by_expert"} for name in ("gate_up_proj", "down_proj")}
    }
    say(made.adapter, lora_B_layout="mixed", unsloth_fused_expert_lora=detail)
    merge(made.base, [made.adapter], tmp_path / "merged", undo=False)
    check(tmp_path / "merged", made)


def test_a_layout_of_another_name_is_refused_with_the_way_out(made: Trained, tmp_path: Path) -> None:
    say(made.adapter, lora_B_layout="by_moonlight")
    with pytest.raises(UnsupportedError, match=r"by_moonlight.*experts_order="):
        merge(made.base, [made.adapter], tmp_path / "merged")


def test_unsloths_packing_of_what_peft_018_laid_out(made: Trained, tmp_path: Path) -> None:
    laid_out(made.adapter, swapped, grouped)
    say(made.adapter, peft_version="0.18.1", lora_B_layout="grouped_by_expert")
    merge(made.base, [made.adapter], tmp_path / "merged", undo=False)
    check(tmp_path / "merged", made)


def test_an_order_taken_on_trust_is_noted_and_one_of_rank_one_needs_no_trust(
    made: Trained, tmp_path: Path
) -> None:
    report = merge(made.base, [made.adapter], tmp_path / "merged", undo=False)
    assert any("--experts-order grouped-by-expert" in note for note in report.forecast.notes)
    said = merge(made.base, [made.adapter], tmp_path / "again", experts_order="peft", undo=False)
    assert not any("--experts-order" in note for note in said.forecast.notes)


VERBS: dict[str, Callable[..., Any]] = {
    "verify": lambda made, folder, **asked: verify(made.base, [made.adapter], folder / "merged", **asked),
    "unmerge": lambda made, folder, **asked: subtract(
        folder / "merged", [made.adapter], folder / "out", **asked
    ),
    "inspect": lambda made, _folder, **asked: inspect(made.base, made.adapter, **asked),
    "convert": lambda made, folder, **asked: convert(
        made.adapter, folder / "out", base=made.base, runtime="peft", **asked
    ),
    "rerank": lambda made, folder, **asked: rerank(
        made.adapter, folder / "out", base=made.base, rank=RANK, **asked
    ),
    "fuse": lambda made, folder, **asked: fuse([made.adapter], folder / "out", base=made.base, **asked),
}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_that_reads_an_adapter_takes_the_order(verb: str, made: Trained, tmp_path: Path) -> None:
    laid_out(made.adapter, swapped, grouped)
    say(made.adapter, peft_version="0.18.1", base_model_name_or_path="unsloth/Qwen3-30B-A3B")
    merge(made.base, [made.adapter], tmp_path / "merged", experts_order="grouped-by-expert", undo=False)
    with pytest.raises(UnsupportedError, match="experts_order="):
        VERBS[verb](made, tmp_path)
    report = VERBS[verb](made, tmp_path, experts_order="grouped-by-expert")
    if verb == "verify":
        assert report.is_exact
    if verb == "unmerge":
        assert report.expected_wrong < 1
    if verb in ("convert", "rerank", "fuse"):
        # What is written is in today's layout, and says so where it names Unsloth.
        say(made.adapter, base_model_name_or_path=None)
        assert any("the other orientation" in note for note in report.notes)
        merge(made.base, [tmp_path / "out"], tmp_path / "merged-again", undo=False)
        check(tmp_path / "merged-again", made)


def test_an_order_for_an_adapter_without_fused_experts_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="experts_order="):
        inspect("fixtures/llama-adapter", experts_order="peft")
    with pytest.raises(UnsupportedError, match="experts_order="):
        inspect("fixtures/llama-base", experts_order="peft")


def test_unmerge_by_the_record_takes_no_order() -> None:
    result = CliRunner().invoke(group, ["unmerge", "fixtures/llama-merged", "--experts-order", "peft"])
    assert result.exit_code == 2
    assert "--adapter" in result.output

"""Verify finds which tensors of a merged model are not those of the merge, and compares what both
models answer.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from lorasurgery import merge, unmerge, verify
from lorasurgery.errors import (
    UnsupportedError,
)
from support.merged_models import Q, adapter, base, files, tensor


@pytest.mark.parametrize("rounding", ["exact", "peft"])
def test_verify_agrees_with_every_rounding(rounding: str, tmp_path: Path) -> None:
    made = base(tmp_path, "qwen3")
    given = adapter(tmp_path / "a", made, "qwen3", trainable_token_indices={"embed_tokens": [3, 50]})
    merge(made, [given], tmp_path / "merged", rounding=rounding)
    assert verify(made, [given], tmp_path / "merged", rounding=rounding).is_exact
    old, new = (tensor(folder, "model.embed_tokens.weight") for folder in (made, tmp_path / "merged"))
    assert (old != new).any(dim=1).nonzero().flatten().tolist() == [3, 50]
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert files(tmp_path / "back") == files(made)


def test_verify_with_a_text_needs_a_tokenizer(tmp_path: Path) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    merge(made, [given], tmp_path / "merged")
    with pytest.raises(UnsupportedError, match="no tokenizer that can be loaded, which"):
        verify(made, [given], tmp_path / "merged", answers=True, text="hello")


def test_verify_tells_which_tensors_differ_and_by_how_much(tmp_path: Path) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    merge(made, [given], tmp_path / "merged")
    assert verify(made, [given], tmp_path / "merged").is_exact
    path = tmp_path / "merged" / "model.safetensors"
    held = load_file(path)
    held[f"{Q}.weight"].view(torch.int16)[2, 3] += 2
    del held["model.norm.weight"]
    save_file(held, path)
    found = {each.name: each for each in verify(made, [given], tmp_path / "merged").differing}
    assert set(found) == {f"{Q}.weight", "model.norm.weight"}
    assert (found[f"{Q}.weight"].elements, found[f"{Q}.weight"].steps) == (1, 2)


def test_verify_asks_both_models(tmp_path: Path) -> None:
    made = base(tmp_path, dtype=torch.float32)
    given = adapter(tmp_path / "a", made)
    merge(made, [given], tmp_path / "merged")
    answers = verify(made, [given], tmp_path / "merged", answers=True).answers
    assert answers is not None
    assert answers.agreement == 1
    assert answers.max_difference < 1e-5 * answers.largest_logit
    other = verify(made, [given], made, answers=True)
    assert not other.is_exact
    assert other.answers is not None
    assert other.answers.max_difference > 1e-3

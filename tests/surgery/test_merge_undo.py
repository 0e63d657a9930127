"""What was merged is taken out again byte for byte.

The files, their layout, their dtype; and only if they are as the merge wrote them.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from lorasurgery import merge, unmerge, verify
from lorasurgery.checkpoint import open_checkpoint
from lorasurgery.errors import (
    AlignmentError,
    DamagedFileError,
    NothingToDoError,
    UnsupportedError,
)
from lorasurgery.linalg.rounding import round_once
from lorasurgery.surgery.subtract import subtract
from support.adapters import bits
from support.merged_models import BF16, Q, adapter, base, delta, files, tensor


@pytest.mark.parametrize("saving", [{}, {"max_shard_size": "20KB"}])
@pytest.mark.parametrize("dtype", [BF16, torch.float16, torch.float32])
def test_unmerge_gives_every_file_back(dtype: torch.dtype, saving: dict[str, Any], tmp_path: Path) -> None:
    made = base(tmp_path, dtype=dtype, **saving)
    merge(made, [adapter(tmp_path / "a", made)], tmp_path / "merged")
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert files(tmp_path / "back") == files(made)


def test_merges_come_out_last_in_first_out(tmp_path: Path) -> None:
    made = base(tmp_path)
    one = adapter(tmp_path / "a", made)
    two = adapter(tmp_path / "b", made, use_dora=True, seed=2)
    merge(made, [one], tmp_path / "m1")
    merge(tmp_path / "m1", [two], tmp_path / "m2")
    assert unmerge(tmp_path / "m2", tmp_path / "u1").left == 1
    assert files(tmp_path / "u1") == files(tmp_path / "m1")
    unmerge(tmp_path / "u1", tmp_path / "u0")
    assert files(tmp_path / "u0") == files(made)


def test_unmerge_finds_tensors_that_another_tool_laid_out_anew(tmp_path: Path) -> None:
    made = base(tmp_path, max_shard_size="20KB")
    merge(made, [adapter(tmp_path / "a", made)], tmp_path / "merged")
    moved = tmp_path / "moved"
    moved.mkdir()
    tensors = {name: lazy.read() for name, lazy in open_checkpoint(tmp_path / "merged").tensors.items()}
    save_file(tensors, moved / "weights.safetensors")
    with pytest.raises(NothingToDoError, match=r"no undo\.json"):
        unmerge(moved, tmp_path / "back")
    unmerge(moved, tmp_path / "back", record=tmp_path / "merged" / "undo.json")
    assert bits(tmp_path / "back") == bits(made)


@pytest.mark.parametrize(("dtype", "to"), [(torch.float32, "bfloat16"), (BF16, "float32"), (BF16, "float16")])
def test_another_dtype_comes_back_too(dtype: torch.dtype, to: str, tmp_path: Path) -> None:
    made = base(tmp_path, dtype=dtype)
    given = adapter(tmp_path / "a", made)
    merge(made, [given], tmp_path / "merged", dtype=to)
    assert {str(lazy.dtype) for lazy in open_checkpoint(tmp_path / "merged").tensors.values()} == {to}
    assert json.loads((tmp_path / "merged" / "config.json").read_text())["dtype"] == to
    wanted = round_once(tensor(made, f"{Q}.weight").double() + delta(given), getattr(torch, to))
    assert torch.equal(tensor(tmp_path / "merged", f"{Q}.weight"), wanted)
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert files(tmp_path / "back") == files(made)


def test_shards_of_another_size_come_back_too(tmp_path: Path) -> None:
    made = base(tmp_path)
    merge(made, [adapter(tmp_path / "a", made)], tmp_path / "merged", max_shard_size=20_000)
    assert len(open_checkpoint(tmp_path / "merged").files) > 1
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert files(tmp_path / "back") == files(made)


def test_a_pickled_base_becomes_safetensors_and_comes_back_by_its_tensors(tmp_path: Path) -> None:
    made = base(tmp_path)
    torch.save(load_file(made / "model.safetensors"), made / "pytorch_model.bin")
    given = adapter(tmp_path / "a", made)
    wanted = bits(made)
    (made / "model.safetensors").unlink()
    merge(made, [given], tmp_path / "merged")
    assert [path.name for path in open_checkpoint(tmp_path / "merged").files] == ["model.safetensors"]
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert bits(tmp_path / "back") == wanted


def test_a_config_with_other_line_ends_comes_back(tmp_path: Path) -> None:
    made = base(tmp_path, "qwen3", max_shard_size="20KB")
    for path in made.glob("*.json"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    given = adapter(tmp_path / "a", made, "qwen3", target_modules=["lm_head"])
    merge(made, [given], tmp_path / "merged")
    index = json.loads((tmp_path / "merged" / "model.safetensors.index.json").read_text())
    sizes = sum(lazy.nbytes for lazy in open_checkpoint(tmp_path / "merged").tensors.values())
    assert index["metadata"]["total_size"] == sizes
    assert set(index["weight_map"]) == set(open_checkpoint(tmp_path / "merged").tensors)
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert files(tmp_path / "back") == files(made)


@pytest.mark.parametrize("settings", [{"use_dora": True}, {"modules_to_save": ["lm_head"]}])
@pytest.mark.parametrize("weight", ["", ":-1"])
def test_only_sums_are_subtracted(weight: str, settings: dict[str, Any], tmp_path: Path) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made, **settings)
    merge(made, [given], tmp_path / "merged", undo=False)
    with pytest.raises(UnsupportedError, match="only the undo record"):
        subtract(tmp_path / "merged", [f"{given}{weight}"], tmp_path / "back")


def test_what_stays_keeps_every_bit_whatever_it_is_of(tmp_path: Path) -> None:
    """Numbers of four bits, of which nothing can be computed, and NaNs that are not spelled as
    ours.
    """
    made = base(tmp_path)
    whole = load_file(made / "model.safetensors")
    odd = torch.arange(24, dtype=torch.uint8).reshape(4, 6)
    whole["model.four_bits"] = odd.view(torch.float4_e2m1fn_x2)
    whole["model.nans"] = torch.full((4, 6), 0x7FC1, dtype=torch.int16).view(torch.bfloat16)
    save_file(whole, made / "model.safetensors", {"format": "pt"})
    given = adapter(tmp_path / "a", made)
    for asked in ({}, {"dtype": "float32"}):
        merge(made, [given], tmp_path / "merged", force=True, **asked)
        kept = load_file(tmp_path / "merged" / "model.safetensors")
        assert torch.equal(kept["model.four_bits"].view(torch.uint8), odd)
        unmerge(tmp_path / "merged", tmp_path / "back", force=True)
        assert (tmp_path / "back" / "model.safetensors").read_bytes() == (
            made / "model.safetensors"
        ).read_bytes()
    merge(made, [given], tmp_path / "merged", force=True)
    assert verify(made, [given], tmp_path / "merged").is_exact


def test_a_missing_undo_record_is_reported(tmp_path: Path) -> None:
    made = base(tmp_path)
    with pytest.raises(NothingToDoError, match="does not exist; record= takes"):
        unmerge(made, tmp_path / "out", record=tmp_path / "nowhere")


def test_a_tensor_that_was_changed_after_the_merge_is_not_unmerged(tmp_path: Path) -> None:
    made = base(tmp_path)
    merge(made, [adapter(tmp_path / "a", made)], tmp_path / "merged")
    path = tmp_path / "merged" / "model.safetensors"
    whole = load_file(path)
    for name in (f"{Q}.weight", "model.norm.weight"):  # one that was changed, one that was copied
        other = {key: value.clone() for key, value in whole.items()}
        other[name].view(torch.int16).view(-1)[5] ^= 1
        save_file(other, path, {"format": "pt"})
        with pytest.raises(AlignmentError, match="not as the merge wrote it"):
            unmerge(tmp_path / "merged", tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_a_damaged_record_gives_nothing(tmp_path: Path) -> None:
    made = base(tmp_path)
    merge(made, [adapter(tmp_path / "a", made)], tmp_path / "merged")
    path = tmp_path / "merged" / "undo.tensors"
    held = load_file(path)
    side = next(name for name in held if name.endswith("left0"))
    save_file(held | {side: held[side] * 2}, path)
    with pytest.raises(DamagedFileError, match="does not come out as the base"):
        unmerge(tmp_path / "merged", tmp_path / "back")
    corrections = next(name for name in held if name.endswith("corrections"))
    save_file(held | {corrections: held[corrections][:-3].clone()}, path)
    with pytest.raises(DamagedFileError, match=r"corrections of .* are damaged"):
        unmerge(tmp_path / "merged", tmp_path / "back")
    content = json.loads((tmp_path / "merged" / "undo.json").read_text())
    del content["operations"][0]["files"]
    (tmp_path / "merged" / "undo.json").write_text(json.dumps(content))
    with pytest.raises(DamagedFileError, match="is damaged"):
        unmerge(tmp_path / "merged", tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_tensors_without_elements_come_along(tmp_path: Path) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    held = load_file(made / "model.safetensors")
    save_file(
        held | {"empty": torch.zeros(0, 4), "nothing": torch.zeros(0)},
        made / "model.safetensors",
        {"format": "pt"},
    )
    merge(made, [given], tmp_path / "merged")
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert files(tmp_path / "back") == files(made)


def test_a_merged_model_that_changes_while_it_is_unmerged_gives_no_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lorasurgery.surgery import unmerge as module

    made = base(tmp_path)
    merge(made, [adapter(tmp_path / "a", made)], tmp_path / "merged")
    file, original = tmp_path / "merged" / "model.safetensors", module.restore

    def restore_and_touch(work: Any, writer: Any) -> None:
        original(work, writer)
        os.utime(file, ns=(1, 1))

    monkeypatch.setattr(module, "restore", restore_and_touch)
    with pytest.raises(DamagedFileError, match="was changed while"):
        unmerge(tmp_path / "merged", tmp_path / "back", workers=1)
    assert not (tmp_path / "back").exists()


def test_a_tensor_without_elements_goes_along(tmp_path: Path) -> None:
    made = base(tmp_path, dtype=torch.float32)
    empty = {"extra.of_no_columns": torch.zeros(5, 0), "extra.of_no_rows": torch.zeros(0, 5)}
    save_file(load_file(made / "model.safetensors") | empty, made / "model.safetensors", {"format": "pt"})
    given = adapter(tmp_path / "a", base(tmp_path / "plain"))
    for to in (None, "float16"):
        merged = tmp_path / f"merged-{to}"
        merge(made, [given], merged, dtype=to)
        assert {name: tuple(tensor(merged, name).shape) for name in empty} == {
            "extra.of_no_columns": (5, 0),
            "extra.of_no_rows": (0, 5),
        }
        assert verify(made, [given], merged).is_exact
        unmerge(merged, tmp_path / f"back-{to}")
        assert files(tmp_path / f"back-{to}") == files(made)

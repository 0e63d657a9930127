"""The files of a merged model.

Side files come along, other weights do not, and every form of base and adapter is read.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from lorasurgery import merge, unmerge
from lorasurgery.checkpoint.safetensors_file import read_header
from lorasurgery.errors import (
    DamagedFileError,
)
from support.adapters import bits
from support.merged_models import adapter, base, files


@pytest.mark.parametrize("metadata", [None, {"made": "by hand"}], ids=["no metadata", "without a format"])
@pytest.mark.parametrize("saving", [{}, {"max_shard_size": "20KB"}], ids=["one file", "shards"])
def test_every_merged_file_says_its_format(
    saving: dict[str, Any], metadata: dict[str, str] | None, tmp_path: Path
) -> None:
    """transformers before 4.40 does not load a file that does not."""
    made = base(tmp_path, **saving)
    for file in made.glob("*.safetensors"):
        save_file(load_file(file), file, metadata=metadata)
    merge(made, [adapter(tmp_path / "a", made)], tmp_path / "merged")
    for file in (tmp_path / "merged").glob("model*.safetensors"):
        assert read_header(file)[0].metadata == {**(metadata or {}), "format": "pt"}
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert files(tmp_path / "back") == files(made)


def test_a_single_file_without_a_config_is_enough(tmp_path: Path) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    lone = tmp_path / "lone" / "weights.safetensors"
    lone.parent.mkdir()
    shutil.copy(made / "model.safetensors", lone)
    merge(lone, [given], tmp_path / "merged")
    assert sorted(files(tmp_path / "merged")) == ["undo.json", "undo.tensors", "weights.safetensors"]
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert files(tmp_path / "back") == files(lone.parent)


def test_side_files_come_along_and_other_weights_do_not(tmp_path: Path) -> None:
    made = base(tmp_path)
    (made / "pytorch_model.bin").write_bytes(b"old weights")
    (made / ".cache").mkdir()
    (made / ".cache" / "x").write_bytes(b"x")
    report = merge(made, [adapter(tmp_path / "a", made)], tmp_path / "merged")
    names = set(files(tmp_path / "merged"))
    assert {"tokenizer_config.json", "1_Pooling/config.json", "config.json"} <= names
    assert not {"pytorch_model.bin", ".cache/x"} & names
    assert any("pytorch_model.bin" in note for note in report.forecast.notes)


def test_weights_in_hidden_folders_and_behind_links_to_folders_are_no_other_weights(tmp_path: Path) -> None:
    made = base(tmp_path)
    (made / ".cache").mkdir()
    (made / ".cache/model.bin").write_bytes(b"half a download")
    (made / "again").symlink_to(".")
    report = merge(made, [adapter(tmp_path / "a", made)], tmp_path / "merged")
    assert not any("model.bin" in note or "again" in note for note in report.forecast.notes)


def test_the_adapter_may_be_a_pickle_or_in_a_subfolder(tmp_path: Path) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    merge(made, [given], tmp_path / "plain")
    inside = tmp_path / "outer" / "default"
    inside.mkdir(parents=True)
    shutil.copy(given / "adapter_config.json", inside)
    torch.save(load_file(given / "adapter_model.safetensors"), inside / "adapter_model.bin")
    merge(made, [tmp_path / "outer"], tmp_path / "nested")
    assert bits(tmp_path / "nested") == bits(tmp_path / "plain")


def test_a_merge_that_the_disk_cannot_hold_is_known_before_it_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lorasurgery.errors import NoSpaceError
    from lorasurgery.surgery import merge as module

    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    monkeypatch.setattr(module, "write_weights", None)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**6, 10**6, 1000))  # type: ignore[attr-defined]
    with pytest.raises(NoSpaceError, match="are free"):
        merge(made, [given], tmp_path / "merged")


def test_a_base_that_changes_while_the_kernel_copies_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However late the copy is: here it begins when all else is read and written."""
    from lorasurgery.checkpoint import rewrite
    from lorasurgery.surgery import merge as module

    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    copy, write, is_written = rewrite._copy, module.write_weights, threading.Event()

    def copied_late(*arguments: Any) -> None:
        assert is_written.wait(60)
        time.sleep(0.3)
        copy(*arguments)
        os.utime(made / "model.safetensors", ns=(1, 1))

    def written(*arguments: Any, **options: Any) -> Any:
        done = write(*arguments, **options)
        is_written.set()
        return done

    monkeypatch.setattr(rewrite, "_copy", copied_late)
    monkeypatch.setattr(module, "write_weights", written)
    monkeypatch.setattr(rewrite, "clone", lambda *_: False)
    with pytest.raises(DamagedFileError, match="was changed while"):
        merge(made, [given], tmp_path / "merged", undo=False)
    assert not (tmp_path / "merged").exists()


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "5", "[" * 100_000], ids=lambda content: repr(content[:5])
)
def test_a_second_index_that_is_not_an_index_is_named(content: str, tmp_path: Path) -> None:
    made = base(tmp_path)
    (made / "other.safetensors.index.json").write_text(content)
    with pytest.raises(DamagedFileError, match=r"other\.safetensors\.index\.json"):
        merge(made, [adapter(tmp_path / "a", base(tmp_path / "plain"))], tmp_path / "merged")


@pytest.mark.parametrize(
    "weight_map", [None, [], {"a": 1}, {"a": {}}, {"a": "elsewhere.safetensors"}], ids=str
)
def test_a_second_index_of_other_files_is_left_alone(weight_map: Any, tmp_path: Path) -> None:
    made = base(tmp_path)
    (made / "other.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))
    merge(made, [adapter(tmp_path / "a", base(tmp_path / "plain"))], tmp_path / "merged")
    assert (tmp_path / "merged" / "model.safetensors").is_file()

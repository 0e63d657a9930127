"""An undo record comes along with a model, from anywhere.

Nothing in it makes a file elsewhere, or a base that is none.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from blake3 import blake3
from safetensors.torch import load_file, save_file

from lorasurgery import merge, unmerge
from lorasurgery.checkpoint import open_checkpoint
from lorasurgery.checkpoint.folder import WEIGHT_SUFFIXES
from lorasurgery.errors import AlignmentError, DamagedFileError, SurgeryError, UnsupportedError
from lorasurgery.onnx.exporting.merged import open_merged
from lorasurgery.quantisation import quantised_model
from lorasurgery.surgery.undo.moved_codes import restored_codes
from lorasurgery.surgery.undo.undo_record import read_record
from support import quantised_forms
from support.paths import FIXTURES

NAME = "model.layers.0.mlp.down_proj.weight"
Content = dict[str, Any]


@pytest.fixture
def merged(tmp_path: Path) -> Path:
    merge(FIXTURES / "llama-base", [FIXTURES / "llama-adapter"], tmp_path / "merged")
    return tmp_path / "merged"


def rewrite(folder: Path, change: Callable[[Content, dict[str, torch.Tensor]], None]) -> None:
    """Change the last operation and the tensors of a record."""
    content = json.loads((folder / "undo.json").read_text())
    tensors = load_file(folder / "undo.tensors")
    change(content["operations"][-1], tensors)
    (folder / "undo.json").write_text(json.dumps(content))
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, folder / "undo.tensors")


def side_file(name: str, text: Any = "hi") -> Callable[[Content, dict[str, torch.Tensor]], None]:
    return lambda operation, _: operation["side_files"].__setitem__(name, text)


def weight_file(name: str) -> Callable[[Content, dict[str, torch.Tensor]], None]:
    def change(operation: Content, tensors: dict[str, torch.Tensor]) -> None:
        tensors[f"0/headers/{name}"] = tensors[f"0/headers/{operation['files'][0]}"].clone()
        operation["files"].append(name)

    return change


def entry(key: str, value: Any) -> Callable[[Content, dict[str, torch.Tensor]], None]:
    return lambda operation, _: operation["tensors"][NAME].__setitem__(key, value)


def term(key: str, value: Any) -> Callable[[Content, dict[str, torch.Tensor]], None]:
    return lambda operation, _: operation["tensors"][NAME]["terms"][0].__setitem__(key, value)


def tensor(
    key: str, change: Callable[[torch.Tensor], torch.Tensor]
) -> Callable[[Content, dict[str, torch.Tensor]], None]:
    def apply(_: Content, tensors: dict[str, torch.Tensor]) -> None:
        tensors[f"0/{NAME}/{key}"] = change(tensors[f"0/{NAME}/{key}"])

    return apply


def of_a_pickle(
    change: Callable[[Content, dict[str, torch.Tensor]], None],
) -> Callable[[Content, dict[str, torch.Tensor]], None]:
    """Without the headers of a base of safetensors, which would contradict the change."""

    def apply(operation: Content, tensors: dict[str, torch.Tensor]) -> None:
        for name in operation["files"]:
            del tensors[f"0/headers/{name}"]
        operation["files"].clear()
        texts = json.dumps([{}, operation["side_files"]], sort_keys=True)
        operation["texts_hash"] = blake3(texts.encode()).hexdigest()
        change(operation, tensors)

    return apply


def in_the_metadata(operation: Content, tensors: dict[str, torch.Tensor]) -> None:
    """Which nothing contradicts."""
    header = tensors[f"0/headers/{operation['files'][0]}"]
    at = bytes(header.numpy()).index(b'"pt"')
    header[at + 1] = ord("q")


DAMAGED = {
    "the text of a side file": side_file("model.safetensors.index.json", "{}"),
    "the metadata of a file": in_the_metadata,
    "a side file outside": side_file("../escaped.txt"),
    "a side file at the root": side_file("/tmp/escaped.txt"),
    "weights among the side files": side_file("model-00001-of-00003.safetensors", "junk"),
    "a side file that no merge changes": side_file("modeling.py"),
    "a side file that is no text": side_file("config.json", 1),
    "weights outside": weight_file("../escaped.safetensors"),
    "weights that are none": weight_file("escaped.txt"),
    "a file less": lambda operation, _: operation["files"].pop(),
    "a file twice": weight_file("again.safetensors"),
    "a shape": entry("shape", [160, 64]),
    "a dtype": entry("dtype", "I8"),
    "a dtype of which two share a byte": of_a_pickle(entry("dtype", "F4")),
    "a matrix": entry("matrix_shape", [64, 159]),
    "a matrix of broken sizes": entry("matrix_shape", [64.0, 160.0]),
    "a shape of truth values": entry("shape", [True, 64 * 160]),
    "a tensor less": lambda operation, _: operation["tensors"].pop(NAME),
    "a scale": term("scale", 10**400),
    "a scale that is none": term("scale", float("nan")),
    "a row": term("row", 10**9),
    "a column": term("column", -1),
    "a left side": tensor("left0", lambda side: side.T),
    "a left side of one dimension": tensor("left0", lambda side: side[0]),
    "a left side of integers": tensor("left0", lambda side: side.long()),
    "a left side of complex numbers": tensor("left0", lambda side: side.to(torch.complex64)),
    "a right side": tensor("right0", lambda side: side[:-1]),
    "the adapters' names": lambda operation, _: operation.__setitem__("adapters", [1]),
    "hashes": lambda operation, _: operation.__setitem__("hashes", None),
}


@pytest.mark.parametrize("change", DAMAGED.values(), ids=DAMAGED)
def test_a_record_that_no_merge_wrote_writes_nothing(change: Any, merged: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    rewrite(merged, change)
    with pytest.raises(DamagedFileError, match=r"undo\.json is damaged"):
        unmerge(merged, tmp_path / "deep" / "back")
    assert sorted(tmp_path.rglob("*")) == before
    assert not Path("/tmp/escaped.txt").exists()


def test_the_record_of_another_model_undoes_nothing(merged: Path, tmp_path: Path) -> None:
    merge(merged, [FIXTURES / "llama-adapter"], tmp_path / "twice")
    shutil.copy(tmp_path / "twice" / "undo.json", merged)
    shutil.copy(tmp_path / "twice" / "undo.tensors", merged)
    with pytest.raises(SurgeryError, match="not as the merge wrote it"):
        unmerge(merged, tmp_path / "back")


def test_no_file_of_a_record_is_called_as_weights_are(merged: Path) -> None:
    """vLLM loads every *.safetensors of a folder that has no index, and refuses what is no weight."""
    base = FIXTURES / "llama-base"
    record = {path.name for path in merged.iterdir()} - {path.name for path in base.iterdir()}
    assert record == {"undo.json", "undo.tensors"}
    assert not any(name.endswith(WEIGHT_SUFFIXES) for name in record)


def test_an_export_of_a_merged_model_leaves_its_record_behind(merged: Path) -> None:
    beside = [str(path) for path in open_merged(merged, (), "auto").side_files]
    assert beside == ["generation_config.json"]


def test_a_record_under_its_former_name_is_read_and_not_taken_for_weights(
    merged: Path, tmp_path: Path
) -> None:
    (merged / "undo.tensors").rename(merged / "undo.safetensors")
    merge(merged, [FIXTURES / "llama-adapter"], tmp_path / "twice")
    assert (tmp_path / "twice" / "undo.tensors").is_file()
    assert not (tmp_path / "twice" / "undo.safetensors").exists()
    unmerge(tmp_path / "twice", tmp_path / "once")
    unmerge(merged, tmp_path / "back")
    unmerge(tmp_path / "once", tmp_path / "back-again")
    for folder in (tmp_path / "back", tmp_path / "back-again"):
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
            path.name: path.read_bytes() for path in (FIXTURES / "llama-base").iterdir()
        }


def test_a_record_of_another_version_is_left_to_its_program(merged: Path, tmp_path: Path) -> None:
    content = json.loads((merged / "undo.json").read_text())
    (merged / "undo.json").write_text(json.dumps(content | {"version": content["version"] + 1}))
    with pytest.raises(UnsupportedError, match="the lorasurgery that wrote it"):
        unmerge(merged, tmp_path / "back")
    (merged / "undo.json").write_text(json.dumps(content))
    (merged / "undo.tensors").unlink()
    with pytest.raises(DamagedFileError, match="is not there"):
        unmerge(merged, tmp_path / "back")


@pytest.mark.parametrize("other", [{"rounding": "upwards"}, {"seed": -1}, {"seed": "0"}])
def test_codes_that_were_moved_by_an_unknown_rule_are_refused(other: dict[str, Any], tmp_path: Path) -> None:
    shape = quantised_forms.write(tmp_path / "base", "awq").shape
    quantised_forms.lora(tmp_path / "adapter", shape, rank=1)
    merge(tmp_path / "base", tmp_path / "adapter", tmp_path / "merged", requantise=True)
    path = tmp_path / "merged" / "undo.json"
    content = json.loads(path.read_text())
    (entry,) = content["operations"][0]["tensors"].values()
    entry["moved"] |= other
    path.write_text(json.dumps(content))
    with pytest.raises(DamagedFileError, match="codes were moved by no rule that is known"):
        unmerge(tmp_path / "merged", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_codes_that_are_laid_out_otherwise_are_not_moved_back(tmp_path: Path) -> None:
    shape = quantised_forms.write(tmp_path / "base", "bitsandbytes int8").shape
    quantised_forms.lora(tmp_path / "adapter", shape, rank=1)
    merge(tmp_path / "base", tmp_path / "adapter", tmp_path / "merged", requantise=True)
    path = tmp_path / "merged" / "undo.json"
    ((name, undo),) = read_record(path).last(path).tensors.items()
    found = quantised_model(open_checkpoint(tmp_path / "merged"))
    (weight,) = found.weights.values()
    assert weight.encoding is not None
    assert undo.moved is not None
    other = replace(weight.encoding, shape=(weight.encoding.shape[0] // 2, weight.encoding.shape[1]))
    stored = found.stored.tensors[weight.codes]
    with pytest.raises(AlignmentError, match="is not quantised as the merge wrote it"):
        list(restored_codes(undo, undo.moved, name, stored, other, lambda _: None))

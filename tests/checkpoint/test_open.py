"""Opening: a file, a folder, shards with an index.

What lies there is found, what leads elsewhere is refused.
"""

from __future__ import annotations

import json
import os
import shutil
import struct
import tempfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from lorasurgery.checkpoint import open_checkpoint
from lorasurgery.errors import CheckpointError, DamagedFileError, NotACheckpointError
from support.paths import FIXTURES

BROKEN = FIXTURES / "broken"
INDEX = "model.safetensors.index.json"


def weights(*names: str) -> dict[str, Tensor]:
    torch.manual_seed(0)
    return {name: torch.randn(4, 3) for name in names or ("a", "b", "c")}


def write_index(path: Path, weight_map: object) -> None:
    path.write_text(json.dumps({"metadata": {}, "weight_map": weight_map}), encoding="utf-8")


def shard(folder: Path) -> dict[str, Tensor]:
    """Write a checkpoint of two shards with its index."""
    tensors = weights()
    save_file({"a": tensors["a"], "c": tensors["c"]}, folder / "one.safetensors")
    save_file({"b": tensors["b"]}, folder / "two.safetensors")
    write_index(folder / INDEX, {"a": "one.safetensors", "b": "two.safetensors", "c": "one.safetensors"})
    return tensors


def read_all(name: str | Path) -> dict[str, Tensor]:
    return {key: lazy.read() for key, lazy in open_checkpoint(name).tensors.items()}


def assert_same(found: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    assert list(found) == sorted(expected)
    assert all(torch.equal(found[name], expected[name]) for name in expected)


@pytest.mark.parametrize(
    "name", ["model.safetensors", "pytorch_model.bin", "ft.pt", "other.pth", "w[1] é.safetensors"]
)
def test_a_file_and_the_folder_around_it_are_one_checkpoint(tmp_path: Path, name: str) -> None:
    save = save_file if name.endswith(".safetensors") else torch.save
    save(weights(), tmp_path / name)
    assert_same(read_all(tmp_path), weights())
    assert_same(read_all(tmp_path / name), weights())


def test_the_config_next_to_the_weights_is_read(tmp_path: Path) -> None:
    save_file(weights(), tmp_path / "model.safetensors")
    assert open_checkpoint(tmp_path).config == {}
    (tmp_path / "config.json").write_text('{"model_type": "llama"}', encoding="utf-8")
    assert open_checkpoint(tmp_path).config == {"model_type": "llama"}
    assert open_checkpoint(tmp_path / "model.safetensors").config == {"model_type": "llama"}


def test_shards_are_one_checkpoint(tmp_path: Path) -> None:
    expected = shard(tmp_path)
    assert_same(read_all(tmp_path), expected)
    assert [file.name for file in open_checkpoint(tmp_path).files] == ["one.safetensors", "two.safetensors"]


def test_pickled_shards_are_one_checkpoint(tmp_path: Path) -> None:
    expected = weights()
    torch.save({"a": expected["a"]}, tmp_path / "pytorch_model-00001-of-00002.bin")
    torch.save({"b": expected["b"], "c": expected["c"]}, tmp_path / "pytorch_model-00002-of-00002.bin")
    names = {"a": 1, "b": 2, "c": 2}
    weight_map = {name: f"pytorch_model-0000{number}-of-00002.bin" for name, number in names.items()}
    write_index(tmp_path / "pytorch_model.bin.index.json", weight_map)
    assert_same(read_all(tmp_path), expected)


def test_an_index_may_be_named_and_decides(tmp_path: Path) -> None:
    expected = shard(tmp_path)
    save_file(weights("other"), tmp_path / "model.safetensors")
    assert_same(read_all(tmp_path / INDEX), expected)
    assert_same(read_all(tmp_path), weights("other"))


def test_safetensors_go_before_pickles(tmp_path: Path) -> None:
    save_file(weights("a"), tmp_path / "model.safetensors")
    torch.save(weights("b"), tmp_path / "pytorch_model.bin")
    assert list(read_all(tmp_path)) == ["a"]


def test_opening_reads_no_tensor(tmp_path: Path) -> None:
    save_file(weights(), tmp_path / "model.safetensors")
    size = (tmp_path / "model.safetensors").stat().st_size
    lazy = open_checkpoint(tmp_path).tensors
    os.truncate(tmp_path / "model.safetensors", size - 1)
    assert lazy["a"].shape == (4, 3)
    with pytest.raises(DamagedFileError):
        lazy["a"].read()


def test_fixtures_open_by_their_names() -> None:
    configs = sorted(FIXTURES.glob("*-*/config.json"))
    assert configs
    for config in configs:
        folder = config.parent
        checkpoint = open_checkpoint(folder)
        assert checkpoint.config["model_type"] == folder.name.split("-")[0]
        assert list(checkpoint.tensors) == sorted(checkpoint.tensors)


def test_a_tied_head_in_a_pickle_is_an_alias() -> None:
    assert open_checkpoint(FIXTURES / "gpt2-base").aliases == {"transformer.wte.weight": "lm_head.weight"}


def test_a_shard_that_is_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "blobs").mkdir()
    (tmp_path / "model").mkdir()
    expected = shard(tmp_path / "blobs")
    for path in sorted((tmp_path / "blobs").iterdir()):
        (tmp_path / "model" / path.name).symlink_to(f"../blobs/{path.name}")
    assert_same(read_all(tmp_path / "model"), expected)


OUTSIDE = [
    "../one.safetensors",
    "..",
    ".",
    "",
    "/etc/passwd",
    "sub/one.safetensors",
    "sub\\one.safetensors",
    "c:one",
]


@pytest.mark.parametrize("name", [*OUTSIDE, "one\0.safetensors"], ids=ascii)
def test_a_shard_s_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "model"
    (folder / "sub").mkdir(parents=True)
    for place in (tmp_path, folder / "sub", folder):
        shard(place)
    write_index(folder / INDEX, {"a": name})
    with pytest.raises(DamagedFileError, match="must be a plain file name"):
        open_checkpoint(folder)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"5", b"{}", b'{"weight_map": []}', b'{"weight_map": {}}', b'{"weight_map": {"a": 5}}',
     b'{"weight_map": {"a": null}}', b"\xff", b"[" * 100_000, b'{"a":' + b"9" * 5000 + b"}"],
    ids=lambda content: ascii(content[:24]),
)  # fmt: skip
def test_a_file_that_is_not_an_index_is_refused(tmp_path: Path, content: bytes) -> None:
    shard(tmp_path)
    (tmp_path / INDEX).write_bytes(content)
    with pytest.raises(DamagedFileError, match=INDEX):
        open_checkpoint(tmp_path)


@pytest.mark.parametrize(("name", "said"), [
    ("index-outside", "plain file name"),
    ("index-missing-shard", "model-00002-of-00002.safetensors"),
    ("index-lies", "'c' is not in model-00001-of-00002.safetensors"),
])  # fmt: skip
def test_a_broken_index_is_refused_with_what_is_wrong(name: str, said: str) -> None:
    with pytest.raises(DamagedFileError, match=said):
        open_checkpoint(BROKEN / name)


@pytest.mark.parametrize(
    "config",
    ["[]", "5", "null", "", "{", '{"architectures": 5}', '{"architectures": "LlamaForCausalLM"}',
     '{"architectures": [5]}', '{"architectures": [["a"]]}', '{"architectures": {}}', '{"model_type": []}',
     '{"model_type": 5}'],
)  # fmt: skip
def test_a_config_of_the_wrong_kind_is_refused(tmp_path: Path, config: str) -> None:
    save_file(weights(), tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text(config, encoding="utf-8")
    with pytest.raises(DamagedFileError, match=r"config\.json"):
        open_checkpoint(tmp_path)


@pytest.mark.parametrize(
    "config", [{"architectures": None}, {"model_type": None}, {"architectures": []}], ids=str
)
def test_a_config_may_leave_the_class_open(tmp_path: Path, config: dict[str, Any]) -> None:
    save_file(weights(), tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    assert open_checkpoint(tmp_path).config == config


def test_a_folder_without_weights_is_no_checkpoint(tmp_path: Path) -> None:
    (tmp_path / ".hidden.safetensors").touch()
    (tmp_path / "dir.safetensors").mkdir()
    with pytest.raises(NotACheckpointError, match="holds no weights"):
        open_checkpoint(tmp_path)


def test_an_adapter_is_no_checkpoint_and_is_called_an_adapter(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text("{}", encoding="utf-8")
    save_file(weights(), tmp_path / "adapter_model.safetensors")
    with pytest.raises(NotACheckpointError, match="holds an adapter"):
        open_checkpoint(tmp_path)


def test_several_files_without_an_index_are_not_guessed_at(tmp_path: Path) -> None:
    for name in "ab":
        save_file(weights(), tmp_path / f"{name}.safetensors")
    with pytest.raises(
        NotACheckpointError, match=r"2 weight files .*a\.safetensors, b\.safetensors.*name one file"
    ):
        open_checkpoint(tmp_path)


@pytest.mark.parametrize(
    "name", ["absent", "absent.safetensors", "a/b/c", "~nobody/x", "hf://", "hf://x", "\n"]
)
def test_what_is_not_there_is_said_not_to_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotACheckpointError):
        open_checkpoint(name)


def test_a_path_may_begin_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    save_file(weights(), tmp_path / "x.safetensors")
    assert_same(read_all("~/x.safetensors"), weights())


@pytest.mark.parametrize("name", ["x", "x.safetensors", "x.pt", "x.json", "x.model.safetensors.index.json"])
def test_a_pipe_is_refused_at_once(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(NotACheckpointError, match="neither a file nor a folder"):
        open_checkpoint(tmp_path / name)


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin"])
def test_a_git_lfs_pointer_is_recognised(tmp_path: Path, name: str) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
    (tmp_path / name).write_text(pointer, encoding="utf-8")
    with pytest.raises(DamagedFileError, match="git lfs pull"):
        open_checkpoint(tmp_path)


@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin"])
@pytest.mark.parametrize("change", ["rewritten", "replaced", "touched", "truncated"])
def test_a_file_that_changes_between_opening_and_reading_is_refused(
    tmp_path: Path, name: str, change: str
) -> None:
    save = save_file if name.endswith(".safetensors") else torch.save
    path = tmp_path / name
    save(weights(), path)
    os.utime(path, ns=(1, 1))
    lazy = open_checkpoint(tmp_path).tensors["b"]
    assert torch.equal(lazy.read(), weights()["b"])
    if change == "rewritten":
        path.write_bytes(path.read_bytes())
    elif change == "replaced":
        shutil.copy2(path, tmp_path / "copy")
        (tmp_path / "copy").rename(path)
    elif change == "touched":
        path.touch()
    else:
        os.truncate(path, path.stat().st_size - 4)
    with pytest.raises(DamagedFileError, match="changed while it was being read"):
        lazy.read()
    with pytest.raises(DamagedFileError, match="changed while it was being read"):
        lazy.read_rows(0, 1)


@pytest.fixture
def somebody() -> Iterator[Path]:
    """A folder, and a user who is not root while the test runs: root reads everything."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    before = os.geteuid()
    yield folder
    os.seteuid(before)
    shutil.rmtree(folder)


@pytest.mark.parametrize("closed", ["model.safetensors", "."])
def test_what_may_not_be_read_is_said_to_be_so(somebody: Path, closed: str) -> None:
    save_file(weights(), somebody / "model.safetensors")
    (somebody / closed).chmod(0)
    if os.geteuid() == 0:
        os.seteuid(65534)
    with pytest.raises(CheckpointError, match="permission denied"):
        open_checkpoint(somebody / "model.safetensors")


def test_a_file_without_tensors_is_not_a_checkpoint(tmp_path: Path) -> None:
    save_file({}, tmp_path / "model.safetensors")
    with pytest.raises(NotACheckpointError, match="has no tensors"):
        open_checkpoint(tmp_path)


SOUND = {"secret", "nan", "nan-base"}


@pytest.mark.parametrize(
    "path", [path for path in sorted(BROKEN.iterdir()) if path.stem not in SOUND], ids=lambda path: path.name
)
def test_everything_broken_is_refused_when_it_is_opened(path: Path) -> None:
    with pytest.raises(CheckpointError, match=path.name):
        open_checkpoint(path)


def test_a_variant_of_half_precision_does_not_stand_in_the_way(tmp_path: Path) -> None:
    """diffusers looks for the file without a variant's name, unless it is asked for one."""
    for name, number in (("diffusion_pytorch_model", 1.0), ("diffusion_pytorch_model.fp16", 2.0)):
        save_file({"proj.weight": torch.full((2, 2), number)}, tmp_path / f"{name}.safetensors")
    opened = open_checkpoint(tmp_path)
    assert [file.name for file in opened.files] == ["diffusion_pytorch_model.safetensors"]
    assert float(opened.tensors["proj.weight"].read()[0, 0]) == 1.0


def test_an_open_checkpoint_takes_little_memory_for_each_tensor(tmp_path: Path) -> None:
    """Models of one tensor an expert have 100,000 of them."""
    count = 20_000
    entries = {
        f"model.layers.{i}.mlp.experts.{i}.up_proj.weight": {
            "dtype": "BF16",
            "shape": [2, 4],
            "data_offsets": [16 * i, 16 * i + 16],
        }
        for i in range(count)
    }
    header = json.dumps(entries).encode()
    file = tmp_path / "model.safetensors"
    with file.open("wb") as out:
        out.write(struct.pack("<Q", len(header)) + header)
        out.truncate(8 + len(header) + 16 * count)
    open_checkpoint(file)
    tracemalloc.start()
    try:
        checkpoint = open_checkpoint(file)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(checkpoint.tensors) == count
    assert held < 1500 * count

"""Writing: sharded is whole, other readers open it, tensors come one at a time, a full disk is said
to be full.
"""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from lorasurgery.checkpoint import Spill, open_checkpoint, write_checkpoint, write_safetensors, write_text
from lorasurgery.checkpoint.write import plan_shards
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import NoSpaceError, OutputError
from lorasurgery.lazy import LazyTensor
from lorasurgery.stored_array import StoredArray
from support.paths import FIXTURES

SHARD_BYTES = [1, 700, 4_000, 20_000, 10**9]


def seeded(**shapes: tuple[int, ...]) -> dict[str, Tensor]:
    torch.manual_seed(0)
    return {name: torch.randn(shape) for name, shape in shapes.items()}


def lazily(tensors: dict[str, Tensor]) -> dict[str, LazyTensor]:
    return {name: LazyTensor.of(tensor) for name, tensor in tensors.items()}


@pytest.fixture
def tensors() -> dict[str, Tensor]:
    """Tensors of 4 bytes to 4 kB, one of them without a number."""
    return seeded(a=(32, 32), b=(1,), c=(100,), d=(0, 4), e=(16, 16), f=())


@pytest.mark.parametrize("max_shard_bytes", SHARD_BYTES)
def test_sharded_is_whole(tmp_path: Path, tensors: dict[str, Tensor], max_shard_bytes: int) -> None:
    write_checkpoint(tmp_path, lazily(tensors), max_shard_bytes)
    read = open_checkpoint(tmp_path).tensors
    assert read.keys() == tensors.keys()
    assert all(torch.equal(read[name].read(), tensors[name]) for name in tensors)


@pytest.mark.parametrize("max_shard_bytes", SHARD_BYTES)
def test_no_shard_is_larger_than_asked_but_for_one_tensor(
    tensors: dict[str, Tensor], max_shard_bytes: int
) -> None:
    shards = plan_shards(lazily(tensors), max_shard_bytes)
    assert [name for shard in shards for name in shard] == list(tensors)
    for shard in shards:
        assert len(shard) == 1 or sum(tensors[name].nbytes for name in shard) <= max_shard_bytes


def test_the_index_tells_every_tensor_s_shard_and_the_size(
    tmp_path: Path, tensors: dict[str, Tensor]
) -> None:
    write_checkpoint(tmp_path, lazily(tensors), max_shard_bytes=4_000)
    index = json.loads((tmp_path / "model.safetensors.index.json").read_text(encoding="utf-8"))
    assert index["metadata"]["total_size"] == sum(tensor.nbytes for tensor in tensors.values())
    held = {name: path.name for path in sorted(tmp_path.glob("*.safetensors")) for name in load_file(path)}
    assert index["weight_map"] == held


def test_transformers_opens_what_was_written_in_shards(tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    source = open_checkpoint(FIXTURES / "llama-tuned")
    (tmp_path / "config.json").write_text(json.dumps(source.config), encoding="utf-8")
    write_checkpoint(tmp_path, source.tensors, max_shard_bytes=50_000)
    assert len(list(tmp_path.glob("model-*.safetensors"))) > 3
    model, loading = AutoModelForCausalLM.from_pretrained(tmp_path, output_loading_info=True)
    assert {kind: names for kind, names in loading.items() if names} == {}
    state = model.state_dict()
    assert all(torch.equal(state[name], source.tensors[name].read()) for name in source.tensors)


def test_a_checkpoint_copied_whole_keeps_its_bytes(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, open_checkpoint(FIXTURES / "bert-tuned").tensors)
    ours = (tmp_path / "model.safetensors").read_bytes()
    assert ours == (FIXTURES / "bert-tuned" / "model.safetensors").read_bytes()


def test_progress_adds_up_to_all_bytes(tmp_path: Path, tensors: dict[str, Tensor]) -> None:
    told: list[int] = []
    write_checkpoint(tmp_path, lazily(tensors), max_shard_bytes=700, progress=told.append)
    assert sum(told) == sum(tensor.nbytes for tensor in tensors.values())


def test_one_tensor_is_held_at_a_time(tmp_path: Path) -> None:
    held: list[str] = []

    def read(name: str) -> Tensor:
        held.append(name)
        assert (tmp_path / "x.safetensors").stat().st_size >= 400 * (len(held) - 1)
        return torch.zeros(100)

    names = ["a", "b", "c"]
    lazy = {name: LazyTensor((100,), Dtype.F32, lambda name=name: read(name)) for name in names}
    write_safetensors(tmp_path / "x.safetensors", lazy)
    assert held == names


def test_a_tensor_that_is_not_what_it_promised_is_our_own_fault(tmp_path: Path) -> None:
    lazy = {"x": LazyTensor((2,), Dtype.F32, lambda: torch.zeros(3))}
    with pytest.raises(AssertionError, match="'x' was promised"):
        write_safetensors(tmp_path / "x.safetensors", lazy)


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("precious", encoding="utf-8")
    with pytest.raises(FileExistsError):
        write_safetensors(tmp_path / "x", lazily(seeded(a=(2,))))
    with pytest.raises(FileExistsError):
        write_text(tmp_path / "x", "other")
    assert (tmp_path / "x").read_text(encoding="utf-8") == "precious"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_and_a_spent_quota_are_told_from_other_faults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def fail(_: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(NoSpaceError, match="disk is full"):
        write_safetensors(tmp_path / "x", lazily(seeded(a=(2,))))
    with pytest.raises(NoSpaceError, match="disk is full"):
        write_text(tmp_path / "y", "text")


def test_another_fault_of_the_disk_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OutputError, match=r"y could not be written: the disk.*Input/output error"):
        write_text(tmp_path / "y", "text")


def test_a_quoted_path_that_is_no_text_can_be_written(tmp_path: Path) -> None:
    write_text(tmp_path / "x", os.fsdecode(b"from inv\xffalid"))
    assert (tmp_path / "x").read_text(encoding="utf-8") == "from inv?alid"


def test_what_is_spilled_comes_back_whole_and_by_rows(tmp_path: Path) -> None:
    tensors = [*seeded(a=(5, 3), b=(0, 3), c=(7,)).values(), torch.arange(6).reshape(3, 2).bfloat16()]
    spill = Spill(tmp_path)
    stored = [spill.put(StoredArray.of(tensor)) for tensor in tensors]
    assert all(torch.equal(lazy.read(), tensor) for lazy, tensor in zip(stored, tensors, strict=True))
    assert torch.equal(stored[0].read_rows(1, 4), tensors[0][1:4])
    assert list(tmp_path.iterdir()) == []

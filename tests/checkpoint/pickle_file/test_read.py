"""Pickled checkpoints.

Tensors and nothing else, whatever wraps them, and memory that is given back.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from lorasurgery.checkpoint.pickle_file import open_pickle
from lorasurgery.dtypes import Dtype
from support.pickled_files import pickled, repacked, weights


def assert_same(path: Path, expected: dict[str, Tensor]) -> None:
    read, _ = open_pickle(path)
    assert list(read) == sorted(expected)
    for name, lazy in read.items():
        assert (lazy.dtype, lazy.shape) == (Dtype.of(expected[name].dtype), tuple(expected[name].shape))
        assert torch.equal(lazy.read(), expected[name])
        assert lazy.read().is_contiguous()


@pytest.mark.parametrize("legacy", [False, True], ids=["archive", "legacy"])
@pytest.mark.parametrize(
    "wrap",
    [
        lambda state: state,
        lambda state: {"state_dict": state, "epoch": 3, "lr": 0.1},
        lambda state: {
            "model_state_dict": state,
            "optimizer_state_dict": {"state": {0: {"m": torch.ones(2)}}},
        },
        lambda state: {"model": state, "step": torch.tensor(3)},
        lambda state: {"module": {"state_dict": state}},
        lambda state: {
            name: nn.Parameter(tensor) if tensor.dim() > 1 else tensor for name, tensor in state.items()
        },
        lambda state: state | {"config": {"width": 4}, "names": ["a", "b"]},
    ],
    ids=[
        "plain",
        "state_dict",
        "model_state_dict",
        "model",
        "nested twice",
        "parameters",
        "beside other things",
    ],
)
def test_the_weights_come_out_of_whatever_wraps_them(
    path: Path, wrap: Callable[[dict[str, Tensor]], Any], legacy: bool
) -> None:
    path.write_bytes(pickled(wrap(weights()), legacy=legacy))
    assert_same(path, weights())


def test_what_is_read_needs_no_gradient(path: Path) -> None:
    path.write_bytes(pickled({"a": nn.Parameter(torch.ones(2))}))
    assert not open_pickle(path)[0]["a"].read().requires_grad


@pytest.mark.parametrize("legacy", [False, True], ids=["archive", "legacy"])
def test_rows_are_slices_of_the_whole(path: Path, legacy: bool) -> None:
    path.write_bytes(pickled(weights(), legacy=legacy))
    tensors = open_pickle(path)[0]
    assert tensors
    for name, lazy in tensors.items():
        if lazy.shape:
            assert torch.equal(lazy.read_rows(1, 3), weights()[name][1:3])


@pytest.mark.parametrize("legacy", [False, True], ids=["archive", "legacy"])
def test_tied_weights_are_known_by_the_bytes_they_share(path: Path, legacy: bool) -> None:
    table = torch.randn(5, 4)
    state = {"wte": table, "head": table, "copy": table.clone(), "half": table[:2], "turned": table.T}
    path.write_bytes(pickled(state, legacy=legacy))
    tensors, aliases = open_pickle(path)
    assert aliases == {"wte": "head"}
    assert tensors.keys() == state.keys()


def test_writing_into_what_was_read_leaves_the_file_alone(path: Path) -> None:
    path.write_bytes(pickled({"a": torch.zeros(4)}))
    before = path.read_bytes()
    lazy = open_pickle(path)[0]["a"]
    lazy.read().fill_(1)
    assert torch.equal(lazy.read(), torch.zeros(4))
    assert path.read_bytes() == before


def test_an_archive_that_was_packed_again_and_compressed_reads_the_same(path: Path) -> None:
    path.write_bytes(repacked(pickled(weights()), lambda _, content: content, zipfile.ZIP_DEFLATED))
    assert_same(path, weights())


def test_opening_a_file_maps_nothing_of_it(path: Path) -> None:
    path.write_bytes(pickled(weights()))
    tensors, _ = open_pickle(path)
    for lazy in tensors.values():
        lazy.read()
    assert "x.pt" not in Path("/proc/self/maps").read_text(encoding="utf-8")


@pytest.mark.parametrize("order", [sorted, reversed])
def test_an_archive_that_was_packed_again_reads_the_same_wherever_its_records_are(
    path: Path, order: Callable[[list[str]], Any]
) -> None:
    """torch itself computes where records are, by the rules of its own writer, and is wrong about
    such a file.
    """
    whole = pickled(weights())
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(path, "w") as new:
        for name in order(old.namelist()):
            new.writestr(name, old.read(name))
    assert_same(path, weights())


def test_numbers_of_the_other_byte_order_come_out_right(path: Path) -> None:
    def swapped(name: str, content: bytes) -> bytes:
        if name.endswith("byteorder"):
            return b"big"
        return np.frombuffer(content, "<f4").astype(">f4").tobytes() if "/data/" in name else content

    wanted = {"a": torch.randn(5, 3)}
    path.write_bytes(repacked(pickled(wanted), swapped))
    assert_same(path, wanted)


def test_rows_of_a_transposed_tensor_are_read_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = {"a": torch.randn(1000, 100)[:, ::2], "b": torch.randn(50, 1000).T, "c": torch.randn(9, 4)[:, 1]}
    path.write_bytes(pickled(state))
    tensors, _ = open_pickle(path)
    for name, tensor in state.items():
        assert torch.equal(tensors[name].read(), tensor)
        assert torch.equal(tensors[name].read_rows(3, 7), tensor[3:7])
        assert torch.equal(tensors[name].read_rows(5, 10**6), tensor[5:])
    read, asked = os.preadv, []

    def noting(descriptor: int, views: list[Any], offset: int) -> int:
        asked.append(len(views[0]))
        return read(descriptor, views, offset)

    monkeypatch.setattr(os, "preadv", noting)
    tensors["a"].read_rows(3, 7)
    assert sum(asked) <= 4 * 100 * 4


def test_a_small_tensor_that_was_expanded_is_read(path: Path) -> None:
    torch.save({"a": torch.arange(3.0).expand(50, 3)}, path)
    assert torch.equal(open_pickle(path)[0]["a"].read(), torch.arange(3.0).expand(50, 3))

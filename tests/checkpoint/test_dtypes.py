"""Dtypes and bits: ours are those of torch and of safetensors, every source gives its own bits, and
none of it loads torch.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import SafetensorError, deserialize
from safetensors.torch import save_file
from torch import Tensor

from lorasurgery import dtypes
from lorasurgery.checkpoint import Spill, open_checkpoint, write_safetensors
from lorasurgery.checkpoint.digest import ELEMENTS, Digest, digest
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.stored_array import StoredArray, bits_of, tensor_of
from support.paths import FIXTURES, ROOT

HELD = [each for each in Dtype if each.is_in_torch]
# Opens and hashes a checkpoint, then tells what was imported by then.
PROBE = """
import json, sys
from lorasurgery.checkpoint import open_checkpoint, write_safetensors
from lorasurgery.checkpoint.digest import digest
opened = open_checkpoint({source!r})
hashes = {{name: digest(tensor) for name, tensor in opened.tensors.items()}}
write_safetensors(__import__("pathlib").Path({target!r}), opened.tensors)
{more}
print(json.dumps([hashes, "torch" in sys.modules]))
"""


def any_bits(dtype: Dtype, count: int) -> Tensor:
    torch.manual_seed(count)
    if dtype is Dtype.BOOL:
        return torch.randint(0, 2, (count,)).bool()
    return torch.randint(0, 256, (count * dtype.itemsize,), dtype=torch.uint8).view(dtype.torch)


@pytest.mark.parametrize("dtype", HELD)
def test_a_dtype_is_torch_s(dtype: Dtype) -> None:
    own = dtype.torch
    assert Dtype.of(own) is dtype
    assert str(own) == f"torch.{dtype}"
    assert Dtype.named(str(dtype)) is Dtype[dtype.name] is dtype
    assert (dtype.itemsize, dtype.is_floating_point, dtype.is_complex) == (
        own.itemsize,
        own.is_floating_point,
        own.is_complex,
    )


def test_names_and_order_are_those_of_safetensors() -> None:
    header = json.dumps({"x": {"dtype": "none", "shape": [], "data_offsets": [0, 0]}}).encode()
    with pytest.raises(SafetensorError) as error:
        deserialize(len(header).to_bytes(8, "little") + header)
    theirs = re.findall(r"`(\w+)`", str(error.value).partition("expected one of")[2])
    assert [each.name for each in Dtype] == theirs[::-1]
    assert [each.layout_order for each in Dtype] == list(range(len(theirs)))


def test_the_six_bit_floats_are_two_and_torch_has_neither() -> None:
    assert [each for each in Dtype if each not in HELD] == [Dtype.F6_E3M2, Dtype.F6_E2M3]
    assert all(each.is_floating_point and each.itemsize == 1 for each in (Dtype.F6_E3M2, Dtype.F6_E2M3))
    with pytest.raises(UnsupportedError, match="F6_E2M3"):
        _ = Dtype.F6_E2M3.torch


@pytest.mark.parametrize("unknown", [torch.complex128, torch.quint8], ids=str)
def test_what_safetensors_does_not_have_is_refused(unknown: torch.dtype) -> None:
    with pytest.raises(UnsupportedError, match=str(unknown).removeprefix("torch.")):
        Dtype.of(unknown)


def test_a_pickle_that_holds_such_a_tensor_is_refused_by_its_name(tmp_path: Path) -> None:
    torch.save({"x": torch.zeros(2, dtype=torch.complex128)}, tmp_path / "x.bin")
    with pytest.raises(UnsupportedError, match=r"x\.bin: 'x' cannot be taken over.*complex128"):
        open_checkpoint(tmp_path / "x.bin")


@pytest.mark.parametrize("dtype", [Dtype.F8_E8M0, Dtype.F4])
def test_a_torch_that_is_too_old_for_a_dtype_is_told_at_opening(
    dtype: Dtype, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_safetensors(tmp_path / "x.safetensors", {"x": LazyTensor.of(any_bits(dtype, 4))})
    older = {each: each.torch for each in HELD if each is not dtype}
    monkeypatch.setattr(dtypes, "_torch_dtypes", lambda: older)
    with pytest.raises(UnsupportedError, match=f"'x' is {dtype.name}, for which torch has no dtype"):
        open_checkpoint(tmp_path / "x.safetensors")


@pytest.mark.parametrize("dtype", HELD)
@pytest.mark.parametrize("count", [0, 1, 12])
def test_bits_and_tensors_are_two_views_of_the_same_memory(dtype: Dtype, count: int) -> None:
    tensor = any_bits(dtype, count)
    bits = bits_of(tensor)
    assert (bits.dtype, bits.shape) == (np.dtype(f"<u{dtype.itemsize}"), (count,))
    back = tensor_of(bits, dtype)
    assert back.dtype == tensor.dtype
    if count:
        assert back.data_ptr() == tensor.data_ptr() == bits.ctypes.data


def from_safetensors(tensor: Tensor, folder: Path) -> LazyTensor:
    save_file({"x": tensor}, folder / "x.safetensors")
    return open_checkpoint(folder / "x.safetensors").tensors["x"]


def from_pickle(tensor: Tensor, folder: Path) -> LazyTensor:
    torch.save({"x": tensor}, folder / "x.bin")
    return open_checkpoint(folder / "x.bin").tensors["x"]


def from_pickle_turned(tensor: Tensor, folder: Path) -> LazyTensor:
    """One that lies column by column, and so in no piece."""
    torch.save({"x": tensor.mT.contiguous().mT}, folder / "x.bin")
    return open_checkpoint(folder / "x.bin").tensors["x"]


def by_rows_alone(tensor: Tensor, _folder: Path) -> LazyTensor:
    return LazyTensor(
        tuple(tensor.shape),
        Dtype.of(tensor.dtype),
        lambda: tensor,
        rows=lambda start, stop: tensor[start:stop],
    )


SOURCES: dict[str, Callable[[Tensor, Path], LazyTensor]] = {
    "safetensors": from_safetensors,
    "pickle": from_pickle,
    "pickle, turned": from_pickle_turned,
    "spill": lambda tensor, folder: Spill(folder).put(StoredArray.of(tensor)),
    "in memory": lambda tensor, _folder: LazyTensor.of(tensor),
    "turned in memory": lambda tensor, _folder: LazyTensor.of(tensor.mT.contiguous().mT),
    "rows": by_rows_alone,
    "mapped": lambda tensor, _folder: LazyTensor.of(tensor).map(
        lambda t: t.clone(), shape=tuple(tensor.shape), dtype=Dtype.of(tensor.dtype)
    ),
    "view": lambda tensor, folder: from_safetensors(tensor, folder).viewed((2, tensor.numel() // 2)),
    "view of a map": lambda tensor, folder: SOURCES["mapped"](tensor, folder).viewed((tensor.numel(),)),
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("dtype", HELD)
def test_every_source_gives_its_own_bits(source: str, dtype: Dtype, tmp_path: Path) -> None:
    tensor = any_bits(dtype, 3 * 4 * 2).reshape(3, 4, 2)
    wanted = bits_of(tensor)
    lazy = SOURCES[source](tensor, tmp_path)
    assert lazy.dtype is dtype
    for start, stop in [(0, 24), (0, 1), (5, 17), (23, 24), (7, 7)]:
        got = lazy.read_bits(start, stop)
        assert got.dtype == wanted.dtype
        assert got.tobytes() == wanted[start:stop].tobytes()
    assert bits_of(lazy.read()).tobytes() == wanted.tobytes()


@pytest.mark.parametrize("shape", [(), (0,), (0, 4)], ids=str)
def test_what_has_one_number_or_none_is_put_away_too(shape: tuple[int, ...], tmp_path: Path) -> None:
    tensor = torch.randn(shape)
    for lazy in (Spill(tmp_path).put(StoredArray.of(tensor)), from_safetensors(tensor, tmp_path)):
        assert torch.equal(lazy.read(), tensor)
        assert lazy.read_bits(0, lazy.numel).tobytes() == bits_of(tensor).tobytes()


@pytest.mark.parametrize("count", [0, 1, ELEMENTS + 1])
def test_a_digest_is_of_the_bytes_whether_they_come_as_bits_or_as_a_tensor(count: int) -> None:
    tensor = any_bits(Dtype.BF16, count)
    found = Digest()
    found.add(StoredArray.of(tensor))
    whole = LazyTensor((count,), Dtype.BF16, lambda: tensor)
    assert str(found) == digest(LazyTensor.of(tensor)) == digest(whole)


def probed(source: Path, target: Path, more: str = "") -> tuple[dict[str, str], bool]:
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(source=str(source), target=str(target), more=more)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    hashes, has_torch = json.loads(done.stdout)
    return hashes, has_torch


def test_a_checkpoint_is_opened_hashed_and_copied_without_torch(tmp_path: Path) -> None:
    source = FIXTURES / "llama-base"
    hashes, has_torch = probed(source, tmp_path / "x.safetensors")
    assert not has_torch
    tensors = open_checkpoint(source).tensors
    assert hashes == {name: digest(LazyTensor.of(tensor.read())) for name, tensor in tensors.items()}
    copied = open_checkpoint(tmp_path / "x.safetensors").tensors
    assert hashes == {name: digest(tensor) for name, tensor in copied.items()}


def test_the_probe_sees_torch_where_a_tensor_is_read(tmp_path: Path) -> None:
    more = "next(iter(opened.tensors.values())).read()"
    _, has_torch = probed(FIXTURES / "llama-base", tmp_path / "x.safetensors", more)
    assert has_torch

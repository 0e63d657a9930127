"""Safetensors: what is read is what was written, to the bit; the bytes are the library's own.

A lie is refused.
"""

from __future__ import annotations

import json
import random
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save, save_file
from torch import Tensor

from lorasurgery.checkpoint.safetensors_file import open_safetensors
from lorasurgery.checkpoint.write import write_safetensors
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import DamagedFileError, UnsupportedError
from lorasurgery.lazy import LazyTensor
from support.paths import FIXTURES

BROKEN = FIXTURES / "broken"
SHAPES = [(), (0,), (5,), (3, 4), (0, 4), (4, 0), (2, 3, 4), (1, 1, 1, 1, 2)]
MUTATIONS = 1000
LETTERS = b'0123456789[]{}",:abcFIUB \x00\xff-.e\\'


def any_bits(dtype: torch.dtype, shape: tuple[int, ...]) -> Tensor:
    """Return a tensor of that dtype whose bits are anything the dtype allows, NaN and infinities
    included.
    """
    torch.manual_seed(len(shape))
    if dtype == torch.bool:
        return torch.randint(0, 2, shape).bool()
    raw = torch.randint(0, 256, (*shape, dtype.itemsize), dtype=torch.uint8)
    return raw.view(dtype).reshape(shape)


def bits(tensor: Tensor) -> tuple[torch.dtype, tuple[int, ...], bytes]:
    """Return all that there is to a tensor."""
    raw = tensor.contiguous().reshape(-1).view(torch.uint8)
    return tensor.dtype, tuple(tensor.shape), raw.numpy().tobytes()


def shapes_of(dtype: torch.dtype) -> list[tuple[int, ...]]:
    """List the shapes to try.

    Four-bit numbers are stored in pairs, so that there is no single one.
    """
    return SHAPES[1:] if "float4" in str(dtype) else SHAPES


def samples(dtype: torch.dtype) -> dict[str, Tensor]:
    return {f"{dtype}{shape}": any_bits(dtype, shape) for shape in shapes_of(dtype)}


def lazily(tensors: Mapping[str, Tensor]) -> dict[str, LazyTensor]:
    return {name: LazyTensor.of(tensor) for name, tensor in tensors.items()}


def with_header(path: Path, header: object, data: bytes = b"") -> Path:
    """Write a file with any header."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return path


def entry(dtype: str, shape: list[Any], start: int, stop: int) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, stop]}


@pytest.fixture(params=[each for each in Dtype if each.is_in_torch], ids=lambda each: each.name)
def dtype(request: pytest.FixtureRequest) -> torch.dtype:
    """Each dtype that both torch and the format have."""
    found: Dtype = request.param
    return found.torch


def test_every_dtype_of_the_format_is_known_to_torch_but_the_six_bit_floats() -> None:
    assert {each for each in Dtype if not each.is_in_torch} == {Dtype.F6_E2M3, Dtype.F6_E3M2}


def test_reading_gives_back_what_was_written_bit_for_bit(tmp_path: Path, dtype: torch.dtype) -> None:
    tensors = samples(dtype)
    write_safetensors(tmp_path / "x.safetensors", lazily(tensors))
    read = open_safetensors(tmp_path / "x.safetensors")
    assert {name: bits(lazy.read()) for name, lazy in read.items()} == {
        name: bits(tensor) for name, tensor in tensors.items()
    }


def test_the_header_alone_tells_shape_dtype_and_size(tmp_path: Path, dtype: torch.dtype) -> None:
    tensors = samples(dtype)
    save_file(tensors, tmp_path / "x.safetensors")
    read = open_safetensors(tmp_path / "x.safetensors")
    assert {name: (lazy.dtype, lazy.shape, lazy.nbytes) for name, lazy in read.items()} == {
        name: (Dtype.of(tensor.dtype), tuple(tensor.shape), tensor.nbytes) for name, tensor in tensors.items()
    }


def test_rows_are_slices_of_the_whole(tmp_path: Path, dtype: torch.dtype) -> None:
    whole = any_bits(dtype, (7, 3, 2))
    save_file({"x": whole}, tmp_path / "x.safetensors")
    lazy = open_safetensors(tmp_path / "x.safetensors")["x"]
    assert lazy.rows is not None
    ranges = [(0, 7), (0, 1), (6, 7), (2, 5), (3, 3)]
    assert [bits(lazy.read_rows(*each)) for each in ranges] == [bits(whole[slice(*each)]) for each in ranges]


def test_all_dtypes_in_one_file_lie_as_the_library_lays_them(tmp_path: Path) -> None:
    tensors = {
        f"{'zay'[index % 3]}.{name}": tensor
        for index, dtype in enumerate(each for each in Dtype if each.is_in_torch)
        for name, tensor in samples(dtype.torch).items()
    }
    save_file(tensors, tmp_path / "theirs", metadata={"format": "pt"})
    write_safetensors(tmp_path / "ours", lazily(tensors))
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()


@pytest.mark.parametrize("metadata", [{"format": "pt"}, {"only": "one"}], ids=str)
@pytest.mark.parametrize(
    "tensors",
    [{}, {"": torch.zeros(2)}, {"ключ.\n.名": torch.ones(3)}, {'"\\': torch.ones(0)}],
    ids=lambda tensors: ascii(list(tensors)),
)
def test_odd_names_and_none_at_all_come_out_with_the_library_s_bytes(
    tmp_path: Path, tensors: dict[str, Tensor], metadata: dict[str, str]
) -> None:
    write_safetensors(tmp_path / "ours", lazily(tensors), metadata)
    assert (tmp_path / "ours").read_bytes() == save(tensors, metadata)
    assert list(open_safetensors(tmp_path / "ours")) == list(tensors)


def test_a_non_contiguous_tensor_is_written_as_it_reads(tmp_path: Path) -> None:
    tensor = torch.arange(12.0).reshape(3, 4)
    write_safetensors(tmp_path / "x.safetensors", lazily({"t": tensor.T, "every other": tensor[:, ::2]}))
    read = open_safetensors(tmp_path / "x.safetensors")
    assert torch.equal(read["t"].read(), tensor.T)
    assert torch.equal(read["every other"].read(), tensor[:, ::2])


def test_what_is_read_is_ours_to_change(tmp_path: Path) -> None:
    save_file({"x": torch.zeros(4)}, tmp_path / "x.safetensors")
    lazy = open_safetensors(tmp_path / "x.safetensors")["x"]
    lazy.read().fill_(1)
    assert torch.equal(lazy.read(), torch.zeros(4))


@pytest.mark.parametrize("file", sorted(BROKEN.glob("*.safetensors")), ids=lambda file: file.stem)
def test_a_file_that_breaks_the_format_is_refused_by_name(file: Path) -> None:
    if file.stem == "secret":  # the sound one
        assert list(open_safetensors(file)) == ["secret"]
        return
    with pytest.raises(DamagedFileError, match=file.name):
        open_safetensors(file)


def test_a_file_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    whole = save({"a": torch.zeros(3), "b": torch.ones(2, dtype=torch.int8)})
    path = tmp_path / "x.safetensors"
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(DamagedFileError):
            open_safetensors(path)


def is_opened_by_the_library(path: Path) -> bool:
    try:
        with safe_open(path, "pt"):
            return True
    except SafetensorError:
        return False


def is_opened_by_us(path: Path) -> bool:
    try:
        open_safetensors(path)
    except (DamagedFileError, UnsupportedError):
        return False
    return True


def mutated(whole: bytes, chance: random.Random) -> bytes:
    """Change, drop or add a letter or two of the header.

    Half of the time, correct the length that stands before it.
    """
    length, letters = struct.unpack("<Q", whole[:8])[0], bytearray(whole)
    for _ in range(chance.choice([1, 1, 2, 3])):
        at = chance.randrange(8 + length)
        cut = chance.choice([0, 1, 1, 1])
        letters[at : at + cut] = bytes(chance.choices(LETTERS, k=chance.choice([0, 1, 1, 1])))
    if chance.random() < 0.5:
        letters[:8] = struct.pack("<Q", max(0, length + len(letters) - len(whole)))
    return bytes(letters)


def test_headers_with_slips_are_judged_as_the_library_judges_them(tmp_path: Path) -> None:
    tensors = {"a": torch.zeros(2, 2), "b": torch.ones(3).bfloat16(), "c": torch.tensor(1)}
    whole, chance, path = save(tensors, {"format": "pt"}), random.Random(0), tmp_path / "x.safetensors"
    opened = 0
    for _ in range(MUTATIONS):
        path.write_bytes(mutated(whole, chance))
        assert is_opened_by_us(path) == is_opened_by_the_library(path), path.read_bytes()
        opened += is_opened_by_us(path)
    assert 0 < opened < MUTATIONS


@pytest.mark.parametrize(
    "header",
    [
        b'{"\\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
        b'{"a":{"dtype":"F32","shape":[' + b"9" * 5000 + b'],"data_offsets":[0,4]}}',
        b'{"a":{"dtype":"F32","shape":[9223372036854775807,4],"data_offsets":[0,4]}}',
        b"[" * 100_000,
        b'{"a":NaN}',
        b'{"a":"\xff"}',
        {"a": entry("F32", [1.0], 0, 4)},
        {"a": entry("F32", [True], 0, 4)},
        {"a": entry("f32", [1], 0, 4)},
        {"a": {"dtype": ["F32"], "shape": [1], "data_offsets": [0, 4]}},
        {"a": {"dtype": "F32", "shape": "1", "data_offsets": [0, 4]}},
        {"a": {"dtype": "F32", "shape": "", "data_offsets": [0, 4]}},
        {"a": {"dtype": "F32", "shape": {}, "data_offsets": [0, 4]}},
        {"a": {"dtype": "F32", "shape": [1], "data_offsets": {"0": 0, "4": 4}}},
        {"a": entry("F32", [2**62] * 400, 0, 4)},
        {"a": entry("F32", [2**62] * 60_000, 0, 4)},
        {"__metadata__": [], "a": entry("F32", [1], 0, 4)},
        {"__metadata__": "pt", "a": entry("F32", [1], 0, 4)},
        {"__metadata__": {"format": None}, "a": entry("F32", [1], 0, 4)},
        {"__metadata__": {"steps": 4}, "a": entry("F32", [1], 0, 4)},
        {"__metadata__": {"n": {"format": "pt"}}, "a": entry("F32", [1], 0, 4)},
        b'{"__metadata__":{"x":NaN},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
        b'{"__metadata__":{"x":"\\ud800"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
        b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":[8,"\\udc00"]}}',
        {"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 2, 4]}},
        {"a": {"dtype": "F32", "shape": [1]}},
        {"a": [4]},
    ],
    ids=lambda header: str(header)[:60],
)
def test_a_header_that_no_writer_makes_is_refused(tmp_path: Path, header: object) -> None:
    path = with_header(tmp_path / "x.safetensors", header, bytes(4))
    with pytest.raises(DamagedFileError, match=r"x\.safetensors") as caught:
        open_safetensors(path)
    assert len(str(caught.value)) < 1000
    assert not is_opened_by_the_library(path)


def test_a_name_twice_among_many_is_found_at_once(tmp_path: Path) -> None:
    names = [*(f"k{index}" for index in range(60_000)), "k59999"]
    header = b"{" + b",".join(b'"%s":0' % name.encode() for name in names) + b"}"
    with pytest.raises(DamagedFileError, match="'k59999' stands twice"):
        open_safetensors(with_header(tmp_path / "x.safetensors", header))


@pytest.mark.parametrize(("dtype_name", "shape", "nbytes"), [("F6_E2M3", [4], 3), ("F4", [2, 3], 3)])
def test_numbers_that_torch_cannot_hold_are_refused_as_such(
    tmp_path: Path, dtype_name: str, shape: list[int], nbytes: int
) -> None:
    header = {"a": entry(dtype_name, shape, 0, nbytes)}
    with pytest.raises(UnsupportedError, match="'a' is F"):
        open_safetensors(with_header(tmp_path / "x.safetensors", header, bytes(nbytes)))


@pytest.mark.parametrize(
    "shape", [[0, 2**62, 2**62], [2**62, 0], [1] * 100], ids=["0×2⁶²×2⁶²", "2⁶²×0", "100 dimensions"]
)
def test_shapes_at_the_limits_of_integers_do_no_harm(tmp_path: Path, shape: list[int]) -> None:
    nbytes = 4 * (0 not in shape)
    header = {"a": entry("F32", shape, 0, nbytes)}
    lazy = open_safetensors(with_header(tmp_path / "x.safetensors", header, bytes(nbytes)))["a"]
    assert (lazy.shape, lazy.nbytes) == (tuple(shape), nbytes)
    for read in (lazy.read, lazy.raw):
        with pytest.raises(DamagedFileError, match="no array can have such a shape"):
            read()

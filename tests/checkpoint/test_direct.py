"""What is written past the page cache is what would have gone through it."""

from __future__ import annotations

import errno
import os
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from lorasurgery.checkpoint import direct, linux, open_checkpoint, rewrite
from lorasurgery.checkpoint.digest import digest
from lorasurgery.checkpoint.rewrite import FilePlan, rewriting
from lorasurgery.checkpoint.safetensors_file import header_text
from lorasurgery.errors import NoSpaceError, OutputError
from lorasurgery.stored_array import StoredArray

PIECE = 16384
# The tensors of `source` that a test writes itself.
MADE = {"t0", "t2", "t3", "t5"}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Tensors of some pages and a bit, one of them empty."""
    generator = torch.Generator().manual_seed(0)
    sizes = (4000, 0, 12345, 50001, 3, 9000, 20000)
    save_file(
        {f"t{i}": torch.randn(n, generator=generator) for i, n in enumerate(sizes)},
        tmp_path / "in.safetensors",
    )
    return tmp_path / "in.safetensors"


@pytest.fixture(autouse=True)
def directly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Small files go directly as well; the offsets of what did."""
    with (tmp_path / "probe").open("wb") as file:
        if not linux.direct_alignment(file.fileno()):
            pytest.skip("this file system does not say that it can")
    monkeypatch.setattr(rewrite, "DIRECT_BYTES", 0)
    monkeypatch.setattr(rewrite, "PASSED_BYTES", 10_000)
    monkeypatch.setattr(direct, "PIECE_BYTES", PIECE)
    offsets: list[int] = []
    pwrite = os.pwrite

    def noting(descriptor: int, data: memoryview, offset: int) -> int:
        if is_direct(descriptor):
            assert offset % 4096 == len(data) % 4096 == 0
            offsets.append(offset)
        return pwrite(descriptor, data, offset)

    monkeypatch.setattr(os, "pwrite", noting)
    return offsets


def is_direct(descriptor: int) -> bool:
    flags = Path(f"/proc/self/fdinfo/{descriptor}").read_text(encoding="ascii").split("flags:")[1].split()[0]
    return bool(int(flags, 8) & os.O_DIRECT)


def planned(source: Path) -> FilePlan:
    tensors = open_checkpoint(source).tensors
    places = {name: lazy.place for name, lazy in tensors.items() if name not in MADE}
    return FilePlan("out", header_text(source), {n: p for n, p in places.items() if p})


def blocks(tensor: Tensor, seed: int) -> list[tuple[int, StoredArray]]:
    """A tensor in parts of uneven sizes, with their offsets in bytes."""
    cuts = sorted(random.Random(seed).sample(range(1, max(2, len(tensor))), min(9, max(0, len(tensor) - 1))))
    ends = [*cuts, len(tensor)]
    return [(4 * a, StoredArray.of(tensor[a:b])) for a, b in zip([0, *cuts], ends, strict=True)]


def write_all(source: Path, folder: Path, *, hashed: bool, shuffled: bool = False) -> None:
    old = load_file(source)
    folder.mkdir()
    with rewriting(folder, [planned(source)], hashed=hashed) as writer:

        def write(name: str) -> None:
            parts = blocks(old[name], len(name))
            for offset, block in random.Random(0).sample(parts, len(parts)) if shuffled else parts:
                taken = StoredArray(block.bits.copy(), block.dtype)
                writer.write(name, offset, taken)
                taken.bits[:] = 0  # a block is valid until `write` returns

        def copy(name: str) -> None:
            digest(open_checkpoint(source).tensors[name], lambda *block: writer.write(name, *block))

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(write, MADE))
            list(pool.map(copy, filter(writer.leaves, old)))


@pytest.mark.parametrize("hashed", [False, True])
@pytest.mark.parametrize("shuffled", [False, True])
def test_every_byte_is_where_it_belongs(
    hashed: bool, shuffled: bool, source: Path, tmp_path: Path, directly: list[int]
) -> None:
    write_all(source, tmp_path / "out", hashed=hashed, shuffled=shuffled)
    assert (tmp_path / "out" / "out").read_bytes() == source.read_bytes()
    assert len(set(directly)) >= (5 if shuffled else 10)


def test_a_tensor_that_the_caller_was_to_copy_and_did_not_is_an_error(source: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with (
        pytest.raises(AssertionError, match=r"not written: .'t4', 't6'"),
        rewriting(tmp_path / "out", [planned(source)], hashed=True),
    ):
        pass


def test_a_file_system_that_refuses_after_all_gets_it_through_the_cache(
    source: Path, tmp_path: Path, directly: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    noting = os.pwrite

    def refusing(descriptor: int, data: memoryview, offset: int) -> int:
        if is_direct(descriptor):
            raise OSError(errno.EINVAL, "Invalid argument")
        return noting(descriptor, data, offset)

    monkeypatch.setattr(os, "pwrite", refusing)
    write_all(source, tmp_path / "out", hashed=False)
    assert (tmp_path / "out" / "out").read_bytes() == source.read_bytes()
    assert not directly


def test_a_slow_disk_gets_the_rest_through_the_cache(
    source: Path, tmp_path: Path, directly: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_all(source, tmp_path / "fast", hashed=False)
    at_most = len(directly)
    monkeypatch.setattr(direct, "SLOW_RATE", 1e15)
    monkeypatch.setattr(direct, "JUDGED", 4)
    write_all(source, tmp_path / "slow", hashed=False)
    assert (tmp_path / "slow" / "out").read_bytes() == source.read_bytes()
    assert 4 <= len(directly) - at_most < at_most - 4


@pytest.mark.parametrize(
    ("number", "error"), [(errno.ENOSPC, NoSpaceError), (errno.EFBIG, OutputError)], ids=["full", "too large"]
)
def test_a_failure_in_the_background_is_reported(
    number: int, error: type[Exception], source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noting = os.pwrite

    def failing(descriptor: int, data: memoryview, offset: int) -> int:
        if is_direct(descriptor) and offset > 4 * PIECE:
            raise OSError(number, os.strerror(number))
        return noting(descriptor, data, offset)

    monkeypatch.setattr(os, "pwrite", failing)
    with pytest.raises(error, match=r"out could not be written|disk is full"):
        write_all(source, tmp_path / "out", hashed=False)


def test_a_failure_of_the_last_piece_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """No later piece asks how it went."""
    failing, writer = OSError(errno.EIO, os.strerror(errno.EIO)), direct.DirectWriter()

    def failed(*_: object) -> None:
        raise failing

    monkeypatch.setattr(direct, "write_at", failed)
    try:
        writer.put(direct.DirectFile(-1, -1, 4096), writer.buffer(), 0, 0, 8192)
        with pytest.raises(OSError, match="Input/output error"):
            writer.finish()
    finally:
        writer.close()


def test_where_the_system_does_not_say_so_nothing_is_direct(
    source: Path, tmp_path: Path, directly: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linux, "_call", lambda *_: errno.ENOSYS)
    write_all(source, tmp_path / "out", hashed=True)
    assert (tmp_path / "out" / "out").read_bytes() == source.read_bytes()
    assert not directly


def test_pieces_begin_at_pages() -> None:
    writer = direct.DirectWriter()
    room = writer.buffer()
    assert room.__array_interface__["data"][0] % 4096 == 0
    assert isinstance(room, np.ndarray)
    writer.close()

"""Files that are mostly copies.

In pieces, as clones, from sources that end too early, and onto disks that are full.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from lorasurgery.checkpoint import linux, open_checkpoint, rewrite
from lorasurgery.checkpoint.rewrite import FilePlan, rewriting
from lorasurgery.checkpoint.safetensors_file import header_text
from lorasurgery.errors import DamagedFileError, NoSpaceError, OutputError, UnreadableError
from lorasurgery.lazy import ByteRange
from lorasurgery.stamp import FileStamp
from lorasurgery.stored_array import StoredArray


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Six tensors of odd sizes, one of them empty."""
    tensors = {f"t{i}": torch.randn(37 * i, generator=torch.Generator().manual_seed(i)) for i in range(6)}
    save_file(tensors, tmp_path / "source.safetensors", {"format": "pt"})
    return tmp_path / "source.safetensors"


def plan(source: Path, made: set[str], twin: Path | None = None) -> FilePlan:
    tensors = open_checkpoint(source).tensors
    places = {name: lazy.place for name, lazy in tensors.items() if name not in made}
    return FilePlan(
        "out.safetensors",
        header_text(source),
        {n: p for n, p in places.items() if p},
        twin and (twin, FileStamp.of(twin.stat())),
    )


def written(folder: Path, plans: list[FilePlan], tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    folder.mkdir()
    with rewriting(folder, plans) as writer:
        for name, tensor in tensors.items():
            half = len(tensor) // 2
            writer.write(name, half * 4, StoredArray.of(tensor[half:]))
            writer.write(name, 0, StoredArray.of(tensor[:half]))
    return load_file(folder / "out.safetensors")


@pytest.mark.parametrize("piece", [1, 100, 1 << 20])
@pytest.mark.parametrize("made", [set(), {"t3"}, {"t0", "t2", "t5"}])
def test_what_is_not_written_is_copied(
    made: set[str], piece: int, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewrite, "COPY_BYTES", piece)
    old = load_file(source)
    new = {name: old[name] + 1 for name in made}
    assert all(
        torch.equal(tensor, ({**old, **new})[name])
        for name, tensor in written(tmp_path / "out", [plan(source, made)], new).items()
    )


@pytest.mark.parametrize("number", [*sorted(rewrite.CANNOT_COPY), 0])
def test_a_file_system_that_does_not_copy_between_files_is_copied_through_memory(
    number: int, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        if number == 0:  # as some file systems do, in place of an error
            return 0
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "copy_file_range", refuse, raising=False)
    got, old = written(tmp_path / "out", [plan(source, set())], {}), load_file(source)
    assert all(torch.equal(got[name], old[name]) for name in old)


def test_a_clone_is_not_copied_again(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a file system that shares bytes between files, which this one may not be."""

    def clone(twin: int, target: int) -> bool:
        os.write(target, os.pread(twin, 10**6, 0))
        return True

    monkeypatch.setattr(rewrite, "clone", clone)
    monkeypatch.setattr(rewrite, "_copy_range", None)
    old = load_file(source)
    got = written(tmp_path / "out", [plan(source, {"t4"}, twin=source)], {"t4": old["t4"] * 2})
    assert torch.equal(got["t4"], old["t4"] * 2)
    assert torch.equal(got["t5"], old["t5"])


def replaced(source: Path) -> None:
    """As by a download: the same name and length, another file."""
    other = source.with_name("other")
    other.write_bytes(b"\0" * source.stat().st_size)
    other.replace(source)


CHANGES: dict[str, Callable[[Path], None]] = {
    "cut off": lambda source: os.truncate(source, source.stat().st_size - 5),
    "replaced": replaced,
    "written over": lambda source: source.write_bytes(b"\0" * source.stat().st_size),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("twin", [False, True])
def test_a_source_that_changes_before_it_is_copied_is_refused(
    source: Path, tmp_path: Path, change: str, twin: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewrite, "clone", lambda *_: True)
    wanted = plan(source, set(), twin=source if twin else None)
    CHANGES[change](source)
    with pytest.raises(DamagedFileError, match=r"source.safetensors was changed while it was being read"):
        written(tmp_path / "out", [wanted], {})


@pytest.mark.parametrize("change", ["cut off", "written over"])
def test_a_source_that_changes_while_it_is_copied_is_refused(
    source: Path, tmp_path: Path, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = plan(source, set())
    copy, calls = rewrite._copy_some, []

    def copy_and_change(*arguments: Any) -> int:
        if not calls:
            CHANGES[change](source)
        calls.append(1)
        return copy(*arguments)

    monkeypatch.setattr(rewrite, "COPY_BYTES", 100)
    monkeypatch.setattr(rewrite, "_copy_some", copy_and_change)
    with pytest.raises(DamagedFileError, match=r"source.safetensors (was changed|ends at byte)"):
        written(tmp_path / "out", [wanted], {})


def test_a_source_that_the_disk_cannot_read_is_named(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = plan(source, set())

    def fail(*_: object) -> int:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "copy_file_range", fail, raising=False)
    monkeypatch.setattr(os, "pread", fail)
    with pytest.raises(UnreadableError, match=r"source.safetensors could not be read: the disk"):
        written(tmp_path / "out", [wanted], {})


@pytest.mark.parametrize("where", ["pwrite", "fsync"])
def test_a_disk_that_fails_names_what_could_not_be_written(
    where: str, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = plan(source, {"t3"})

    def fail(*_: object) -> int:
        raise OSError(errno.EFBIG, "File too large")

    monkeypatch.setattr(os, where, fail)
    with pytest.raises(OutputError, match=r"out could not be written: its file system, or a limit"):
        written(tmp_path / "out", [wanted], {"t3": torch.zeros(37 * 3)})


def test_an_error_stops_the_copies(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rewrite, "COPY_BYTES", 1)
    (tmp_path / "out").mkdir()
    with pytest.raises(KeyError), rewriting(tmp_path / "out", [plan(source, set())]):
        raise KeyError
    assert (tmp_path / "out" / "out.safetensors").stat().st_size == source.stat().st_size


def test_a_disk_that_cannot_hold_the_file_is_told_before_anything_is_written(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linux, "_call", lambda *_: errno.ENOSPC)
    wanted = plan(source, {"t3"})

    (tmp_path / "out").mkdir()
    with pytest.raises(NoSpaceError, match="disk is full"), rewriting(tmp_path / "out", [wanted]):
        pytest.fail("the work was begun")


@pytest.mark.parametrize("where", ["pwrite", "copy_file_range", "fsync"])
def test_a_full_disk_is_reported(
    where: str, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = plan(source, {"t3"})

    def fill_up(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, where, fill_up)
    with pytest.raises(NoSpaceError, match="disk is full"):
        written(tmp_path / "out", [wanted], {"t3": torch.zeros(37 * 3)})
    shutil.rmtree(tmp_path / "out")


def test_ranges_that_follow_one_another_are_one() -> None:
    stamp, other = FileStamp(1, 2, 22, 3), FileStamp(1, 2, 22, 4)
    one, two = ByteRange(Path("a"), 10, 5, stamp), ByteRange(Path("a"), 15, 7, stamp)
    assert rewrite._joined([(0, one), (5, two)]) == [(0, ByteRange(Path("a"), 10, 12, stamp))]
    assert rewrite._joined([(0, one), (6, two)]) == [(0, one), (6, two)]
    for third in (ByteRange(Path("b"), 15, 7, stamp), ByteRange(Path("a"), 15, 7, other)):
        assert rewrite._joined([(0, one), (5, third)]) == [(0, one), (5, third)]

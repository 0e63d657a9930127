"""Files that are mostly copies: in pieces, as clones, from sources that end too early, and onto disks that are full."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from lorasurgery.checkpoint import linux, open_checkpoint, rewrite
from lorasurgery.checkpoint.rewrite import FilePlan, rewriting
from lorasurgery.checkpoint.safetensors_file import header_text
from lorasurgery.errors import DamagedFileError, NoSpaceError
from lorasurgery.lazy import Place
from lorasurgery.raw import Raw


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Six tensors of odd sizes, one of them empty."""
    tensors = {f"t{i}": torch.randn(37 * i, generator=torch.Generator().manual_seed(i)) for i in range(6)}
    save_file(tensors, tmp_path / "source.safetensors", {"format": "pt"})
    return tmp_path / "source.safetensors"


def plan(source: Path, made: set[str], twin: Path | None = None) -> FilePlan:
    tensors = open_checkpoint(source).tensors
    places = {name: lazy.place for name, lazy in tensors.items() if name not in made}
    return FilePlan("out.safetensors", header_text(source), {n: p for n, p in places.items() if p}, twin)


def written(folder: Path, plans: list[FilePlan], tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    folder.mkdir()
    with rewriting(folder, plans) as writer:
        for name, tensor in tensors.items():
            half = len(tensor) // 2
            writer.write(name, half * 4, Raw.of(tensor[half:]))
            writer.write(name, 0, Raw.of(tensor[:half]))
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


def test_a_file_system_that_does_not_copy_between_files_is_copied_through_memory(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "copy_file_range", refuse, raising=False)
    got, old = written(tmp_path / "out", [plan(source, set())], {}), load_file(source)
    assert all(torch.equal(got[name], old[name]) for name in old)


def test_a_clone_is_not_copied_again(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a file system that shares bytes between files, which this one may not be."""

    def clone(twin: Path, target: int) -> bool:
        os.write(target, twin.read_bytes())
        return True

    monkeypatch.setattr(rewrite, "clone", clone)
    monkeypatch.setattr(rewrite, "_copy_range", None)
    old = load_file(source)
    got = written(tmp_path / "out", [plan(source, {"t4"}, twin=source)], {"t4": old["t4"] * 2})
    assert torch.equal(got["t4"], old["t4"] * 2)
    assert torch.equal(got["t5"], old["t5"])


def test_a_source_that_ends_too_early_is_damaged(source: Path, tmp_path: Path) -> None:
    wanted = plan(source, set())
    os.truncate(source, source.stat().st_size - 5)
    with pytest.raises(DamagedFileError, match="in the middle of a tensor"):
        written(tmp_path / "out", [wanted], {})


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
def test_a_full_disk_is_told(
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
    one, two = Place(Path("a"), 10, 5), Place(Path("a"), 15, 7)
    assert rewrite._joined([(0, one), (5, two)]) == [(0, Place(Path("a"), 10, 12))]
    assert rewrite._joined([(0, one), (6, two)]) == [(0, one), (6, two)]
    assert rewrite._joined([(0, one), (5, Place(Path("b"), 15, 7))]) == [
        (0, one),
        (5, Place(Path("b"), 15, 7)),
    ]

"""A file's place on the disk is taken before it is written to, and what the system cannot do stands
in nobody's way.
"""

from __future__ import annotations

import errno
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lorasurgery.checkpoint import linux

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="these are calls of Linux")


@pytest.fixture
def descriptor(tmp_path: Path) -> Iterator[int]:
    with (tmp_path / "file").open("w+b") as file:
        yield file.fileno()


def failing(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    monkeypatch.setattr(linux, "_call", lambda *_: number)


def test_a_place_is_taken_and_what_is_there_stays(descriptor: int) -> None:
    os.write(descriptor, b"first")
    linux.reserve(descriptor, 10**6)
    status = os.fstat(descriptor)
    assert status.st_size == 10**6
    assert status.st_blocks * 512 >= 10**6 or linux._is_in_memory(descriptor)
    assert os.pread(descriptor, 7, 0) == b"first\0\0"


def test_a_full_disk_is_an_error(descriptor: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (errno.ENOSPC, errno.EDQUOT):
        failing(monkeypatch, number)
        with pytest.raises(OSError, match=os.strerror(number)) as caught:
            linux.reserve(descriptor, 10**6)
        assert caught.value.errno == number


def test_a_file_system_that_cannot_is_no_error(descriptor: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (errno.ENOSYS, errno.EOPNOTSUPP):
        failing(monkeypatch, number)
        linux.reserve(descriptor, 10**6)


def test_writing_begins_by_waiting_where_there_is_no_other_way(
    descriptor: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[int] = []
    monkeypatch.setattr(os, "fsync", waited.append)
    linux.begin_to_write(descriptor)
    assert not waited
    failing(monkeypatch, errno.ENOSYS)
    linux.begin_to_write(descriptor)
    assert waited == [descriptor]


def test_a_name_that_is_taken_is_not_renamed_onto(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text("old", encoding="utf-8")
    assert linux.rename_new(old, new)
    old.write_text("other", encoding="utf-8")
    with pytest.raises(FileExistsError):
        linux.rename_new(old, new)
    assert (old.read_text(encoding="utf-8"), new.read_text(encoding="utf-8")) == ("other", "old")


def test_two_folders_exchange_their_names(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    assert linux.exchange(tmp_path / "one", tmp_path / "other")
    assert (tmp_path / "one" / "other").exists()
    with pytest.raises(FileNotFoundError, match="absent"):
        linux.exchange(tmp_path / "one", tmp_path / "absent")


def test_a_rename_that_the_system_does_not_know_is_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "old").touch()
    for number in (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM):
        failing(monkeypatch, number)
        assert not linux.rename_new(tmp_path / "old", tmp_path / "new")
        assert not linux.exchange(tmp_path / "old", tmp_path / "new")


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="no file system in memory")
def test_nothing_is_reserved_in_memory() -> None:
    with tempfile.TemporaryFile(dir="/dev/shm") as file:
        linux.reserve(file.fileno(), 10**6)
        assert (os.fstat(file.fileno()).st_size, os.fstat(file.fileno()).st_blocks) == (10**6, 0)

"""Files are brought to the disk while they are made, and what it does not take is an error."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lorasurgery.checkpoint import linux
from lorasurgery.checkpoint.flush import WRITE_SECONDS, written_early

# Long enough for a thread to have its turn on a busy machine.
A_WHILE = 50 * WRITE_SECONDS


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Have a system that can only flush whole files, and a disk that answers with this error."""

    def fail(number: int) -> None:
        def fsync(_: int) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(linux, "_call", lambda *_: errno.ENOSYS)
        monkeypatch.setattr(os, "fsync", fsync)

    return fail


@pytest.fixture
def pipe() -> Iterator[int]:
    """What there is nothing to flush of."""
    ends = os.pipe()
    yield ends[1]
    for end in ends:
        os.close(end)


def wait(descriptor: int, error: Exception | None = None) -> None:
    with written_early([descriptor]):
        time.sleep(A_WHILE)
        if error:
            raise error


def test_what_the_disk_does_not_take_is_an_error_at_the_end(
    failing: Callable[[int], None], tmp_path: Path
) -> None:
    failing(errno.EIO)
    with (tmp_path / "file").open("wb") as file, pytest.raises(OSError, match=os.strerror(errno.EIO)):
        wait(file.fileno())


def test_an_error_of_the_work_is_the_one_that_is_raised(
    failing: Callable[[int], None], tmp_path: Path
) -> None:
    failing(errno.EIO)
    with (tmp_path / "file").open("wb") as file, pytest.raises(ValueError, match="own"):
        wait(file.fileno(), ValueError("own"))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a pipe is flushed in another way")
def test_what_has_nothing_to_flush_is_no_error(pipe: int) -> None:
    wait(pipe)


def test_files_are_what_they_were_made(tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb", buffering=0) as file, written_early([file.fileno()]):
        for _ in range(5):
            file.write(b"12345")
            time.sleep(WRITE_SECONDS)
    assert (tmp_path / "file").read_bytes() == 5 * b"12345"

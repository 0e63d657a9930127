"""What is in a folder: a disk that fails is an error, and neither a broken link nor an empty folder."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any, NoReturn

import pytest

from lorasurgery.checkpoint.tree import oddity, paths_below


def failing(number: int) -> Any:
    def fail(*_: object, **__: object) -> NoReturn:
        raise OSError(number, os.strerror(number))

    return fail


def test_what_can_be_read_has_nothing_odd_and_the_rest_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "broken").symlink_to("absent")
    (tmp_path / "circle").symlink_to("circle")
    os.mkfifo(tmp_path / "pipe")
    found = {path.name: oddity(path) for path in paths_below(tmp_path)}
    nowhere = "a link that leads nowhere"
    assert found == {"file": None, "link": None, "broken": nowhere, "circle": nowhere, "pipe": "a named pipe"}


@pytest.mark.parametrize("number", [errno.EIO, errno.EACCES, errno.ESTALE])
def test_a_disk_that_does_not_say_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(Path, "stat", failing(number))
    with pytest.raises(OSError, match=os.strerror(number)):
        oddity(tmp_path / "link")


def test_a_folder_below_that_cannot_be_listed_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model/below").mkdir(parents=True)
    scan = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: (failing(errno.EIO) if "below" in path else scan)(path))
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        paths_below(tmp_path / "model")

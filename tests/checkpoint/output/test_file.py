"""A single file as an output keeps the promises of a folder."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from lorasurgery.checkpoint import linux
from lorasurgery.errors import NameTakenError, OutputError
from support.outputs import (
    child,
    listing,
    put_in_the_way,
    write_file,
)


# How a file gets its name where the file system, or the system, can do less and less.
@pytest.fixture(params=["renameat2", "link", "rename"])
def means(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    if request.param != "renameat2":
        monkeypatch.setattr(linux, "_call", lambda *_: errno.EINVAL)
    if request.param == "rename":
        monkeypatch.setattr(os, "link", refuse)


@pytest.mark.usefixtures("means")
def test_a_file_appears_when_it_is_complete(here: Path) -> None:
    write_file(here / "out.gguf")
    assert listing(here) == {"out.gguf": b"new"}
    with pytest.raises(OutputError, match="exists already"):
        write_file(here / "out.gguf")
    write_file(here / "out.gguf", force=True)
    assert listing(here) == {"out.gguf": b"new"}


@pytest.mark.parametrize("kind", ["folder", "file", "link"])
@pytest.mark.usefixtures("means")
def test_what_appears_under_a_file_s_name_meanwhile_is_never_replaced(here: Path, kind: str) -> None:
    with pytest.raises(NameTakenError, match=r"out.gguf appeared.*kept as .*out.gguf.partial/out.gguf"):
        write_file(here / "out.gguf", meanwhile=lambda: put_in_the_way(here / "out.gguf", kind))
    assert listing(here / "out.gguf.partial") == {"out.gguf": b"new"}
    shutil.rmtree(here / "out.gguf.partial")
    put_in_the_way(here / "same", kind)
    assert (here / "out.gguf").is_symlink() == (kind == "link")
    assert listing(here / "out.gguf") == listing(here / "same")
    assert kind != "file" or (here / "out.gguf").read_text(encoding="utf-8") == "precious"


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_force_replaces_no_folder_or_link_that_appears_under_a_file_s_name(here: Path, kind: str) -> None:
    with pytest.raises(NameTakenError, match="appeared while this ran"):
        write_file(here / "a.gguf", force=True, meanwhile=lambda: put_in_the_way(here / "a.gguf", kind))
    assert (here / "a.gguf").is_symlink() == (kind == "link")


def test_a_file_s_run_killed_after_any_call_leaves_a_name_that_can_be_used(here: Path) -> None:
    for number in range(1, 99):
        done = child(lambda: write_file(here / "out.gguf"), dies_at=number)
        if (here / "out.gguf").exists():
            assert (here / "out.gguf").read_bytes() == b"new"
            with pytest.raises(OutputError, match="exists already"):
                write_file(here / "out.gguf")
        else:
            write_file(here / "out.gguf")
        assert listing(here) == {"out.gguf": b"new"}, number
        (here / "out.gguf").unlink()
        if done:
            assert number > 5
            return
    pytest.fail("it never came to the end")

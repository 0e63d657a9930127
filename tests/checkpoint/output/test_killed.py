"""A run that is killed, or whose disk fails, loses nothing, and the next one completes."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from lorasurgery.checkpoint import check_output, check_space, linux, output_folder
from lorasurgery.checkpoint.workplace import WORK_MARK
from lorasurgery.errors import NoSpaceError, OutputError
from support.outputs import (
    child,
    child_that_dies_at_half,
    earlier_output,
    listing,
    write,
    write_file,
)


def test_a_killed_run_leaves_nothing_under_its_name_and_the_next_clears_it_away(here: Path) -> None:
    child_that_dies_at_half(here / "out")
    assert sorted(path.name for path in here.iterdir()) == ["out.partial"]
    write(here / "out")
    assert listing(here) == {"out": None, "out/adapter_config.json": b"new"}


def whole(here: Path, name: str) -> dict[str, bytes | None]:
    """What is in an output, which holds no more than what an output has."""
    return listing(here / name) if (here / name).is_dir() else {}


NEW, OLD = {"adapter_config.json": b"new"}, {"adapter_config.json": b"old", "stale": b""}


@pytest.mark.parametrize("exchanges", [True, False])
@pytest.mark.parametrize(
    "before", ["nothing", "remains", "an earlier output", "an earlier output and remains"]
)
def test_a_run_killed_after_any_call_loses_nothing_and_the_next_completes(
    here: Path, before: str, exchanges: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not exchanges:
        monkeypatch.setattr(linux, "exchange", lambda *_: False)
    force = "earlier" in before
    for number in range(1, 99):
        for path in list(here.iterdir()):
            shutil.rmtree(path)
        if force:
            earlier_output(here / "out")
        if "remains" in before:
            for suffix in ("partial", "replaced"):
                (here / f"out.{suffix}" / "out" / "deep").mkdir(parents=True)
                (here / f"out.{suffix}" / "out" / "deep" / "x").touch()
                (here / f"out.{suffix}" / WORK_MARK).touch()
        done = child(lambda: write(here / "out", force=force), dies_at=number)
        assert whole(here, "out") in ([OLD, NEW] if force else [{}, NEW]) or listing(
            here / "out.replaced" / "out"
        ) in (OLD, {"deep": None, "deep/x": b""})
        if whole(here, "out") == NEW:
            with pytest.raises(OutputError, match="exists already"):
                write(here / "out")
        else:
            write(here / "out", force=force)
        assert whole(here, "out") == NEW
        assert not (here / "out.partial").exists(), number
        if done:
            assert sorted(path.name for path in here.iterdir()) == ["out"]
            assert number > 6
            return
    pytest.fail("it never came to the end")


@pytest.mark.usefixtures("no_exchange")
def test_a_run_killed_between_the_renames_has_lost_nothing(here: Path) -> None:
    earlier_output(here / "out")
    number = 1
    while (here / "out").exists():
        assert not child(lambda: write(here / "out", force=True), dies_at=number)
        number += 1
    assert sorted(path.name for path in here.iterdir()) == ["out.partial", "out.replaced"]
    assert (here / "out.replaced" / "out" / "stale").exists()
    write(here / "out")
    assert listing(here) == {"out": None, "out/adapter_config.json": b"new"}


def test_all_of_the_output_is_on_the_disk_before_it_gets_its_name(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    flush, rename = os.fsync, Path.rename

    def noting(descriptor: int) -> None:
        calls.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()).removeprefix(f"{here}/"))
        flush(descriptor)

    def renaming(path: Path, target: Path) -> Path:
        calls.append("rename")
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", noting)
    monkeypatch.setattr(Path, "rename", renaming)
    with output_folder(here / "out", []) as partial:
        (partial / "1_Pooling").mkdir()
        for name in ("config.json", "1_Pooling/config.json"):
            (partial / name).write_text("{}", encoding="utf-8")
    flushed = calls[: calls.index("rename")]
    assert {each.removeprefix("out.partial/out").strip("/") for each in flushed} == {
        "",
        "1_Pooling",
        "config.json",
        "1_Pooling/config.json",
    }
    assert calls[-1] == str(here)
    calls.clear()
    write_file(here / "x.gguf")
    assert calls == ["x.gguf.partial/x.gguf", "x.gguf.partial", str(here)]


def test_a_disk_that_does_not_take_the_output_is_named_and_leaves_nothing(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OutputError, match=r"adapter_config.json could not be written: the disk"):
        write(here / "out")
    assert listing(here) == {}


def test_a_name_that_does_not_vanish_after_the_work_is_no_failure(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlink = Path.unlink

    def fail(path: Path, missing_ok: bool = False) -> None:
        if path.name == WORK_MARK:
            raise OSError(errno.EIO, "Input/output error")
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", fail)
    write(here / "out")
    assert listing(here / "out") == {"adapter_config.json": b"new"}
    monkeypatch.undo()
    with pytest.raises(OutputError, match="exists already"):
        write(here / "out")
    assert listing(here) == {"out": None, "out/adapter_config.json": b"new"}


def test_a_failing_rename_is_not_an_output(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(OutputError, match=r"out could not be written: the disk.*Input/output error"):
        write(here / "out")
    assert listing(here) == {}


def test_a_disk_that_is_too_small_is_known_before_writing(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(100, 90, 10))
    check_space(here / "new" / "out", 10)
    with pytest.raises(NoSpaceError, match=r"out needs .* MB are free"):
        check_space(here / "new" / "out", 11)


def test_checking_writes_nothing(here: Path) -> None:
    check_output(here / "new" / "out", [], force=False)
    assert listing(here) == {}


@pytest.fixture
def closed(here: Path) -> Iterator[Path]:
    """A folder that may not be written to, by a user who is not root."""
    folder = here / "closed"
    folder.mkdir(mode=0o555)
    parents = [path for path in here.parents if path.stat().st_uid == os.geteuid() and path != Path("/")]
    modes = {path: path.stat().st_mode for path in parents}
    for path in parents:
        path.chmod(modes[path] | 0o111)
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    yield folder
    os.seteuid(before)
    for path in parents:
        path.chmod(modes[path])


def test_a_place_that_may_not_be_written_to_is_said_to_be_so(closed: Path) -> None:
    with pytest.raises(OutputError, match=r"out cannot be written: Permission denied"):
        write(closed / "out")

"""Outputs: whole or not at all, never over something else, and never at the cost of an input or of a stranger's folder."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lorasurgery.checkpoint import check_output, check_space, output_folder
from lorasurgery.checkpoint.output import OUTPUT_MARKS, WORK_MARK
from lorasurgery.errors import NoSpaceError, OutputError


def listing(folder: Path) -> dict[str, bytes | None]:
    """Everything below a folder, with the files' contents."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def write(target: Path, text: str = "new", inputs: tuple[Path, ...] = (), *, force: bool = False) -> None:
    with output_folder(target, inputs, force=force) as partial:
        (partial / "adapter_config.json").write_text(text, encoding="utf-8")


def fail(
    target: Path,
    error: type[BaseException] = ValueError,
    meanwhile: Callable[[], None] | None = None,
    *,
    force: bool = False,
) -> None:
    """Give up in the middle of the work."""
    with output_folder(target, [], force=force) as partial:
        (partial / "half").write_text("x", encoding="utf-8")
        if meanwhile:
            meanwhile()
        raise error("stop")


def earlier_output(target: Path, mark: str = "adapter_config.json") -> None:
    target.mkdir()
    (target / mark).write_text("old", encoding="utf-8")
    (target / "stale").touch()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work below, with a folder for the outputs of a test as the current one."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


def test_the_output_appears_when_it_is_complete(here: Path) -> None:
    with output_folder(here / "out", []) as partial:
        (partial / "a").write_text("x", encoding="utf-8")
        assert not (here / "out").exists()
    assert listing(here) == {"out": None, "out/a": b"x"}


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("target", ["out", "new/deep/out"])
def test_nothing_is_left_when_the_work_fails(here: Path, error: type[BaseException], target: str) -> None:
    with pytest.raises(error):
        fail(here / target, error)
    assert listing(here) == {}


def test_folders_on_the_way_that_others_use_meanwhile_stay(here: Path) -> None:
    with pytest.raises(ValueError, match="stop"):
        fail(here / "new" / "out", meanwhile=(here / "new" / "other").touch)
    assert listing(here) == {"new": None, "new/other": b""}


def test_the_name_is_free_again_at_once(here: Path) -> None:
    with pytest.raises(ValueError, match="stop"):
        fail(here / "out")
    write(here / "out")
    assert listing(here) == {"out": None, "out/adapter_config.json": b"new"}


def test_an_empty_folder_is_filled(here: Path) -> None:
    (here / "out").mkdir()
    write(here / "out")
    assert (here / "out" / "adapter_config.json").exists()


@pytest.mark.parametrize("name", ["out", "out/", "./out", "sub/../out"])
def test_what_exists_is_not_written_over_without_force(here: Path, name: str) -> None:
    earlier_output(here / "out")
    before = listing(here)
    with pytest.raises(OutputError, match=r"exists already.*--force"):
        write(Path(name))
    assert listing(here) == before


@pytest.mark.parametrize("mark", OUTPUT_MARKS)
def test_force_replaces_the_whole_folder(here: Path, mark: str) -> None:
    earlier_output(here / "out", mark)
    write(here / "out", force=True)
    assert listing(here) == {"out": None, "out/adapter_config.json": b"new"}


def test_what_force_would_have_replaced_stays_when_the_work_fails(here: Path) -> None:
    earlier_output(here / "out")
    before = listing(here)
    with pytest.raises(ValueError, match="stop"):
        fail(here / "out", force=True)
    assert listing(here) == before


def test_force_does_not_replace_a_folder_of_somebody_else(here: Path) -> None:
    earlier_output(here / "out", "thesis.tex")
    with pytest.raises(OutputError, match="not a folder that this program wrote"):
        write(here / "out", force=True)
    assert (here / "out" / "thesis.tex").exists()


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("kind", ["file", "link to a folder", "link to nothing", "link to itself", "pipe"])
def test_what_is_no_folder_is_never_replaced(here: Path, kind: str, force: bool) -> None:
    out = here / "out"
    if kind == "file":
        out.write_text("precious", encoding="utf-8")
    elif kind == "pipe":
        os.mkfifo(out)
    else:
        out.symlink_to({"link to a folder": "folder", "link to nothing": "nothing"}.get(kind, "out"))
        earlier_output(here / "folder")
    before = sorted(path.name for path in here.iterdir())
    with pytest.raises(OutputError, match="is no plain folder"):
        write(out, force=force)
    assert sorted(path.name for path in here.iterdir()) == before


@pytest.mark.parametrize("name", [".", "./", "..", "/", "x/..", "../work", "../work/", "/tmp/.."])
@pytest.mark.parametrize("force", [False, True])
def test_the_ground_is_not_pulled_away(here: Path, name: str, force: bool) -> None:
    (here / "config.json").touch()
    with pytest.raises(OutputError, match="current folder"):
        write(Path(name), force=force)
    assert listing(here) == {"config.json": b""}


def test_a_place_below_a_file_is_refused(here: Path) -> None:
    (here / "file").touch()
    for name in ("file/out", "file/deep/out"):
        with pytest.raises(OutputError, match="file is not a folder"):
            write(here / name)


def test_a_name_that_is_too_long_leaves_nothing(here: Path) -> None:
    with pytest.raises((OutputError, OSError)):
        write(here / "new" / ("x" * 250))
    assert listing(here) == {}


INPUTS = {
    "the input": "base",
    "in the input": "base/out",
    "far in the input": "base/new/deep/out",
    "around the input": ".",
    "the input by another way": "other/../base",
    "in the input by a link": "link/out",
}


@pytest.mark.parametrize("how", INPUTS)
@pytest.mark.parametrize("force", [False, True])
def test_an_output_that_touches_an_input_is_refused(here: Path, how: str, force: bool) -> None:
    root = here / "root"
    (root / "base").mkdir(parents=True)
    (root / "other").mkdir()
    (root / "link").symlink_to("base")
    for name in ("config.json", "model.safetensors"):
        (root / "base" / name).write_text(name, encoding="utf-8")
        (root / name).touch()
    before = listing(here)
    with pytest.raises(OutputError, match="is, holds or lies in the input"):
        write(root / INPUTS[how], inputs=(root / "base" / "model.safetensors", root / "base"), force=force)
    assert listing(here) == before


def test_beside_a_single_file_is_not_in_it(here: Path) -> None:
    (here / "base.safetensors").touch()
    write(here / "out", inputs=(here / "base.safetensors",))
    assert (here / "out").is_dir()


def test_a_folder_whose_input_is_a_link_to_elsewhere_is_kept(here: Path) -> None:
    (here / "blob").touch()
    (here / "base").mkdir()
    (here / "base" / "config.json").touch()
    (here / "base" / "model.safetensors").symlink_to("../blob")
    with pytest.raises(OutputError, match="is, holds or lies in the input"):
        write(here / "base", inputs=(here / "base" / "model.safetensors",), force=True)
    assert (here / "base" / "model.safetensors").is_symlink()


@pytest.mark.parametrize("suffix", ["partial", "replaced"])
@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_a_stranger_s_folder_by_the_name_of_ours_is_kept(here: Path, suffix: str, kind: str) -> None:
    earlier_output(here / "out")
    in_the_way = here / f"out.{suffix}"
    if kind == "folder":
        in_the_way.mkdir()
        (in_the_way / "config.json").write_text("precious", encoding="utf-8")
    elif kind == "file":
        in_the_way.write_text("precious", encoding="utf-8")
    else:
        in_the_way.symlink_to("out")
    before = listing(here)
    with pytest.raises(OutputError, match=f"out.{suffix} is in the way"):
        write(here / "out", force=True)
    assert listing(here) == before


def test_a_stranger_s_folder_that_is_not_needed_is_left_alone(here: Path) -> None:
    (here / "out.replaced").mkdir()
    (here / "out.replaced" / "precious").touch()
    write(here / "out")
    assert (here / "out.replaced" / "precious").exists()


def child_that_dies_in(target: Path, *, after: str, force: bool = False) -> None:
    """Write an output in another process that is killed: while it works, or between the two renames."""
    pid = os.fork()
    if pid:
        os.waitpid(pid, 0)
        return
    try:
        if after == "setting the old one aside":
            rename = Path.rename

            def dying(self: Path, place: Path) -> Path:
                if self.name.endswith(".partial"):
                    os._exit(1)
                return rename(self, place)

            Path.rename = dying  # type: ignore[method-assign,assignment]
        with output_folder(target, [], force=force) as partial:
            (partial / "half").touch()
            if after == "half the work":
                os._exit(1)
    finally:
        os._exit(2)


def test_a_killed_run_leaves_nothing_under_its_name_and_the_next_clears_it_away(here: Path) -> None:
    child_that_dies_in(here / "out", after="half the work")
    assert sorted(path.name for path in here.iterdir()) == ["out.partial"]
    write(here / "out")
    assert listing(here) == {"out": None, "out/adapter_config.json": b"new"}


def test_a_run_killed_between_the_renames_has_lost_nothing(here: Path) -> None:
    earlier_output(here / "out")
    child_that_dies_in(here / "out", after="setting the old one aside", force=True)
    assert sorted(path.name for path in here.iterdir()) == ["out.partial", "out.replaced"]
    assert (here / "out.replaced" / "stale").exists()
    write(here / "out")
    assert listing(here) == {"out": None, "out/adapter_config.json": b"new"}


def test_two_runs_do_not_write_the_same_output(here: Path) -> None:
    with output_folder(here / "out", []) as partial:
        with pytest.raises(OutputError, match="being written by another run"):
            write(here / "out")
        (partial / "a").write_text("first", encoding="utf-8")
    assert listing(here) == {"out": None, "out/a": b"first"}


def test_a_finished_output_carries_no_mark_of_the_work(here: Path) -> None:
    with output_folder(here / "out", []) as partial:
        assert (partial / WORK_MARK).exists()
    assert listing(here / "out") == {}


def test_a_failing_rename_is_not_an_output(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(OSError, match="Input/output error"):
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

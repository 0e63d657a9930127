"""Outputs: whole or not at all, never over something else, and never at the cost of an input or of a stranger's folder."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lorasurgery.checkpoint import check_output, check_space, linux, output_file, output_folder, workplace
from lorasurgery.checkpoint.output import OUTPUT_MARKS
from lorasurgery.checkpoint.workplace import WORK_MARK
from lorasurgery.errors import NameTakenError, NoSpaceError, OutputError


def listing(folder: Path) -> dict[str, bytes | None]:
    """Everything below a folder, with the files' contents."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def write(
    target: Path,
    inputs: tuple[Path, ...] = (),
    *,
    force: bool = False,
    meanwhile: Callable[[], object] | None = None,
) -> None:
    with output_folder(target, inputs, force=force) as partial:
        (partial / "adapter_config.json").write_text("new", encoding="utf-8")
        if meanwhile:
            meanwhile()


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
    with pytest.raises(OutputError, match="is not a plain folder"):
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
    with pytest.raises(OutputError, match="is, contains or is inside the input"):
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
    with pytest.raises(OutputError, match="is, contains or is inside the input"):
        write(here / "base", inputs=(here / "base" / "model.safetensors",), force=True)
    assert (here / "base" / "model.safetensors").is_symlink()


def put_in_the_way(place: Path, kind: str) -> None:
    """Something of a stranger's, by a name that we would use."""
    if kind == "folder":
        place.mkdir()
        (place / "config.json").write_text("precious", encoding="utf-8")
    elif kind == "file":
        place.write_text("precious", encoding="utf-8")
    else:
        place.symlink_to("out")


@pytest.fixture
def no_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that cannot exchange two names in one step."""
    monkeypatch.setattr(linux, "exchange", lambda *_: False)


@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_a_stranger_s_folder_by_the_name_of_ours_is_kept(here: Path, kind: str) -> None:
    earlier_output(here / "out")
    put_in_the_way(here / "out.partial", kind)
    before = listing(here)
    with pytest.raises(OutputError, match=r"out.partial is in the way"):
        write(here / "out", force=True)
    assert listing(here) == before


@pytest.mark.parametrize("kind", ["folder", "file", "link"])
@pytest.mark.usefixtures("no_exchange")
def test_a_stranger_s_folder_that_is_found_in_the_way_at_the_end_costs_nobody_anything(
    here: Path, kind: str
) -> None:
    earlier_output(here / "out")
    put_in_the_way(here / "out.replaced", kind)
    before = listing(here)
    with pytest.raises(NameTakenError, match=r"out.replaced is in the way.*kept as .*out.partial/out"):
        write(here / "out", force=True)
    assert (here / "out.partial" / "out" / "adapter_config.json").read_bytes() == b"new"
    shutil.rmtree(here / "out.partial")
    assert listing(here) == before


def test_a_stranger_s_folder_that_is_not_needed_is_left_alone(here: Path) -> None:
    (here / "out.replaced").mkdir()
    (here / "out.replaced" / "precious").touch()
    write(here / "out")
    assert (here / "out.replaced" / "precious").exists()


# Calls of the system that change what stands where, and at which a run can be killed.
MOVES = ("mkdir", "rmdir", "unlink", "rename", "replace", "link", "fsync", "exchange", "rename_new")


def child(work: Callable[[], object], *, dies_at: int | None = None) -> bool:
    """Do some work in another process, which dies at once after the call of that number. Whether it came to the end."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    count = 0

    def dying(call: Callable[..., object]) -> Callable[..., object]:
        def wrapped(*arguments: object, **options: object) -> object:
            nonlocal count
            try:
                return call(*arguments, **options)
            finally:
                count += 1
                if count == dies_at:
                    os._exit(1)

        return wrapped

    for name in MOVES:
        home = os if hasattr(os, name) else linux
        setattr(home, name, dying(getattr(home, name)))
    try:
        work()
        os._exit(0)
    except BaseException:
        os._exit(2)


def child_that_dies_at_half(target: Path) -> None:
    def work() -> None:
        with output_folder(target, []) as partial:
            (partial / "half").touch()
            os._exit(1)

    child(work)


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


def test_two_runs_do_not_write_the_same_output(here: Path) -> None:
    with output_folder(here / "out", []) as partial:
        with pytest.raises(OutputError, match="being written by another run"):
            write(here / "out")
        (partial / "a").write_text("first", encoding="utf-8")
    assert listing(here) == {"out": None, "out/a": b"first"}


def test_a_finished_output_carries_no_mark_of_the_work(here: Path) -> None:
    with output_folder(here / "out", []) as partial:
        assert (partial.parent / WORK_MARK).exists()
    assert listing(here) == {"out": None}


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_a_folder_that_appears_under_the_name_meanwhile_is_never_replaced(
    here: Path, kind: str, force: bool
) -> None:
    def appear() -> None:
        (here / "elsewhere").mkdir()
        if kind == "folder":
            (here / "out").mkdir()
            (here / "out" / "thesis.tex").write_text("precious", encoding="utf-8")
        elif kind == "file":
            (here / "out").write_text("precious", encoding="utf-8")
        else:
            (here / "out").symlink_to("elsewhere")

    with pytest.raises(NameTakenError, match=r"out appeared while this ran.*kept as .*out.partial/out"):
        write(here / "out", force=force, meanwhile=appear)
    kept = {"out": None, "out/adapter_config.json": b"new"}
    assert listing(here / "out.partial") == kept
    assert b"precious" in listing(here).values() or (here / "out").is_symlink()
    assert listing(here / "elsewhere") == {}
    shutil.rmtree(here / "out") if kind == "folder" else (here / "out").unlink()
    with pytest.raises(OutputError, match=r"out.partial is in the way"):  # what was kept is not cleared away
        write(here / "out")
    assert listing(here / "out.partial") == kept


def test_an_empty_folder_that_appears_meanwhile_is_filled(here: Path) -> None:
    write(here / "out", meanwhile=(here / "out").mkdir)
    assert listing(here) == {"out": None, "out/adapter_config.json": b"new"}


def test_an_output_that_appears_meanwhile_is_replaced_with_force(here: Path) -> None:
    write(here / "out", force=True, meanwhile=lambda: earlier_output(here / "out"))
    assert listing(here) == {"out": None, "out/adapter_config.json": b"new"}


def write_file(target: Path, *, force: bool = False, meanwhile: Callable[[], object] | None = None) -> None:
    with output_file(target, [], force=force) as path:
        path.write_text("new", encoding="utf-8")
        if meanwhile:
            meanwhile()


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


def test_the_remains_of_a_third_run_are_emptied_under_the_lock(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second run that comes while the first one clears the remains away finds the place taken, and harms nothing."""
    child_that_dies_at_half(here / "out")
    empty, said = workplace._empty, []

    def meanwhile(folder: Path) -> None:
        if not said:
            said.append("")
            with pytest.raises(OutputError, match="being written by another run"):
                write(here / "out")
        empty(folder)

    monkeypatch.setattr(workplace, "_empty", meanwhile)
    write(here / "out")
    assert said
    assert listing(here) == {"out": None, "out/adapter_config.json": b"new"}


def test_an_output_that_another_run_completes_before_the_work_is_found_then(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = workplace.taken

    def after_another(folder: Path) -> object:
        monkeypatch.undo()
        write(here / "out")
        return taken(folder)

    monkeypatch.setattr(workplace, "taken", after_another)
    with pytest.raises(OutputError, match="exists already"):
        write(here / "out", meanwhile=lambda: pytest.fail("the work was begun"))
    assert listing(here) == {"out": None, "out/adapter_config.json": b"new"}


@pytest.mark.parametrize("remains", [False, True])
def test_runs_at_once_make_one_output_and_leave_nothing_else(here: Path, remains: bool) -> None:
    for _ in range(20):
        if remains:
            child_that_dies_at_half(here / "out")
        runs = []
        for _ in range(3):
            pid = os.fork()
            if not pid:
                try:
                    write(here / "out")
                    os._exit(0)
                except OutputError as error:
                    said = str(error)
                    os._exit(1 if "exists already" in said or "by another run" in said else 2)
                finally:
                    os._exit(3)
            runs.append(pid)
        codes = sorted(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in runs)
        assert codes == [0, 1, 1]
        assert listing(here) == {"out": None, "out/adapter_config.json": b"new"}
        shutil.rmtree(here / "out")


def test_a_place_that_another_run_removes_while_it_is_being_locked_is_made_again(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, count = os.open, 0

    def racing(path: Path, *arguments: int, **options: int) -> int:
        nonlocal count
        descriptor = opened(path, *arguments, **options)
        count += 1
        if count == 1:
            shutil.rmtree(here / "out.partial")
        return descriptor

    monkeypatch.setattr(os, "open", racing)
    write(here / "out")
    assert listing(here) == {"out": None, "out/adapter_config.json": b"new"}


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

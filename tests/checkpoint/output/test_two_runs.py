"""Runs at once, and folders of strangers that appear meanwhile, cost nobody anything."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from lorasurgery.checkpoint import output_folder, workplace
from lorasurgery.checkpoint.workplace import WORK_MARK
from lorasurgery.errors import NameTakenError, OutputError
from support.outputs import (
    child_that_dies_at_half,
    earlier_output,
    fail,
    listing,
    put_in_the_way,
    write,
)

pytestmark = pytest.mark.slow


def test_folders_on_the_way_that_others_use_meanwhile_stay(here: Path) -> None:
    with pytest.raises(ValueError, match="stop"):
        fail(here / "new" / "out", meanwhile=(here / "new" / "other").touch)
    assert listing(here) == {"new": None, "new/other": b""}


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


def test_the_remains_of_a_third_run_are_emptied_under_the_lock(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second run that comes while the first one clears the remains away finds the place taken,
    and harms nothing.
    """
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

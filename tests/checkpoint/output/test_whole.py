"""An output appears when it is complete, or not at all, and never over something else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lorasurgery.checkpoint import output_folder
from lorasurgery.checkpoint.output import OUTPUT_MARKS
from lorasurgery.errors import OutputError
from support.outputs import (
    earlier_output,
    fail,
    listing,
    write,
)


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
    with pytest.raises(OutputError, match=r"exists already.*force=True"):
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
def test_files_and_links_are_never_replaced_by_a_folder(here: Path, kind: str, force: bool) -> None:
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


def test_a_folder_next_to_an_input_file_is_not_in_it(here: Path) -> None:
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

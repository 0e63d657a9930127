"""What people read is true: sessions, examples, help and pictures in the pages are the program's own."""

from __future__ import annotations

import importlib.util
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import lorasurgery
from support.paths import FIXTURES, ROOT
from support.plain_words import RIDDLES


def _make() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_pages", ROOT / "docs" / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


make = _make()
TEXTS = {make.name_of(page): page.read_text(encoding="utf-8") for page in make.pages()}
SESSIONS = [(name, block) for name, text in TEXTS.items() for block in make.sessions(text)]
EXAMPLES = [(name, block) for name, text in TEXTS.items() for block in make.PYTHON.findall(text)]


def _title(page: str, block: str) -> str:
    return f"{page}: {block.splitlines()[0]}"


# What these pages run traces graphs or trains.
SLOW_PAGES = ("docs/evaluate.md", "docs/export-onnx.md", "docs/train.md")


def _marked(blocks: list[tuple[str, str]]) -> list[Any]:
    return [
        pytest.param(*block, marks=pytest.mark.slow) if block[0] in SLOW_PAGES else block for block in blocks
    ]


@pytest.mark.parametrize(("page", "session"), _marked(SESSIONS), ids=[_title(*each) for each in SESSIONS])
def test_a_session_shows_what_its_commands_print(page: str, session: str, tmp_path: Path) -> None:
    assert make.played(session, tmp_path) == session, f"{page}: make it anew with: python docs/make.py --all"


@pytest.mark.slow
@pytest.mark.parametrize(("page", "example"), EXAMPLES, ids=[_title(*each) for each in EXAMPLES])
def test_an_example_in_python_runs(page: str, example: str, tmp_path: Path) -> None:
    (tmp_path / "fixtures").symlink_to(FIXTURES)
    run = subprocess.run(
        [sys.executable, "-c", example],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, f"{page}:\n{run.stderr}"


def test_parts_that_the_program_makes_are_up_to_date() -> None:
    assert not make.stale(), "out of date; make them anew with: python docs/make.py"


def test_the_picture_is_what_inspect_draws(tmp_path: Path) -> None:
    drawn = make.picture(tmp_path)
    assert drawn == make.PICTURE.read_text(encoding="utf-8"), "make it anew with: python docs/make.py --all"


def test_the_architecture_lists_every_file_of_the_package() -> None:
    folders = re.findall(
        r"^### (\S+)\n(.*?)(?=^### |\Z)", TEXTS["docs/architecture.md"], re.MULTILINE | re.DOTALL
    )
    listed = {
        f"{folder}{name}"
        for folder, files in folders
        for name in re.findall(r"^- `(\w+\.py)`: \S", files, re.MULTILINE)
    }
    package = (path.relative_to(ROOT).as_posix() for path in (ROOT / "lorasurgery").rglob("*.py"))
    assert listed == {name for name in package if not name.endswith("__init__.py")}


def test_the_reference_finds_a_verb_and_not_its_plan() -> None:
    """mkdocstrings unwraps what it inspects."""
    for verb in (lorasurgery.extract, lorasurgery.merge, lorasurgery.unmerge):
        assert inspect.unwrap(verb) is verb


def test_files_that_a_page_names_exist() -> None:
    named = re.compile(r"`((?:lorasurgery|tests|docs|benchmarks|fixtures)/[\w./-]+)`")
    found = {(page, name) for page, text in TEXTS.items() for name in named.findall(text)}
    placeholders = ("NAME", "llama-adapter")
    assert not [
        (page, name)
        for page, name in sorted(found)
        if not (ROOT / name).exists() and not any(word in name for word in placeholders)
    ]


WRITTEN_BY_THE_PROGRAM = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", [name for name in TEXTS if name != "docs/architecture.md"])
def test_a_page_is_written_in_plain_words(page: str) -> None:
    prose = WRITTEN_BY_THE_PROGRAM.sub("", TEXTS[page])
    assert not RIDDLES.findall(" ".join(prose.split()))

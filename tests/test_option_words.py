"""Errors speak of arguments to whoever called a function, and of options on the command line."""

from __future__ import annotations

import ast
import pickle
import re
from pathlib import Path

import pytest

from lorasurgery import rerank
from lorasurgery.errors import SurgeryError, UnsupportedError
from lorasurgery.option_words import OPTION, in_arguments, options_in_messages

ROOT = Path(__file__).parent.parent
ADAPTER = ROOT / "fixtures" / "llama-adapter"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (
            "give another name, or replace it with --force.",
            "give another name, or replace it with force=True.",
        ),
        ("Choose one of --rank and --noise-edge.", "Choose one of rank= and noise_edge=True."),
        ("raise --max-rank 4, or -o out", "raise max_rank=4, or output= out"),
        ("--include 'x*' matches nothing", "include='x*' matches nothing"),
        ("--format peft is wanted", "format='peft' is wanted"),
        ("--for llamacpp writes gguf", "runtime='llamacpp' writes gguf"),
        ("--no-verify goes without", "verify=False goes without"),
        ("with --revert, this one", "with revert=True, this one"),
        ("--density applies to dare", "density= applies to dare"),
        ("each with --task NAME=FILE.", "each with data={NAME: FILE}."),
        ("--cv 5 --ranks 2,4", "folds=5 ranks=2,4"),
        ("For two adapters use --compare; not", "For two adapters use compare(); not"),
        ("`lorasurgery convert A --to lora` does", "`lorasurgery convert A --to lora` does"),
        ("a path like /x--y-o z stays - and so on", "a path like /x--y-o z stays - and so on"),
    ],
)
def test_options_become_arguments(written: str, read: str) -> None:
    assert in_arguments(written) == read
    assert str(SurgeryError(written)) == read
    with options_in_messages():
        assert str(SurgeryError(written)) == written


def test_an_error_keeps_both_ways_of_speaking_through_a_pickle() -> None:
    error = pickle.loads(pickle.dumps(UnsupportedError("give --base")))
    assert str(error) == "give base="
    with options_in_messages():
        assert str(error) == "give --base"


def messages() -> list[str]:
    """Every string of the library that names an option outside backticks."""
    found = []
    for path in (ROOT / "lorasurgery").rglob("*.py"):
        if "cli" in path.relative_to(ROOT).parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise):
                found += [
                    each.value
                    for each in ast.walk(node)
                    if isinstance(each, ast.Constant) and isinstance(each.value, str)
                ]
    return [text for text in found if OPTION.search(text)]


def test_no_option_is_left_in_any_message() -> None:
    known = messages()
    assert len(known) > 50
    for text in known:
        outside = "".join(in_arguments(text).split("`")[::2])
        assert not re.search(r"(?<![\w-])--[a-z]", outside), text


def test_a_caller_reads_of_arguments(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").touch()
    with pytest.raises(SurgeryError, match=r"force=True"):
        rerank(ADAPTER, tmp_path / "out", rank=2)

"""What the program says is said in plain words: help, screens, errors and notes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from support.paths import ROOT
from support.plain_words import RIDDLES


def said() -> Iterator[tuple[str, str]]:
    """Every string of several words in the package that is no docstring, with its place."""
    for path in sorted((ROOT / "lorasurgery").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
        docstrings = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
            if is_text and id(node) not in docstrings and " " in node.value:  # type: ignore[attr-defined]
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node.value  # type: ignore[attr-defined]


def test_messages_have_no_riddles() -> None:
    assert not [(place, text) for place, text in said() if RIDDLES.search(text)]


@pytest.mark.parametrize("riddle", ["it lies beside it", "Equal to the bit", "three of which"])
def test_riddles_are_seen(riddle: str) -> None:
    assert RIDDLES.search(riddle)

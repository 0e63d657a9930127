"""Names from files in Markdown: shown, and never a heading, a link, a setting or a line of code.

For names of the usual letters each of these is what one would write by hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from lorasurgery.text import printable


def front_matter(fields: Mapping[str, str | Sequence[str]]) -> str:
    """The Hub's settings of a model card, as YAML between two lines of dashes."""
    import yaml  # type: ignore[import-untyped]

    text = yaml.safe_dump(dict(fields), sort_keys=False, allow_unicode=True, width=float("inf"))
    return f"---\n{text}---\n"


def code(text: str) -> str:
    """A span of code: "`text`", with a longer fence where the text has backticks."""
    shown = printable(text)
    runs = re.findall("`+", shown)
    fence = "`" * (1 + max(map(len, runs))) if runs else "`"
    padding = " " if shown[:1] == "`" or shown[-1:] == "`" else ""
    return f"{fence}{padding}{shown}{padding}{fence}"


def prose(text: str) -> str:
    """A sentence that may quote names: one line, without HTML or links."""
    return printable(text).replace("<", "&lt;").replace("](", "]\\(")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table of cells, each of which is `code`, `prose` or a number."""
    return "".join(map(_row, (head, ["---"] * len(head), *rows)))


def _row(cells: Sequence[str]) -> str:
    # A bar ends a cell, even inside a span of code.
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def python_text(text: str) -> str:
    """A text as a line of Python spells it, in double quotation marks."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{printable(escaped)}"'


def is_python_name(path: str) -> bool:
    """Whether a name, or a path of names with dots, can stand in a line of Python as it is."""
    return all(part.isidentifier() for part in path.split("."))

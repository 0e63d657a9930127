"""Tables of examples: TSV as GLUE has it, CSV, JSON lines and arrays.

    .tsv .txt      a header, then rows cut at tabs; a quotation mark is a character (GLUE: Wang et
                   al., 2018, arXiv 1804.07461)
    .csv           a header, then rows with quotation marks as RFC 4180 has them
    .jsonl .json   an object a line, or one array of objects

GLUE's own files are read as they are: a byte order mark is passed over (MRPC), and CoLA, which has
no header, is known by its four columns.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lorasurgery.errors import SurgeryError
from lorasurgery.foreign import json_value, quoted
from lorasurgery.paths import StrPath, expanded
from lorasurgery.text import listed

COLA_COLUMNS = ("source", "label", "star", "sentence")
# What texts and labels are called where the user does not say; the first that is there is taken.
TEXT_COLUMNS = (
    ("sentence1", "sentence2"),
    ("question1", "question2"),
    ("question", "sentence"),
    ("#1 String", "#2 String"),
    ("premise", "hypothesis"),
    ("sentence",),
    ("text",),
)
LABEL_COLUMNS = ("gold_label", "label", "score", "Quality", "is_duplicate")
# A field may be a whole document; csv's own limit is 128 KiB.
LONGEST_FIELD = 2**24


class DataError(SurgeryError):
    """A file of examples is not what its task needs."""


@dataclass(frozen=True)
class ExampleTable:
    """Rows by the names of their columns. `task` is GLUE's name for it, where its form gives it away."""

    file: Path
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...]
    task: str = ""

    def column(self, name: str) -> list[str]:
        """All values of a column.

        Raises:
            DataError: there is none of that name.
        """
        if name not in self.columns:
            near = difflib.get_close_matches(name, self.columns, n=1, cutoff=0.5)
            hint = f"; did you mean {near[0]!r}?" if near else "."
            raise DataError(
                f"{self.file} has no column {name!r}: its columns are {listed(self.columns)}{hint}"
            )
        return [row[name] for row in self.rows]


@dataclass(frozen=True)
class ColumnNames:
    """Which columns hold the texts, one or two, and which the answer, where there is one."""

    texts: tuple[str, ...]
    label: str | None


def read_table(file: StrPath) -> ExampleTable:
    """Read a file of examples.

    Raises:
        DataError: it is absent, empty, no text, or a row has more or fewer fields than the header.
    """
    path = expanded(file)
    text = read_text(path)
    if path.suffix in (".jsonl", ".json"):
        return _from_objects(path, text)
    return _from_lines(path, text)


def read_text(path: Path) -> str:
    """A file's text.

    Raises:
        DataError: it is absent, empty, or no UTF-8.
    """
    if path.is_dir():
        raise DataError(
            f"{path} is a folder, and a file of examples is expected: .tsv, .csv, .jsonl or .json."
        )
    if not path.is_file():
        raise DataError(
            f"{path} does not exist (a file of examples is expected: .tsv, .csv, .jsonl or .json)."
        )
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is no UTF-8: byte {error.start} cannot be read; save it as UTF-8.") from None
    if not text.strip():
        raise DataError(f"{path} is empty; a row for each example is expected.")
    return text


def columns_of(table: ExampleTable, texts: Sequence[str] = (), label: str | None = None) -> ColumnNames:
    """Find the columns of texts and labels: those that the user names, or what they are usually called.

    Raises:
        DataError: a column is not there, or none has a usual name.
    """
    found = text_columns_of(table, texts)
    if label is None:
        named = [name for name in LABEL_COLUMNS if name in table.columns and name not in found]
        if not named:
            raise DataError(
                f"{table.file} has no column of labels under a usual name (its columns are "
                f"{listed(table.columns)}); name it with --label."
            )
        label = named[0]
    table.column(label)
    return ColumnNames(found, label)


def text_columns_of(table: ExampleTable, texts: Sequence[str] = ()) -> tuple[str, ...]:
    """The same for the texts alone.

    Raises:
        DataError: see `columns_of`.
    """
    usual = [names for names in TEXT_COLUMNS if set(names) <= set(table.columns)]
    if not texts and not usual:
        raise DataError(
            f"{table.file} has no column of text under a usual name (its columns are "
            f"{listed(table.columns)}); name it with --text."
        )
    for name in texts:
        table.column(name)
    return tuple(texts) or usual[0]


def fingerprint(file: StrPath) -> str:
    """The SHA-256 of a file's bytes."""
    return hashlib.sha256(expanded(file).read_bytes()).hexdigest()


def _from_objects(path: Path, text: str) -> ExampleTable:
    rows = [
        {key: value if isinstance(value, str) else json.dumps(value) for key, value in each.items()}
        for each in (_array(path, text) if text.lstrip().startswith("[") else _objects(path, text))
    ]
    columns = tuple(rows[0])
    for number, row in enumerate(rows, start=1):
        if set(row) != set(columns):
            differing = sorted(set(row) ^ set(columns))
            raise DataError(f"{path}, object {number} differs from the first one in {listed(differing)}.")
    return ExampleTable(path, columns, tuple(rows))


def _array(path: Path, text: str) -> list[dict[str, Any]]:
    """The objects of one array, as `json.dump` writes a list of examples."""
    try:
        rows = json_value(text)
    except ValueError as error:
        raise DataError(f"{path} begins as a JSON array and is not one: {error}.") from None
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise DataError(f"{path}, item {number} is {quoted(row)}; an array of JSON objects is expected.")
    if not rows:
        raise DataError(f"{path} has an empty array; an object for each example is expected.")
    return list(rows)


def _json_reason(error: ValueError) -> str:
    """What is wrong with one line of JSON, without its count of lines, which is always 1."""
    return f"column {error.colno}: {error.msg}" if isinstance(error, json.JSONDecodeError) else str(error)


def _objects(path: Path, text: str) -> Iterator[dict[str, Any]]:
    """An object a line. Only \\n ends a line of JSON: other line breaks of Unicode stand in its texts."""
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json_value(line)
        except ValueError as error:
            raise DataError(
                f"{path}, line {number} is not JSON ({_json_reason(error)}); an object on each line is "
                "expected, or one array of objects."
            ) from None
        if not isinstance(row, dict):
            raise DataError(
                f"{path}, line {number} is JSON, but not an object; an object on each line is expected, or "
                "one array of objects."
            )
        yield row


def _from_lines(path: Path, text: str) -> ExampleTable:
    records = [(number, fields) for number, fields in _records(path, text) if fields]
    if path.suffix != ".csv" and _is_cola(records[0][1]):
        return ExampleTable(path, COLA_COLUMNS, tuple(_rows(path, COLA_COLUMNS, records)), "CoLA")
    header = tuple(name.strip() for name in records[0][1])
    if len(set(header)) < len(header):
        raise DataError(f"{path} names a column twice: {listed(header)}.")
    if len(records) == 1:
        raise DataError(f"{path} has a header and no rows; a row for each example is expected.")
    return ExampleTable(path, header, tuple(_rows(path, header, records[1:])), _glue_task(header))


def _records(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    if path.suffix != ".csv":
        # Only \n ends a row of GLUE's: other line breaks of Unicode stand in sentences.
        for number, line in enumerate(text.split("\n"), start=1):
            yield number, line.removesuffix("\r").split("\t") if line.strip() else []
        return
    csv.field_size_limit(LONGEST_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for fields in reader:
            yield reader.line_num, fields
    except csv.Error as error:
        raise DataError(f"{path}, line {reader.line_num}: {error}.") from None


def _rows(
    path: Path, header: Sequence[str], records: Sequence[tuple[int, list[str]]]
) -> Iterator[dict[str, str]]:
    for number, fields in records:
        if len(fields) != len(header):
            raise DataError(
                f"{path}, line {number} has {len(fields)} fields and the header {len(header)} "
                f"({listed(header)})."
            )
        yield dict(zip(header, fields, strict=True))


def _is_cola(first: Sequence[str]) -> bool:
    return len(first) == 4 and first[1] in ("0", "1") and first[2] in ("", "*")


def _glue_task(header: Sequence[str]) -> str:
    """MRPC and QQP, which GLUE scores in a way of their own."""
    if "#1 String" in header:
        return "MRPC"
    return "QQP" if {"question1", "question2", "is_duplicate"} <= set(header) else ""

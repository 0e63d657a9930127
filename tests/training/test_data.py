"""GLUE's files as they are, quoted and unquoted tables, and what is said of files that are none."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from lorasurgery.training.data import DataError, columns_of, read_table


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_quotation_mark_is_a_character_in_tsv(tmp_path: Path) -> None:
    table = read_table(written(tmp_path / "a.tsv", 'sentence\tlabel\n"a film\t1\nsaid " no\t0\n'))
    assert table.column("sentence") == ['"a film', 'said " no']


def test_a_quotation_mark_quotes_in_csv(tmp_path: Path) -> None:
    table = read_table(written(tmp_path / "a.csv", 'sentence,label\r\n"a, ""b""\nc",1\r\nd,0\r\n'))
    assert table.column("sentence") == ['a, "b"\nc', "d"]


def test_json_lines_are_rows(tmp_path: Path) -> None:
    table = read_table(
        written(tmp_path / "a.jsonl", '{"text": "é", "label": 1}\n\n{"label": 0, "text": "b"}\n')
    )
    assert (table.column("text"), table.column("label")) == (["é", "b"], ["1", "0"])


def test_mrpc_has_a_mark_before_its_header(tmp_path: Path) -> None:
    header = "\ufeffQuality\t#1 ID\t#2 ID\t#1 String\t#2 String\r\n"
    table = read_table(written(tmp_path / "train.tsv", f"{header}1\t2\t3\ta\tb\r\n"))
    columns = columns_of(table)
    assert (columns.texts, columns.label, table.task) == (("#1 String", "#2 String"), "Quality", "MRPC")
    assert table.column("#2 String") == ["b"]


def test_cola_has_no_header(tmp_path: Path) -> None:
    table = read_table(written(tmp_path / "train.tsv", "gj04\t1\t\tIt is.\ngj04\t0\t*\tIt are.\n"))
    assert (table.task, table.column("sentence")) == ("CoLA", ["It is.", "It are."])
    assert columns_of(table).label == "label"


def test_only_a_line_feed_ends_a_row(tmp_path: Path) -> None:
    table = read_table(written(tmp_path / "a.tsv", "sentence\tlabel\na\u2028b\x85c\t1\n"))
    assert table.column("sentence") == ["a\u2028b\x85c"]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.tsv", "", "is empty"),
        ("a.tsv", "sentence\tlabel\n", "a header and no rows"),
        ("a.tsv", "sentence\tlabel\na\t1\nb\n", "line 3 has 1 fields and the header 2"),
        ("a.tsv", "label\tlabel\n1\t1\n", "names a column twice"),
        ("a.tsv", b"sentence\tlabel\n\xff\t1\n", "byte 15"),
        ("a.csv", 'sentence,label\n"a,1\n', "line 2"),
        ("a.jsonl", '{"text": 1}\n{"text"', "line 2 is not JSON .column 8: Expecting"),
        ("a.jsonl", '{"text": 1}\n{"words": 1}', "object 2 differs"),
        ("a.jsonl", "1", "line 1 is JSON, but not an object"),
        ("a.jsonl", "[1]", "item 1 is 1; an array of JSON objects"),
        ("a.json", "[]", "an empty array"),
        ("a.json", '[{"text": 1}', "begins as a JSON array and is not one"),
        ("a.jsonl", '{"text": ' + "9" * 5000 + "}", "line 1 is not JSON .a number has 5000 digits"),
        ("a.jsonl", '{"text": ' + "[" * 100_000, "line 1 is not JSON .it is nested deeper"),
        ("a.jsonl", '{"text": "\\ud800"}', "line 1 is not JSON .*surrogate"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, name: str, text: str | bytes, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read_table(written(tmp_path / name, text))


def test_a_column_that_is_missing_is_told_with_the_closest(tmp_path: Path) -> None:
    table = read_table(written(tmp_path / "a.tsv", "sentense\tclass\na\t1\n"))
    with pytest.raises(DataError, match=r"no column 'sentence'.*did you mean 'sentense'"):
        columns_of(table, ["sentence"], "class")
    with pytest.raises(DataError, match="name it with text="):
        columns_of(table)
    with pytest.raises(DataError, match="name it with label="):
        columns_of(table, ["sentense"])


@pytest.mark.skipif("LORASURGERY_DATA" not in os.environ, reason="LORASURGERY_DATA is unset")
@pytest.mark.parametrize(
    ("file", "rows"), [("SST-2/train", 67349), ("SST-2/dev", 872), ("CoLA/train", 8551), ("CoLA/dev", 1043)]
)
def test_glue_is_read_to_the_last_row(file: str, rows: int) -> None:
    table = read_table(Path(os.environ["LORASURGERY_DATA"]) / "glue" / f"{file}.tsv")
    assert len(table.rows) == rows
    assert set(table.column("label")) == {"0", "1"}


# Line breaks of Unicode, which stand in texts that were scraped; only \n ends a line of JSON, and a
# line break a row of CSV.
BREAKS = "a\u2028b\u2029c\u0085d\x0ce\x1cf"


def test_line_breaks_of_unicode_stay_in_texts(tmp_path: Path) -> None:
    examples = [{"text": BREAKS, "label": "1"}, {"text": "x", "label": "0"}]
    lines = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in examples)
    for name, text in {
        "a.jsonl": lines,
        "b.jsonl": lines.replace("\n", "\r\n"),
        "a.json": json.dumps(examples, ensure_ascii=False, indent=1),
        "a.csv": f"text,label\n{BREAKS},1\nx,0\n",
        "b.csv": f'text,label\r\n"{BREAKS}",1\r\n"x",0\r\n',
        "a.tsv": f"text\tlabel\n{BREAKS}\t1\nx\t0\n",
    }.items():
        table = read_table(written(tmp_path / name, text))
        assert [dict(row) for row in table.rows] == examples, name


def test_line_breaks_within_quotation_marks_of_csv_stay(tmp_path: Path) -> None:
    table = read_table(written(tmp_path / "a.csv", 'text,label\n"one\ntwo\r\nthree",1\n'))
    assert table.column("text") == ["one\ntwo\r\nthree"]


def test_an_array_of_objects_is_what_its_objects_are_line_by_line(tmp_path: Path) -> None:
    examples = [{"text": "a", "label": 1, "more": {"x": [1]}}, {"text": "b", "label": 0, "more": None}]
    array = read_table(written(tmp_path / "a.json", json.dumps(examples, indent=2)))
    lines = read_table(written(tmp_path / "a.jsonl", "\n".join(map(json.dumps, examples))))
    assert (array.columns, array.rows) == (lines.columns, lines.rows)

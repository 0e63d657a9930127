"""Foreign bytes become values, or one line that names their file."""

from __future__ import annotations

import errno
import json
import math
from pathlib import Path

import pytest

from lorasurgery.checkpoint.folder import read_json
from lorasurgery.errors import DamagedFileError, NoSpaceError, UnreadableError
from lorasurgery.foreign import json_of, json_value, quoted, reading, shortened, with_special_floats


@pytest.mark.parametrize(
    "error",
    [
        ValueError("x"),
        KeyError("x"),
        AssertionError(),
        RecursionError("deep"),
        OSError("Invalid data stream"),
    ],
)
def test_any_exception_of_a_parser_becomes_one_line_that_names_the_file(error: Exception) -> None:
    with (
        pytest.raises(DamagedFileError, match=r"^/there/file cannot be read as a list: ") as caught,
        reading("/there/file", "a list"),
    ):
        raise error
    assert type(error).__name__ in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_error_of_the_disk_is_not_damage() -> None:
    with (
        pytest.raises(UnreadableError, match=r"^/there/file cannot be read as a list: gone\.$"),
        reading("/there/file", "a list"),
    ):
        raise OSError(errno.EIO, "gone")


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        ImportError("no torch"),
        NoSpaceError("full"),
        FileNotFoundError(errno.ENOENT, "No such file", "name"),
        KeyboardInterrupt(),
    ],
)
def test_errors_that_the_file_did_not_cause_pass_unchanged(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, reading("file"):
        raise error
    assert caught.value is error


def test_special_floats_of_transformers_are_decoded_as_transformers_does(tmp_path: Path) -> None:
    import transformers

    config = transformers.Mamba2Config(time_step_limit=(0.0, float("inf")))
    config.save_pretrained(tmp_path)
    written = tmp_path / "config.json"
    assert "__float__" in written.read_text(encoding="utf-8")
    assert json_of(written)["time_step_limit"] == [0.0, math.inf]
    assert with_special_floats(json_of(written)) == json.loads(written.read_text(encoding="utf-8"))
    written.write_text(
        '{"a": {"__float__": "NaN"}, "b": {"__float__": "Infinity", "b": 1}, "c": {"__float__": "x"}}'
    )
    read = json_of(written)
    assert math.isnan(read["a"])
    assert (read["b"], read["c"]) == ({"__float__": "Infinity", "b": 1}, {"__float__": "x"})
    assert json_value('{"__float__": "Infinity"}') == {"__float__": "Infinity"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[" * 100_000, "nested deeper"),
        ("[" * 101 + "]" * 101, "nested deeper"),
        ('{"a":' * 101 + "1" + "}" * 101, "nested deeper"),
        ("[" + "9" * 5000 + "]", "a number has 5000 digits"),
        ('{"a": "\\ud800"}', "surrogate"),
        ('{"\\udfff": 1}', "surrogate"),
        ("{", "Expecting"),
        ("", "Expecting"),
    ],
)
def test_json_that_no_program_can_mean_is_refused_in_one_line(text: str, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DamagedFileError, match=reason) as caught:
        json_of(file)
    assert str(file) in str(caught.value)
    assert len(str(caught.value)) < 400
    with pytest.raises(DamagedFileError, match="JSON"):
        read_json(file)


def test_json_of_any_usual_kind_is_read(tmp_path: Path) -> None:
    value = {"a": [1, -2.5, None, True, "ü\u2028😀"], "b": {"c": 10**30}, "a b": []}
    for ascii_only in (True, False):
        file = tmp_path / "x.json"
        file.write_text(json.dumps(value, ensure_ascii=ascii_only), encoding="utf-8")
        assert json_of(file) == value
    assert json_value("[" * 99 + "]" * 99)


def test_what_a_message_quotes_is_short_however_large_the_value() -> None:
    aliases: list[object] = ["x"] * 10
    for _ in range(12):
        aliases = [aliases] * 10
    values = [
        "x" * 10**6,
        aliases,
        10**6000,
        {str(i): i for i in range(10**5)},
        [2**62] * 10**5,
        b"x" * 10**6,
    ]
    assert all(len(quoted(value)) <= 120 for value in values)
    assert quoted({"a": [1, "b"]}) == "{'a': [1, 'b']}"
    assert shortened("a" * 100 + "middle" + "b" * 100, 21) == "aaaaaaaaa...bbbbbbbbb"
    assert shortened("short") == "short"
    assert "\n" not in shortened("a\nb" * 100)


def test_a_message_is_one_line_of_bounded_length_whatever_it_quotes() -> None:
    said = str(DamagedFileError(f"file.bin has {'x' * 10**6} and 'a\nb\r'. Save it again."))
    assert len(said) < 2100
    assert said.startswith("file.bin has xxx")
    assert said.endswith(r"'a\nb\r'. Save it again.")

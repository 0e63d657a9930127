"""A message is one line that a terminal can be given, whatever a file put into it."""

from __future__ import annotations

import pytest

from lorasurgery.errors import MAX_MESSAGE_LETTERS, DamagedFileError


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("a\nb\r\n", r"a\nb\r\n"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\x00b\x9bc", r"a\x00b\x9bc"),
        ("left \u202e right", r"left \u202e right"),
        ("naïve 4×4 ΔW", "naïve 4×4 ΔW"),
    ],
)
def test_what_does_not_print_is_spelled_out(said: str, shown: str) -> None:
    assert str(DamagedFileError(said)) == shown


def test_a_message_of_a_million_letters_is_cut() -> None:
    message = str(DamagedFileError("begins" + "\x00" * 10**6 + "ends"))
    assert len(message) < MAX_MESSAGE_LETTERS + 10
    assert message.startswith("begins")
    assert message.endswith("ends")

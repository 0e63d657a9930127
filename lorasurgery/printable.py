"""Text from files and file names, made fit for one line of a terminal."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text with all that is not print (line ends, escape sequences, half surrogates) as Python would spell it."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)

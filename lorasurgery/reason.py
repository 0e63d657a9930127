"""What an error of somebody else's code says, as a part of one line of ours."""

from __future__ import annotations

# Enough for an operator or a field with its values; torch's exporter goes on for pages.
MOST_LETTERS = 400


def reason_of(error: BaseException) -> str:
    """The first line of an error, and those after it that it announces with a colon; its class where it says nothing."""
    lines = [" ".join(line.split()) for line in str(error).splitlines() if line.strip()]
    said = lines[:1]
    for line in lines[1:]:
        if not said[-1].endswith(":"):
            break
        said.append(line)
    whole = " ".join(said).rstrip(".:") or type(error).__name__
    return whole if len(whole) <= MOST_LETTERS else f"{whole[:MOST_LETTERS]}..."


def innermost(error: BaseException) -> BaseException:
    """The error that all the others were raised from."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error

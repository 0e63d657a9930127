"""What messages call a file that is read from elsewhere: its address, not the local path that stands in
for it, and never the part of an address that is a secret.
"""

from __future__ import annotations

# What is never said -> what is said instead.
_INSTEAD: dict[str, str] = {}


def say(text: str, instead: str) -> None:
    """From now on, say something else where this text would stand."""
    if text != instead:
        _INSTEAD[text] = instead


def as_said(text: str) -> str:
    """Return a text with addresses in place of local paths that stand in for them, and without secrets."""
    for never, instead in sorted(_INSTEAD.items(), key=lambda each: -len(each[0])):
        text = text.replace(never, instead)
    return text

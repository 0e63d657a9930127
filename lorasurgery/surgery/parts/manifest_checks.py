"""Whether the manifest of a part has the form that is written: its hash shows damage, and no forger."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

# `--part` takes no more digits.
MOST_PARTS = 999_999
# The bytes that file systems have for a name, and the system for a path.
LONGEST_NAME, LONGEST_PATH = 255, 1024


def check_manifest(content: Mapping[str, Any]) -> None:
    """Check every value that is used of a manifest.

    Raises:
        ValueError, TypeError, KeyError: one is not what a part writes.
    """
    identity, part, stored = content["identity"], content["part"], content["content"]
    call = identity["call"]
    _require(isinstance(identity["tool"], str), "the version of the program")
    _require(call.keys() == {"verb", "options"} and isinstance(call["verb"], str), "the call")
    _require(isinstance(call["options"], dict), "the options of the call")
    _require(_are_texts(identity["inputs"]), "the inputs")
    _require(part.keys() == {"index", "count"} and all(map(_is_small, part.values())), "the part")
    _require(_is_small(identity["count"]) and _is_small(content["number"]), "the number of the part")
    _require(_are_texts(content["files"]) and all(map(_is_inside, content["files"])), "the files")
    tensors = content["tensors"]
    _require(isinstance(tensors, dict) and all(map(_are_texts, tensors.values())), "the hashes of tensors")
    _require(all(map(_is_inside, tensors)), "the files of weights")
    counts = [stored["items"], stored["nbytes"]]
    _require(all(type(each) is int and each >= 0 for each in counts), "what the part holds")
    _require(isinstance(stored["waits_for"], list), "what the part waits for")
    _require(all(map(_is_small, stored["waits_for"])), "what the part waits for")


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(f"{what} is not as a part writes it")


def _are_texts(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())


def _is_small(value: object) -> bool:
    return type(value) is int and 1 <= value <= MOST_PARTS


def _is_inside(name: str) -> bool:
    """Whether a name is that of a file in the folder of the part or below it."""
    path = PurePosixPath(name)
    is_below = bool(path.parts) and not path.is_absolute() and ".." not in path.parts and "\0" not in name
    is_short = all(len(os.fsencode(part)) <= LONGEST_NAME for part in path.parts)
    return is_below and is_short and len(os.fsencode(name)) <= LONGEST_PATH

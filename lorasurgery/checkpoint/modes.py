"""File modes of an output: readable only by those who may read its inputs, as with `cp`.

Weights that are made from weights are as private as these are; side files are copied with what
others may do with them.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from lorasurgery.checkpoint.folder import UNDO_FILE, WEIGHT_SUFFIXES

# What the owner may do with an output is not narrowed: it is written, and replaced by --force.
OWNER = 0o700


def narrowest(inputs: Iterable[Path]) -> int:
    """What others may do with every weight file among the inputs: files, and what is in a folder."""
    allowed = 0o777
    for path in inputs:
        with suppress(OSError):
            for file in path.iterdir() if path.is_dir() else (path,):
                if _holds_weights(file) and file.is_file():
                    allowed &= file.stat().st_mode
    return allowed | OWNER


def narrow(built: Path, allowed: int) -> None:
    """Take permissions from other users: of a file, or of the weights, index and undo record in a folder."""
    files = [path for path in sorted(built.rglob("*")) if _is_of_weights(path)] if built.is_dir() else [built]
    for path in files:
        if path.is_file() and not path.is_symlink():
            _restrict(path, allowed)


def narrow_as(copy: Path, original: Path) -> None:
    """Take from others what they may not do with the original of a copy."""
    _restrict(copy, original.stat().st_mode | OWNER)


def _restrict(path: Path, allowed: int) -> None:
    mode = path.stat().st_mode & 0o777
    if mode & ~allowed:
        path.chmod(mode & allowed)


def _is_of_weights(path: Path) -> bool:
    is_record = path.name in ("undo.json", UNDO_FILE)
    return _holds_weights(path) or path.name.endswith(".index.json") or is_record


def _holds_weights(path: Path) -> bool:
    return path.name.endswith((*WEIGHT_SUFFIXES, ".onnx_adapter"))

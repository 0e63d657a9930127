"""The folder that the runs work in, and what is in it."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from faults.scenes import INPUTS
from support.paths import FIXTURES


def lay_out(folder: Path) -> None:
    """Copy the inputs into an empty folder."""
    for name in INPUTS:
        source = FIXTURES / name
        if source.is_dir():
            shutil.copytree(source, folder / name)
        else:
            shutil.copy(source, folder / name)


def state(path: Path) -> dict[str, str]:
    """The hash of every file below a path, by its place; empty where there is nothing."""
    files = [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.is_file())
    return {str(each.relative_to(path)): hashlib.sha256(each.read_bytes()).hexdigest() for each in files}

"""What a power cut could take from an output: what was not on the disk when the output took its name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath

WRITES = ("write", "copy_file_range", "ftruncate")


def unflushed(journal: list[list[str]], output: str, files: Iterable[str]) -> list[str]:
    """Name each file of an output that was not synced between its last write and the rename.

    And the folder that holds the output, if it was not synced after the rename.
    """
    named = [at for at, (call, _, second) in enumerate(journal) if call == "rename" and second == output]
    if not named:
        return [f"{output} was never renamed into place"]
    before, after = journal[: named[-1]], journal[named[-1] :]
    built = PurePath(journal[named[-1]][1])
    last: dict[str, str] = {}
    for call, path, _ in before:
        if call == "fsync" or call in WRITES:
            last[path] = call
    lost = sorted(name for name in files if last.get(str(built / name)) != "fsync")
    parent = str(PurePath(output).parent)
    return lost + ([] if ["fsync", parent, ""] in after else [f"{parent}, after the rename"])

"""What a power cut could take from an output: data that was not on the disk when the output took its name."""

from __future__ import annotations

from pathlib import PurePath

WRITES = ("write", "copy_file_range", "ftruncate")


def unflushed(journal: list[list[str]], output: str) -> list[str]:
    """Name what was written, or made, and not synced before the rename; and the folder, if not after it."""
    named = [at for at, (call, _, second) in enumerate(journal) if call == "rename" and second == output]
    if not named:
        return [f"{output} was never renamed into place"]
    before, after = journal[: named[-1]], journal[named[-1] :]
    built = journal[named[-1]][1]
    dirty: set[str] = set()
    for call, path, second in before:
        if path.endswith(" (deleted)"):  # a temporary file that never had a name
            continue
        if call in WRITES:
            dirty.add(path)
        elif call == "fsync":
            dirty.discard(path)
        elif call in ("mkdir", "unlink", "link", "rename"):
            dirty |= {str(PurePath(each).parent) for each in (path, second) if each}
            dirty.discard(path if call == "unlink" else "")
    lost = sorted(path for path in dirty if path == built or path.startswith(f"{built}/"))
    parent = str(PurePath(output).parent)
    return lost + ([] if ["fsync", parent, ""] in after else [f"{parent}, after the rename"])

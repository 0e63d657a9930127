"""Disks that are really full: a small tmpfs holds the output, and the inputs are elsewhere."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from faults.laboratory import state
from faults.scenes import SCENES
from faults.trials import Laboratory, Violation

FAULT = "a full tmpfs"
PAGE = 4096


def can_mount(scratch: Path) -> bool:
    """Whether this process may mount a tmpfs."""
    scratch.mkdir(parents=True, exist_ok=True)
    try:
        with _disk(scratch, PAGE):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


@contextmanager
def _disk(place: Path, nbytes: int) -> Iterator[None]:
    options = f"size={-(-nbytes // PAGE) * PAGE}"
    command = ["mount", "-t", "tmpfs", "-o", options, "faults", str(place)]
    subprocess.run(command, check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def fits_on(name: str) -> bool:
    """Whether a scene can be tried: its output has a name of its own and replaces nothing."""
    scene = SCENES[name]
    return "-o" in scene.arguments and not scene.before and not scene.kept and scene.output in scene.arguments


def filled(laboratory: Laboratory, name: str, chance: random.Random) -> list[Violation]:
    """Write an output to a disk that is too small for it; then to one that is large enough."""
    scene, disk = SCENES[name], laboratory.scratch / "disk"
    disk.mkdir(exist_ok=True)
    output = disk / scene.output
    at = scene.arguments.index("-o") + 1
    arguments = (*scene.arguments[:at], str(output), *scene.arguments[at + 1 :])
    needed = _nbytes(laboratory, name)
    nbytes, broken = chance.randint(1, max(PAGE, needed - PAGE)), []
    # Half of the runs do not ask beforehand whether there is room, as where another program takes it.
    asked = chance.random() < 0.5
    with _disk(disk, nbytes), _unasked(asked):
        ended = laboratory.run(arguments)
        found = state(output)
        if ended.code != scene.trouble:
            if found != laboratory.wanted[name]:
                broken.append(f"ended with {ended.code} and {len(found)} files: {ended.said[-300:]}")
        else:
            broken += laboratory.false_sentences(ended, is_whole=bool(found))
            if left := sorted(path.name for path in disk.iterdir()):
                broken.append(f"left on the disk: {', '.join(left)}")
    if laboratory.inputs_now() != laboratory.inputs:
        broken.append("an input was changed")
    with _disk(disk, 16 * needed + (1 << 24)):
        again = laboratory.run(arguments)
        if again.code or state(output) != laboratory.wanted[name]:
            broken.append(f"with enough room it ended with {again.code}: {again.said[-300:]}")
    laboratory.clear()
    return [Violation(name, FAULT, nbytes, what) for what in broken]


@contextmanager
def _unasked(asked: bool) -> Iterator[None]:
    if asked:
        yield
        return
    with patch("shutil.disk_usage", lambda _: shutil._ntuple_diskusage(1 << 50, 0, 1 << 50)):  # type: ignore[attr-defined]
        yield


def _nbytes(laboratory: Laboratory, name: str) -> int:
    """What an undisturbed run writes."""
    scene = SCENES[name]
    laboratory.run(scene.arguments)
    path = laboratory.folder / scene.output
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    nbytes = sum(each.stat().st_size for each in files)
    laboratory.clear()
    return nbytes

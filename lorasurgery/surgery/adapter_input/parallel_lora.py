"""Parallel-LoRA: a folder of branches that were trained side by side on the same modules.

Some branches serve all tasks and some serve one.

parallel.json         {"version": 1, "branches": {NAME: {"weight": 1.0, "tasks": ["sst2"] | "all"}}}
NAME/                 an adapter in PEFT's layout for each branch; the branch of a single task has
                      that task's head
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lorasurgery.checkpoint.folder import read_json
from lorasurgery.checkpoint.inside import leads_out
from lorasurgery.errors import DamagedFileError, UnsupportedError
from lorasurgery.foreign import is_number, quoted

PARALLEL_FILE = "parallel.json"
VERSION = 1


@dataclass(frozen=True)
class Branch:
    """One branch: its adapter's folder, how much of it, and the tasks that it serves, None for all."""

    folder: Path
    weight: float
    tasks: tuple[str, ...] | None


def is_parallel(path: Path) -> bool:
    """Whether a folder holds branches."""
    return (path / PARALLEL_FILE).is_file()


def branches_of(folder: Path, task: str | None) -> list[Branch]:
    """The branches that serve a task, or all of them, in the order of their names.

    Raises:
        DamagedFileError: the list is not understood, or names a folder that is not there.
        UnsupportedError: no branch is for this task, or several tasks are there and none is named.
    """
    branches = _read(folder)
    tasks = sorted({each for branch in branches for each in branch.tasks or ()})
    if task is not None and task not in tasks:
        raise UnsupportedError(
            f"{folder} has no branch of its own for the task {task!r}; its tasks are "
            f"{', '.join(tasks) or 'not named'}."
        )
    if task is None and len(tasks) > 1:
        raise UnsupportedError(
            f"{folder} has branches for several tasks ({', '.join(tasks)}), which one adapter cannot "
            "serve; choose with --task."
        )
    return [branch for branch in branches if branch.tasks is None or task is None or task in branch.tasks]


def _read(folder: Path) -> list[Branch]:
    content = read_json(folder / PARALLEL_FILE)
    listed = content.get("branches")
    if content.get("version") != VERSION or not isinstance(listed, Mapping) or not listed:
        raise DamagedFileError(
            f"{folder / PARALLEL_FILE}: version {VERSION} and a mapping of branches are expected."
        )
    return [_branch(folder, str(name), entry) for name, entry in sorted(listed.items())]


def _branch(folder: Path, name: str, entry: Any) -> Branch:
    place = folder / name
    weight, tasks = (
        (entry.get("weight", 1.0), entry.get("tasks", "all")) if isinstance(entry, Mapping) else (None, None)
    )
    is_list = isinstance(tasks, list) and tasks and all(isinstance(task, str) for task in tasks)
    if not is_number(weight) or not (tasks == "all" or is_list):
        raise DamagedFileError(
            f'{folder / PARALLEL_FILE}: branch {quoted(name)} has no finite number "weight", or "tasks" is '
            'neither "all" nor a list of names.'
        )
    is_a_name = name not in ("", "..") and Path(name).name == name and len(name.encode()) < 256
    if not is_a_name or not place.is_dir() or leads_out(place, folder):
        raise DamagedFileError(
            f"{folder / PARALLEL_FILE} lists a branch {quoted(name)}, and {folder} has no folder of that "
            "name in it."
        )
    return Branch(place, float(weight or 0), tuple(tasks) if isinstance(tasks, list) else None)

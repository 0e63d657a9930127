"""Files of examples, opened for a model: which task each is, and its examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lorasurgery.errors import UnsupportedError
from lorasurgery.training import kinds
from lorasurgery.training.data import DataError, ExampleTable, columns_of, read_table
from lorasurgery.training.fit import TaskStream
from lorasurgery.training.kinds._task import Task
from lorasurgery.training.kinds.regression import are_numbers

# The name of the only task, where the user gives none.
ONLY = "task"


@dataclass(frozen=True)
class DataRequest:
    """What the user says of the data; nothing where it is to be found out."""

    kind: str | None = None
    texts: tuple[str, ...] = ()
    label: str | None = None
    max_tokens: int | None = None


def tables_of(data: str | Mapping[str, str], kind: str | None = None) -> dict[str, ExampleTable]:
    """Read one file, or one for each task, in the order of their names.

    Raises:
        DataError: see `read_table`.
    """
    files = dict(data) if isinstance(data, Mapping) else {ONLY: data}
    if not files:
        raise DataError("No data: give a file with --data, or one for each task with --task NAME=FILE.")
    return {name: read(file, kind) for name, file in sorted(files.items())}


def read(file: str, kind: str | None) -> ExampleTable:
    """Read a file as the kind of task has it, and as a table where that is not known."""
    found: ExampleTable = kinds.load(kind).read(file) if kind else read_table(file)
    return found


def task_for(table: ExampleTable, asked: DataRequest, labels: Sequence[str] = ()) -> Task:
    """The task that a table asks for. `labels` are those that the model has already.

    Raises:
        DataError: a column is missing.
        UnsupportedError: the kind is none of ours.
    """
    kind = asked.kind or _kind_of(table, asked)
    task: Task = kinds.load(kind).open_task(table, asked.texts, asked.label, labels)
    return task


def lanes_of(
    tables: Mapping[str, ExampleTable], tasks: Mapping[str, Task], tokenizer: Any, max_tokens: int
) -> list[TaskStream]:
    """The examples of each task."""
    return [
        TaskStream(name, tasks[name], tasks[name].encode(table, tokenizer, max_tokens))
        for name, table in tables.items()
    ]


def files_by_task(given: str | Mapping[str, str] | None, tasks: Sequence[str], what: str) -> dict[str, str]:
    """The files of an option that goes along with the tasks.

    Raises:
        UnsupportedError: it names a task that is not there, or none where there are several.
    """
    if given is None:
        return {}
    files = dict(given) if isinstance(given, Mapping) else {ONLY: given}
    strange = sorted(set(files) - set(tasks))
    if strange:
        shape = "FILE" if list(tasks) == [ONLY] else "NAME=FILE"
        raise UnsupportedError(
            f"{what} {strange[0]!r} is none of the tasks {', '.join(tasks)}; write it as {what} {shape}."
        )
    return files


def _kind_of(table: ExampleTable, asked: DataRequest) -> str:
    """What a table's columns say: numbers that are no whole ones are to be estimated, all else is
    to be told apart.
    """
    columns = columns_of(table, asked.texts, asked.label)
    return "regression" if are_numbers(table.column(str(columns.label))) else "classification"

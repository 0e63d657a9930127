"""Call a function in a new process that runs no code from the current folder and leaves no file.

The question goes in by stdin and the answer comes back by a pipe. What libraries print there goes
to stderr.
"""

from __future__ import annotations

import importlib
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any, TypeVar

from lorasurgery import search_path
from lorasurgery.errors import SurgeryError
from lorasurgery.temporary import temporary_folder

Answer = TypeVar("Answer")

# `-P` keeps the current folder off the search path; ours is handed over, so that a package in a
# source tree is found.
PROGRAM = """
import pickle, sys
sys.path[:] = pickle.load(sys.stdin.buffer)
from lorasurgery.own_process import serve
serve()
"""


class EndedEarlyError(Exception):
    """The process ended without an answer; the text says why."""


def call(function: Callable[..., Answer], *arguments: Any) -> Answer:
    """Call a module's function in a new process, in an empty folder; paths in its arguments must be
    absolute.

    Raises:
        SurgeryError: whatever the function raises of these.
        EndedEarlyError: the process failed in another way.
    """
    question = pickle.dumps(search_path.trusted()) + pickle.dumps(
        (function.__module__, function.__qualname__, arguments)
    )
    with temporary_folder() as empty:
        done = subprocess.run(
            [sys.executable, "-P", "-c", PROGRAM], input=question, capture_output=True, check=False, cwd=empty
        )
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise EndedEarlyError(said[-1] if said else f"it was ended by signal {-done.returncode}")
    answer: Any = pickle.loads(done.stdout)  # written by `serve`, and by nothing else
    if isinstance(answer, SurgeryError):
        raise answer
    return answer  # type: ignore[no-any-return]


def serve() -> None:
    """What the other process does: read a question, and write its answer."""
    pipe = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    module, name, arguments = pickle.load(sys.stdin.buffer)
    try:
        answer = getattr(importlib.import_module(module), name)(*arguments)
    except SurgeryError as error:
        answer = error
    with os.fdopen(pipe, "wb") as stream:
        pickle.dump(answer, stream)

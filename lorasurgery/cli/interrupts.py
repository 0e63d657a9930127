"""Ctrl-C: noted when it comes, and answered with what is true of the output.

A library that is being imported can turn the exception into one of its own ("initialization
failed"); the note tells what it was. Python prints an exception that leaves a callback of its own, as of a
weak reference that ends, and forgets it: there, Ctrl-C comes a moment later.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from _thread import interrupt_main, start_new_thread
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from lorasurgery.errors import Interrupted

# What a shell reports for a program that Ctrl-C ended.
EXIT_CODE = 130
# Callbacks that Python itself hangs on weak references, by the end of their file's name.
CALLBACKS = {"cb": "importlib._bootstrap>", "_remove": "_weakrefset.py", "remove": "weakref.py"}
SECONDS_LATER = 0.01
# How many outputs are named; a run with --resume may have put 128 parts in place.
NAMED = 4


class Interrupts:
    """Whether Ctrl-C has come; once it is being answered, another one changes nothing."""

    def __init__(self) -> None:
        self.came = False
        self._is_answered = False

    def note(self, _: int, frame: FrameType | None) -> None:
        """Handle the signal."""
        self.came = True
        if self._is_answered:
            return
        if frame is not None and _is_forgotten_in(frame):
            start_new_thread(_interrupt_later, ())
            return
        raise KeyboardInterrupt

    def answer(self, error: BaseException | None = None) -> None:
        """Say on stderr what became of the output."""
        self.came = self._is_answered = True
        told = str(error) if isinstance(error, Interrupted) else f"interrupted; {_of_outputs()}"
        print(told, file=sys.stderr)


def _is_forgotten_in(frame: FrameType) -> bool:
    """Whether Python prints and forgets what is raised there."""
    name, file = frame.f_code.co_name, frame.f_code.co_filename
    return name == "__del__" or (name in CALLBACKS and file.endswith(CALLBACKS[name]))


def _interrupt_later() -> None:
    time.sleep(SECONDS_LATER)
    interrupt_main()


@contextmanager
def noted_interrupts() -> Iterator[Interrupts]:
    """Note Ctrl-C while the block runs, where nobody else handles it."""
    if module := _outputs():
        module.forget()
    noted, before = Interrupts(), signal.getsignal(signal.SIGINT)
    is_ours = threading.current_thread() is threading.main_thread() and before is signal.default_int_handler
    if is_ours:
        signal.signal(signal.SIGINT, noted.note)
    try:
        yield noted
    finally:
        if is_ours:
            signal.signal(signal.SIGINT, before)


def _of_outputs() -> str:
    return outputs_in_place() or "no output was written"


def outputs_in_place() -> str:
    """Say which outputs are in place, as in "out was written"; "" where none is."""
    module = _outputs()
    names = [str(path) for path in module.written()] if module else []
    shown = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
    return f"{shown} {'was' if len(names) == 1 else 'were'} written" if names else ""


def _outputs() -> Any:
    """The module that knows of outputs; where it was never imported, none was begun."""
    return sys.modules.get("lorasurgery.checkpoint.written")

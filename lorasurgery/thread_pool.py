"""Threads that do calls, and that Ctrl-C cannot leave waiting for each other.

`concurrent.futures` guards every result with a lock written in Python: where an interrupt comes just after
the waiting thread took it, nobody gives it back, and the program waits for its own workers for good. Here
threads meet in queues alone that are written in C, which an interrupt leaves whole.
"""

from __future__ import annotations

import threading
from _thread import start_new_thread
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Generic, TypeVar

R = TypeVar("R")

# Of so many tasks and more, those that are done are forgotten now and then.
FEW_TASKS = 64
# A thread without a task ends at once, unless an interrupt came while it was started.
SECONDS_TO_END = 10
# An interrupt of one thread that waits may take away the word for another, which looks for itself then.
SECONDS_TO_LOOK = 0.2


class Awaited(Generic[R]):
    """A value, or an error, that one thread gives and any number of threads wait for."""

    def __init__(self) -> None:
        self._value: R
        self._error: BaseException | None = None
        self._ended: SimpleQueue[None] = SimpleQueue()
        self.is_done = False

    def give(self, value: R) -> None:
        """Have this value as the result."""
        self._value = value
        self._end()

    def fail(self, error: BaseException) -> None:
        """Have this error raised by `result`."""
        self._error = error
        self._end()

    @property
    def has_failed(self) -> bool:
        """Whether an error has come in place of a value."""
        return self.is_done and self._error is not None

    def wait(self) -> None:
        """Wait until one of both has come."""
        while not self.is_done:
            with suppress(Empty):
                self._ended.get(timeout=SECONDS_TO_LOOK)
                self._ended.put(None)  # for others that wait

    def result(self) -> R:
        """Wait, and return the value or raise the error."""
        self.wait()
        if self._error is not None:
            raise self._error
        return self._value

    def _end(self) -> None:
        self.is_done = True
        self._ended.put(None)


class Task(Awaited[R]):
    """A call that a thread does, and what came of it."""

    def __init__(self, call: Callable[[], R]) -> None:
        super().__init__()
        self._call: Callable[[], R] | None = call
        self.is_begun = False

    def run(self, *, is_dropped: bool) -> None:
        """Do the call, or let it be."""
        try:
            if is_dropped or self._call is None:
                raise RuntimeError("The threads were stopped before this call.")
            self._value = self._call()
        except BaseException as error:  # which `result` raises, in the thread that asks for it
            self._error = error
        self._call = None
        self._end()


class ThreadPool:
    """So many threads for calls. At the end of a `with` all calls are done; if it ends by an error, those are
    dropped that have not begun.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._threads: list[threading.Thread] = []
        self._begun: SimpleQueue[None] = SimpleQueue()
        self._waiting: SimpleQueue[Task[Any] | None] = SimpleQueue()
        self._open: list[Task[Any]] = []
        self._most_open = FEW_TASKS
        self._is_stopped = False

    def __enter__(self) -> ThreadPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.shutdown(drop=kind is not None)

    def submit(self, call: Callable[..., R], *arguments: Any) -> Task[R]:
        """Have a thread do a call, after those that came before."""
        if len(self._open) >= self._most_open:
            self._open = [task for task in self._open if not task.is_done]
            self._most_open = FEW_TASKS + 2 * len(self._open)
        task = Task(partial(call, *arguments))
        # In this order, since an interrupt may come between any two: no task waits for no thread.
        if len(self._threads) < self._count:
            thread = threading.Thread(target=self._work, daemon=True)
            # Starting one waits for it, by a lock in Python: in a thread that no interrupt comes to.
            start_new_thread(self._begin, (thread,))
            self._threads.append(thread)
        self._waiting.put(task)
        self._open.append(task)
        return task

    def map(self, call: Callable[..., R], *arguments: Iterable[Any]) -> Iterator[R]:
        """Have a call done for every item; its results in the items' order."""
        tasks = [self.submit(call, *each) for each in zip(*arguments, strict=False)]
        return (task.result() for task in tasks)

    def shutdown(self, *, drop: bool = False) -> None:
        """Wait for all calls; with `drop`, only for those that have begun."""
        self._is_stopped = drop  # a thread looks at it after it has marked its task as begun
        self._waiting.put(None)
        for task in self._open:
            if task.is_begun or not drop:
                task.wait()
        with suppress(Empty):
            for _ in self._threads:
                self._begun.get(timeout=SECONDS_TO_END)
        for thread in self._threads:
            if thread.is_alive():
                thread.join(SECONDS_TO_END)
        self._threads.clear()

    def _begin(self, thread: threading.Thread) -> None:
        try:
            thread.start()
        except RuntimeError:  # the system gives no more threads: this one does the work
            self._begun.put(None)
            self._work()
        else:
            self._begun.put(None)

    def _work(self) -> None:
        while (task := self._waiting.get()) is not None:
            task.is_begun = True
            task.run(is_dropped=self._is_stopped)
            del task
        self._waiting.put(None)  # for the other threads

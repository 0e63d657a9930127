"""Calls in threads: their results, their errors, and Ctrl-C while they are waited for."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from lorasurgery import thread_pool
from lorasurgery.thread_pool import FEW_TASKS, Awaited, ThreadPool
from support.paths import ROOT

# Interrupts itself a thousand times, at moments that move through a pool's work. With `concurrent.futures`,
# as for any argument, this ends by an error or not at all.
INTERRUPTED = """
import signal, sys, time
from lorasurgery.thread_pool import ThreadPool as Pool
if sys.argv[1:]:
    from concurrent.futures import ThreadPoolExecutor as Pool
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGALRM, signal.default_int_handler)
count = 0
for number in range(1000):
    try:
        with Pool(2) as pool:
            signal.setitimer(signal.ITIMER_REAL, 0.0005 + number * 2e-6)
            for task in [pool.submit(time.sleep, 1e-5) for _ in range(500)]:
                task.result()
            time.sleep(0.02)
        signal.setitimer(signal.ITIMER_REAL, 0)
    except KeyboardInterrupt:
        count += 1
print(count)
"""


def test_results_come_in_order_and_errors_where_they_are_asked_for() -> None:
    def halved(number: int) -> float:
        time.sleep(0.001 * (number % 3))
        return 1 / (number - 7)

    with ThreadPool(3) as pool:
        tasks = [pool.submit(halved, number) for number in range(10)]
        assert [task.result() for task in tasks[:7]] == [1 / (number - 7) for number in range(7)]
        with pytest.raises(ZeroDivisionError):
            tasks[7].result()
        assert list(pool.map(pow, [2, 3], [3, 2])) == [8, 9]
    assert all(task.is_done for task in tasks)


def test_many_threads_wait_for_one_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thread_pool, "SECONDS_TO_LOOK", 60)
    awaited: Awaited[int] = Awaited()
    with ThreadPool(4) as pool:
        waiting = [pool.submit(awaited.result) for _ in range(4)]
        time.sleep(0.05)
        began = time.monotonic()
        awaited.give(7)
        assert [each.result() for each in waiting] == [7] * 4
    assert time.monotonic() - began < 30, "one of them had to look for itself"
    assert not awaited.has_failed


def test_what_has_not_begun_is_dropped_after_an_error() -> None:
    done, may_end = [], threading.Event()

    def first() -> None:
        may_end.wait()
        done.append("first")

    with pytest.raises(KeyError), ThreadPool(1) as pool:  # noqa: PT012 - the error has to be raised inside
        begun = pool.submit(first)
        later = pool.submit(done.append, "later")
        while not begun.is_begun:
            time.sleep(0.001)
        threading.Timer(0.05, may_end.set).start()
        raise KeyError
    assert done == ["first"], "what has begun is waited for"
    with pytest.raises(RuntimeError, match="stopped before this call"):
        later.result()
    assert done == ["first"]


def test_no_more_threads_than_asked_for_and_tasks_that_are_done_are_forgotten() -> None:
    running, most, lock = 0, 0, threading.Lock()

    def counted() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.0005)
        with lock:
            running -= 1

    with ThreadPool(3) as pool:
        for _ in range(10 * FEW_TASKS):
            pool.submit(counted).wait()
        assert len(pool._open) <= 2 * FEW_TASKS
        for _ in range(50):
            pool.submit(counted)
    assert 2 <= most <= 3


def test_where_the_system_gives_no_thread_the_starting_one_does_the_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)
    with ThreadPool(2) as pool:
        assert list(pool.map(abs, [-1, -2, -3])) == [1, 2, 3]


def test_an_interrupt_at_any_moment_ends_the_wait() -> None:
    command = [sys.executable, "-c", INTERRUPTED]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    # Python itself loses those that come while it forgets a thread.
    assert 500 <= int(done.stdout) <= 1000

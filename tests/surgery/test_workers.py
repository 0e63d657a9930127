"""Modules side by side: in order, within the memory, and the first error stops the rest."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from lorasurgery.surgery.workers import Bench, Meter, one_blas_thread


@dataclass(frozen=True)
class Job:
    index: int
    working_bytes: int = 1
    read_bytes: int = 10

    def advise(self) -> None:
        """Nothing to fetch."""


def bench(workers: int, limit: int = 100, meter: Meter | None = None) -> Bench:
    return Bench(workers, limit, meter or Meter(10_000, None))


def test_results_come_in_the_order_of_the_jobs() -> None:
    jobs = [Job(index) for index in range(50)]
    assert bench(4)(jobs, lambda job: job.index) == list(range(50))


def test_jobs_wait_for_memory_and_a_job_beyond_the_limit_runs_alone() -> None:
    held, most, lock = [], [], threading.Lock()

    def work(job: Job) -> None:
        with lock:
            held.append(job.working_bytes)
            most.append(sum(held))
        threading.Event().wait(0.002)
        with lock:
            held.remove(job.working_bytes)

    bench(4, limit=100)([Job(index, 40) for index in range(12)], work)
    assert max(most) == 80
    most.clear()
    bench(4, limit=30)([Job(index, 40) for index in range(6)], work)
    assert max(most) == 40


def test_an_error_stops_what_has_not_begun_and_is_raised() -> None:
    begun = []

    def work(job: Job) -> None:
        begun.append(job.index)
        if job.index == 0:
            raise ValueError("job 0")
        threading.Event().wait(0.001)

    with pytest.raises(ValueError, match="job 0"):
        bench(1)([Job(index) for index in range(1000)], work)
    assert len(begun) < 1000


def test_blas_has_one_thread_while_modules_run_and_its_own_number_after() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        assert bench(2)([Job(0), Job(1)], lambda _: torch.get_num_threads()) == [1, 1]
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_progress_adds_up_and_never_exceeds_the_whole() -> None:
    told: list[tuple[int, int]] = []
    bench(2, meter=Meter(25, lambda done, total: told.append((done, total))))(
        [Job(i) for i in range(3)], lambda _: None
    )
    assert told == [(0, 25), (10, 25), (20, 25), (25, 25)]


def test_whoever_goes_first_leaves_the_other_its_one_thread() -> None:
    """And the last one leaves the process as it was."""

    def threads() -> set[int]:
        return {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"} | {
            torch.get_num_threads()
        }

    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        with threadpool_limits(2, "blas"):
            first, second = one_blas_thread(), one_blas_thread()
            first.__enter__()
            second.__enter__()
            assert threads() == {1}
            first.__exit__(None, None, None)
            assert threads() == {1}
            second.__exit__(None, None, None)
            assert threads() == {2}
    finally:
        torch.set_num_threads(before)

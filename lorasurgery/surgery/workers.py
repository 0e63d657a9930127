"""Run jobs at the same time, one thread each, within a bound on memory; results come in order.

The result of a job depends on nothing but the job, so neither the number of workers nor their
timing changes a bit. While one worker reads, another multiplies: torch and reads both release the
interpreter's lock.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from lorasurgery.arguments import whole
from lorasurgery.checkpoint.pages import buffer_bytes, jobs_ahead
from lorasurgery.progress_bar import callback
from lorasurgery.surgery.free_memory import free_memory
from lorasurgery.thread_pool import ThreadPool

if TYPE_CHECKING:
    from lorasurgery.architecture import Architecture

_LOG = logging.getLogger(__name__)
# Jobs run at the same time while their working memory fits into this share of the free memory, or
# into this many bytes; a larger job runs alone.
SHARE_OF_FREE, LEAST_BYTES = 1 / 4, 256 * 2**20

# What is asked for before its time: jobs beyond that would only push others out of the page cache.
MOST_AHEAD_BYTES = 256 * 2**20
# What the interpreter takes with numpy loaded (and numba, in the first run of all, some 100 MB
# more); and with torch, which only some changes need.
LIBRARY_BYTES, TORCH_BYTES = 100 * 10**6, 190 * 10**6
# What transformers takes on top of torch where planning has built a model's class.
TRANSFORMERS_BYTES = 190 * 10**6
# What a tensor takes in the plan, in the results and in the record of a run, whatever its size.
PLANNED_BYTES = 15_000

# Called with the bytes read so far and in all; True draws a bar.
Progress = Callable[[int, int], None] | bool


class SizedJob(Protocol):
    """A job that knows its memory while it runs and the bytes it reads, and can have them fetched."""

    @property
    def working_bytes(self) -> int: ...
    @property
    def read_bytes(self) -> int: ...
    def advise(self) -> None: ...


J = TypeVar("J", bound=SizedJob)
R = TypeVar("R")


class AnyBench(Protocol):
    """Does jobs and returns their results in the jobs' order: here, or as one of several parts."""

    def __call__(self, jobs: Sequence[Any], work: Callable[[Any], R]) -> list[R]: ...


@dataclass(frozen=True)
class Bench:
    """Runs jobs in threads; a job waits until all that run fit into `limit_bytes`, or runs alone."""

    workers: int | None
    limit_bytes: int
    meter: Meter

    def __call__(self, jobs: Sequence[J], work: Callable[[J], R]) -> list[R]:
        """Do all jobs and return their results in the jobs' order; the first error stops the rest."""
        gate = _MemoryGate(self.limit_bytes)
        count = whole(self.workers, "workers") or available_cores()

        def guarded(index: int) -> R:
            job = jobs[index]
            _advise(jobs[index + count : index + count + jobs_ahead()])
            with gate.hold(job.working_bytes):
                result = work(job)
            self.meter.add(job.read_bytes)
            return result

        _LOG.info("%d jobs on %d workers, within %.2f GB", len(jobs), count, self.limit_bytes / 1e9)
        with one_blas_thread(), ThreadPool(count) as pool:
            tasks = [pool.submit(guarded, index) for index in range(len(jobs))]
            return [task.result() for task in tasks]


def _advise(jobs: Sequence[SizedJob]) -> None:
    """Have the disk, or the network, fetch what comes next while the processor is busy."""
    announced = 0
    for job in jobs:
        job.advise()
        announced += job.read_bytes
        if announced > MOST_AHEAD_BYTES:
            return


def working_limit() -> int:
    """Return the bytes that jobs at the same time may take on this machine as it is now."""
    return max(LEAST_BYTES, int(SHARE_OF_FREE * free_memory()))


def peak_nbytes(
    working_bytes: Iterable[int],
    workers: int | None,
    *,
    torch: bool,
    architecture: Architecture | None = None,
) -> int:
    """Estimate the peak memory of a run: the libraries, and the largest jobs at the same time.

    Args:
        torch: whether the run computes with it.
        architecture: of the model, where the run asks for one.
    """
    count, sizes = workers or available_cores(), sorted(working_bytes, reverse=True)
    of_class = transformers_bytes(architecture)
    # transformers loads torch.
    libraries = LIBRARY_BYTES + of_class + (TORCH_BYTES if torch or of_class else 0)
    return libraries + PLANNED_BYTES * len(sizes) + buffer_bytes(count) + sum(sizes[:count])


def transformers_bytes(architecture: Architecture | None) -> int:
    """Return what transformers takes where it has built a model's class."""
    by_class = architecture is not None and architecture.origin == "transformers"
    return TRANSFORMERS_BYTES if by_class else 0


class Meter:
    """Adds up what the workers have read and reports it, at first that nothing is read yet."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._done = 0
        self._total = total
        self._progress = callback(progress)
        self._lock = threading.Lock()
        if self._progress and total:
            self._progress(0, total)

    def add(self, nbytes: int) -> None:
        with self._lock:
            self._done = min(self._done + nbytes, self._total)
            if self._progress:
                self._progress(self._done, self._total)


def side_by_side_bytes(sizes: Sequence[int], workers: int | None) -> int:
    """What jobs of these working bytes take at most while as many run as there are workers, within
    the limit of a bench.
    """
    largest = sorted(sizes, reverse=True)
    together = sum(largest[: whole(workers, "workers") or available_cores()])
    return max(largest[0] if largest else 0, min(working_limit(), together))


def available_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Compute products of matrices on the calling thread: BLAS threads would spin and wait for more work."""
    with _LIMIT.held():
        yield


class _BlasLimit:
    """A limit of the whole process: the first to enter sets it, the last to leave lifts it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._lift = ExitStack()

    @contextmanager
    def held(self) -> Iterator[None]:
        with self._lock:
            if not self._count:
                self._lift.enter_context(_one_thread())
            self._count += 1
        try:
            yield
        finally:
            with self._lock:
                self._count -= 1
                if not self._count:
                    self._lift.close()


_LIMIT = _BlasLimit()


@contextmanager
def _one_thread() -> Iterator[None]:
    """Limit numpy's BLAS, and torch if it is loaded; load torch before the workers that need it."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, "blas"), _one_torch_thread():
        yield


@contextmanager
def _one_torch_thread() -> Iterator[None]:
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class _MemoryGate:
    """Admits jobs while their sizes add up to no more than the limit, and any job when none runs."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = 0
        self._changed = threading.Condition()

    @contextmanager
    def hold(self, size: int) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: self._held == 0 or self._held + size <= self._limit)
            self._held += size
        try:
            yield
        finally:
            with self._changed:
                self._held -= size
                self._changed.notify_all()

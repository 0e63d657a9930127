"""The driver of a Ray cluster: it hands out parts by their numbers, and hands out lost ones again.

Ray (Moritz et al., "Ray: A distributed framework for emerging AI applications", 2018) starts each task
where the cores and the memory are free that it states. Parts are written into a folder that all workers see;
what is fetched is a report of some hundred bytes. This file alone imports Ray.
"""

from __future__ import annotations

import logging
import os
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lorasurgery.errors import EngineError, Interrupted, MissingExtraError, PlaceInUseError
from lorasurgery.progress_bar import callback
from lorasurgery.surgery.engines.part_task import PartOutcome, RemoteRun, run_part
from lorasurgery.surgery.parts.part_report import PartReport
from lorasurgery.surgery.workers import Progress
from lorasurgery.text import counted, reason_of

_LOG = logging.getLogger(__name__)
# How long the driver waits for a result before it looks at the progress.
TICK_SECONDS = 0.5
# A part that was lost so often with its worker is given up: the part itself may be what kills workers.
MOST_LOST = 20
# A worker that was cut off may hold the folder of a part for a while after its part was handed out again.
SECONDS_UNTIL_LET_GO, MOST_BUSY = 1.0, 60
# How long tasks have to clear up after Ctrl-C, before their workers are stopped.
SECONDS_TO_STOP = 5.0


@dataclass(frozen=True)
class RayCluster:
    """A cluster that is connected; a task takes `workers` cores and `memory` bytes."""

    ray: Any
    workers: int
    memory: int

    @property
    def tasks_at_a_time(self) -> int:
        """How many tasks fit on all nodes together."""
        return max(1, sum(self._fitting(each) for each in self._nodes()))

    def _nodes(self) -> list[dict[str, float]]:
        return [node.get("Resources", {}) for node in self.ray.nodes() if node["Alive"]]

    def _fitting(self, resources: dict[str, float]) -> int:
        by_memory = resources.get("memory", 0) / self.memory
        return int(min(resources.get("CPU", 0) / self.workers, by_memory))

    def check_fits(self) -> None:
        """Refuse tasks that no node can take, for which Ray would wait forever."""
        nodes = self._nodes()
        if not any(map(self._fitting, nodes)):
            most = max(nodes, key=lambda each: each.get("memory", 0), default={})
            raise EngineError(
                f"A task takes {counted(self.workers, 'core')} and {self.memory / 1e9:.2f} GB, and none of "
                f"the {counted(len(nodes), 'node')} of the cluster has both: the largest has "
                f"{most.get('CPU', 0):g} cores and {most.get('memory', 0) / 1e9:.2f} GB. Use fewer "
                "--workers, or larger nodes."
            )


@contextmanager
def connected(address: str | None, workers: int, memory: int) -> Iterator[RayCluster]:
    """Connect to a cluster, that of this machine or a new one where there is no address.

    A connection that was there before is used and stays.

    Raises:
        MissingExtraError: Ray is not installed.
        EngineError: there is no such cluster, or its nodes are too small for a task.
    """
    ray = _ray()
    was_connected = ray.is_initialized()
    if not was_connected:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the error says it again
                ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
        except Exception as error:
            where = address or "of this machine"
            raise EngineError(
                f"The Ray cluster {where} cannot be reached: {reason_of(error)}. Start one with "
                "`ray start --head`, name another with --engine ray://HOST:10001, or set RAY_AUTH_MODE=token "
                "where it asks for a token."
            ) from None
    try:
        cluster = RayCluster(ray, workers, memory)
        cluster.check_fits()
        yield cluster
    finally:
        if not was_connected:
            ray.shutdown()


def _ray() -> Any:
    # Without these, Ray reports its use to its makers, and warns of settings on each start.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
    except ImportError:
        raise MissingExtraError("--engine ray needs Ray: pip install 'lorasurgery[ray]'.") from None
    return ray


def drive(
    cluster: RayCluster, run: RemoteRun, sizes: Callable[[int], Sequence[int]], progress: Progress | None
) -> int:
    """Have every part done, again for decisions over all parts, until `assemble` has all that it needs.

    Returns:
        How often a part was lost with its worker.

    Raises:
        SurgeryError: what a part met, as on one machine.
        EngineError: a part was lost again and again.
    """
    shown = callback(progress)
    notes = PartNotes.start(cluster.ray, sizes(run.count), run.token) if shown else None
    rounds = Round(cluster, run, notes, shown)
    while not any(report.is_complete for report in rounds.done()):
        pass
    return rounds.lost.total()


@dataclass
class Round:
    """Hands out all parts once and gathers their reports; `lost` counts how often each was lost."""

    cluster: RayCluster
    run: RemoteRun
    notes: PartNotes | None
    shown: Callable[[int, int], None] | None
    lost: Counter[int] = field(default_factory=Counter)
    _busy: Counter[int] = field(default_factory=Counter)

    def done(self) -> list[PartReport]:
        """Have every part run, and return the reports of those that came last."""
        reports: list[PartReport] = []
        tasks = {self._handed_out(index): index for index in range(1, self.run.count + 1)}
        try:
            while tasks:
                # All at once: to wait for one after the other takes time that grows with their square.
                ready, _ = self.cluster.ray.wait([*tasks], num_returns=len(tasks), timeout=TICK_SECONDS)
                self._show()
                for task in ready:
                    index = tasks.pop(task)
                    report = self._report(task, index)
                    if report is None:
                        tasks[self._handed_out(index)] = index
                    else:
                        reports.append(report)
                        if self.notes:
                            self.notes.is_done(index)
        except KeyboardInterrupt:
            self._cancel([*tasks])
            raise Interrupted(
                f"interrupted; {len(reports)} of {self.run.count} parts are in {self.run.target}.parts; the "
                "same command does the others"
            ) from None
        except BaseException:
            self._cancel([*tasks])
            raise
        self._show()
        return reports

    def _handed_out(self, index: int) -> Any:
        task = self._remote_function.options(name=f"part {index}/{self.run.count}")
        return task.remote(self.run, index, self.notes.of_part(index) if self.notes else None)

    @cached_property
    def _remote_function(self) -> Any:
        """Travels to the cluster once."""
        needs = {"num_cpus": self.cluster.workers, "memory": self.cluster.memory, "max_retries": 0}
        return self.cluster.ray.remote(**needs)(run_part)

    def _report(self, task: Any, index: int) -> PartReport | None:
        """Return the report of a part; None where it is to be done again."""
        from ray.exceptions import RayTaskError

        try:
            outcome: PartOutcome = self.cluster.ray.get(task)
        except RayTaskError as error:
            raise error.cause from None
        except self._losses as error:
            self.lost[index] += 1
            _LOG.info("part %d/%d was lost (%s)", index, self.run.count, type(error).__name__)
            if self.lost[index] >= MOST_LOST:
                raise EngineError(
                    f"Part {index}/{self.run.count} was lost {MOST_LOST} times with its worker, at last by "
                    f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}. See the "
                    "cluster's logs; a node may have less memory than it says."
                ) from None
            return None
        if isinstance(outcome.error, PlaceInUseError) and self._busy[index] < MOST_BUSY:
            self._busy[index] += 1
            time.sleep(SECONDS_UNTIL_LET_GO)
            return None
        if outcome.error is not None:
            raise outcome.error
        return outcome.report

    @property
    def _losses(self) -> tuple[type[Exception], ...]:
        """What Ray raises where a task went with its worker."""
        from ray import exceptions

        return (
            exceptions.WorkerCrashedError,
            exceptions.NodeDiedError,
            exceptions.LocalRayletDiedError,
            exceptions.ObjectLostError,
            exceptions.OutOfMemoryError,
            exceptions.RaySystemError,
        )

    def _show(self) -> None:
        if self.notes and self.shown:
            self.shown(*self.notes.seen())

    def _cancel(self, tasks: list[Any]) -> None:
        """Stop tasks: let them clear up, then stop their workers."""
        ray = self.cluster.ray
        with suppress(Exception):  # what cannot be stopped goes with the connection
            for task in tasks:
                ray.cancel(task, force=False)
            _, running = ray.wait(tasks, num_returns=len(tasks), timeout=SECONDS_TO_STOP)
            for task in running:
                ray.cancel(task, force=True)


class NotedShares:
    """An actor that knows which share of each part is done."""

    def __init__(self) -> None:
        self.shares: dict[int, float] = {}

    def note(self, index: int, done: int, total: int) -> None:
        self.shares[index] = done / total if total else 1.0

    def seen(self) -> dict[int, float]:
        return self.shares


@dataclass(frozen=True)
class PartNotes:
    """What tasks say of their progress, with the bytes of each part; a part that is lost takes none back.

    `name` is that of the actor: a handle of it in every task would cost several messages for each.
    """

    ray: Any
    actor: Any
    name: str
    sizes: Sequence[int]
    _most: dict[int, float] = field(default_factory=dict)
    _asked: list[Any] = field(default_factory=list)

    @staticmethod
    def start(ray: Any, sizes: Sequence[int], name: str) -> PartNotes:
        """Start the actor, near the driver if possible; if its node goes, it starts again elsewhere."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=True)
        options = {"name": name, "num_cpus": 0, "max_restarts": -1, "scheduling_strategy": here}
        return PartNotes(ray, ray.remote(NotedShares).options(**options).remote(), name, sizes)

    def of_part(self, index: int) -> PartNote:
        """Return what a task calls with its progress."""
        return PartNote(self.name, index)

    def seen(self) -> tuple[int, int]:
        """Return the bytes that are done, as far as the actor has answered by now, and all."""
        from ray.exceptions import RayError

        with suppress(RayError):  # progress is no reason to fail
            if self._asked and self.ray.wait(self._asked, timeout=0)[0]:
                shares = self.ray.get(self._asked.pop())
                most = {index: max(each, self._most.get(index, 0)) for index, each in shares.items()}
                self._most.update(most)
            if not self._asked:
                self._asked.append(self.actor.seen.remote())
        done = sum(share * self.sizes[index - 1] for index, share in self._most.items())
        return int(done), sum(self.sizes)

    def is_done(self, index: int) -> None:
        """Note that all of a part is there."""
        self._most[index] = 1.0


@dataclass(frozen=True)
class PartNote:
    """Sends the progress of a part to the actor of a name, which is looked up when there is some."""

    name: str
    index: int

    def __call__(self, done: int, total: int) -> None:
        import ray

        with suppress(ValueError):  # it is not there; progress is no reason to fail
            ray.get_actor(self.name).note.remote(self.index, done, total)

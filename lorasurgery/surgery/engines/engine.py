"""`--engine ray`: the run of a verb as parts that the workers of a cluster do, assembled at the end.

plan      in this process, from headers, as without an engine
run       each part is a task (`part_task.py`) on a cluster (`ray_driver.py`); then `assemble`
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from lorasurgery.arguments import whole
from lorasurgery.errors import UnsupportedError
from lorasurgery.reports import Report
from lorasurgery.surgery.engines.divided_run import DividedRun
from lorasurgery.surgery.engines.part_task import RemoteRun
from lorasurgery.surgery.parts.part import Part
from lorasurgery.surgery.plan import add_keyword
from lorasurgery.surgery.workers import Progress

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

ENGINE = re.compile(r"ray(://\S+)?")
# Parts for each task that a cluster can run at a time: a lost worker costs a part, and the last workers
# wait less for one another.
PARTS_PER_TASK = 4


@dataclass(frozen=True)
class EnginePlan(DividedRun):
    """A run whose parts are done by a cluster; `address` is None for the cluster of this machine.

    `workers` are the tensors at a time in each task; the peak memory of a forecast is that of a task.
    """

    address: str | None
    workers: int

    def __repr__(self) -> str:
        """Return one line."""
        return f"<EnginePlan: {self.single.plan!r} on {self.address or 'ray'}>"

    def run(self, progress: Progress | None = None) -> Report:
        """Have all parts done and assemble them; the report is the verb's own.

        Raises:
            EngineError: the cluster cannot be reached, or a worker cannot do its part.
        """
        from lorasurgery.surgery.assemble import assemble  # which no run without an engine needs
        from lorasurgery.surgery.engines.ray_driver import connected, drive

        shown = self.progress if progress is None else progress
        needed = self.single.peak_nbytes
        if self.force:
            self.remove_parts_of_others()
        with connected(self.address, self.workers, needed) as cluster:
            lost = drive(cluster, self._remote_run(cluster.tasks_at_a_time), self.share_sizes, shown)
        # A worker that was cut off may go on writing: then every byte is compared with its hash.
        return assemble(self.single.target, check=lost > 0, force=self.force).report

    def _remote_run(self, at_a_time: int) -> RemoteRun:
        """Divide the run; as it was divided before, where parts of it are there."""
        items, _ = self.single.share_of(1)
        count = self.count_there() or max(1, min(items, PARTS_PER_TASK * at_a_time))
        call = self.single.call
        return RemoteRun(call, self.single.target.absolute(), Path.cwd(), count, self.workers, self.force)


def on_engines(verb: str) -> Callable[[Callable[Arguments, Result]], Callable[Arguments, Result]]:
    """Let a planning function that knows parts take `engine="ray"`, and plan the run on a cluster.

    Args:
        verb: the name of the verb.
    """

    def decorated(plan: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        @functools.wraps(plan)
        def plan_on_engine(*args: Arguments.args, **options: Arguments.kwargs) -> Result:
            engine: Any = options.pop("engine", None)
            if engine is None:
                return plan(*args, **options)
            address = _address(engine)
            if options.pop("part", None) is not None:
                raise UnsupportedError(
                    f"--part does one part of `{verb}`, and --engine has all of them done; leave one out."
                )
            if options.pop("resume", False):
                raise UnsupportedError("--engine keeps what is finished without --resume; leave that out.")
            asked: Any = options
            workers = whole(asked.get("workers"), "workers") or 1
            asked = {**asked, "workers": workers, "part": Part(1, 1)}
            single: Any = plan(*args, **asked)
            force, progress = bool(asked.get("force")), asked.get("progress")
            run: Any = EnginePlan(single, force, progress, address, workers)
            return run  # type: ignore[no-any-return]

        add_keyword(plan_on_engine, plan, "engine", "str | None")
        return plan_on_engine

    return decorated


def _address(engine: object) -> str | None:
    if not isinstance(engine, str) or not ENGINE.fullmatch(engine):
        raise UnsupportedError(
            f"engine is ray, or ray://HOST:PORT for a cluster's own address, and not {engine!r}."
        )
    return engine if "://" in engine else None

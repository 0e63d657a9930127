"""What the Ray engine costs for each task: parts that do nothing, on four workers of one core.

    python benchmarks/ray_tasks.py [--tasks 400] [--rounds 5] [--record]

A cluster with four cores is started on this machine, and its driver (`surgery/engines/ray_driver.py`)
hands out parts whose work is left out: what remains is the engine. Its workers are started before
the clock is. A task costs what a run of `--tasks` takes more than one of a tenth of them, by the
number of tasks between them: less than 10 ms it should be. What a run of any size takes, such as the
start of the actor that gathers progress, is the other part of the line through both. Medians of rounds.
Needs `lorasurgery[ray]`.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import record

sys.path.append(str(Path(__file__).resolve().parent.parent))

from lorasurgery.surgery.engines import ray_driver
from lorasurgery.surgery.engines.part_task import Note, PartOutcome, RemoteRun
from lorasurgery.surgery.engines.ray_driver import connected, drive
from lorasurgery.surgery.parts.part_report import PartReport
from lorasurgery.surgery.parts.recorded_call import RecordedCall

CORES, MEMORY = 4, 10**7
MOST_MS = 10.0
Progress = Callable[[int, int], None]


def empty_part(run: RemoteRun, index: int, _: Note | None = None) -> PartOutcome:
    """Do nothing, and say that it is done; a part that takes no time notes no progress."""
    folder, part = str(run.target), f"{index}/{run.count}"
    return PartOutcome(PartReport("merge", folder, part, folder, 1, True, True, 1, 1))


def milliseconds(cluster: ray_driver.RayCluster, tasks: int, progress: Progress | None) -> float:
    """Return the wall time of a run."""
    run = RemoteRun(RecordedCall("merge", {}), Path("out"), Path.cwd(), tasks, 1, False)
    started = time.monotonic()
    drive(cluster, run, lambda count: [1] * count, progress)
    return 1e3 * (time.monotonic() - started)


def measured(tasks: int, rounds: int) -> list[list[str]]:
    """Return a row without progress, and one with it."""
    import ray

    ray.init(num_cpus=CORES, log_to_driver=False, include_dashboard=False)
    # The workers cannot import this file by the name that it has here: the function itself travels.
    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])
    ray_driver.run_part = empty_part
    few, rows = tasks // 10, []
    with connected(None, 1, MEMORY) as cluster:
        milliseconds(cluster, 4 * CORES, None)
        for name, progress in (("without progress", None), ("with progress", lambda *_: None)):
            found = [
                [milliseconds(cluster, count, progress) for count in (few, tasks)] for _ in range(rounds)
            ]
            of_few, of_all = (statistics.median(each) for each in zip(*found, strict=True))
            each = (of_all - of_few) / (tasks - few)
            bar = "holds" if each < MOST_MS else "misses"
            rows.append(
                [f"{tasks} empty tasks, {name}", f"{each:.2f} ms", f"{of_few - few * each:.0f} ms", bar]
            )
    ray.shutdown()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tasks", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--record", action="store_true", help="keep the figures for RESULTS.md")
    options = parser.parse_args()
    rows = measured(options.tasks, options.rounds)
    for row in rows:
        print(*row, sep=" | ")
    if options.record:
        title = (
            "What `--engine ray` costs for each task, on a cluster of this machine with four cores: <10 ms."
        )
        columns = ["", "a task", "a run", "bar"]
        record.keep("ray", "ray", title, "python benchmarks/ray_tasks.py --record", columns, rows)


if __name__ == "__main__":
    main()

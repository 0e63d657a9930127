"""The driver of a cluster, on one that does as it is told: parts are lost, held, wrong or interrupted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lorasurgery.errors import EngineError, Interrupted, NumericError, PlaceInUseError
from lorasurgery.surgery.engines import ray_driver
from lorasurgery.surgery.engines.part_task import PartOutcome, RemoteRun
from lorasurgery.surgery.engines.ray_driver import RayCluster, drive
from lorasurgery.surgery.parts.part_report import PartReport
from lorasurgery.surgery.parts.recorded_call import RecordedCall

exceptions = pytest.importorskip("ray.exceptions")
PARTS = 3


class ToldCluster:
    """Stands in for the module `ray`: each task is its part's number, and what comes of it is told.

    Args:
        outcome: gives what `get` returns or raises, from the part and how often it was handed out.
    """

    def __init__(self, outcome: Callable[[int, int], PartOutcome | BaseException]) -> None:
        self.outcome = outcome
        self.handed_out: list[int] = []
        self.cancelled: set[tuple[int, int]] = set()

    def remote(self, **_: object) -> Callable[[object], ToldCluster]:
        return lambda _: self

    def options(self, **_: object) -> Any:
        class Task:
            @staticmethod
            def remote(_: RemoteRun, index: int, __: object) -> tuple[int, int]:
                self.handed_out.append(index)
                return index, self.handed_out.count(index)

        return Task

    def wait(self, tasks: list[Any], **_: object) -> tuple[list[Any], list[Any]]:
        return tasks[:1], tasks[1:]

    def get(self, task: tuple[int, int]) -> PartOutcome:
        found = self.outcome(*task)
        if isinstance(found, BaseException):
            raise found
        return found

    def cancel(self, task: tuple[int, int], **_: object) -> None:
        assert task[0] in self.handed_out
        self.cancelled.add(task)


def done(index: int) -> PartOutcome:
    absent = tuple(range(index + 1, PARTS + 1))
    part, folder = f"{index}/{PARTS}", f"out.parts/{index}-of-{PARTS}"
    report = PartReport("merge", "out", part, folder, 1, True, True, 1, 1, absent=absent)
    return PartOutcome(report=report)


def driven(cluster: ToldCluster) -> int:
    run = RemoteRun(RecordedCall("merge", {}), Path("out"), Path.cwd(), PARTS, 1, force=False)
    return drive(RayCluster(cluster, 1, 1), run, lambda count: [1] * count, None)


def test_a_lost_part_is_handed_out_again_and_counted() -> None:
    def outcome(index: int, nth: int) -> PartOutcome | BaseException:
        return exceptions.WorkerCrashedError() if index == 2 and nth < 4 else done(index)

    cluster = ToldCluster(outcome)
    assert driven(cluster) == 3
    assert sorted(cluster.handed_out) == [1, 2, 2, 2, 2, 3]


def test_a_part_that_is_always_lost_is_given_up_and_the_others_are_stopped() -> None:
    cluster = ToldCluster(
        lambda index, nth: (
            done(index) if nth > 2 * ray_driver.MOST_LOST else exceptions.OutOfMemoryError("full")
        )
    )
    with pytest.raises(
        EngineError, match=r"Part [123]/3 was lost 20 times with its worker, at last by OutOf"
    ):
        driven(cluster)
    assert cluster.cancelled


def test_a_place_that_a_lost_worker_still_holds_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_driver, "SECONDS_UNTIL_LET_GO", 0)
    held = PartOutcome(error=PlaceInUseError("out.parts/1-of-3 is in use."))
    cluster = ToldCluster(lambda index, nth: held if nth < 5 else done(index))
    assert driven(cluster) == 0
    cluster = ToldCluster(lambda index, nth: held if nth < 5 or index == 1 else done(index))
    monkeypatch.setattr(ray_driver, "MOST_BUSY", 6)
    with pytest.raises(PlaceInUseError, match="is in use"):
        driven(cluster)


def test_an_error_of_a_part_is_raised_and_the_other_tasks_are_stopped() -> None:
    cluster = ToldCluster(
        lambda index, _: PartOutcome(error=NumericError("not finite")) if index == 1 else done(index)
    )
    with pytest.raises(NumericError, match="not finite"):
        driven(cluster)
    assert cluster.cancelled == {(2, 1), (3, 1)}


def test_an_interrupt_stops_the_tasks_and_says_what_is_there() -> None:
    cluster = ToldCluster(lambda index, _: KeyboardInterrupt() if index == 2 else done(index))
    with pytest.raises(
        Interrupted, match=r"1 of 3 parts are in out\.parts; the same command does the others"
    ):
        driven(cluster)
    assert cluster.cancelled == {(3, 1)}

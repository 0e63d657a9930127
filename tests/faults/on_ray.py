"""Faults of the tasks of a Ray cluster: a call of one of them fails, the disk is full, or it is killed.

Run as a program, with the folder, the number of trials and the seed, under the shim.
"""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from faults.laboratory import lay_out, state
from faults.shim import ACTIONS
from faults.trials import Violation

FAULTS = {
    "EIO of a task": ("fail", errno.EIO),
    "ENOSPC from here on of all tasks": ("fail from here", errno.ENOSPC),
    "SIGKILL of a task": ("signal after", signal.SIGKILL),
}
RUNS: dict[str, Callable[..., Any]] = {
    "merge --engine ray": lambda api, **more: api.merge("llama-base", "llama-adapter", "out", **more),
    "extract --engine ray": lambda api, **more: api.extract(
        "llama-base", "llama-tuned", "out", rank=2, **more
    ),
}
# A task makes about so many calls.
CALLS = 40


def trials(place: Path, count: int, seed: int) -> list[tuple[str, str, int, list[Violation]]]:
    """Try in a process of its own: the scene, the fault, the call and what was broken, of each trial."""
    folder, control = place / "laboratory", place / "control"
    folder.mkdir(parents=True)
    lay_out(folder)
    own = {"FAULTS_CONTROL": str(control), "FAULTS_BELOW": str(folder), "RAY_USAGE_STATS_ENABLED": "0"}
    command = [sys.executable, "-P", "-m", "faults.on_ray", str(place), str(count), str(seed)]
    done = subprocess.run(command, env=os.environ | own, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    found = json.loads(done.stdout.splitlines()[-1])
    return [
        (name, fault, nth, [Violation(name, fault, nth, each) for each in broken])
        for name, fault, nth, broken in found
    ]


def _main(place: Path, count: int, seed: int) -> None:
    import ray

    import lorasurgery
    from faults import shim

    folder, chance = place / "laboratory", random.Random(seed)
    os.chdir(folder)
    inputs, wanted = state(folder), {}
    shim.arm(folder, 0, "nothing")  # this process, in which nothing goes wrong, makes calls too
    for name, run in RUNS.items():
        run(lorasurgery)
        wanted[name] = state(folder / "out")
        _clear(folder)
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    found = []
    for number in range(count):
        name, fault = [*RUNS][number % len(RUNS)], [*FAULTS][number // len(RUNS) % len(FAULTS)]
        nth = chance.randint(1, CALLS)
        action, value = FAULTS[fault]
        (place / "control").write_text(f"{number} {nth} {ACTIONS.index(action)} {value}")
        broken = list(_tried(folder, RUNS[name], wanted[name], place / "control"))
        _clear(folder)
        broken += ["an input was changed"] if state(folder) != inputs else []
        found.append([name, fault, nth, broken])
    ray.shutdown()
    print(json.dumps(found))


def _tried(folder: Path, run: Callable[..., Any], wanted: dict[str, str], control: Path) -> Iterator[str]:
    import lorasurgery
    from lorasurgery.errors import SurgeryError

    said = ""
    try:
        run(lorasurgery, engine="ray")
    except (SurgeryError, OSError) as error:  # the command line says both in a line
        said = str(error)
    except Exception as error:
        yield f"a traceback: {type(error).__name__}: {error}"[:600]
    control.unlink(missing_ok=True)
    made = state(folder / "out")
    if made not in ({}, wanted):
        yield f"neither whole nor absent: {sorted(made)}"
    if bool(made) == bool(said):
        yield f"the output is {'there' if made else 'not there'}, and it says: {said or 'nothing'}"
    if "\n" in said or len(said) > 1000:
        yield f"not one line: {said[:300]}"
    if not made:
        run(lorasurgery, engine="ray")
        if state(folder / "out") != wanted:
            yield "the second run made something else"
    if left := sorted(path.name for path in folder.glob("out*") if path.name != "out"):
        yield f"left behind: {', '.join(left)}"


def _clear(folder: Path) -> None:
    import shutil

    for path in folder.glob("out*"):
        shutil.rmtree(path)


if __name__ == "__main__":
    _main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))

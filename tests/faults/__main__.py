"""Run trials, and print what they broke as JSON.

PYTHONPATH=tests python -m faults [--scene NAME] [--trials N] [--all-calls] [--seed N] [--breaks]
PYTHONPATH=tests python -m faults --trials 2000 --moments 300 --crowds 100 --log FILE
PYTHONPATH=tests python -m faults --record FILE...
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import pkgutil
import sys
import tempfile
from pathlib import Path

from faults import on_ray, shim
from faults.recorded import record
from faults.scenes import SCENES
from faults.sweep import FAULTS, Tries, breaks, crowds_and_disks, moments, sweep

# What a command line imports when it needs it.
HEAVY = ("torch", "safetensors.torch", "onnx", "onnxscript", "transformers")


def main() -> None:
    parser = argparse.ArgumentParser(prog="faults", description=__doc__)
    parser.add_argument(
        "--scene", action="append", choices=list(SCENES), help="default: all that are not slow"
    )
    parser.add_argument(
        "--trials", type=int, default=0, help="at random; default: all different calls; -1: none"
    )
    parser.add_argument("--all-calls", action="store_true", help="every call, also where it is like others")
    parser.add_argument("--fault", action="append", choices=list(FAULTS), help="default: all")
    parser.add_argument("--quick", action="store_true", help="on one core, without scenes that are alike")
    parser.add_argument("--log", type=Path, help="file to which what was tried is added, as JSON lines")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--moments", type=int, default=0, help="signals at random moments, slow scenes too")
    parser.add_argument("--crowds", type=int, default=0, help="several runs to one output, and full disks")
    parser.add_argument("--ray", type=int, default=0, help="faults in the tasks of a Ray cluster")
    parser.add_argument(
        "--record",
        type=Path,
        nargs="+",
        help="try nothing, and write the totals of logs to benchmarks/results",
    )
    parser.add_argument("--breaks", action="store_true", help="also count what shows defects that are put in")
    options = parser.parse_args()
    if options.record:
        record(options.record)
    elif "shim.so" in os.environ.get("LD_PRELOAD", ""):
        _try(options)
    else:
        sys.exit(_with_the_shim())


def _try(options: argparse.Namespace) -> None:
    _import_everything()
    if options.quick:
        # One worker at a time: the calls of a run are always the same, and so is what a seed tries.
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    names = options.scene or chosen(options.quick)
    tries = Tries(options.seed, options.trials, options.all_calls, tuple(options.fault or FAULTS))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder).resolve()
        seed, log = options.seed, options.log
        swept = sweep(place, names, tries, log)
        if options.moments:
            some = options.scene or list(SCENES)
            swept.add(moments(place / "moments", some, options.moments, seed, log))
        if options.crowds:
            swept.add(crowds_and_disks(place / "crowds", names, options.crowds, seed, log))
        if options.ray:
            swept.log = log
            for trial in on_ray.trials(place / "ray", options.ray, seed):
                swept.note(*trial)
        if options.breaks:
            swept.breaks = breaks(place, seed)
    print(json.dumps(swept.to_dict()))


def chosen(quick: bool) -> list[str]:
    """The scenes that a sweep tries where none is named."""
    return [name for name, scene in SCENES.items() if not scene.is_slow and not (quick and scene.is_alike)]


def _with_the_shim() -> int:
    """Run this again in a process that has the shim before the C library."""
    with tempfile.TemporaryDirectory() as folder:
        own = {"LD_PRELOAD": str(shim.built(Path(folder))), "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-P", "-m", "faults", *sys.argv[1:]]
        return os.spawnve(os.P_WAIT, sys.executable, command, os.environ | own)


def _import_everything() -> None:
    """Leave nothing to import to the children: each then takes a tenth of a second."""
    import lorasurgery

    own = [module.name for module in pkgutil.walk_packages(lorasurgery.__path__, "lorasurgery.")]
    for name in (*HEAVY, *own):
        if not name.endswith("__main__"):
            importlib.import_module(name)


if __name__ == "__main__":
    main()

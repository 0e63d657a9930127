"""Damage files by seed, read them, and print how that ended, reader by reader.

    PYTHONPATH=tests python -m fuzzing --reader safetensors --inputs 20000 --seed 1
    PYTHONPATH=tests python -m fuzzing --reader safetensors --coverage

An input of every wrong kind is shrunk and saved below --failures. --totals adds up what several runs
did, and --record writes the sum to benchmarks/results; with --coverage, the table of lines.
"""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import sys
from pathlib import Path

HEAVY = ("torch", "safetensors.torch", "onnx", "onnx_ir", "transformers", "gguf", "numba", "yaml")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="fuzzing", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--reader", action="append", metavar="NAME", help="default: all")
    parser.add_argument("--inputs", type=int, default=1000, help="for each reader")
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--failures", type=Path, metavar="FOLDER", help="where failing inputs are saved")
    parser.add_argument("--totals", type=Path, metavar="FILE", help="JSON to which the totals are added")
    parser.add_argument(
        "--record", action="store_true", help="write the --totals, or the --coverage, to benchmarks/results"
    )
    parser.add_argument("--coverage", action="store_true", help="also the lines of each reader that ran")
    parser.add_argument("--jobs", type=int, default=1, help="processes at a time, with --coverage")
    parser.add_argument("--atheris", action="store_true", help="inputs that atheris chooses; for long runs")
    options = parser.parse_args()
    os.environ |= {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": ""}
    sys.exit(_run(options))


def _run(options: argparse.Namespace) -> int:
    if options.coverage:
        from fuzzing.covered import print_coverage, record_coverage

        rows, wrong = print_coverage(options.reader, options.inputs, options.seed, options.jobs)
        if options.record:
            record_coverage(rows, options.inputs, options.seed)
        return int(wrong > 0)
    if options.atheris:
        from fuzzing.guided import run_guided

        chosen = options.reader or ["safetensors"]
        return max(run_guided(each, options.inputs, options.seed, options.failures) for each in chosen)
    from fuzzing.totals import print_and_keep, record
    from support.damaged_files import READERS

    _import_everything()
    names = options.reader or list(READERS)
    if unknown := set(names) - set(READERS):
        return print(f"no reader is called {', '.join(sorted(unknown))}: {', '.join(READERS)}") or 2
    wrong = 0 if options.record and not options.reader else print_and_keep(options, names)
    if options.record:
        record(options.totals)
    return int(wrong > 0)


def _import_everything() -> None:
    """Leave nothing to import to the inputs, whose seconds are counted."""
    import lorasurgery

    own = [module.name for module in pkgutil.walk_packages(lorasurgery.__path__, "lorasurgery.")]
    for name in (*HEAVY, *own):
        if not name.endswith("__main__"):
            importlib.import_module(name)


if __name__ == "__main__":
    main()

"""What runs found, printed, added up in a file, and recorded for RESULTS.md."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from fuzzing.campaign import Totals, outcome_in_a_child, run
from fuzzing.shrink import shrunk
from fuzzing.trial import inputs_of
from support.damaged_files import READERS
from support.paths import ROOT

# Inputs of one wrong kind that are saved.
EXAMPLES = 2
INPUTS_OF_A_ROUND = 2000
OUTCOMES = ("right", "refused", "wrong")


def print_and_keep(options: argparse.Namespace, names: Sequence[str]) -> int:
    """Run each reader, print a line for it, and return how many outcomes were wrong.

    A round is some inputs of every reader; what --totals holds was done before.
    """
    wrong = 0
    for name, first, count in _rounds(options, names):
        seed = f"{options.seed} {name}"
        totals = run(READERS[name], count, seed, first)
        wrong += sum(totals.wrong.values())
        print(
            f"{name}: {totals.inputs} inputs, {totals.right} right, {totals.refused} refused, "
            f"{sum(totals.wrong.values())} wrong; {totals.inputs / max(totals.seconds, 1e-3):.0f} a second",
            flush=True,
        )
        for kind, count in totals.wrong.most_common():
            index, said = totals.examples[kind][0]
            print(f"  {count} × {kind}, as input {index}: {said[:200]!r}", flush=True)
        if options.failures:
            _save(name, seed, totals, options.failures)
        if options.totals:
            _add(options.totals, name, totals)
    return wrong


def _rounds(options: argparse.Namespace, names: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    known = _known(options.totals) if options.totals else {}
    done = {name: sum(known.get(name, {}).get(key, 0) for key in OUTCOMES) for name in names}
    for stop in range(INPUTS_OF_A_ROUND, options.inputs + INPUTS_OF_A_ROUND, INPUTS_OF_A_ROUND):
        for name in names:
            start = max(done[name], stop - INPUTS_OF_A_ROUND)
            if start < min(stop, options.inputs):
                yield name, options.first + start, min(stop, options.inputs) - start


def _known(path: Path) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = json.loads(path.read_text()) if path.exists() else {}
    return found


def _save(name: str, seed: str, totals: Totals, folder: Path) -> None:
    """Write the first inputs of every wrong kind into folders of their own, shrunk."""
    for kind, examples in sorted(totals.examples.items()):
        for index, said in examples[:EXAMPLES]:
            files, good = inputs_of(READERS[name], seed, index)

            def fails(some: dict[str, bytes], kind: str = kind) -> bool:
                return outcome_in_a_child(READERS[name], seed, some) == kind

            own = folder / name / _slug(kind, index)
            if own.exists():
                continue
            if fails(files):  # else it came of what the inputs before had left
                files = shrunk(files, good, fails)
            for file, data in files.items():
                (own / file).parent.mkdir(parents=True, exist_ok=True)
                (own / file).write_bytes(data)
            (own / "what.txt").write_text(f"{kind}\n{said}\n", errors="replace")


def _slug(kind: str, index: int) -> str:
    """A folder's name for an input, by what is wrong with it and its number."""
    return f"{re.sub('[^A-Za-z0-9]+', '-', kind)}-{index}"


def _add(path: Path, name: str, totals: Totals) -> None:
    known = _known(path)
    old = Counter(known.get(name, {}))
    new = {
        "right": totals.right,
        "refused": totals.refused,
        "wrong": sum(totals.wrong.values()),
        "milliseconds": round(1000 * totals.seconds),
    }
    known[name] = {key: old[key] + number for key, number in new.items()}
    path.write_text(json.dumps(known, indent=1))


def record(path: Path) -> None:
    """Write the sums to `benchmarks/results`."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    from record import keep  # type: ignore[import-not-found]

    known = _known(path)
    rows, most = [], max(sum(each[key] for key in OUTCOMES) for each in known.values())
    for name, each in sorted(known.items()):
        count = each["right"] + each["refused"] + each["wrong"]
        rate = count / max(each["milliseconds"] / 1000, 1e-3)
        rows.append(
            [
                name,
                *(f"{number:,}" for number in (count, each["right"], each["refused"])),
                str(each["wrong"]),
                f"{rate:.0f}",
            ]
        )
    sums = [sum(each[key] for each in known.values()) for key in OUTCOMES]
    rows.append(["all", *(f"{number:,}" for number in (sum(sums), *sums[:2])), str(sums[2]), ""])
    keep(
        "fuzzing",
        "hostile input",
        "Damaged files, by reader: a right result, a refusal in one readable line, or anything else.",
        f"PYTHONPATH=tests python -m fuzzing --inputs {most}",
        ["reader", "inputs", "right", "refused", "wrong", "inputs per CPU-second"],
        rows,
    )

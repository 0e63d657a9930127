"""Time and memory of `merge` and `unmerge`, compared with a copy of the base and with PEFT.

    python benchmarks/make_pair.py /tmp/pair16
    python benchmarks/make_adapter.py /tmp/pair16/base /tmp/adapter16
    python benchmarks/merge.py /tmp/pair16/base /tmp/adapter16

    python benchmarks/make_pair.py /tmp/pair64 --layers 64 --seed-repeat 16
    python benchmarks/make_adapter.py /tmp/pair64/base /tmp/adapter64
    python benchmarks/merge.py /tmp/pair16/base /tmp/adapter16 --deep /tmp/pair64/base
    /tmp/adapter64

Each row is a whole process followed by a `sync`, the disk clean before it: wall and CPU seconds,
and the peak resident memory that the system reports for it. Ratios are taken round by round, and
their median is quoted. The undo record's size is that of its corrections alone, as a share of the
changed tensors' bytes.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import record
from extract import Cost, environment, run

PEFT = Path(__file__).with_name("merge_by_peft.py")


def timed(command: list[str]) -> Cost:
    """Run a command from a clean disk, and count the sync after it in."""
    os.sync()
    started = time.monotonic()
    cost = run(command)
    os.sync()
    return Cost(time.monotonic() - started, cost.cpu, cost.peak)


def commands(base: Path, adapter: Path, out: Path) -> dict[str, list[str]]:
    """Commands by name, in the order of a round; the unmerge takes what the merge wrote."""
    ours = [sys.executable, "-m", "lorasurgery"]
    merge = [*ours, "merge", str(base), str(adapter), "--json"]
    return {
        "cp -r": ["cp", "-r", "--reflink=never", str(base), str(out / "copy")],
        "merge": [*merge, "-o", str(out / "merged")],
        "merge --no-undo": [*merge, "-o", str(out / "plain"), "--no-undo"],
        "unmerge": [*ours, "unmerge", str(out / "merged"), "-o", str(out / "back"), "--json"],
        "PEFT": [sys.executable, str(PEFT), str(base), str(adapter), str(out / "peft")],
    }


def rounds(base: Path, adapter: Path, count: int, left_out: set[str]) -> dict[str, list[Cost]]:
    costs: dict[str, list[Cost]] = {}
    for _ in range(count):
        out = Path(tempfile.mkdtemp(prefix="bench-merge-"))
        try:
            for name, command in commands(base, adapter, out).items():
                if name not in left_out:
                    costs.setdefault(name, []).append(timed(command))
                    print(f"  {name}: {costs[name][-1].wall:.2f} s", file=sys.stderr)
                    for done in ("copy", "plain", "peft", "back"):
                        shutil.rmtree(out / done, ignore_errors=True)
        finally:
            shutil.rmtree(out)
    return costs


def table(costs: dict[str, list[Cost]]) -> None:
    print(f"\n{'':20}{'wall s':>18}{'CPU s':>9}{'peak MB':>9}{'x cp':>8}{'x merge':>9}")
    for name, runs in costs.items():
        walls = [cost.wall for cost in runs]
        spread = f"{statistics.median(walls):.2f} ({min(walls):.1f}-{max(walls):.1f})"
        cpu = statistics.median(cost.cpu for cost in runs)
        ratios = [ratio(runs, costs[beside]) for beside in ("cp -r", "merge")]
        print(
            f"{name:20}{spread:>18}{cpu:>9.1f}{max(c.peak for c in runs) / 1e6:>9.0f}"
            f"{ratios[0]:>8.2f}{ratios[1]:>9.2f}"
        )


def ratio(runs: list[Cost], beside: list[Cost]) -> float:
    return statistics.median(one.wall / other.wall for one, other in zip(runs, beside, strict=True))


def keep(costs: dict[str, list[Cost]], *, half: bool) -> None:
    """Record wall time, both ratios and peak memory of each row."""
    rows = []
    for name, runs in costs.items():
        wall = statistics.median(cost.wall for cost in runs)
        to_copy = f"{ratio(runs, costs['cp -r']):.2f}"
        to_peft = f"{1 / ratio(runs, costs['PEFT']):.1f}" if "PEFT" in costs else ""
        peak = max(cost.peak for cost in runs)
        cpu = statistics.median(cost.cpu for cost in runs)
        rows.append([f"`{name}`", f"{wall:.2f} s", f"{cpu:.2f} s", to_copy, to_peft, f"{peak / 1e9:.2f} GB"])
    what = "A rank-32 adapter in float16" if half else "A rank-16 adapter"
    which = "a base of 0.55 GB" if half else "the base of `extract`'s pair"
    title = (
        f"{what} for all linear layers (‖ΔW‖ 1 % of ‖W‖) merged into {which}; each command is followed by a "
        "`sync`."
    )
    columns = ["", "wall", "CPU", "ratio to `cp -r` of the base", "times faster than PEFT", "peak memory"]
    name, only = ("merge-half", "merge_half") if half else ("merge", "merge")
    record.keep(name, "merge", title, f"python benchmarks/run_all.py --only {only}", columns, rows)


def undo_share(base: Path, adapter: Path) -> tuple[float, float]:
    """The corrections as a share of the changed tensors, and ‖ΔW‖/‖W‖ is what the adapter was made
    with.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "lorasurgery",
            "merge",
            str(base),
            str(adapter),
            "--json",
            "-o",
            f"{folder}/m",
        ]
        report = json.loads(subprocess.check_output(command, env=environment()))
    changed = sum(tensor["nbytes"] for tensor in report["tensors"])
    return report["undo_bytes"] / changed, report["undo_factor_bytes"] / changed


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("base", type=Path)
    parser.add_argument("adapter", type=Path)
    parser.add_argument(
        "--deep", type=Path, nargs=2, metavar=("BASE", "ADAPTER"), help="more layers, for the memory"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-peft", dest="peft", action="store_false", help="leave PEFT out")
    parser.add_argument("--half", action="store_true", help="recorded as the merge of a float16 adapter")
    parser.add_argument("--record", action="store_true", help="keep the figures for RESULTS.md")
    arguments = parser.parse_args()
    print(record.machine())
    costs = rounds(arguments.base, arguments.adapter, arguments.rounds, set() if arguments.peft else {"PEFT"})
    table(costs)
    if arguments.record:
        keep(costs, half=arguments.half)
    corrections, factors = undo_share(arguments.base, arguments.adapter)
    print(f"\nundo record: corrections {corrections:.2%} of the changed tensors, factors {factors:.2%}")
    if arguments.deep:
        print("\nmore layers:")
        table(rounds(*arguments.deep, 1, {"PEFT"}))


if __name__ == "__main__":
    main()

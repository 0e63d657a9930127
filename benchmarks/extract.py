"""Time and memory of `extract`, compared with the floor and with mergekit-extract-lora.

    python benchmarks/make_pair.py /tmp/pair16 python benchmarks/make_pair.py /tmp/pair64 --layers
    64 --seed-repeat 16 python -m venv /tmp/mergekit && /tmp/mergekit/bin/pip install torch==2.13.0
    mergekit python benchmarks/extract.py /tmp/pair16 --deep /tmp/pair64 --mergekit
    /tmp/mergekit/bin/mergekit-extract-lora

Each row is a whole process: wall and CPU seconds and the peak resident memory that the system
reports for it. The floor reads both checkpoints, subtracts and takes the norm (`floor.py`). Ratios
are taken round by round, and their median is quoted.
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
from dataclasses import dataclass
from pathlib import Path

import record

FLOOR = Path(__file__).with_name("floor.py")


@dataclass(frozen=True)
class Cost:
    """What one process took: seconds of wall clock and CPU, and its peak resident memory in bytes."""

    wall: float
    cpu: float
    peak: int


def run(command: list[str]) -> Cost:
    """Run a command to its end and measure it.

    Raises:
        RuntimeError: it failed; its output is in the message.
    """
    with tempfile.TemporaryFile("w+") as output:
        started = time.monotonic()
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment())
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        output.seek(0)
        if status != 0:
            raise RuntimeError(f"{' '.join(command)} failed:\n{output.read()[-2000:]}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def environment() -> dict[str, str]:
    return {**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(FLOOR.parent.parent)}


def extraction(pair: Path, out: Path, *options: str) -> list[str]:
    command = [sys.executable, "-m", "lorasurgery", "extract", str(pair / "base"), str(pair / "tuned")]
    return [*command, "-o", str(out), "--force", "--json", *options]


def peer(program: str, pair: Path, out: Path, rank: int, threads: int) -> list[str]:
    # Absolute paths: a relative one with a single slash sends mergekit to the Hub after all its
    # work.
    folders = ["--model", str(pair.resolve() / "tuned"), "--base-model", str(pair.resolve() / "base")]
    return [program, *folders, "--out-path", str(out), "--max-rank", str(rank), "-j", str(threads)]


def commands(arguments: argparse.Namespace, out: Path) -> dict[str, list[str]]:
    """The quick ones, by name; every round runs each once."""
    pair, rank = arguments.pair, arguments.rank
    chosen = {
        "floor": [sys.executable, str(FLOOR), str(pair / "base"), str(pair / "tuned")],
        f"rank {rank}": extraction(pair, out / "rank", "--rank", str(rank)),
    }
    if arguments.rules:
        report = json.loads(subprocess.check_output(chosen[f"rank {rank}"], env=environment()))
        size, energy = f"{report['nbytes']}B", f"{report['energy_kept']:.4f}"
        chosen[f"size {size}"] = extraction(pair, out / "size", "--size", size)
        chosen[f"energy {energy}"] = extraction(pair, out / "energy", "--energy", energy)
    return chosen


def table(costs: dict[str, list[Cost]], floors: list[Cost]) -> None:
    print(f"\n{'':24}{'wall s':>18}{'CPU s':>9}{'peak MB':>9}{'x floor':>9}")
    for name, runs in costs.items():
        walls = [cost.wall for cost in runs]
        ratio = statistics.median(cost.wall / floor.wall for cost, floor in zip(runs, floors, strict=False))
        spread = f"{statistics.median(walls):.2f} ({min(walls):.1f}-{max(walls):.1f})"
        cpu = statistics.median(cost.cpu for cost in runs)
        print(f"{name:24}{spread:>18}{cpu:>9.1f}{max(c.peak for c in runs) / 1e6:>9.0f}{ratio:>9.2f}")


def keep(costs: dict[str, list[Cost]]) -> None:
    """Record wall time, ratio to the floor and peak memory of each row."""
    floors = costs["floor"]
    rows = []
    for name, runs in costs.items():
        ratio = statistics.median(cost.wall / floor.wall for cost, floor in zip(runs, floors, strict=False))
        wall = statistics.median(cost.wall for cost in runs)
        peak = max(cost.peak for cost in runs)
        rows.append(
            [
                f"`extract`, {name}" if name[:4] in ("rank", "size", "ener") else name,
                f"{wall:.1f} s",
                f"{ratio:.2f}",
                f"{peak / 1e9:.2f} GB",
            ]
        )
    title = (
        "A seeded Llama pair (hidden 2048, 16 layers, 0.86 B parameters, bfloat16). The floor "
        "reads both checkpoints, subtracts, and takes the norm."
    )
    columns = ["", "wall", "ratio to the floor", "peak memory"]
    record.keep("extract", "extract", title, "python benchmarks/run_all.py --only extract", columns, rows)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pair", type=Path)
    parser.add_argument("--deep", type=Path, help="a pair with more layers, for the memory")
    parser.add_argument("--mergekit", help="the program mergekit-extract-lora")
    parser.add_argument("--threads", type=int, nargs="*", default=[1], help="mergekit's -j, one run each")
    parser.add_argument("--rank", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--no-rules", dest="rules", action="store_false", help="leave out --size and --energy"
    )
    parser.add_argument("--record", action="store_true", help="keep the figures for RESULTS.md")
    arguments = parser.parse_args()
    out = Path(tempfile.mkdtemp(prefix="bench-extract-"))
    try:
        measure(arguments, out)
    finally:
        shutil.rmtree(out)


def measure(arguments: argparse.Namespace, out: Path) -> None:
    print(record.machine())
    chosen = commands(arguments, out)
    run(chosen["floor"])  # both checkpoints into the page cache
    costs: dict[str, list[Cost]] = {name: [] for name in chosen}
    for index in range(arguments.rounds):
        for name, command in chosen.items():
            costs[name].append(run(command))
            print(f"round {index + 1}  {name:24} {costs[name][-1].wall:7.2f} s", flush=True)
        if arguments.mergekit and index < len(arguments.threads):
            threads = arguments.threads[index]
            name = f"mergekit -j {threads}"
            costs[name] = [
                run(peer(arguments.mergekit, arguments.pair, out / f"peer{threads}", arguments.rank, threads))
            ]
            print(f"round {index + 1}  {name:24} {costs[name][-1].wall:7.2f} s", flush=True)
    if arguments.deep:  # once, after the rounds: so large a pair drives the other out of the page cache
        costs["deep"] = [run(extraction(arguments.deep, out / "deep", "--rank", str(arguments.rank)))]
    table(costs, costs["floor"])
    if arguments.record:
        keep(costs)
    ours = statistics.median(cost.wall for cost in costs[f"rank {arguments.rank}"])
    for name, runs in costs.items():
        if name.startswith("mergekit"):
            print(f"{name}: {runs[0].wall / ours:.0f} times the time of ours")


if __name__ == "__main__":
    main()

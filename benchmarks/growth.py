"""How the time of `extract` grows with a model's width, its depth and the rank.

    python benchmarks/growth.py [--scratch /dev/shm] [--rounds 3] [--record]

CPU seconds of whole processes, less those of extracting a pair of a few kilobytes, in which hardly
more than the libraries' start is counted. The least of several interleaved rounds is taken, since
other work on a machine only adds. Three tables:

- a byte that is read, at rank 32, of models 1024 to 4096 wide with about as many numbers;
- a byte that is read, at rank 32, of 4 to 64 layers, 1024 wide;
- a rank from 4 to 256, and the line a + b · rank through the least and the middle of them, which
  the others should not exceed.

Pairs take up to 3.5 GB under `--scratch`, one at a time, and are removed.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import record
from extract import extraction, run

HERE = Path(__file__).parent
RANK = 32
# (hidden, intermediate, layers): about as many numbers each.
WIDTHS = [(1024, 2816, 16), (2048, 5632, 4), (4096, 11264, 1)]
DEPTHS = [4, 16, 64]
RANKS = [4, 16, 32, 64, 128, 256]


def made(scratch: Path, hidden: int, intermediate: int, layers: int) -> Path:
    """Write a pair; layers beyond the fourth repeat the bytes of the first four."""
    sizes = {"hidden": hidden, "intermediate": intermediate, "layers": layers, "vocab": 512, "seed-repeat": 4}
    options = [word for name, value in sizes.items() for word in (f"--{name}", str(value))]
    out = scratch / f"pair-{hidden}-{layers}"
    command = [sys.executable, str(HERE / "make_pair.py"), str(out), *options]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return out


def read_bytes(pair: Path) -> int:
    return sum(path.stat().st_size for path in pair.glob("*/*.safetensors"))


class Bench:
    """Measures extractions in CPU seconds, beyond what starting takes."""

    def __init__(self, scratch: Path, rounds: int) -> None:
        self.scratch, self.rounds = scratch, rounds
        self._small = made(scratch, 64, 128, 1)

    def seconds(self, pair: Path, ranks: Sequence[int]) -> list[float]:
        """The least of the rounds for each rank, interleaved with the start's."""
        jobs = [(self._small, RANK), *((pair, rank) for rank in ranks)]
        costs = [[self._cpu(*job) for job in jobs] for _ in range(self.rounds)]
        start, *least = np.min(costs, axis=0)
        return [float(seconds - start) for seconds in least]

    def _cpu(self, pair: Path, rank: int) -> float:
        return run(extraction(pair, self.scratch / "out", "--rank", str(rank))).cpu


def row(label: str, nbytes: int, seconds: float) -> list[str]:
    return [label, f"{nbytes / 1e9:.2f} GB", f"{seconds:.2f} s", f"{1e9 * seconds / nbytes:.2f} ns a byte"]


def by_size(bench: Bench, sizes: Sequence[tuple[int, int, int]], name: str) -> list[list[str]]:
    """Nanoseconds a byte of each size, and their spread."""
    rows, rates = [], []
    for hidden, intermediate, layers in sizes:
        pair = made(bench.scratch, hidden, intermediate, layers)
        nbytes, (seconds,) = read_bytes(pair), bench.seconds(pair, [RANK])
        shutil.rmtree(pair)
        rates.append(1e9 * seconds / nbytes)
        rows.append(row(f"{hidden} wide, {layers} layers, rank {RANK}", nbytes, seconds))
        print(*rows[-1], sep="  ", flush=True)
    spread = f"{100 * (max(rates) / min(rates) - 1):.0f} %"
    print(f"{name}: the slowest takes {spread} more a byte than the fastest\n", flush=True)
    return [*rows, [f"over {name}: slowest compared with fastest", "", "", f"+{spread}"]]


def by_rank(bench: Bench) -> list[list[str]]:
    """The time at each rank, and how far it is above a line."""
    pair = made(bench.scratch, 2048, 5632, 2)
    nbytes, seconds = read_bytes(pair), bench.seconds(pair, RANKS)
    shutil.rmtree(pair)
    low, middle = 0, len(RANKS) // 2
    slope = (seconds[middle] - seconds[low]) / (RANKS[middle] - RANKS[low])
    start = seconds[low] - slope * RANKS[low]
    above = max(took / (start + slope * rank) for rank, took in zip(RANKS, seconds, strict=True))
    line = f"{1e9 * start / nbytes:.2f} + {1e9 * slope / nbytes:.3f} · rank"
    rows = [
        row(f"2048 wide, 2 layers, rank {rank}", nbytes, took)
        for rank, took in zip(RANKS, seconds, strict=True)
    ]
    rows.append([f"line through ranks {RANKS[low]} and {RANKS[middle]}", "", "", f"{line} ns a byte"])
    rows.append(["largest ratio to that line", "", "", f"{above:.2f}"])
    for each in rows:
        print(*each, sep="  ", flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scratch", type=Path, help="a folder with 4 GB of room; the system's by default")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--record", action="store_true", help="keep the figures for RESULTS.md")
    arguments = parser.parse_args()
    print(record.machine())
    with tempfile.TemporaryDirectory(prefix="bench-growth-", dir=arguments.scratch) as scratch:
        bench = Bench(Path(scratch), arguments.rounds)
        rows = by_size(bench, WIDTHS, "widths")
        rows += by_size(bench, [(1024, 2816, layers) for layers in DEPTHS], "depths")
        rows += by_rank(bench)
    if arguments.record:
        title = "Growth of `extract`: CPU time of a whole process, less that of starting one."
        columns = ["", "read", "CPU", "rate"]
        record.keep("growth", "extract", title, "python benchmarks/growth.py --record", columns, rows)


if __name__ == "__main__":
    main()

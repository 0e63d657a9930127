"""Models of 70 B to 671 B on one machine: what planning costs, and the time a byte of what is worked on.

    python benchmarks/scale.py [--scratch FOLDER] [--only llama-70b ...] [--rounds 2] [--record]

`make_scale_pair.py` makes the pairs and adapters as sparse files, of 5 GB in all on the disk. The first
table has dry runs, and `inspect` without spectra, on whole models: each should take at most 60 s on
two cores, and 1.5 GB. The second extracts a few matrices that have numbers, chosen by `--include`,
from the large pair and from a pair of few layers with the same matrices, at rank 16: CPU seconds less
those of the same command with `--dry-run`, for each gigabyte that is read of both sides, as the least
of interleaved rounds. Their ratio should be at most 1.2.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import record

HERE = Path(__file__).parent
PLANNED = (
    "Planning on models of 70 B to 671 B, as sparse files: at most 60 s of the clock on two cores, and "
    "1.5 GB. *CPU holds* where only the clock misses, which has what else the machine did."
)
WORKED = (
    "`extract --rank 16` of matrices of such models, CPU time beyond the dry run's, compared with the same "
    "matrices in a pair of few layers: at most 1.2 times as much a byte."
)
MOST_SECONDS, MOST_BYTES, MOST_RATIO = 60.0, 1.5e9, 1.2
# To the kernel, the most memory of a process is also that of the one that started it, so a small
# process starts the command.
MEASURED = """
import json, resource, subprocess, sys, time
started = time.monotonic()
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([time.monotonic() - started, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024]))
sys.exit(done.returncode)
"""


@dataclass(frozen=True)
class Cost:
    """Seconds of wall clock and of CPU, and the most memory, of a process."""

    wall: float
    cpu: float
    peak: int


@dataclass(frozen=True)
class LargeCase:
    """What is measured of a model.

    Attributes:
        real: the weights that have numbers, as a glob.
        layers: of the small pair, which has them too.
    """

    real: str
    layers: int


# All routed experts of a layer are one module, so the shared ones are chosen; of seven layers, since
# planning, which is subtracted, takes 7 CPU-seconds.
CASES = {
    "llama-70b": LargeCase("model.layers.0.self_attn.[kv]_proj.weight", 1),
    "llama-405b": LargeCase("model.layers.0.self_attn.[kv]_proj.weight", 1),
    "deepseek-671b": LargeCase("model.layers.[3-9].mlp.shared_experts.*_proj.weight", 10),
}


def run(*words: object) -> Cost:
    """Run a command of the program and measure it.

    Raises:
        CalledProcessError: it failed.
    """
    command = [sys.executable, "-c", MEASURED, sys.executable, "-m", "lorasurgery", *map(str, words)]
    environment = os.environ | {"PYTHONPATH": str(HERE.parent), "HF_HUB_OFFLINE": "1"}
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment).stdout
    return Cost(*json.loads(printed))


def made(out: Path, *options: object) -> Path:
    """Make a pair, unless it is there with the same options."""
    words, made_with = [*map(str, options)], out / "made_with.json"
    if not made_with.exists() or json.loads(made_with.read_text(encoding="utf-8")) != words:
        shutil.rmtree(out, ignore_errors=True)
        command = [sys.executable, str(HERE / "make_scale_pair.py"), str(out), *words]
        subprocess.run(command, check=True, stdout=sys.stderr)
        made_with.write_text(json.dumps(words), encoding="utf-8")
    return out


def commands(pair: Path, out: Path) -> dict[str, list[object]]:
    """The commands of the first table, by name."""
    base, adapter, dry = pair / "base", pair / "adapter", ["-o", out, "--dry-run"]
    return {
        "extract --dry-run": ["extract", base, pair / "tuned", *dry],
        "merge --dry-run": ["merge", base, adapter, *dry],
        "convert --format mlx --base --dry-run": [
            "convert",
            adapter,
            "--format",
            "mlx",
            "--base",
            base,
            *dry,
        ],
        "inspect --base --no-spectra": ["inspect", adapter, "--base", base, "--no-spectra"],
    }


def planned(name: str, pair: Path, out: Path) -> Iterator[list[str]]:
    """Yield a row for each command on a whole model."""
    header = json.loads((pair / "base" / "model.safetensors.index.json").read_text(encoding="utf-8"))
    count, nbytes = len(header["weight_map"]), header["metadata"]["total_size"]
    for words, command in commands(pair, out).items():
        cost = run(*command)
        yield [
            f"{name}: `{words}`",
            f"{count:,} tensors, {nbytes / 1e9:,.0f} GB",
            f"{cost.cpu:.1f} s",
            f"{cost.wall:.1f} s",
            f"{cost.peak / 1e9:.2f} GB",
            bar(cost),
        ]


def bar(cost: Cost) -> str:
    """Say whether a dry run is as quick and as small as it should be."""
    if cost.peak > MOST_BYTES or cost.cpu > MOST_SECONDS:
        return "misses"
    return "holds" if cost.wall <= MOST_SECONDS else "CPU holds"


def stored_bytes(pair: Path) -> int:
    """What of both sides is not a hole: the matrices that have numbers, and headers."""
    return sum(path.stat().st_blocks * 512 for side in ("base", "tuned") for path in (pair / side).iterdir())


def rate(pair: Path, module: str, out: Path) -> float:
    """CPU seconds for each gigabyte that an extraction reads, less those of planning it."""
    command = ["extract", pair / "base", pair / "tuned", "--include", module, "--rank", 16, "-o", out]
    seconds = run(*command, "--force").cpu - run(*command, "--force", "--dry-run").cpu
    return seconds / (stored_bytes(pair) / 1e9)


def rates(name: str, scratch: Path, out: Path, rounds: int) -> list[str]:
    """The row of a model in the second table."""
    case, large = CASES[name], scratch / name
    few = ["--layers", case.layers, "--vocab", 512, "--no-adapter"]
    small = made(scratch / f"{name}-small", "--model", name, "--real", case.real, *few)
    module = case.real.removesuffix(".weight")
    pairs = [[rate(large, module, out), rate(small, module, out)] for _ in range(rounds)]
    of_large, of_small = map(min, zip(*pairs, strict=True))
    return [
        f"{name}: `--include '{module}'`",
        f"{stored_bytes(large) / 1e9:.2f} GB",
        f"{of_large:.1f} s a GB",
        f"{of_small:.1f} s a GB",
        f"{of_large / of_small:.2f}",
        "holds" if of_large <= MOST_RATIO * of_small else "misses",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scratch", type=Path, help="a folder with 12 GB of room; what is made there stays")
    parser.add_argument("--only", nargs="*", choices=CASES, default=list(CASES))
    parser.add_argument("--rounds", type=int, default=2, help="of the second table; 0 leaves it out")
    parser.add_argument("--record", action="store_true", help="keep the figures for RESULTS.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-scale-") as temporary:
        scratch, out = options.scratch or Path(temporary), Path(temporary) / "out"
        for name in options.only:
            large = made(scratch / name, "--model", name, "--real", CASES[name].real)
            rows = [*planned(name, large, out)]
            for row in rows:
                print(*row, sep=" | ", flush=True)
            if options.record:
                keep("scale", PLANNED, ["", "base", "CPU", "wall", "peak", "bar"], rows)
        for name in options.only if options.rounds else ():
            row = rates(name, scratch, out, options.rounds)
            print(*row, sep=" | ", flush=True)
            if options.record:
                keep("scale-rate", WORKED, ["", "read", "large pair", "small pair", "ratio", "bar"], [row])


def keep(name: str, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Record rows, next to those of the last record that were not measured this time."""
    last = next((each for each in record.records() if each.name == name), None)
    kept = {row[0]: row for row in (*(last.rows if last else ()), *rows)}
    in_order = sorted(kept.values(), key=lambda row: [*CASES].index(row[0].partition(":")[0]))
    record.keep(name, "scale", title, "python benchmarks/scale.py --record", columns, in_order)


if __name__ == "__main__":
    main()

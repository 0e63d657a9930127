"""Time and memory of `extract`, compared with the floor, with mergekit-extract-lora, and with kohya's steps.

    python benchmarks/make_pair.py /tmp/pair16
    python benchmarks/make_pair.py /tmp/pair64 --layers 64 --seed-repeat 16
    python -m venv /tmp/mergekit && /tmp/mergekit/bin/pip install torch==2.13.0 mergekit
    python benchmarks/extract.py /tmp/pair16 --deep /tmp/pair64 \\
        --mergekit /tmp/mergekit/bin/mergekit-extract-lora

    python benchmarks/make_flux_pair.py /tmp/flux
    OMP_NUM_THREADS=1 python benchmarks/extract.py /tmp/flux --flux

Each row is a whole process: wall and CPU seconds and the peak resident memory that the system
reports for it. The floor reads both checkpoints, subtracts and takes the norm (`floor.py`). Ratios
are taken round by round, and their median is quoted. With `--flux`, kohya's steps
(`extract_by_kohya.py`) are taken for one weight of each shape, between our rounds, and their CPU
seconds are multiplied by how many weights have that shape.
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
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import record
import torch
from extract_by_kohya import is_extracted
from safetensors import safe_open

FLOOR = Path(__file__).with_name("floor.py")
KOHYA = Path(__file__).with_name("extract_by_kohya.py")


@dataclass(frozen=True)
class Cost:
    """What one process took: seconds of wall clock and CPU, and its peak resident memory in bytes.

    `printed` is the last line of its output.
    """

    wall: float
    cpu: float
    peak: int
    printed: str = ""


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
        text = output.read()
        if status != 0:
            raise RuntimeError(f"{' '.join(command)} failed:\n{text[-2000:]}")
    last = next(iter(text.splitlines()[-1:]), "")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, last)


def environment() -> dict[str, str]:
    """This environment, with Python's bytecode kept after the first round, as an installed package has it."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(FLOOR.parent.parent)}


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
        cpu = statistics.median(cost.cpu for cost in runs)
        peak = max(cost.peak for cost in runs)
        rows.append(
            [
                f"`extract`, {name}" if name[:4] in ("rank", "size", "ener") else name,
                f"{wall:.1f} s",
                f"{cpu:.1f} s",
                f"{ratio:.2f}",
                f"{peak / 1e9:.2f} GB",
            ]
        )
    title = (
        "A seeded Llama pair (hidden 2048, 16 layers, 0.86 B parameters, bfloat16). The floor "
        "reads both checkpoints, subtracts, and takes the norm."
    )
    columns = ["", "wall", "CPU", "ratio to the floor", "peak memory"]
    record.keep("extract", "extract", title, "python benchmarks/run_all.py --only extract", columns, rows)


# A pair of Flux's shape, and kohya's steps


def weights_by_shape(base: Path) -> list[list[str]]:
    """Group the weights that kohya's script looks at by their shape."""
    found: dict[tuple[int, ...], list[str]] = defaultdict(list)
    with safe_open(base, "pt") as file:
        for name in filter(is_extracted, file.keys()):
            found[tuple(file.get_slice(name).get_shape())].append(name)
    return list(found.values())


def energies(pair: Sequence[Path], lora: Path, names: Sequence[str]) -> tuple[float, float]:
    """Return ‖ΔW‖² of some weights, and the part of it that a LoRA file keeps: ‖ΔW‖² - ‖ΔW - BA‖²."""
    total = kept = 0.0
    with safe_open(pair[0], "pt") as base, safe_open(pair[1], "pt") as tuned, safe_open(lora, "pt") as file:
        for name in names:
            stem = "lora_unet_" + name.removesuffix(".weight").replace(".", "_")
            down, up = (file.get_tensor(f"{stem}.lora_{side}.weight").float() for side in ("down", "up"))
            scale = float(file.get_tensor(f"{stem}.alpha")) / len(down)
            delta = tuned.get_tensor(name).float() - base.get_tensor(name).float()
            whole = float(torch.linalg.vector_norm(delta)) ** 2
            total += whole
            kept += whole - float(torch.linalg.vector_norm(delta - scale * up @ down)) ** 2
    return total, kept


def measure_flux(arguments: argparse.Namespace, out: Path) -> None:
    """Measure `extract` at kohya's rank and at kohya's energy, and kohya's steps between the rounds."""
    print(record.machine())
    pair = [arguments.pair / f"{name}.safetensors" for name in ("base", "tuned")]
    rank = ["--rank", str(arguments.rank)]
    cpu, peak, total, kept, ours = 0.0, 0, 0.0, 0.0, []
    groups = weights_by_shape(pair[0])
    timed = [names[0] for names in groups]
    for name, *others in groups:
        ours.append(run(flux_extraction(pair, out / "ours.safetensors", rank)))
        steps = [sys.executable, str(KOHYA), *map(str, pair), str(out / "theirs.safetensors")]
        cost = run([*steps, *rank, "--only", name])
        seconds = json.loads(cost.printed)[name]
        print(f"{name:36}{seconds:7.1f} CPU s; all weights by `extract`: {ours[-1].cpu:.1f}", flush=True)
        cpu, peak = cpu + seconds * (1 + len(others)), max(peak, cost.peak)
        energy = energies(pair, out / "theirs.safetensors", [name])
        total, kept = total + energy[0], kept + energy[1]
    rows = [["kohya's steps", f"{cpu:.0f} s", "1", f"{kept / total:.1%}", f"{peak / 1e9:.1f} GB"]]
    rows.append(flux_row(rank, ours, cpu, energies(pair, out / "ours.safetensors", timed)))
    same = ["--energy", f"{kept / total:.4f}"]
    again = [run(flux_extraction(pair, out / "same.safetensors", same)) for _ in range(arguments.rounds)]
    rows.append(flux_row(same, again, cpu, energies(pair, out / "same.safetensors", timed)))
    for row in rows:
        print(" | ".join(row))
    if arguments.record:
        keep_flux(rows, sum(map(len, groups)), arguments.rank)


def flux_extraction(pair: Sequence[Path], out: Path, options: Sequence[str]) -> list[str]:
    command = [sys.executable, "-m", "lorasurgery", "extract", *map(str, pair), "-o", str(out)]
    return [*command, "--format", "kohya", "--force", *options]


def flux_row(
    options: Sequence[str], costs: Sequence[Cost], theirs: float, energy: tuple[float, float]
) -> list[str]:
    cpu, peak = statistics.median(cost.cpu for cost in costs), max(cost.peak for cost in costs)
    figures = [f"{cpu:.1f} s", f"{theirs / cpu:.0f}", f"{energy[1] / energy[0]:.1%}", f"{peak / 1e9:.2f} GB"]
    return [f"`extract {' '.join(options)}`", *figures]


def keep_flux(rows: list[list[str]], count: int, rank: int) -> None:
    """Record CPU time, the ratio of it, energy and peak memory."""
    title = (
        f"A seeded pair of Flux.1's shape (width 3072, one double block and two single ones, {count} "
        "weights, bfloat16), one thread. kohya's steps are those of `flux_extract_lora.py`, rank "
        f"{rank}, timed on one weight of each shape and multiplied by how many have it; its start and "
        "its output are not counted, and ours are. Energy is that of the timed weights."
    )
    columns = ["", "CPU", "times faster", "energy of ΔW kept", "peak memory"]
    command = "python benchmarks/run_all.py --only extract_flux"
    record.keep("extract-flux", "extract", title, command, columns, rows)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pair", type=Path)
    parser.add_argument("--flux", action="store_true", help="the pair is one of make_flux_pair.py")
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
        (measure_flux if arguments.flux else measure)(arguments, out)
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

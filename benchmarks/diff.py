"""Bytes, speed and memory of deltas, compared with zstd --patch-from, XOR + zstd, bsdiff and xdelta3.

    python benchmarks/diff.py [--tensors 16] [--folder /dev/shm] [--disk FOLDER] [--rounds 2] [--record]

Three pairs of bfloat16 matrices, 4096 x 4096 each: a step of reinforcement learning (2 % of the elements
move by an ulp), a merged LoRA of rank 16, and a full fine-tune with noise of all ranks, the last two at
||dW||/||W|| = 1 %. bsdiff and xdelta3 do not finish on these in reasonable time: they have one merged LoRA
of 1024 x 1024, if they are installed (`pip install bsdiff4`). Every side runs in a process of its own, its
start included, from compiled Python files as an installation has them. Times are wall seconds of the whole
command on all cores of the machine, next to CPU seconds, which other work on the machine changes less. A
round runs all sides one after the other; the least of all rounds counts. Rates are bytes of the target for
each second, as are those of `cp`. What takes more than five minutes is stopped and named. Five minutes on
two cores; with `--record` every pair is recorded as soon as it is done.

With `--disk`, a merged LoRA and a full fine-tune are applied in a folder on a disk as well, in turns with
`cp --reflink=never`; to both belongs `sync` of what was written. Three files of the pair's size are there
for that time, and what is read is in the page cache.

- lorasurgery: `diff A B -o DELTA`, `apply A DELTA -o OUT`; both directions are in the file
- lorasurgery by SVD: the same with factors by truncated SVD, which are not recovered
- zstd --patch-from: level 1, `--long=31 -T0`; bytes of A are the dictionary
- BitX: the exclusive-or of both files' bits, compressed by zstd -3 (ZipLLM, arXiv 2505.06252)
"""

from __future__ import annotations

import argparse
import filecmp
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import record
import zstandard

if TYPE_CHECKING:  # the other sides' processes load no torch
    import torch

    from lorasurgery.lazy import LazyTensor
    from lorasurgery.linalg.terms import Term
    from lorasurgery.surgery.comparison.rank_of_change import ProductRows

RANK, RATIO, MOVED = 16, 0.01, 0.02
PAIRS = {
    "rl": "step of RL, 2 % of the elements",
    "lora": "merged LoRA of rank 16, 1 %",
    "tune": "full fine-tune, 1 %",
    "small": "one merged LoRA of 1024 x 1024",
}
SIDES = {"small": 1024}
ON_DISK = ("lora", "tune")
LIMIT_SECONDS = 300
UNFINISHED = f"more than {LIMIT_SECONDS} s"


def changed(W: torch.Tensor, pair: str, generator: torch.Generator) -> torch.Tensor:
    """What the pair makes of a matrix."""
    import torch

    if pair == "rl":
        bits = W.view(torch.int16).clone()
        moves = torch.rand(W.shape, generator=generator) < MOVED
        bits += torch.where(torch.rand(W.shape, generator=generator) < 0.5, moves, -moves.short())
        return bits.view(torch.bfloat16)
    if pair in ("lora", "small"):
        rows, columns = W.shape
        change = torch.randn(rows, RANK, generator=generator) @ torch.randn(
            RANK, columns, generator=generator
        )
    else:
        change = torch.randn(W.shape, generator=generator)
    wide = W.float()
    return (wide + change * (RATIO * wide.norm() / change.norm())).bfloat16()


def make(folder: Path, pair: str, count: int) -> tuple[Path, Path]:
    """Write both sides as single files."""
    import torch
    from safetensors.torch import save_file

    generator = torch.Generator().manual_seed(0)
    sides: tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]] = ({}, {})
    side = SIDES.get(pair, 4096)
    for index in range(1 if pair == "small" else count):
        name = f"model.layers.{index}.mlp.up_proj.weight"
        sides[0][name] = (0.02 * torch.randn(side, side, generator=generator)).bfloat16()
        sides[1][name] = changed(sides[0][name], pair, generator)
    paths = folder / f"{pair}-a.safetensors", folder / f"{pair}-b.safetensors"
    for tensors, path in zip(sides, paths, strict=True):
        save_file(tensors, path)
    return paths


def svd_encode(one: str, other: str, delta: str) -> None:
    from lorasurgery.surgery.make_delta import make_delta

    make_delta(one, other, delta, factors=factors_by_svd, force=True)


def factors_by_svd(name: str, one: LazyTensor, other: LazyTensor, rows: ProductRows) -> list[Term]:
    """The factors of the difference, which know nothing of its rounding."""
    from lorasurgery.linalg.rank_rules import fixed
    from lorasurgery.linalg.svd import truncated_svd
    from lorasurgery.linalg.terms import Term

    D = other.raw().single() - one.raw().single()
    svd = truncated_svd(D, fixed(rows.rank), seed=zlib.crc32(name.encode()))
    root = np.sqrt(svd.S)
    left, right = ((each * root).astype(np.float16).astype(np.float32) for each in (svd.U, svd.V))
    return [Term(left, np.ascontiguousarray(right.T))]


def xor_encode(one: str, other: str, delta: str) -> None:
    a, b = (np.fromfile(path, np.uint8) for path in (one, other))
    mixed = zstandard.ZstdCompressor(level=3, threads=-1).compress((a ^ b).tobytes())
    Path(delta).write_bytes(mixed)


def xor_apply(one: str, delta: str, out: str) -> None:
    mixed = np.frombuffer(zstandard.ZstdDecompressor().decompress(Path(delta).read_bytes()), np.uint8)
    (np.fromfile(one, np.uint8) ^ mixed).tofile(out)


def bsdiff_encode(one: str, other: str, delta: str) -> None:
    import bsdiff4

    bsdiff4.file_diff(one, other, delta)


def bsdiff_apply(one: str, delta: str, out: str) -> None:
    import bsdiff4

    bsdiff4.file_patch(one, out, delta)


def timed(words: Sequence[str]) -> tuple[float, float, int] | None:
    """Run a command; wall seconds, CPU seconds, and its peak memory in bytes; None where it takes too long.

    Raises:
        RuntimeError: it failed, with what it said.
    """
    script = (
        "import resource, subprocess, sys, time, json\n"
        "started = time.monotonic()\n"
        f"done = subprocess.run(sys.argv[1:], capture_output=True, text=True, timeout={LIMIT_SECONDS})\n"
        "took = time.monotonic() - started\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "said = done.stderr[-500:] if done.returncode else None\n"
        "print(json.dumps([said, took, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024]))\n"
    )
    done = subprocess.run([sys.executable, "-c", script, *words], check=False, capture_output=True, text=True)
    if "TimeoutExpired" in done.stderr:
        return None
    said, wall, cpu, peak = json.loads(done.stdout)
    if said is not None:
        raise RuntimeError(f"{' '.join(words)} failed: {said}")
    return wall, cpu, peak


def sides(
    pair: str, one: Path, other: Path, delta: Path, out: Path
) -> dict[str, tuple[list[str], list[str]]]:
    """The commands that encode and apply, by the name of who runs them."""
    own, here = [sys.executable, "-m", "lorasurgery"], [sys.executable, __file__]
    a, b, d, o = map(str, (one, other, delta, out))
    apply = [*own, "apply", a, d, "-o", o]
    found = {"lorasurgery": ([*own, "diff", a, b, "-o", d], apply)}
    if pair in ("lora", "small"):
        found["lorasurgery by SVD"] = ([*here, "--step", "svd_encode", a, b, d], apply)
    found["BitX"] = ([*here, "--step", "xor_encode", a, b, d], [*here, "--step", "xor_apply", a, d, o])
    if zstd := shutil.which("zstd"):
        long = [zstd, "--long=31", "-T0", "-q", "-f", f"--patch-from={a}"]
        found["zstd --patch-from"] = ([*long, "-1", b, "-o", d], [*long, "-d", d, "-o", o])
    if pair == "small" and importlib.util.find_spec("bsdiff4"):
        steps = [[*here, "--step", f"bsdiff_{each}", a] for each in ("encode", "apply")]
        found["bsdiff"] = ([*steps[0], b, d], [*steps[1], d, o])
    if pair == "small" and shutil.which("xdelta3"):
        xdelta = ["xdelta3", "-f", "-s", a]
        found["xdelta3"] = ([*xdelta, "-e", b, d], [*xdelta, "-d", d, o])
    return found


def measure(folder: Path, pair: str, count: int, rounds: int) -> list[list[str]]:
    """Rows of the table for one pair."""
    one, other = make(folder, pair, count)
    size = other.stat().st_size
    delta, out = folder / "delta", folder / "out.safetensors"
    runs: dict[str, list[tuple[float, float, int]]] = {}
    nbytes: dict[str, str] = {}
    for _ in range(rounds):
        for name, commands in sides(pair, one, other, delta, out).items():
            if nbytes.get(name) == UNFINISHED:
                continue
            for path in (delta, out):
                path.unlink(missing_ok=True)
            for step, words in enumerate(commands):
                took = timed(words)
                if took is None:
                    nbytes[name] = UNFINISHED
                    break
                runs.setdefault(f"{name}/{step}", []).append(took)
            else:
                nbytes[name] = f"{100 * delta.stat().st_size / size:.2f} %"
                if not filecmp.cmp(out, other, shallow=False):
                    raise RuntimeError(f"{name} does not give back {pair}")
        out.unlink(missing_ok=True)
        if took := timed(["cp", str(one), str(out)]):
            runs.setdefault("cp/1", []).append(took)
    for path in (one, other, delta, out):
        path.unlink(missing_ok=True)
    rows = [
        [name, share, *_rates(runs, f"{name}/0", size), *_rates(runs, f"{name}/1", size)]
        for name, share in nbytes.items()
    ]
    return [[PAIRS[pair], *row] for row in (*rows, ["cp", "", "", "", "", *_rates(runs, "cp/1", size)])]


def measure_on_disk(folder: Path, pair: str, count: int, rounds: int) -> list[list[str]]:
    """Rows for one pair in a folder on a disk: what applying takes until all is on the disk, and `cp`."""
    one, other = make(folder, pair, count)
    size, delta, out = other.stat().st_size, folder / "delta", folder / "out.safetensors"
    own = [sys.executable, "-m", "lorasurgery"]
    if timed([*own, "diff", str(one), str(other), "-o", str(delta)]) is None:
        raise RuntimeError(f"the delta of {pair} takes {UNFINISHED}")
    commands = {
        "lorasurgery, and sync": [*own, "apply", str(one), str(delta), "-o", str(out)],
        "cp, and sync": ["cp", "--reflink=never", str(other), str(out)],
    }
    runs: dict[str, list[tuple[float, float, int]]] = {}
    for _ in range(rounds):
        for name, words in commands.items():
            out.unlink(missing_ok=True)
            os.sync()
            if took := timed(["sh", "-c", 'out=$1; shift; "$@" && sync "$out"', "sh", str(out), *words]):
                runs.setdefault(name, []).append(took)
            if not filecmp.cmp(out, other, shallow=False):
                raise RuntimeError(f"{name} does not give back {pair}")
    for path in (one, other, delta, out):
        path.unlink(missing_ok=True)
    return [[f"{PAIRS[pair]}, on a disk", name, "", "", "", "", *_rates(runs, name, size)] for name in runs]


def _rates(runs: Mapping[str, Sequence[tuple[float, float, int]]], key: str, size: int) -> list[str]:
    if key not in runs:
        return ["", "", ""]
    wall, cpu = (min(each[part] for each in runs[key]) for part in (0, 1))
    peak = max(each[2] for each in runs[key])
    return [f"{size / wall / 1e9:.2f}", f"{cpu:.2f}", f"{peak / 1e6:,.0f}"]


STEPS: dict[str, Callable[..., None]] = {
    each.__name__: each for each in (svd_encode, xor_encode, xor_apply, bsdiff_encode, bsdiff_apply)
}


def main() -> None:
    parser = argparse.ArgumentParser()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    parser.add_argument("--tensors", type=int, default=16)
    parser.add_argument("--folder", default="/dev/shm")
    parser.add_argument("--disk", type=Path)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--pairs", nargs="*", default=list(PAIRS), choices=list(PAIRS))
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--step", nargs=4)
    asked = parser.parse_args()
    if asked.step:
        name, *paths = asked.step
        STEPS[name](*paths)
        return
    columns = ["pair", "by", "bytes", "encode GB/s", "CPU s", "MB", "apply GB/s", "CPU s", "MB"]
    rows: list[list[str]] = []
    title = f"Deltas of {asked.tensors} matrices of 4096 x 4096 in bfloat16"
    command = f"benchmarks/diff.py --tensors {asked.tensors}{' --disk FOLDER' if asked.disk else ''}"
    runs = [(asked.folder, measure, pair) for pair in asked.pairs]
    if asked.disk:
        runs += [(asked.disk, measure_on_disk, pair) for pair in asked.pairs if pair in ON_DISK]
    for place, measured, pair in runs:
        with tempfile.TemporaryDirectory(dir=place) as folder:
            found = measured(Path(folder), pair, asked.tensors, asked.rounds)
        rows += found
        for row in found:
            print("  ".join(row), flush=True)
        if asked.record:
            record.keep("diff", "diff", title, command, columns, rows)


if __name__ == "__main__":
    main()

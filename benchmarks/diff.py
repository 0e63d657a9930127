"""Bytes, speed and memory of deltas, beside zstd --patch-from, XOR + zstd, and bsdiff and xdelta3 if there.

    python benchmarks/diff.py [--tensors 8] [--folder /dev/shm] [--rounds 3] [--record]

Three pairs of bfloat16 matrices, 4096 x 4096 each: a step of reinforcement learning (2 % of the elements
move by an ulp), a merged LoRA of rank 16, and a full fine-tune with noise of all ranks, the last two at
||dW||/||W|| = 1 %. Every side runs in a process of its own. Times are wall seconds of the whole command on
all cores of the machine; CPU seconds stand beside them, since a machine that does other work makes wall
time longer. A round runs all sides one after the other; the least of all rounds counts. Rates are bytes of
the target for each second, as are those of `cp`.

- lorasurgery: `diff A B -o DELTA`, `apply A DELTA -o OUT`; both directions are in the file
- zstd --patch-from: level 1, `--long=31 -T0`; bytes of A are the dictionary
- BitX: the exclusive-or of both files' bits, compressed by zstd -3 (ZipLLM, arXiv 2505.06252)
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import record
import torch
import zstandard
from safetensors.torch import save_file

SIDE, RANK, RATIO, MOVED = 4096, 16, 0.01, 0.02
PAIRS = {
    "rl": "step of RL, 2 % of the elements",
    "lora": "merged LoRA of rank 16, 1 %",
    "tune": "full fine-tune, 1 %",
}


def changed(W: torch.Tensor, pair: str, generator: torch.Generator) -> torch.Tensor:
    """What the pair makes of a matrix."""
    if pair == "rl":
        bits = W.view(torch.int16).clone()
        moves = torch.rand(W.shape, generator=generator) < MOVED
        bits += torch.where(torch.rand(W.shape, generator=generator) < 0.5, moves, -moves.short())
        return bits.view(torch.bfloat16)
    if pair == "lora":
        change = torch.randn(SIDE, RANK, generator=generator) @ torch.randn(RANK, SIDE, generator=generator)
    else:
        change = torch.randn(W.shape, generator=generator)
    wide = W.float()
    return (wide + change * (RATIO * wide.norm() / change.norm())).bfloat16()


def make(folder: Path, pair: str, count: int) -> tuple[Path, Path]:
    """Write both sides as single files."""
    generator = torch.Generator().manual_seed(0)
    sides: tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]] = ({}, {})
    for index in range(count):
        name = f"model.layers.{index}.mlp.up_proj.weight"
        sides[0][name] = (0.02 * torch.randn(SIDE, SIDE, generator=generator)).bfloat16()
        sides[1][name] = changed(sides[0][name], pair, generator)
    paths = folder / f"{pair}-a.safetensors", folder / f"{pair}-b.safetensors"
    for side, path in zip(sides, paths, strict=True):
        save_file(side, path)
    return paths


def xor_encode(one: str, other: str, delta: str) -> None:
    a, b = (np.fromfile(path, np.uint8) for path in (one, other))
    mixed = zstandard.ZstdCompressor(level=3, threads=-1).compress((a ^ b).tobytes())
    Path(delta).write_bytes(mixed)


def xor_apply(one: str, delta: str, out: str) -> None:
    mixed = np.frombuffer(zstandard.ZstdDecompressor().decompress(Path(delta).read_bytes()), np.uint8)
    (np.fromfile(one, np.uint8) ^ mixed).tofile(out)


def timed(words: Sequence[str]) -> tuple[float, float, int]:
    """Run a command; wall seconds, CPU seconds, and its peak memory in bytes."""
    script = (
        "import resource, subprocess, sys, time, json\n"
        "started = time.monotonic()\n"
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
        "took = time.monotonic() - started\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(json.dumps([took, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024]))\n"
    )
    done = subprocess.run([sys.executable, "-c", script, *words], check=True, capture_output=True, text=True)
    wall, cpu, peak = json.loads(done.stdout)
    return wall, cpu, peak


def sides(one: Path, other: Path, delta: Path, out: Path) -> dict[str, tuple[list[str], list[str]]]:
    """The commands that encode and apply, by the name of who runs them."""
    own, here = str(Path(sys.executable).with_name("lorasurgery")), [sys.executable, __file__]
    a, b, d, o = map(str, (one, other, delta, out))
    found = {
        "lorasurgery": ([own, "diff", a, b, "-o", d], [own, "apply", a, d, "-o", o]),
        "BitX": ([*here, "--xor", a, b, d], [*here, "--unxor", a, d, o]),
    }
    if zstd := shutil.which("zstd"):
        long = [zstd, "-1", "--long=31", "-T0", "-f"]
        found["zstd --patch-from"] = (
            [*long, f"--patch-from={a}", b, "-o", d],
            [zstd, "-d", "--long=31", "-f", f"--patch-from={a}", d, "-o", o],
        )
    if shutil.which("bsdiff") and shutil.which("bspatch"):
        found["bsdiff"] = (["bsdiff", a, b, d], ["bspatch", a, o, d])
    if shutil.which("xdelta3"):
        found["xdelta3"] = (
            ["xdelta3", "-e", "-f", "-s", a, b, d],
            ["xdelta3", "-d", "-f", "-s", a, d, o],
        )
    return found


def measure(folder: Path, pair: str, count: int, rounds: int) -> list[list[str]]:
    """Rows of the table for one pair."""
    one, other = make(folder, pair, count)
    size = other.stat().st_size
    delta, out = folder / "delta", folder / "out.safetensors"
    best: dict[str, list[tuple[float, float, int]]] = {}
    nbytes: dict[str, int] = {}
    for _ in range(rounds):
        for name, commands in sides(one, other, delta, out).items():
            for step, words in enumerate(commands):
                for path in (delta, out)[step:]:
                    path.unlink(missing_ok=True)
                best.setdefault(f"{name}/{step}", []).append(timed(words))
            nbytes[name] = delta.stat().st_size
            assert out.read_bytes() == other.read_bytes(), f"{name} does not give back {pair}"
        out.unlink()
        best.setdefault("cp/1", []).append(timed(["cp", str(one), str(out)]))
    for path in (one, other, delta, out):
        path.unlink(missing_ok=True)

    def rates(key: str) -> list[str]:
        if key not in best:
            return ["", "", ""]
        wall, cpu = (min(each[part] for each in best[key]) for part in (0, 1))
        peak = max(each[2] for each in best[key])
        return [f"{size / wall / 1e9:.2f}", f"{cpu:.2f}", f"{peak / 1e6:,.0f}"]

    rows = [
        [PAIRS[pair], name, f"{100 * nbytes[name] / size:.2f} %", *rates(f"{name}/0"), *rates(f"{name}/1")]
        for name in nbytes
    ]
    return [*rows, [PAIRS[pair], "cp", "", "", "", "", *rates("cp/1")]]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tensors", type=int, default=8)
    parser.add_argument("--folder", default="/dev/shm")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pairs", nargs="*", default=list(PAIRS))
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--xor", nargs=3)
    parser.add_argument("--unxor", nargs=3)
    asked = parser.parse_args()
    steps: list[tuple[list[str] | None, Callable[..., None]]] = [
        (asked.xor, xor_encode),
        (asked.unxor, xor_apply),
    ]
    for words, step in steps:
        if words:
            step(*words)
            return
    columns = ["pair", "by", "bytes", "encode GB/s", "CPU s", "MB", "apply GB/s", "CPU s", "MB"]
    rows: list[list[str]] = []
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        for pair in asked.pairs:
            found = measure(Path(folder), pair, asked.tensors, asked.rounds)
            rows += found
            for row in found:
                print("  ".join(row), flush=True)
    if asked.record:
        title = f"Deltas of {asked.tensors} matrices of 4096 x 4096 in bfloat16"
        record.keep("diff", "diff", title, f"benchmarks/diff.py --tensors {asked.tensors}", columns, rows)


if __name__ == "__main__":
    main()

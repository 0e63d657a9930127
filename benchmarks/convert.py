"""Time and error of `rerank`, `fuse` and `convert`, compared with kohya's logic and PEFT's functions.

    python benchmarks/make_wide_adapter.py /tmp/a64 --modules 28 --width 2048
    python benchmarks/make_wide_adapter.py /tmp/a16 --modules 28 --width 2048 --rank 16
    python benchmarks/make_wide_adapter.py /tmp/b16 --modules 28 --width 2048 --rank 16 --seed 1
    python benchmarks/convert.py /tmp/a64 /tmp/a16 /tmp/b16 [--timed 3] [--rounds 3]

Two figures are ours. `algebra`: factors in memory to factors in memory, as theirs are. `call`: the
whole of it, which reads the files, decides, rounds, writes, flushes to the disk, reads back and
proves. Each side runs in a process of its own that has made one small call before, so that nothing
is imported within the time. Theirs is timed on the first `--timed` modules and multiplied up to all
of them. Errors are ‖ΔW − B A‖/‖ΔW‖ of the first module, by dense matrices.

- kohya: sd-scripts' resize_lora.py: torch.linalg.svd of the dense product, cut, split
- PEFT convert: `peft.convert_to_lora`'s way: truncated from a dense SVD of each layer's delta
- PEFT svd: `add_weighted_adapter(combination_type="svd")`'s way: dense sum, dense SVD
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import record
import torch
from safetensors.torch import load_file, save_file

RANK = 16
LABELS = {
    "rerank": "`rerank` 64 to 16",
    "fuse": "`fuse` of two, rank 16",
    "loha": "LoHa to LoRA",
    "lokr": "LoKr to LoRA",
}


def pairs(folder: Path, count: int) -> list[tuple[str, torch.Tensor, torch.Tensor]]:
    """(module, A, B) of the first modules, in float32."""
    held = load_file(folder / "adapter_model.safetensors")
    names = sorted(name for name in held if "lora_A" in name)[:count]
    return [(name, held[name].float(), held[name.replace("lora_A", "lora_B")].float()) for name in names]


def ours(verb: str, folders: list[Path]) -> dict[str, float]:
    out = Path(tempfile.mkdtemp(prefix="bench-convert-"))
    call(verb, folders, out / "warm")
    started = time.monotonic()
    call(verb, folders, out / "out")
    seconds = time.monotonic() - started
    found = error_of(verb, folders, out / "out")
    shutil.rmtree(out)
    return {"call": seconds, "algebra": algebra(folders), "error": found}


def call(verb: str, folders: list[Path], out: Path) -> None:
    from lorasurgery.surgery.convert import convert
    from lorasurgery.surgery.fuse import fuse
    from lorasurgery.surgery.rerank import rerank

    if verb == "rerank":
        rerank(folders[0], out, rank=RANK)
    elif verb == "fuse":
        fuse(folders, out, rank=RANK, method="svd")
    else:
        convert(folders[0], out, to="lora")


def algebra(folders: list[Path]) -> float:
    """From the terms of every module, in memory, to balanced factors of the rank: the seconds of it."""
    from lorasurgery import formats
    from lorasurgery.linalg.factored import svd_of
    from lorasurgery.linalg.factors import balanced
    from lorasurgery.surgery.factorise.adapter_matrix import adapter_matrices
    from lorasurgery.surgery.workers import Bench, Meter, working_limit

    sides = [adapter_matrices(formats.read_adapter(str(folder))[1], None) for folder in folders]
    together = list(zip(*sides, strict=True))
    terms = {jobs[0].path: [t for job in jobs for t in job.edit().weight.terms] for jobs in together}

    def factors(job: Any) -> Any:
        found = svd_of(terms[job.path], job.flat_shape, RANK)
        return [side.astype(np.float32) for side in balanced(found.U, found.S, found.V)]

    started = time.monotonic()
    Bench(None, working_limit(), Meter(1, None))([jobs[0] for jobs in together], factors)
    return time.monotonic() - started


def error_of(verb: str, folders: list[Path], out: Path) -> float:
    held = load_file(out / "adapter_model.safetensors")
    config = json.loads((out / "adapter_config.json").read_text())
    name = min(name for name in held if "lora_A" in name)
    A, B = held[name].double(), held[name.replace("lora_A", "lora_B")].double()
    return apart(wanted(verb, folders), config["lora_alpha"] / len(A) * B @ A)


def wanted(verb: str, folders: list[Path]) -> torch.Tensor:
    """The dense ΔW of the first module."""
    if verb in ("loha", "lokr"):
        return dense(verb, folders[0], 1)[0].double()
    return torch.stack([B.double() @ A.double() for folder in folders for _, A, B in pairs(folder, 1)]).sum(0)


def apart(one: torch.Tensor, other: torch.Tensor) -> float:
    return float((one - other).norm() / one.norm())


def dense(verb: str, folder: Path, count: int) -> list[torch.Tensor]:
    """The dense ΔW of the first modules of a LoHa or LoKr folder, as PEFT makes it."""
    held = load_file(folder / "adapter_model.safetensors")
    config = json.loads((folder / "adapter_config.json").read_text())
    scale = config["alpha"] / config["r"]
    key = {"loha": ".hada_w1_a", "lokr": ".lokr_w1"}[verb]
    found = []
    for stem in sorted(name.removesuffix(key) for name in held if name.endswith(key))[:count]:
        t = {
            name.removeprefix(f"{stem}."): held[name].float() for name in held if name.startswith(f"{stem}.")
        }
        if verb == "loha":
            found.append(scale * (t["hada_w1_a"] @ t["hada_w1_b"]) * (t["hada_w2_a"] @ t["hada_w2_b"]))
        else:
            found.append(scale * torch.kron(t["lokr_w1"], t["lokr_w2_a"] @ t["lokr_w2_b"]))
    return found


def theirs(verb: str, folders: list[Path], timed: int) -> dict[str, float]:
    if verb in ("loha", "lokr"):
        deltas = [lambda delta=delta: delta for delta in dense(verb, folders[0], timed)]
    else:
        sides = [pairs(folder, timed) for folder in folders]
        deltas = [
            lambda module=module: torch.stack([B @ A for _, A, B in module]).sum(0)
            for module in zip(*sides, strict=True)
        ]
    torch.linalg.svd(torch.randn(64, 64))
    seconds, error = [], 0.0
    for index, delta in enumerate(deltas):
        started = time.monotonic()
        D = delta()
        U, S, Vh = torch.linalg.svd(D)
        B, A = U[:, :RANK] * S[:RANK], Vh[:RANK]
        seconds.append(time.monotonic() - started)
        if not index:
            error = apart(wanted(verb, folders), B.double() @ A.double())
    return {"seconds": statistics.mean(seconds), "error": error}


def make(verb: str, like: Path, folder: Path) -> Path:
    """A LoHa of rank 4 × 4 or a LoKr in the layout of PEFT, for the modules of a LoRA folder."""
    torch.manual_seed(0)
    held: dict[str, torch.Tensor] = {}
    for name, A, B in pairs(like, 10**6):
        stem, out, width = name.removesuffix(".lora_A.weight"), len(B), A.shape[1]
        if verb == "loha":
            for side in ("w1", "w2"):
                held[f"{stem}.hada_{side}_a"] = torch.randn(out, 4)
                held[f"{stem}.hada_{side}_b"] = torch.randn(4, width)
        else:
            held[f"{stem}.lokr_w1"] = torch.randn(4, 4)
            held[f"{stem}.lokr_w2_a"] = torch.randn(out // 4, 4)
            held[f"{stem}.lokr_w2_b"] = torch.randn(4, width // 4)
    folder.mkdir()
    save_file(held, folder / "adapter_model.safetensors")
    config = {
        "peft_type": verb.upper(),
        "r": 4,
        "alpha": 4,
        "target_modules": ["q_proj", "k_proj", "v_proj", "o_proj"],
    }
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return folder


def child(*arguments: str) -> Any:
    """Run one side in a process of its own."""
    command = [sys.executable, __file__, *arguments]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("adapters", type=Path, nargs="+")
    parser.add_argument("--timed", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--record", action="store_true", help="keep the figures for RESULTS.md")
    parser.add_argument("--side", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.side:
        side, verb = arguments.side
        found = (
            ours(verb, arguments.adapters)
            if side == "ours"
            else theirs(verb, arguments.adapters, arguments.timed)
        )
        print(json.dumps(found))
        return
    print(record.machine())
    deep, *two = arguments.adapters
    made = Path(tempfile.mkdtemp(prefix="bench-made-"))
    inputs = {
        "rerank": [deep],
        "fuse": two,
        "loha": [make("loha", two[0], made / "loha")],
        "lokr": [make("lokr", two[0], made / "lokr")],
    }
    modules = len(pairs(deep, 10**6))
    print(
        f"{'':8}{'algebra':>10}{'call':>9}{'theirs':>9}{'times: algebra':>16}{'call':>7}"
        f"{'our error':>12}{'theirs':>11}"
    )
    kept = []
    for verb, folders in inputs.items():
        names = list(map(str, folders))
        rows = []
        for _ in range(arguments.rounds):
            mine = child(*names, "--side", "ours", verb)
            other = child(*names, "--timed", str(arguments.timed), "--side", "theirs", verb)
            rows.append((mine, other))
        found = {name: statistics.median(mine[name] for mine, _ in rows) for name in ("algebra", "call")}
        times = {
            name: statistics.median(other["seconds"] * modules / mine[name] for mine, other in rows)
            for name in found
        }
        theirs_s = statistics.median(other["seconds"] for _, other in rows) * modules
        print(
            f"{verb:8}{found['algebra']:9.3f}s{found['call']:8.3f}s{theirs_s:8.1f}s"
            f"{times['algebra']:16.0f}{times['call']:7.0f}"
            f"{rows[0][0]['error']:12.3e}{rows[0][1]['error']:11.3e}"
        )
        kept.append(
            [
                LABELS[verb],
                f"{theirs_s:.1f} s",
                f"{found['algebra']:.3f} s",
                f"{times['algebra']:.0f}",
                f"{found['call']:.2f} s",
                f"{times['call']:.0f}",
                f"{rows[0][0]['error']:.1e}, {rows[0][1]['error']:.1e}",
            ]
        )
    shutil.rmtree(made)
    if arguments.record:
        keep(kept)


def keep(rows: list[list[str]]) -> None:
    """Record the table."""
    title = (
        "28 modules of 2048², compared with the dense decomposition that kohya's `resize_lora.py`"
        " and PEFT's `convert_to_lora` and `add_weighted_adapter` make of each ΔW: timed on three"
        " modules, multiplied up to 28. *Algebra* is from factors in memory to factors in memory,"
        " as theirs is; *call* reads the files, writes, flushes and reads back too."
    )
    columns = [
        "",
        "theirs",
        "algebra",
        "times faster",
        "call",
        "times faster",
        "error of ΔW, ours and theirs",
    ]
    record.keep(
        "convert",
        "rerank, fuse, convert",
        title,
        "python benchmarks/run_all.py --only convert",
        columns,
        rows,
    )


if __name__ == "__main__":
    main()

"""Time and memory of `inspect`, compared with the dense decomposition that it replaces.

    python benchmarks/make_wide_adapter.py /tmp/wide
    python benchmarks/spectra.py /tmp/wide

The rows are whole processes: wall and CPU seconds, and the peak resident memory. `dense` forms ΔW =
B A of the first modules and takes `torch.linalg.svdvals` of each, in float32; its time for all
modules is extrapolated from these.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import record
from extract import Cost, run

# Modules that the dense way is timed on.
TIMED = 2


def dense(adapter: Path) -> None:
    """Print, as a child process, seconds a module, and how far the spectra of both ways are apart."""
    import torch
    from safetensors import safe_open

    from lorasurgery import inspect

    seconds, apart = [], 0.0
    ours = {each.module: each.sigma for each in inspect(adapter).modules}
    with safe_open(adapter / "adapter_model.safetensors", framework="pt") as file:
        keys = [key for key in sorted(file.keys()) if key.endswith("lora_A.weight")]
        for key in keys[:TIMED]:
            A, B = (file.get_tensor(name).float() for name in (key, key.replace("lora_A", "lora_B")))
            started = time.monotonic()
            values = torch.linalg.svdvals(B @ A)
            seconds.append(time.monotonic() - started)
            mine = torch.tensor(ours[key.removeprefix("base_model.model.").removesuffix(".lora_A.weight")])
            apart = max(apart, float((mine - values[: len(mine)]).abs().max() / values[0]))
    print(json.dumps({"seconds": statistics.median(seconds), "modules": len(keys), "apart": apart}))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("adapter", type=Path)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--record", action="store_true", help="keep the figures for RESULTS.md")
    parser.add_argument("--dense", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.dense:
        dense(arguments.adapter)
        return
    print(record.machine())
    ours: list[Cost] = []
    theirs = []
    for _ in range(arguments.rounds):
        ours.append(run([sys.executable, "-m", "lorasurgery", "inspect", str(arguments.adapter)]))
        child = [sys.executable, __file__, str(arguments.adapter), "--dense"]
        theirs.append(json.loads(subprocess.run(child, check=True, capture_output=True, text=True).stdout))
    wall = statistics.median(cost.wall for cost in ours)
    whole = statistics.median(each["seconds"] * each["modules"] for each in theirs)
    peak = max(cost.peak for cost in ours)
    print(
        f"inspect  {wall:.2f} s, {statistics.median(cost.cpu for cost in ours):.1f} CPU s, peak "
        f"{peak / 1e6:.0f} MB"
    )
    print(
        f"dense    {whole:.0f} s for all {theirs[0]['modules']} modules (from {TIMED}): {whole / wall:.0f} "
        "times as long"
    )
    if arguments.record:
        rows = [
            ["`inspect`", f"{wall:.2f} s", "1", f"{peak / 1e6:.0f} MB"],
            ["dense", f"{whole:.0f} s", f"{whole / wall:.0f}", ""],
        ]
        title = (
            "An adapter of a 7B model's size (224 modules of 4096², rank 64), compared with "
            "`torch.linalg.svdvals` of each B A (timed on two modules, multiplied up)."
        )
        command = "python benchmarks/run_all.py --only inspect"
        record.keep("inspect", "inspect", title, command, ["", "wall", "ratio", "peak memory"], rows)
    print(f"apart    {max(each['apart'] for each in theirs):.1e} of the largest singular value")


if __name__ == "__main__":
    main()

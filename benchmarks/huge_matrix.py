"""`extract` of one matrix of 128,256 x 8,192 by every rank rule: memory, announced and taken, and CPU time.

    python benchmarks/huge_matrix.py [--inputs /tmp/pairs] [--only "rank 64" ...] [--record]

Two seeded pairs in bfloat16, of independent normal numbers. The change has rank 200, with singular
values that fall as i^-1/2. Of the first pair, noise is the rounding to bfloat16 alone; in the second
there is noise as well, with more energy than the change, so that the spectrum is flat where rank 256
cuts it. Files are written in panels, 4.2 GB for each pair; with `--inputs` they stay there for another run.
ΔW, 4.2 GB in float32, is held by no rule, and every rule should take less than 3 GB. With `--only` the
other rows of the record stay.

Where the noise edge has no `--max-rank`, nobody knows the rank beforehand, and what is announced
counts all 8,192.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import record
import torch
from extract import environment, extraction, run
from torch import Tensor

OUT, WIDTH, PANEL = 128_256, 8192, 4008
BASE, CHANGE, TERMS = 0.02, 1e-3, 200
# Standard deviation of the noise in each pair.
PAIRS = {"rounded": 0.0, "noisy": 4e-4}
EDGE, CAP = ["--noise-edge"], ["--max-rank", "256"]
# By their names: the pair, and the options.
RULES: dict[str, tuple[str, list[str]]] = {
    "rank 64": ("rounded", ["--rank", "64"]),
    "rank 256": ("rounded", ["--rank", "256"]),
    "90 % of the energy, at most rank 256": ("rounded", ["--energy", "0.9", *CAP]),
    "above the noise edge": ("rounded", EDGE),
    "above the noise edge, at most rank 256": ("rounded", [*EDGE, *CAP]),
    "within 35 MB": ("rounded", ["--size", "35MB"]),
    "with noise, rank 64": ("noisy", ["--rank", "64"]),
    "with noise, rank 256": ("noisy", ["--rank", "256"]),
    "with noise, 90 % of the energy, at most rank 256": ("noisy", ["--energy", "0.9", *CAP]),
    "with noise, above the noise edge, at most rank 256": ("noisy", [*EDGE, *CAP]),
    "with noise, within 35 MB": ("noisy", ["--size", "35MB"]),
}


def panels(noise: float) -> Iterator[tuple[Tensor, Tensor]]:
    """Rows of the base and of its fine-tune."""
    random = torch.Generator().manual_seed(21)
    falling = torch.arange(1.0, TERMS + 1).rsqrt()[:, None]
    right = torch.randn(TERMS, WIDTH, generator=random).mul_(falling * CHANGE / TERMS**0.5)
    for _ in range(0, OUT, PANEL):
        base = torch.randn(PANEL, WIDTH, generator=random).mul_(BASE).bfloat16()
        change = torch.randn(PANEL, TERMS, generator=random) @ right
        if noise:
            change += torch.randn(PANEL, WIDTH, generator=random).mul_(noise)
        yield base, change.add_(base).bfloat16()


def write_pair(folder: Path, noise: float) -> None:
    """Write both sides, panel by panel."""
    entry = {"dtype": "BF16", "shape": [OUT, WIDTH], "data_offsets": [0, 2 * OUT * WIDTH]}
    header = json.dumps({"lm.weight": entry}).encode()
    header += b" " * (-len(header) % 8)
    with ExitStack() as open_files:
        files = []
        for side in ("base", "tuned"):
            (folder / side).mkdir(parents=True)
            (folder / side / "config.json").write_text('{"model_type": "unknown"}')
            files.append(open_files.enter_context((folder / side / "model.safetensors").open("wb")))
            files[-1].write(len(header).to_bytes(8, "little") + header)
        for both in panels(noise):
            for file, panel in zip(files, both, strict=True):
                file.write(panel.view(torch.int16).numpy().data)


def measured(name: str, pair: Path) -> list[str]:
    """Run a rule, and return its row."""
    command = extraction(pair, pair / name.replace(" ", "-"), *RULES[name][1])
    dry = subprocess.run([*command, "--dry-run"], env=environment(), capture_output=True, check=True)
    announced = json.loads(dry.stdout)["peak_nbytes"]
    cost = run(command)
    (module,) = json.loads(cost.printed)["modules"]
    figures = [f"{announced / 1e9:.2f} GB", f"{cost.peak / 1e9:.2f} GB", f"{announced / cost.peak:.2f}"]
    return [name, str(module["rank"]), *figures, f"{cost.cpu:.0f} s"]


def tables(names: Sequence[str], inputs: Path) -> Iterator[list[str]]:
    """The rows of these rules."""
    for name in names:
        pair = RULES[name][0]
        if not (inputs / pair).exists():
            write_pair(inputs / pair, PAIRS[pair])
        yield measured(name, inputs / pair)


def keep(rows: Sequence[list[str]]) -> None:
    """Record these rows, and those of the last record that did not run this time."""
    last = next((each for each in record.records() if each.name == "huge"), None)
    known = {row[0]: list(row) for row in (*(last.rows if last else ()), *rows)}
    title = "`extract` of one bfloat16 matrix of 128,256 x 8,192 by every rank rule; ΔW alone is 4.2 GB."
    columns = ["", "rank", "announced", "taken", "announced / taken", "CPU"]
    ordered = [known[name] for name in RULES if name in known]
    record.keep("huge", "memory", title, "python benchmarks/huge_matrix.py --record", columns, ordered)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--inputs", type=Path, help="a folder with 10 GB of room that keeps the pairs")
    parser.add_argument("--only", nargs="*", choices=RULES, default=list(RULES))
    parser.add_argument("--record", action="store_true", help="keep the figures for RESULTS.md")
    options = parser.parse_args()
    print(record.machine())
    rows = []
    with ExitStack() as scratch:
        inputs = options.inputs or Path(scratch.enter_context(tempfile.TemporaryDirectory()))
        for row in tables(options.only, inputs):
            rows.append(row)
            print(*row, sep=" | ", flush=True)
    if options.record:
        keep(rows)


if __name__ == "__main__":
    main()

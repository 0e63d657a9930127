"""One training run at a rate, scored on held-out sentences of SST-2: LoRA-Dyn's default rate is from here.

    LORASURGERY_DATA=DATA python benchmarks/dyn_rate.py {dyn,lora} RATE [--seed 0] [--steps 1000]

Of MiniLM, rank 16 on all linear layers; LoRA-Dyn is scored at ranks 1, 4 and 16. The dev set is not
looked at.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from pathlib import Path

import torch
from train import base_folder, glue

from lorasurgery import Recipe, evaluate, train

HELD = 2000


def split(work: Path) -> tuple[Path, Path]:
    """The training set without the held-out sentences, and these."""
    head, *rows = (glue() / "SST-2" / "train.tsv").read_text(encoding="utf-8").splitlines()
    random.Random(0).shuffle(rows)
    for name, part in (("held", rows[:HELD]), ("rest", rows[HELD:])):
        (work / f"{name}.tsv").write_text("\n".join([head, *part]) + "\n", encoding="utf-8")
    return work / "rest.tsv", work / "held.tsv"


def main() -> None:
    """Train, and print the accuracy at every rank."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("method", choices=["dyn", "lora"])
    parser.add_argument("rate", type=float)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=1000)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        rest, held = split(Path(scratch))
        recipe = Recipe(method=asked.method, rank=16, rate=asked.rate, steps=asked.steps, seed=asked.seed)
        train(base_folder(), str(rest), Path(scratch) / "out", recipe=recipe)
        ranks = (1, 4, 16) if asked.method == "dyn" else ()
        for row in evaluate(base_folder(), Path(scratch) / "out", data=held, ranks=ranks).rows:
            print(
                f"{asked.method} at {asked.rate:g}, rank {row.rank or 16}: "
                f"{row.scores.metrics['accuracy']:.4f}"
            )


if __name__ == "__main__":
    main()

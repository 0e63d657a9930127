"""The floor that `extract` is measured against: read both checkpoints, subtract, take the norm.

    python benchmarks/floor.py BASE TUNED

Written the plain way with the safetensors library: each pair of tensors in float32, on all threads
that torch takes. Prints ‖ΔW‖_F.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

import torch
from safetensors import safe_open


def tensors(folder: Path) -> dict[str, Path]:
    """Name -> the file that holds it."""
    found = {}
    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, framework="pt") as file:
            found |= dict.fromkeys(file.keys(), path)
    return found


def main(base: Path, tuned: Path) -> None:
    old, new = tensors(base), tensors(tuned)
    handles = {path: safe_open(path, framework="pt") for path in {*old.values(), *new.values()}}
    total = 0.0
    for name, path in new.items():
        change = handles[path].get_tensor(name).float() - handles[old[name]].get_tensor(name).float()
        total += float(torch.linalg.vector_norm(change)) ** 2
    print(math.sqrt(total))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))

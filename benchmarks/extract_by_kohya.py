"""The peer of `extract.py --flux`: the steps of sd-scripts' `flux_extract_lora.py` on the CPU, written anew.

For each weight of the blocks: the difference in float32, `torch.linalg.svd` of it (with all left
singular vectors, torch's default), the first singular vectors, and both factors cut off at the 99th
percentile of their entries. Source: `networks/flux_extract_lora.py` of kohya-ss/sd-scripts, commit
4e2a80a.

    python benchmarks/extract_by_kohya.py BASE TUNED OUT --rank 32 [--only WEIGHT ...]

Prints the CPU seconds of each weight as JSON; imports and the file's own writing are not counted.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

QUANTILE = 0.99


def is_extracted(name: str) -> bool:
    """Whether the script looks at a parameter: weights of blocks, without norms."""
    is_in_block = "single_block" in name or "double_block" in name
    return is_in_block and ".bias" not in name and "norm" not in name


def factors(delta: torch.Tensor, rank: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the clamped factors (out, r) and (r, in) of a difference."""
    U, S, Vh = torch.linalg.svd(delta)
    rank = min(rank, *delta.shape)
    up, down = U[:, :rank] @ torch.diag(S[:rank]), Vh[:rank]
    limit = torch.quantile(torch.cat([up.flatten(), down.flatten()]), QUANTILE)
    return up.clamp(-limit, limit), down.clamp(-limit, limit)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("base", type=Path)
    parser.add_argument("tuned", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--rank", type=int, default=32)
    parser.add_argument("--only", nargs="*", help="these weights alone")
    arguments = parser.parse_args()
    laid_out, seconds = {}, {}
    with safe_open(arguments.base, "pt") as base, safe_open(arguments.tuned, "pt") as tuned:
        for name in arguments.only or filter(is_extracted, base.keys()):
            started = time.process_time()
            delta = tuned.get_tensor(name).float() - base.get_tensor(name).float()
            up, down = factors(delta, arguments.rank)
            seconds[name] = time.process_time() - started
            stem = "lora_unet_" + name.removesuffix(".weight").replace(".", "_")
            laid_out[f"{stem}.lora_up.weight"] = up.contiguous()
            laid_out[f"{stem}.lora_down.weight"] = down.contiguous()
            laid_out[f"{stem}.alpha"] = torch.tensor(float(len(down)))
    save_file(laid_out, arguments.out)
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()

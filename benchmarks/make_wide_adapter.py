"""Write a seeded LoRA adapter of a 7B model's size, without the model: 224 modules of 4096².

python benchmarks/make_wide_adapter.py OUT [--rank 64] [--modules 224] [--width 4096] [--seed 0]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import save_file

KINDS = ("q_proj", "k_proj", "v_proj", "o_proj")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--rank", type=int, default=64)
    parser.add_argument("--modules", type=int, default=224)
    parser.add_argument("--width", type=int, default=4096)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    generator = torch.Generator().manual_seed(arguments.seed)
    # Columns that fall off, so that the spectrum has a shape.
    falling = torch.arange(1, arguments.rank + 1).rsqrt()
    held = {}
    for index in range(arguments.modules):
        layer, kind = divmod(index, len(KINDS))
        stem = f"base_model.model.model.layers.{layer}.self_attn.{KINDS[kind]}"
        A = torch.randn(arguments.rank, arguments.width, generator=generator)
        B = torch.randn(arguments.width, arguments.rank, generator=generator) * falling
        held[f"{stem}.lora_A.weight"] = (0.02 * A).half()
        held[f"{stem}.lora_B.weight"] = (0.02 * B).half()
    arguments.out.mkdir(parents=True)
    save_file(held, arguments.out / "adapter_model.safetensors", {"format": "pt"})
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "r": arguments.rank,
        "lora_alpha": arguments.rank,
        "target_modules": sorted(KINDS),
        "base_model_name_or_path": None,
    }
    (arguments.out / "adapter_config.json").write_text(json.dumps(config, indent=2))


if __name__ == "__main__":
    main()

"""Write a seeded LoRA adapter for all linear layers of a Llama base, to time `merge` and its peers.

    python benchmarks/make_adapter.py BASE OUT [--rank 16] [--share 0.01] [--seed 0]
    [--dtype float16]

Each module's ΔW = B A has ‖ΔW‖ = share · ‖W‖ (Frobenius), with normal A and B, in float32 unless `--dtype`
says otherwise.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def factors(
    W: torch.Tensor, rank: int, share: float, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """A (rank, in) and B (out, rank) of the wanted norm."""
    out, width = W.shape
    A = torch.randn(rank, width, generator=generator)
    B = torch.randn(out, rank, generator=generator)
    norm = float(((B.T @ B) * (A @ A.T)).sum().sqrt())
    return A, B * (share * float(W.float().norm()) / norm)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("base", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--share", type=float, default=0.01)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--dtype", choices=("float32", "float16", "bfloat16"), default="float32")
    arguments = parser.parse_args()
    generator = torch.Generator().manual_seed(arguments.seed)
    held = {}
    for path in sorted(arguments.base.glob("*.safetensors")):
        with safe_open(path, framework="pt") as file:
            for name in sorted(file.keys()):
                module = name.removesuffix(".weight")
                if module.endswith(LINEAR):
                    A, B = factors(file.get_tensor(name), arguments.rank, arguments.share, generator)
                    held[f"base_model.model.{module}.lora_A.weight"] = A
                    held[f"base_model.model.{module}.lora_B.weight"] = B
    arguments.out.mkdir(parents=True)
    held = {name: factor.to(getattr(torch, arguments.dtype)) for name, factor in held.items()}
    save_file(held, arguments.out / "adapter_model.safetensors", {"format": "pt"})
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "r": arguments.rank,
        "lora_alpha": arguments.rank,
        "target_modules": sorted(LINEAR),
        "base_model_name_or_path": str(arguments.base),
    }
    (arguments.out / "adapter_config.json").write_text(json.dumps(config, indent=2, sort_keys=True))


if __name__ == "__main__":
    main()

"""An adapter on fused experts that was really trained, in either order of B's columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import peft
import torch
import transformers
from safetensors.torch import load_file, save_file
from torch import Tensor

from support.fused_experts import DOWN, GATE_UP, SIZES, Trained

EXPERTS, RANK, STEPS = 8, 4, 12


def trained_on_tokens(folder: Path, order: str, *, steps: int = STEPS) -> Trained:
    """Train for some steps on random tokens; B is zero at the start, so that both orders train alike."""
    torch.manual_seed(0)
    sizes = SIZES | {"num_hidden_layers": 2, "moe_intermediate_size": 24, "num_experts": EXPERTS}
    model: Any = transformers.Qwen3MoeForCausalLM(transformers.Qwen3MoeConfig(**sizes))
    model.double().save_pretrained(folder / "base")
    config = peft.LoraConfig(
        r=RANK, lora_alpha=16, target_modules=["q_proj"], target_parameters=[GATE_UP, DOWN]
    )
    adapted: Any = peft.get_peft_model(model.float(), config, autocast_adapter_dtype=False)
    optimiser = torch.optim.AdamW([each for each in adapted.parameters() if each.requires_grad], lr=5e-3)
    for _ in range(steps):
        tokens = torch.randint(64, (8, 32))
        optimiser.zero_grad()
        adapted(input_ids=tokens, labels=tokens).loss.backward()
        optimiser.step()
    adapted.double().save_pretrained(folder / "adapter")
    (folder / "adapter" / "README.md").unlink(missing_ok=True)
    if order == "grouped-by-expert":
        _group(folder / "adapter" / "adapter_model.safetensors")
    merged = {name: tensor.clone() for name, tensor in adapted.merge_and_unload().state_dict().items()}
    return Trained(folder / "base", folder / "adapter", merged)


def _group(file: Path) -> None:
    held = load_file(file)
    for key in [key for key in held if "experts" in key and "lora_B" in key]:
        held[key] = grouped(held[key], EXPERTS)
    save_file(held, file, metadata={"format": "pt"})


def grouped(B: Tensor, experts: int) -> Tensor:
    """Lay B (out, r·E) of PEFT's order out expert after expert."""
    return B.reshape(len(B), -1, experts).transpose(1, 2).reshape(len(B), -1).contiguous()

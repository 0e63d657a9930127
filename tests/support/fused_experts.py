"""Tiny models with fused experts, and adapters on them in the layouts that PEFT and Unsloth have written."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import peft
import torch
import transformers
from safetensors.torch import load_file, save_file
from torch import Tensor

EXPERTS, RANK, HIDDEN = 4, 3, 32
SIZES: dict[str, Any] = {
    "vocab_size": 64,
    "hidden_size": HIDDEN,
    "intermediate_size": 24,
    "num_hidden_layers": 1,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 64,
    "num_experts_per_tok": 2,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
    "tie_word_embeddings": False,
}


def qwen3_moe(width: int) -> Any:
    config = transformers.Qwen3MoeConfig(**SIZES, num_experts=EXPERTS, moe_intermediate_size=width)
    return transformers.Qwen3MoeForCausalLM(config)


GATE_UP, DOWN = "experts.gate_up_proj", "experts.down_proj"


@dataclass(frozen=True)
class Trained:
    """The base's folder, the adapter's, and the run-time tensors that today's PEFT makes of them."""

    base: Path
    adapter: Path
    merged: dict[str, Tensor]


def trained(model: Any, targets: list[str], folder: Path, **asked: Any) -> Trained:
    torch.manual_seed(0)
    model = model.double()
    for parameter in model.parameters():
        parameter.data = 0.1 * torch.randn_like(parameter)
    model.save_pretrained(folder / "base")
    config = peft.LoraConfig(
        r=RANK, lora_alpha=7, target_modules=["q_proj"], target_parameters=targets, **asked
    )
    adapted: Any = peft.get_peft_model(model, config, autocast_adapter_dtype=False)
    for name, parameter in adapted.named_parameters():
        if "lora_" in name:
            parameter.data = 0.1 * torch.randn_like(parameter)
    adapted.save_pretrained(folder / "adapter")
    merged = {name: tensor.clone() for name, tensor in adapted.merge_and_unload().state_dict().items()}
    return Trained(folder / "base", folder / "adapter", merged)


def swapped(A: Tensor, B: Tensor) -> tuple[Tensor, Tensor]:
    """The same change with A as wide as the other side of the parameter."""
    each_A = A.reshape(EXPERTS, RANK, -1)
    each_B = B.reshape(len(B), RANK, EXPERTS).permute(2, 0, 1)
    new_B = each_A.transpose(1, 2).permute(1, 2, 0).reshape(A.shape[1], -1)
    return each_B.transpose(1, 2).reshape(EXPERTS * RANK, -1).contiguous(), new_B.contiguous()


def laid_out(adapter: Path, *changes: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]) -> None:
    """Lay the experts' factors out anew."""
    file = adapter / "adapter_model.safetensors"
    held = load_file(file)
    for key in [key for key in held if "experts" in key and "lora_A" in key]:
        A, B = held[key], held[key.replace("lora_A", "lora_B")]
        for change in changes:
            A, B = change(A, B)
        held[key], held[key.replace("lora_A", "lora_B")] = A, B
    save_file(held, file, metadata={"format": "pt"})


def say(adapter: Path, **fields: Any) -> None:
    """Change the config; None takes a key out."""
    file = adapter / "adapter_config.json"
    config = json.loads(file.read_text()) | fields
    file.write_text(json.dumps({key: value for key, value in config.items() if value is not None}))


def check(found: Path, made: Trained) -> None:
    """The merged folder has today's PEFT's tensors, as transformers loads it."""
    model = transformers.AutoModelForCausalLM.from_pretrained(found, dtype=torch.float64)
    for name, tensor in model.state_dict().items():
        assert torch.allclose(tensor.double(), made.merged[name].double(), rtol=0, atol=1e-12), name

"""Tiny seeded models of every architecture, saved as files, and fine-tunes of them in which
everything moved.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
import transformers
from torch import Tensor, nn

Tables = Literal["all rows", "few rows", "no rows"]
Inputs = Callable[[], dict[str, Tensor]]

WIDTH = 32
# The least rank that holds any change of these models: no matrix has a shorter side than the width.
FULL_RANK = WIDTH
VOCABULARY = 96
PLANTED_RANK = 3
MOVED_ROWS = (0, 7, 8, 50)

DECODER = {
    "vocab_size": VOCABULARY,
    "hidden_size": WIDTH,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 32,
    "pad_token_id": 0,
}
ENCODER = {
    "hidden_size": WIDTH,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
}
PICTURES = ENCODER | {"image_size": 16, "patch_size": 4}
WHISPER = {
    "vocab_size": VOCABULARY,
    "d_model": WIDTH,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 48,
    "decoder_ffn_dim": 48,
    "num_mel_bins": 8,
    "max_source_positions": 10,
    "max_target_positions": 16,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "decoder_start_token_id": 1,
}
T5 = {
    "vocab_size": VOCABULARY,
    "d_model": WIDTH,
    "d_ff": 48,
    "d_kv": 8,
    "num_heads": 4,
    "num_layers": 2,
    "decoder_start_token_id": 0,
}
GPT2 = {
    "vocab_size": VOCABULARY,
    "n_embd": WIDTH,
    "n_layer": 2,
    "n_head": 4,
    "n_positions": 32,
    "bos_token_id": 1,
    "eos_token_id": 1,
    "pad_token_id": 0,
}
EXPERTS = {"num_experts_per_tok": 2, "tie_word_embeddings": False}


def text() -> dict[str, Tensor]:
    return {"input_ids": torch.arange(24).reshape(2, 12) * 37 % VOCABULARY}


def text_to_text() -> dict[str, Tensor]:
    return text() | {"decoder_input_ids": torch.arange(10).reshape(2, 5) * 11 % VOCABULARY}


def picture() -> dict[str, Tensor]:
    return {"pixel_values": torch.linspace(-1, 1, 2 * 3 * 16 * 16).sin().reshape(2, 3, 16, 16)}


def sound() -> dict[str, Tensor]:
    features = torch.linspace(-9, 9, 2 * 8 * 20).sin().reshape(2, 8, 20)
    return {"input_features": features, "decoder_input_ids": text_to_text()["decoder_input_ids"]}


@dataclass(frozen=True)
class Family:
    """A model's class, the auto class that people load it by, its settings, and inputs for it."""

    class_name: str
    auto_class: str
    settings: dict[str, Any] = field(default_factory=dict)
    inputs: Inputs = text


CAUSAL = "AutoModelForCausalLM"

FAMILIES = {
    "llama": Family(
        "LlamaForCausalLM", CAUSAL, DECODER | {"attention_bias": True, "tie_word_embeddings": False}
    ),
    "qwen3": Family("Qwen3ForCausalLM", CAUSAL, DECODER | {"tie_word_embeddings": True}),
    "gemma": Family("GemmaForCausalLM", CAUSAL, DECODER),
    "gpt2": Family("GPT2LMHeadModel", CAUSAL, GPT2),
    "bert": Family(
        "BertForSequenceClassification",
        "AutoModelForSequenceClassification",
        ENCODER | {"vocab_size": VOCABULARY, "max_position_embeddings": 32, "num_labels": 3},
    ),
    "bert-mlm": Family(
        "BertForMaskedLM",
        "AutoModelForMaskedLM",
        ENCODER | {"vocab_size": VOCABULARY, "max_position_embeddings": 32},
    ),
    "t5": Family("T5ForConditionalGeneration", "AutoModelForSeq2SeqLM", T5, text_to_text),
    "t5-untied": Family(
        "T5ForConditionalGeneration",
        "AutoModelForSeq2SeqLM",
        T5 | {"feed_forward_proj": "gated-gelu", "tie_word_embeddings": False},
        text_to_text,
    ),
    "vit": Family(
        "ViTForImageClassification",
        "AutoModelForImageClassification",
        PICTURES | {"num_labels": 5},
        picture,
    ),
    "whisper": Family("WhisperForConditionalGeneration", "AutoModelForSpeechSeq2Seq", WHISPER, sound),
    "mixtral": Family("MixtralForCausalLM", CAUSAL, DECODER | EXPERTS | {"num_local_experts": 4}),
    "qwen3-moe": Family(
        "Qwen3MoeForCausalLM",
        CAUSAL,
        DECODER | EXPERTS | {"num_experts": 4, "moe_intermediate_size": 40, "mlp_only_layers": [0]},
    ),
}


def built(family: Family) -> Any:
    """Build the base with seeded weights, all different: biases and norms too."""
    model_class = getattr(transformers, family.class_name)
    torch.manual_seed(0)
    model = model_class(model_class.config_class(**family.settings))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.05 * torch.randn_like(parameter)
    return model.eval()


@torch.no_grad()
def fine_tune(model: nn.Module, tables: Tables = "all rows", seed: int = 1) -> nn.Module:
    """Move every parameter in place, as training does.

    Matrices mostly by a low rank, the rest by noise.
    """
    torch.manual_seed(seed)
    vocabularies = {id(module.weight) for module in model.modules() if _is_vocabulary(module)}
    for parameter in model.parameters():
        if id(parameter) not in vocabularies or tables == "all rows":
            parameter += change_of(parameter)
        elif tables == "few rows":
            parameter[list(MOVED_ROWS)] += 0.1 * torch.randn(len(MOVED_ROWS), parameter.shape[1])
    return model


def _is_vocabulary(module: nn.Module) -> bool:
    return isinstance(module, nn.Embedding) and module.num_embeddings == VOCABULARY


def change_of(parameter: Tensor) -> Tensor:
    """A low rank on every matrix, and a little on all directions."""
    noise = torch.randn_like(parameter)
    if parameter.ndim < 2:
        return 0.05 * noise
    matrix = parameter.reshape(-1, *parameter.shape[-2:]) if parameter.ndim == 3 else parameter.flatten(1)
    U = torch.randn(*matrix.shape[:-1], PLANTED_RANK)
    V = torch.randn(*matrix.shape[:-2], PLANTED_RANK, matrix.shape[-1])
    return (0.03 * U @ V).reshape(parameter.shape) + 0.003 * noise


def save_pair(family: Family, folder: Path, tables: Tables = "all rows") -> tuple[Path, Path]:
    """Write the base and a fine-tune of it as folders."""
    model = built(family)
    model.save_pretrained(folder / "base")
    fine_tune(model, tables).save_pretrained(folder / "tuned")
    return folder / "base", folder / "tuned"


def load(family: Family, folder: Path, **settings: Any) -> Any:
    """Load a folder as people do."""
    return getattr(transformers, family.auto_class).from_pretrained(folder, **settings).eval()


@torch.no_grad()
def output(model: nn.Module, inputs: dict[str, Tensor]) -> Tensor:
    """The logits."""
    result: Tensor = model(**inputs)[0]
    return result

"""Tiny seeded models saved as people save them, PEFT's adapters for them, and ONNX Runtime on what
was exported.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import peft
import torch
import transformers
from torch import Tensor, nn

from lorasurgery.onnx.export import export
from support.shared_folders import Shared

TEXT = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 4, "intermediate_size": 48}
ENCODER = {**TEXT, "vocab_size": 99, "max_position_embeddings": 40, "num_labels": 3, "pad_token_id": 1}
LLAMA = {**TEXT, "num_hidden_layers": 2, "vocab_size": 300, "num_key_value_heads": 2}
T5 = {"vocab_size": 99, "d_model": 32, "d_kv": 8, "d_ff": 48, "num_layers": 1, "num_heads": 4}
BART = {"vocab_size": 99, "d_model": 32, "encoder_layers": 1, "decoder_layers": 1, "encoder_ffn_dim": 48}
HEADS = {"encoder_attention_heads": 4, "decoder_attention_heads": 4, "decoder_ffn_dim": 48}
TOKENS = {"pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2, "decoder_start_token_id": 2}


@dataclass(frozen=True)
class Family:
    """A model's class and settings, and the adapter that it is given."""

    class_name: str
    config: str
    settings: dict[str, Any]
    targets: list[str]
    extra: dict[str, Any] = field(default_factory=dict)


CLASSIFIER = {"task_type": "SEQ_CLS"}
FAMILIES = {
    "bert": Family("BertForSequenceClassification", "BertConfig", ENCODER, ["query", "dense"], CLASSIFIER),
    "roberta": Family("RobertaForTokenClassification", "RobertaConfig", ENCODER, ["query", "value"]),
    "distilbert": Family(
        "DistilBertForSequenceClassification",
        "DistilBertConfig",
        {"vocab_size": 99, "dim": 32, "n_layers": 1, "n_heads": 4, "hidden_dim": 48, "num_labels": 3},
        ["q_lin", "lin1"],
        CLASSIFIER,
    ),
    "vit": Family(
        "ViTForImageClassification",
        "ViTConfig",
        {**TEXT, "image_size": 16, "patch_size": 4, "num_labels": 3},
        ["q_proj", "v_proj", "fc1"],
        {"modules_to_save": ["classifier"]},
    ),
    "llama": Family(
        "LlamaForCausalLM",
        "LlamaConfig",
        {**LLAMA, "tie_word_embeddings": False},
        ["q_proj", "down_proj"],
        {"task_type": "CAUSAL_LM"},
    ),
    "llama-tied": Family(
        "LlamaForCausalLM",
        "LlamaConfig",
        {**LLAMA, "num_hidden_layers": 1, "tie_word_embeddings": True},
        ["q_proj", "up_proj"],
    ),
    # Of its layers a few are traced, and the others copied.
    "llama-deep": Family(
        "LlamaForCausalLM", "LlamaConfig", {**LLAMA, "num_hidden_layers": 6}, ["q_proj", "down_proj"]
    ),
    "mistral": Family("MistralForCausalLM", "MistralConfig", {**LLAMA, "sliding_window": 4}, ["q_proj"]),
    "qwen3": Family("Qwen3ForCausalLM", "Qwen3Config", {**LLAMA, "head_dim": 8}, ["k_proj"]),
    "gpt2": Family(
        "GPT2LMHeadModel",
        "GPT2Config",
        {
            "vocab_size": 99,
            "n_embd": 32,
            "n_layer": 2,
            "n_head": 4,
            "n_positions": 40,
            "bos_token_id": 0,
            "eos_token_id": 2,
        },
        ["c_attn", "c_fc"],
    ),
    "xlnet": Family(
        "XLNetForSequenceClassification",
        "XLNetConfig",
        {"vocab_size": 99, "d_model": 32, "n_layer": 1, "n_head": 4, "d_inner": 48, "num_labels": 3},
        ["layer_1"],
    ),
    "canine": Family(
        "CanineForSequenceClassification",
        "CanineConfig",
        {**TEXT, "max_position_embeddings": 64, "num_hash_functions": 4, "num_hash_buckets": 99},
        ["query"],
    ),
    "t5": Family("T5ForConditionalGeneration", "T5Config", {**T5, **TOKENS}, ["q", "v"]),
    "bart": Family(
        "BartForConditionalGeneration",
        "BartConfig",
        {**BART, **HEADS, **TOKENS, "max_position_embeddings": 40},
        ["q_proj", "fc1"],
    ),
    "marian": Family(
        "MarianMTModel",
        "MarianConfig",
        {
            **BART,
            **HEADS,
            **TOKENS,
            "max_position_embeddings": 40,
            "decoder_vocab_size": 77,
            "share_encoder_decoder_embeddings": False,
            "tie_word_embeddings": False,
        },
        ["q_proj", "fc1"],
    ),
    "whisper": Family(
        "WhisperForConditionalGeneration",
        "WhisperConfig",
        {
            **BART,
            **HEADS,
            **TOKENS,
            "num_mel_bins": 8,
            "max_source_positions": 12,
            "max_target_positions": 40,
        },
        ["q_proj", "v_proj"],
    ),
}


def built(name: str, seed: int = 0) -> Any:
    """A model whose numbers are all random and far from their initial zeros and ones, so that its
    answers mean something.
    """
    family = FAMILIES[name]
    torch.manual_seed(seed)
    config = getattr(transformers, family.config)(**family.settings, attn_implementation="eager")
    model = getattr(transformers, family.class_name)(config).eval()
    made = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.15 * torch.randn(parameter.shape, generator=made)
    return model


def saved(name: str, folder: Path, dtype: torch.dtype = torch.float32) -> Any:
    """The model, and its folder as transformers saves it."""
    model = built(name)
    copy.deepcopy(model).to(dtype).save_pretrained(folder)
    return model


def adapted(name: str, model: nn.Module, folder: Path, seed: int = 1, **options: Any) -> Any:
    """PEFT's model of base and a random adapter, which is saved."""
    family = FAMILIES[name]
    settings = {"r": 4, "lora_alpha": 12, "target_modules": family.targets, **family.extra, **options}
    torch.manual_seed(seed)
    made: Any = peft.get_peft_model(copy.deepcopy(model), peft.LoraConfig(**settings)).eval()
    with torch.no_grad():
        for parameter in made.parameters():
            if parameter.requires_grad:
                parameter += 0.1 * torch.randn(parameter.shape)
    made.save_pretrained(folder)
    return made


def quantised_bert(shared: Shared) -> Path:
    """The export of the bare BERT, in eight bits as well, made once for all tests."""

    def make(folder: Path) -> None:
        saved("bert", folder / "base")
        export(folder / "base", (), folder / "out", int8=True)

    return shared("quantised-bert", make) / "out"


def opened(path: Path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def answer(path: Path, feed: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What ONNX Runtime says, by name."""
    session = opened(path)
    names = [each.name for each in session.get_outputs()]
    found = session.run(names, {name: each.numpy() for name, each in feed.items()})
    return {name: torch.from_numpy(each) for name, each in zip(names, found, strict=True)}


def rim(path: Path) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
    """Inputs and outputs with their axes."""
    session = opened(path)
    return (
        {each.name: each.shape for each in session.get_inputs()},
        {each.name: each.shape for each in session.get_outputs()},
    )


def apart(one: Tensor, two: Tensor) -> float:
    """The largest difference, over the largest number of the second."""
    assert one.shape == two.shape
    left, right = (np.asarray(each.detach().double()) for each in (one, two))
    return float(np.abs(left - right).max() / np.abs(right).max())


def text(batch: int, length: int, seed: int = 3) -> dict[str, Tensor]:
    """Seeded tokens that are no padding, and a mask of ones."""
    ids = torch.randint(3, 99, (batch, length), generator=torch.Generator().manual_seed(seed))
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}

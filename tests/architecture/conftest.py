"""Tiny seeded models, really saved, so that the names on disk are those that transformers writes."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from safetensors.torch import load_file

from lorasurgery.checkpoint.value import Checkpoint
from lorasurgery.lazy import LazyTensor

TEXT = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "vocab_size": 64,
}
DECODER = TEXT | {"num_key_value_heads": 2, "head_dim": 8, "pad_token_id": 0}
IMAGE = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
IMAGE |= {"image_size": 8, "patch_size": 4}
MOE = {"num_experts": 12, "moe_intermediate_size": 8, "num_experts_per_tok": 2}
WHISPER = {"d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "num_mel_bins": 8, "vocab_size": 64}
WHISPER |= {
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 32,
    "decoder_ffn_dim": 32,
}
WHISPER |= {"max_source_positions": 10, "max_target_positions": 12, "pad_token_id": 0, "bos_token_id": 1}
WHISPER |= {"eos_token_id": 2, "decoder_start_token_id": 1}

# Class -> what its config is given.
MODELS: dict[str, dict[str, Any]] = {
    "LlamaForCausalLM": DECODER,
    "Qwen3ForCausalLM": DECODER,
    "GemmaForCausalLM": DECODER,
    "GPT2LMHeadModel": {"n_embd": 16, "n_layer": 2, "n_head": 2, "vocab_size": 64, "n_positions": 16},
    "BertForSequenceClassification": TEXT,
    "BertForMaskedLM": TEXT,
    "T5ForConditionalGeneration": {
        "d_model": 16,
        "d_ff": 32,
        "d_kv": 4,
        "num_heads": 4,
        "num_layers": 2,
        "vocab_size": 64,
    },
    "ViTForImageClassification": IMAGE,
    "WhisperForConditionalGeneration": WHISPER,
    "MixtralForCausalLM": DECODER | {"num_local_experts": 12},
    "Qwen3MoeForCausalLM": DECODER | MOE,
    "GptOssForCausalLM": DECODER | {"num_local_experts": 4},
    "Dinov2Model": IMAGE | {"use_swiglu_ffn": True},
    "OPTForCausalLM": TEXT | {"ffn_dim": 32, "word_embed_proj_dim": 16, "max_position_embeddings": 16},
}


@pytest.fixture(params=MODELS)
def class_name(request: pytest.FixtureRequest) -> str:
    """Every class of `MODELS` in turn."""
    name: str = request.param
    return name


def model_of(class_name: str, **settings: Any) -> Any:
    """Build a tiny model with seeded weights, all different, norms and biases too."""
    model_class = getattr(transformers, class_name)
    torch.manual_seed(0)
    model = model_class(model_class.config_class(**{**MODELS.get(class_name, {}), **settings}))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter)
    return model.eval()


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Any, Checkpoint]]:
    """Give a tiny model of a class, and the checkpoint that it leaves on disk."""

    @lru_cache
    def save(class_name: str) -> tuple[Any, Checkpoint]:
        model, folder = model_of(class_name), tmp_path_factory.mktemp(class_name)
        model.save_pretrained(folder)
        return model, opened(folder)

    return save


def opened(folder: Path) -> Checkpoint:
    tensors = load_file(folder / "model.safetensors")
    lazy = {name: LazyTensor.of(tensors[name]) for name in sorted(tensors)}
    return Checkpoint(folder.name, folder, (), lazy, json.loads((folder / "config.json").read_text()))


@pytest.fixture
def checkpoint() -> Callable[..., Checkpoint]:
    """Make a checkpoint of shapes, and of a config."""

    def make(
        shapes: dict[str, tuple[int, ...]], config: dict[str, Any] | None = None, **dtypes: torch.dtype
    ) -> Checkpoint:
        tensors = {
            name: LazyTensor.of(torch.empty(shape, device="meta", dtype=dtypes.get(name, torch.float32)))
            for name, shape in sorted(shapes.items())
        }
        return Checkpoint("made", Path(), (), tensors, config or {})

    return make

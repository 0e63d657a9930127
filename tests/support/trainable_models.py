"""Models of other kinds with the fixture's vocabulary, seeded and a few kilobytes large."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM, T5Config, T5ForConditionalGeneration

from support.film_reviews import BASE


def llama(folder: Path) -> Path:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=256,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=64,
        pad_token_id=0,
    )
    return _saved(LlamaForCausalLM(config), folder)


def t5(folder: Path) -> Path:
    torch.manual_seed(0)
    config = T5Config(
        vocab_size=256,
        d_model=32,
        d_kv=8,
        d_ff=64,
        num_layers=2,
        num_heads=4,
        decoder_start_token_id=0,
        pad_token_id=0,
        eos_token_id=3,
    )
    return _saved(T5ForConditionalGeneration(config), folder)


def _saved(model: torch.nn.Module, folder: Path) -> Path:
    model.save_pretrained(folder)  # type: ignore[operator]
    AutoTokenizer.from_pretrained(BASE).save_pretrained(folder)
    return folder

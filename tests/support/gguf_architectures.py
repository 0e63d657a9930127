"""GGUF models of several architectures, named by the package gguf's own tables: for llama.cpp to run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from support.gguf_adapters import gguf

# llama.cpp's word for a model type.
ARCHITECTURES = {
    "qwen2": "qwen2",
    "qwen3": "qwen3",
    "qwen3_moe": "qwen3moe",
    "gemma3": "gemma3",
    "phi3": "phi3",
}


def write_model(model: Any, path: Path, architecture: str) -> Path:
    """Write a causal model of transformers' as a GGUF file in float32."""
    config = model.config
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_name("tiny")
    writer.add_vocab_size(config.vocab_size)
    writer.add_context_length(64)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    writer.add_rope_dimension_count(head)
    writer.add_key_length(head)
    writer.add_value_length(head)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    _add_own_keys(writer, config)
    _add_vocabulary(writer, config.vocab_size)
    table = gguf.get_tensor_name_map(
        next(key for key, name in gguf.MODEL_ARCH_NAMES.items() if name == architecture),
        config.num_hidden_layers,
    )
    for name, parameter in model.state_dict().items():
        for own, W in _parts(name, parameter.detach().float()).items():
            if not (config.tie_word_embeddings and name == "lm_head.weight"):
                named = table.get_name(own, try_suffixes=(".weight", ".bias"))
                is_norm = architecture == "gemma3" and own.endswith("norm.weight")
                writer.add_tensor(named, (W + 1 if is_norm else W).contiguous().numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _parts(name: str, W: torch.Tensor) -> dict[str, torch.Tensor]:
    """A parameter as files before transformers 5 have it: gate and up of all experts apart."""
    owner, _, part = name.rpartition(".experts.")
    if part == "gate_up_proj":
        one, other = W.chunk(2, dim=1)
        return {f"{owner}.experts.gate_proj.weight": one, f"{owner}.experts.up_proj.weight": other}
    return {f"{name}.weight" if part == "down_proj" else name: W}


def _add_own_keys(writer: Any, config: Any) -> None:
    ropes = config.rope_parameters or {}
    writer.add_rope_freq_base(ropes.get("full_attention", ropes).get("rope_theta", 1e4))
    if window := getattr(config, "sliding_window", None):
        writer.add_sliding_window(window)
    if experts := getattr(config, "num_experts", 0):
        writer.add_expert_count(experts)
        writer.add_expert_used_count(config.num_experts_per_tok)
        writer.add_expert_feed_forward_length(config.moe_intermediate_size)


def _add_vocabulary(writer: Any, size: int) -> None:
    writer.add_tokenizer_model("llama")
    words = [f"t{i}" for i in range(size - 259)]
    writer.add_token_list(["<unk>", "<s>", "</s>", *(f"<0x{code:02X}>" for code in range(256)), *words])
    writer.add_token_scores([0.0] * size)
    writer.add_token_types([2, 3, 3, *[6] * 256, *[1] * len(words)])

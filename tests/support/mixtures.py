"""Tiny mixtures of experts of several families, one layer each; `width` is that of an expert."""

from __future__ import annotations

from typing import Any

import transformers

from support.fused_experts import EXPERTS, SIZES


def mixtral(width: int) -> Any:
    sizes = SIZES | {"intermediate_size": width, "num_local_experts": EXPERTS}
    return transformers.MixtralForCausalLM(transformers.MixtralConfig(**sizes))


def olmoe(width: int) -> Any:
    sizes = {key: value for key, value in SIZES.items() if key != "head_dim"} | {"intermediate_size": width}
    return transformers.OlmoeForCausalLM(transformers.OlmoeConfig(**sizes, num_experts=EXPERTS))


def glm4_moe(width: int) -> Any:
    sizes = SIZES | {"moe_intermediate_size": width, "n_routed_experts": EXPERTS, "n_shared_experts": 1}
    config = transformers.Glm4MoeConfig(**sizes, first_k_dense_replace=0, n_group=1, topk_group=1)
    return transformers.Glm4MoeForCausalLM(config)


def deepseek_v3(width: int) -> Any:
    sizes = {key: value for key, value in SIZES.items() if key != "head_dim"} | {
        "num_key_value_heads": 4,
        "moe_intermediate_size": width,
        "n_routed_experts": EXPERTS,
        "first_k_dense_replace": 0,
        "n_group": 1,
        "topk_group": 1,
        "q_lora_rank": None,
        "kv_lora_rank": 8,
        "qk_nope_head_dim": 8,
        "qk_rope_head_dim": 4,
        "v_head_dim": 8,
    }
    return transformers.DeepseekV3ForCausalLM(transformers.DeepseekV3Config(**sizes))


def minimax_m2(width: int) -> Any:
    sizes = SIZES | {"intermediate_size": width, "num_local_experts": EXPERTS}
    return transformers.MiniMaxM2ForCausalLM(transformers.MiniMaxM2Config(**sizes))


def qwen35_moe(width: int) -> Any:
    sizes = SIZES | {
        "moe_intermediate_size": width,
        "shared_expert_intermediate_size": 16,
        "num_experts": EXPERTS,
    }
    config = transformers.Qwen3_5MoeTextConfig(**sizes, layer_types=["full_attention"])
    return transformers.Qwen3_5MoeForCausalLM(config)


def llama4(width: int) -> Any:
    """Stored (in, out), and without the mark that says so."""
    sizes = SIZES | {"intermediate_size": width, "intermediate_size_mlp": 24, "num_local_experts": EXPERTS}
    config = transformers.Llama4TextConfig(
        **sizes, interleave_moe_layer_step=1, attn_temperature_tuning=False
    )
    return transformers.Llama4ForCausalLM(config)


def gpt_oss(width: int) -> Any:
    """Stored (in, out), with the mark."""
    sizes = SIZES | {"intermediate_size": width, "num_local_experts": EXPERTS}
    return transformers.GptOssForCausalLM(transformers.GptOssConfig(**sizes, layer_types=["full_attention"]))

"""The config of a GGUF model as transformers would have it: its class, and the sizes that say what it has.

Only what decides names, shapes and the order of rows is here. It describes the model to the rest
of the program, and is written nowhere.

Source: llama.cpp's `conversion/*.py` and `gguf.Keys`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# `general.architecture` -> transformers' model type, and its class. Of other architectures the
# tensors keep llama.cpp's names.
MODELS = {
    "arcee": ("arcee", "ArceeForCausalLM"),
    "bert": ("bert", "BertModel"),
    "cohere2": ("cohere2", "Cohere2ForCausalLM"),
    "command-r": ("cohere", "CohereForCausalLM"),
    "exaone4": ("exaone4", "Exaone4ForCausalLM"),
    "gemma": ("gemma", "GemmaForCausalLM"),
    "gemma2": ("gemma2", "Gemma2ForCausalLM"),
    "gemma3": ("gemma3_text", "Gemma3ForCausalLM"),
    "glm4": ("glm4", "Glm4ForCausalLM"),
    "gpt2": ("gpt2", "GPT2LMHeadModel"),
    "granite": ("granite", "GraniteForCausalLM"),
    "hunyuan-dense": ("hunyuan_v1_dense", "HunYuanDenseV1ForCausalLM"),
    "llama": ("llama", "LlamaForCausalLM"),
    "mistral3": ("ministral3", "Ministral3ForCausalLM"),
    "nemotron": ("nemotron", "NemotronForCausalLM"),
    "olmo": ("olmo", "OlmoForCausalLM"),
    "olmo2": ("olmo2", "Olmo2ForCausalLM"),
    "olmoe": ("olmoe", "OlmoeForCausalLM"),
    "phi2": ("phi", "PhiForCausalLM"),
    "phi3": ("phi3", "Phi3ForCausalLM"),
    "qwen2": ("qwen2", "Qwen2ForCausalLM"),
    "qwen2moe": ("qwen2_moe", "Qwen2MoeForCausalLM"),
    "qwen3": ("qwen3", "Qwen3ForCausalLM"),
    "qwen3moe": ("qwen3_moe", "Qwen3MoeForCausalLM"),
    "seed_oss": ("seed_oss", "SeedOssForCausalLM"),
    "smollm3": ("smollm3", "SmolLM3ForCausalLM"),
    "stablelm": ("stablelm", "StableLmForCausalLM"),
    "starcoder2": ("starcoder2", "Starcoder2ForCausalLM"),
}
WITH_EXPERTS = {"llama": ("mixtral", "MixtralForCausalLM")}
# transformers' words for settings (`llama.block_count`, ...), a second one where some models have
# another.
FIELDS = {
    "num_hidden_layers": "block_count",
    "hidden_size": "embedding_length",
    "intermediate_size": "feed_forward_length",
    "num_attention_heads": "attention.head_count",
    "num_key_value_heads": "attention.head_count_kv",
    "head_dim": "attention.key_length",
    "max_position_embeddings": "context_length",
    "num_experts": "expert_count",
    "num_local_experts": "expert_count",
    "num_experts_per_tok": "expert_used_count",
    "moe_intermediate_size": "expert_feed_forward_length",
    "shared_expert_intermediate_size": "expert_shared_feed_forward_length",
    "rms_norm_eps": "attention.layer_norm_rms_epsilon",
    "layer_norm_eps": "attention.layer_norm_epsilon",
    "rope_theta": "rope.freq_base",
}
GPT2_FIELDS = {
    "n_layer": "block_count",
    "n_embd": "embedding_length",
    "n_head": "attention.head_count",
    "n_positions": "context_length",
    "n_inner": "feed_forward_length",
}


def config_of(settings: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Any]:
    """Return the config that a GGUF file's settings and the shapes of its tensors state.

    Empty for architectures whose class in transformers is not known here.
    """
    architecture = str(settings.get("general.architecture"))
    has_experts = bool(settings.get(f"{architecture}.expert_count"))
    described = (WITH_EXPERTS if has_experts else {}).get(architecture) or MODELS.get(architecture)
    if described is None:
        return {}
    model_type, class_name = described
    config: dict[str, Any] = {"model_type": model_type, "architectures": [class_name]}
    for field, key in (GPT2_FIELDS if model_type == "gpt2" else FIELDS).items():
        value = settings.get(f"{architecture}.{key}")
        if isinstance(value, int | float):
            config[field] = value
    vocabulary = shapes.get("token_embd.weight", ())
    if len(vocabulary) == 2:
        config["vocab_size"] = vocabulary[0]
    if class_name != "BertModel":
        config["tie_word_embeddings"] = "output.weight" not in shapes
    if model_type in ("llama", "seed_oss", "arcee"):
        config["attention_bias"] = "blk.0.attn_q.bias" in shapes
    return config

"""GGUF models: a tiny Llama as transformers and as llama.cpp have it, in llama.cpp's own quantised types.

Blocks are made by the package gguf, or by llama.cpp's own quantiser inside xllamacpp's library where
the package has none (K types).
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from support.gguf_adapters import gguf, interleaved

NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "mlp.gate": "ffn_gate_inp",
    "mlp.experts.down_proj": "ffn_down_exps",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}
TOP = {"model.embed_tokens": "token_embd", "lm_head": "output", "model.norm": "output_norm"}
PACKAGE_TYPES = ("Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "MXFP4", "BF16")
K_TYPES = ("Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K")


def tiny_llama(folder: Path, seed: int = 0, *, tied: bool = False) -> Any:
    """A Llama whose rows hold whole blocks of every type, saved in a folder in float32."""
    import transformers

    torch.manual_seed(seed)
    config = transformers.LlamaConfig(
        vocab_size=320,
        hidden_size=256,
        intermediate_size=256,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=64,
        tie_word_embeddings=tied,
        max_position_embeddings=64,
    )
    model = transformers.LlamaForCausalLM(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(3 if parameter.ndim > 1 else 1)  # so that attention is not even
    model.save_pretrained(folder)
    return model


def tiny_mixtral(folder: Path) -> Any:
    """The same with fused experts."""
    import transformers

    torch.manual_seed(0)
    config = transformers.MixtralConfig(
        vocab_size=320,
        hidden_size=256,
        intermediate_size=256,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=64,
        num_local_experts=4,
        num_experts_per_tok=2,
        tie_word_embeddings=False,
        max_position_embeddings=64,
    )
    model = transformers.MixtralForCausalLM(config).eval()
    model.save_pretrained(folder)
    return model


def quantised(W: NDArray[np.float32], kind: str) -> NDArray[Any]:
    """The rows of a matrix in a type: by the package, or by llama.cpp's own quantiser."""
    if kind == "F32":
        return W
    if kind == "F16":
        return W.astype(np.float16)
    if kind in PACKAGE_TYPES:
        return np.asarray(gguf.quantize(W, gguf.GGMLQuantizationType[kind]))
    return by_llama_cpp(W, kind)


def by_llama_cpp(W: NDArray[np.float32], kind: str) -> NDArray[np.uint8]:
    """The same by `ggml_quantize_chunk` of the library that xllamacpp brings."""
    xllamacpp = pytest.importorskip("xllamacpp", reason="xllamacpp brings llama.cpp's quantiser")
    library = ctypes.CDLL(next(iter(sorted(Path(xllamacpp.__file__).parent.glob("*.so")))))
    quantise = library.ggml_quantize_chunk
    quantise.restype = ctypes.c_size_t
    pointer, number = ctypes.c_void_p, ctypes.c_int64
    quantise.argtypes = [ctypes.c_int, pointer, pointer, number, number, number, pointer]
    number_of = gguf.GGMLQuantizationType[kind]
    block, nbytes = gguf.GGML_QUANT_SIZES[number_of]
    W = np.ascontiguousarray(W, np.float32)
    rows, columns = W.reshape(-1, W.shape[-1]).shape
    out = np.zeros((*W.shape[:-1], columns // block * nbytes), np.uint8)
    written = quantise(int(number_of), W.ctypes.data, out.ctypes.data, 0, rows, columns, None)
    assert written == out.nbytes
    return out


def write_gguf(model: Any, path: Path, kind: str, others: Mapping[str, str] | None = None) -> Path:
    """Write a Llama or Mixtral of transformers' as a GGUF file of one type, norms in float32.

    Names and the order of rows are laid by hand, as llama.cpp's converter lays them.

    Args:
        others: types of single tensors, by llama.cpp's names.
    """
    config, heads = model.config, model.config.num_attention_heads
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_vocab_size(config.vocab_size)
    writer.add_context_length(64)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_rope_dimension_count(config.head_dim)
    writer.add_key_length(config.head_dim)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    if experts := getattr(config, "num_local_experts", 0):
        writer.add_expert_count(experts)
        writer.add_expert_used_count(config.num_experts_per_tok)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_quantization_version(2)
    writer.add_tokenizer_model("llama")
    bytes_ = [f"<0x{code:02X}>" for code in range(256)]
    words = [f"t{i}" for i in range(config.vocab_size - 259)]
    writer.add_token_list(["<unk>", "<s>", "</s>", *bytes_, *words])
    writer.add_token_scores([0.0] * config.vocab_size)
    writer.add_token_types([2, 3, 3, *[6] * 256, *[1] * len(words)])
    tied = config.tie_word_embeddings
    for name, parameter in model.state_dict().items():
        if not (tied and name == "lm_head.weight"):
            for tensor, W in _in_file(name, parameter.detach(), config.head_dim).items():
                of_tensor = (others or {}).get(tensor, kind if W.ndim > 1 else "F32")
                is_block = of_tensor not in ("F32", "F16")
                raw = gguf.GGMLQuantizationType[of_tensor] if is_block else None
                writer.add_tensor(tensor, quantised(W.numpy(), of_tensor), raw_dtype=raw)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _in_file(name: str, W: torch.Tensor, head_dim: int) -> dict[str, torch.Tensor]:
    """The tensors of one parameter: one, or both halves of fused experts."""
    module = name.removesuffix(".weight")
    if module in TOP:
        return {f"{TOP[module]}.weight": W}
    _, _, layer, part = module.split(".", 3)
    if part.endswith("experts.gate_up_proj"):
        halves = zip(("gate", "up"), W.chunk(2, dim=1), strict=True)
        return {f"blk.{layer}.ffn_{kind}_exps.weight": half.contiguous() for kind, half in halves}
    W = interleaved(W, head_dim) if part.endswith(("q_proj", "k_proj")) else W
    return {f"blk.{layer}.{NAMES[part]}.weight": W}


def write_by_the_packages_names(
    model: Any, path: Path, architecture: str, settings: Mapping[str, int]
) -> Path:
    """Write any decoder in float32, by the names of the package and what its converter does to a family.

    GPT-2's matrices are transposed, and Gemma's norms have one added (llama.cpp's `conversion/`).
    """
    by_name = {name: key for key, name in gguf.MODEL_ARCH_NAMES.items()}
    names = gguf.get_tensor_name_map(by_name[architecture], model.config.num_hidden_layers)
    writer = gguf.GGUFWriter(path, architecture)
    for key, value in settings.items():
        writer.add_uint32(f"{architecture}.{key}", value)
    for name, parameter in model.state_dict().items():
        tensor = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if name.endswith("lm_head.weight") and model.config.tie_word_embeddings:
            continue
        W = parameter.detach()
        if architecture == "gpt2" and ".c_" in name and name.endswith(".weight"):
            W = W.T.contiguous()
        if architecture.startswith("gemma") and name.endswith("norm.weight"):
            W = W + 1
        writer.add_tensor(tensor, W.numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path

"""llama.cpp's architecture of a model, and its order of the rows of attention projections.

llama.cpp rotates neighbouring elements of a head by one angle ("norm") where transformers rotates
the two halves of a head ("neox"). For architectures of the first kind it interleaves the halves of
the rows of W_q and W_k once, when a model is converted, and packed projections are stored as all of
Q, all of
K, all of V. ΔW = B @ A follows W: the same rows of B are moved, and A stays.

    row i of llama.cpp's matrix is row order[i] of transformers'
        (the inverse is its argsort; it is not an involution)

GLM-4.1V and GLM-OCR are the reverse: transformers rotates neighbours, and llama.cpp's positions
of images and text (M-RoPE) the halves: the even rows of the rotated part of a head come
before the odd ones.

Source: llama.cpp's `conversion/*.py` (October 2026), one table entry for each `modify_tensors`, and
its `src/models/*.cpp` for matrices with which it multiplies past its adapters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

# transformers' `model_type` -> `general.architecture`, where the two are not the same word.
MODEL_TYPES = {
    "bamba": "granitehybrid",
    "camembert": "bert",
    "cohere": "command-r",
    "deepseek_v2": "deepseek2",
    "deepseek_v3": "deepseek2",
    "distilbert": "bert",
    "ernie4_5_moe": "ernie4_5-moe",
    "exaone4_5": "exaone4",
    "exaone_moe": "exaone-moe",
    "falcon_h1": "falcon-h1",
    "falcon_mamba": "mamba",
    "gemma3_text": "gemma3",
    "gemma3n_text": "gemma3n",
    "gemma4_text": "gemma4",
    "gemma4_unified": "gemma4",
    "gemma4_unified_text": "gemma4",
    "glm": "chatglm",
    "glm4_moe": "glm4moe",
    "glm4_moe_lite": "deepseek2",
    "glm4v": "glm4",
    "glm4v_moe": "glm4moe",
    "glm_moe_dsa": "glm-dsa",
    "glm_ocr": "glm4",
    "gpt_bigcode": "starcoder",
    "gpt_neox": "gptneox",
    "gpt_oss": "gpt-oss",
    "granitemoehybrid": "granitehybrid",
    "granitemoeshared": "granitemoe",
    "hunyuan_v1_dense": "hunyuan-dense",
    "hunyuan_v1_moe": "hunyuan-moe",
    "internlm3": "llama",
    "iquestcoder": "llama",
    "kimi_linear": "kimi-linear",
    "lfm2_moe": "lfm2moe",
    "llama4_text": "llama4",
    "minimax_m2": "minimax-m2",
    "ministral3": "mistral3",
    "mistral": "llama",
    "mixtral": "llama",
    "modernbert": "modern-bert",
    "mt5": "t5",
    "olmo3": "olmo2",
    "phi": "phi2",
    "qwen2_5_omni": "qwen2vl",
    "qwen2_5_vl": "qwen2vl",
    "qwen2_moe": "qwen2moe",
    "qwen2_vl": "qwen2vl",
    "qwen3_5": "qwen35",
    "qwen3_5_moe": "qwen35moe",
    "qwen3_5_moe_text": "qwen35moe",
    "qwen3_5_text": "qwen35",
    "qwen3_asr": "qwen3vl",
    "qwen3_moe": "qwen3moe",
    "qwen3_next": "qwen3next",
    "qwen3_omni_moe": "qwen3vlmoe",
    "qwen3_vl": "qwen3vl",
    "qwen3_vl_moe": "qwen3vlmoe",
    "roberta": "bert",
    "solar_open": "glm4moe",
    "umt5": "t5",
    "xlm-roberta": "bert",
    "youtu": "deepseek2",
}

# Classes of models that llama.cpp distinguishes where the model type does not.
CLASSES = {
    "Gemma3TextModel": "gemma-embedding",
    "T5EncoderModel": "t5encoder",
    "UMT5EncoderModel": "t5encoder",
}


QUERY_AND_KEY = ("attn_q", "attn_k")
PACKED = "attn_qkv"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Architectures whose W_q and W_k are interleaved.
INTERLEAVED = _words(
    "arcee arctic baichuan bailingmoe chameleon deci deepseek granite granitehybrid granitemoe internlm2 "
    "llada llama llama-embed"
    " minicpm mistral3 nanbeige olmo smollm3 xverse"
)
# Of which transformers' packed projection has the rows of each head, or of each group of heads,
# side by side.
UNPACKED = frozenset({"bloom", "falcon", "gptneox"})
# Architectures whose multimodal models have the rotated part of each head sorted into halves.
HALVED_WHERE_IT_SEES = frozenset({"glm4"})
# Of which every row stays.
AS_THEY_ARE = _words(
    "afmoe apertus bert chatglm cohere2 command-r dots1 ernie4_5 ernie4_5-moe eurobert exaone exaone-moe "
    "exaone4 gemma"
    " gemma-embedding gemma2 gemma3 gemma3n gemma4 glm4 glm4moe gpt-oss gpt2 hunyuan-dense hunyuan-moe "
    "jais2 jamba lfm2 lfm2moe"
    " llama4 minicpm3 minimax-m2 modern-bert mpt nemotron nemotron_h nemotron_h_moe olmo2 olmoe phi2 phi3 "
    "phimoe qwen2 qwen2moe qwen2vl qwen3"
    " qwen35 qwen35moe qwen3moe qwen3next qwen3vl qwen3vlmoe seed_oss stablelm starcoder starcoder2 t5 "
    "t5encoder"
)

# What a conversion does to more than the rows, by architecture: the tensors whose names begin so,
# and why ΔW cannot follow.
EXPERTS_TURNED = (("ffn_gate_exps", "ffn_up_exps", "ffn_down_exps"), "transposes the experts of this model")
LINEAR_ATTENTION = (("attn_qkv", "attn_gate", "ssm_"), "sorts the heads of linear attention anew")
ALTERED: dict[str, tuple[tuple[str, ...], str]] = {
    "bitnet": (("",), "stores the weights of this model as ternary numbers"),
    "deepseek2": (("attn_q", "attn_k", "attn_v"), "multiplies with this matrix past its adapters"),
    "falcon-h1": (("",), "multiplies the weights of this model by numbers from its config"),
    "gpt-oss": EXPERTS_TURNED,
    "llama4": EXPERTS_TURNED,
    "qwen35": LINEAR_ATTENTION,
    "qwen35moe": LINEAR_ATTENTION,
    "qwen3next": LINEAR_ATTENTION,
}

# Architectures that store the weights of norms plus one, as transformers computes with them.
NORMS_PLUS_ONE = _words("gemma gemma-embedding gemma2 gemma3 nemotron")
# Of which transformers' matrices (Conv1D) are stored (in, out), and llama.cpp's (out, in).
TRANSPOSED = {"gpt2": _words("attn_qkv attn_output ffn_up ffn_down")}


@dataclass(frozen=True)
class Heads:
    """The number of query heads of an attention, and the rows of each head.

    `turned` is the number of first rows of a head whose positions are those of images and text
    (M-RoPE); 0 where there are none.
    """

    count: int
    width: int
    turned: int = 0


def text_config(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the language model's own settings inside those of a multimodal model."""
    for key in ("thinker_config", "text_config"):
        inner = config.get(key)
        config = inner if isinstance(inner, Mapping) else config
    return config


def architecture_of(config: Mapping[str, Any]) -> str | None:
    """Return llama.cpp's name of a model's architecture; None where the package gguf does not know it."""
    import gguf

    known = set(gguf.MODEL_ARCH_NAMES.values())
    names = [CLASSES[name] for name in config.get("architectures") or () if name in CLASSES]
    types = [str(each.get("model_type")) for each in (config, text_config(config))]
    names += [MODEL_TYPES.get(model_type, model_type) for model_type in types]
    found = next((name for name in names if name in known), None)
    if found == "granitehybrid":
        return _granite(config)
    return "nemotron_h_moe" if found == "nemotron_h" and "num_experts_per_tok" in config else found


def _granite(config: Mapping[str, Any]) -> str:
    """Tell Granite's hybrids from plain models of the same class, which have attention alone."""
    layers = config.get("layer_types") or ["mamba"]
    if any(layer not in ("attention", "full_attention") for layer in layers):
        return "granitehybrid"
    return "granitemoe" if config.get("num_experts_per_tok") else "granite"


def heads_of(config: Mapping[str, Any]) -> Heads | None:
    """Return the heads that a config states; None where it does not."""
    text = text_config(config)
    count = _first_count(text, "num_attention_heads", "n_head")
    hidden = _first_count(text, "hidden_size", "n_embd", "n_embed")
    width = _first_count(text, "head_dim") or (hidden // count if count and hidden else None)
    return Heads(count, width, _turned(text, width)) if count and width else None


def _turned(text: Mapping[str, Any], width: int) -> int:
    """Return how many rows of a head M-RoPE rotates; half of them without a word in the config."""
    positions = text.get("rope_parameters") or text.get("rope_scaling") or {}
    if not isinstance(positions, Mapping) or "mrope_section" not in positions:
        return 0
    share = positions.get("partial_rotary_factor", text.get("partial_rotary_factor", 0.5))
    return int(width * share) if isinstance(share, int | float) else width // 2


def _first_count(config: Mapping[str, Any], *keys: str) -> int | None:
    return next((config[key] for key in keys if type(config.get(key)) is int and config[key] > 0), None)


def kind_of(tensor: str) -> str:
    """Return the kind of a tensor: `attn_q` of `blk.3.attn_q.weight`, and of its bias."""
    return tensor.removesuffix(".weight").removesuffix(".bias").rpartition(".")[2]


def refusal(architecture: str, tensor: str) -> str | None:
    """Say why a change to this tensor cannot be given to llama.cpp; None where it can."""
    if not tensor.startswith(("blk.", "enc.blk.", "dec.blk.", "token_embd.", "output.")):
        return "llama.cpp applies no adapter to it"
    return alteration(architecture, tensor)


def alteration(architecture: str, tensor: str) -> str | None:
    """Say what llama.cpp makes of this tensor that is not undone here; None where its numbers are known."""
    kind = kind_of(tensor)
    beginnings, reason = ALTERED.get(architecture, ((), ""))
    if beginnings and kind.startswith(beginnings):
        return f"llama.cpp {reason}"
    stays = kind not in (*QUERY_AND_KEY, PACKED) or architecture in AS_THEY_ARE
    if stays or _is_reordered(architecture, kind):
        return None
    return f"how llama.cpp orders its rows in a model of architecture {architecture!r} is not known"


def _is_reordered(architecture: str, kind: str) -> bool:
    return (kind in QUERY_AND_KEY and architecture in INTERLEAVED) or (
        kind == PACKED and architecture in UNPACKED
    )


def is_reordered(architecture: str, tensor: str, heads: Heads | None) -> bool:
    """Whether this tensor's rows are, or (heads unknown) may be, in another order than ours."""
    kind = kind_of(tensor)
    may_be_halved = architecture in HALVED_WHERE_IT_SEES and kind in QUERY_AND_KEY
    return _is_reordered(architecture, kind) or (may_be_halved and (heads is None or heads.turned > 0))


def is_transposed(architecture: str, tensor: str) -> bool:
    """Whether transformers stores this matrix (in, out)."""
    return tensor.endswith(".weight") and kind_of(tensor) in TRANSPOSED.get(architecture, ())


def has_one_added(architecture: str, tensor: str) -> bool:
    """Whether this tensor is the weight of a norm to which llama.cpp's converter added one."""
    return architecture in NORMS_PLUS_ONE and tensor.endswith("norm.weight")


def row_order(architecture: str, tensor: str, rows: int, heads: Heads) -> Tensor | None:
    """Return transformers' row for each row of a reordered tensor; None where heads do not fit."""
    if architecture in HALVED_WHERE_IT_SEES:
        return _halved(rows, heads)
    return _unpacked(rows, heads) if kind_of(tensor) == PACKED else _interleaved(rows, heads.width)


def _halved(rows: int, heads: Heads) -> Tensor | None:
    import torch

    if rows % heads.width or heads.turned % 2 or heads.turned > heads.width:
        return None
    turned, others = torch.arange(heads.turned), torch.arange(heads.turned, heads.width)
    head = torch.cat([turned[::2], turned[1::2], others])
    return (torch.arange(0, rows, heads.width)[:, None] + head).flatten()


def _interleaved(rows: int, width: int) -> Tensor | None:
    import torch

    if rows % width or width % 2:
        return None
    return torch.arange(rows).reshape(-1, 2, width // 2).swapaxes(1, 2).flatten()


def _unpacked(rows: int, heads: Heads) -> Tensor | None:
    """Sort groups of some queries, a key and a value into all queries, all keys, all values."""
    import torch

    groups, left_over = divmod(rows // heads.width - heads.count, 2)
    if rows % heads.width or left_over or groups < 1 or heads.count % groups:
        return None
    index = torch.arange(rows).reshape(groups, heads.count // groups + 2, heads.width)
    return torch.cat([index[:, :-2].flatten(), index[:, -2].flatten(), index[:, -1].flatten()])

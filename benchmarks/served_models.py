"""Tiny seeded models for `served.py`, as transformers saves them, and adapters that change their answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import peft
import tokenizers
import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

RANK = 6
# The standard deviation of the numbers in B, where more are needed to change the answers.
STRENGTH = {"bert": 0.5}
SIZES = {
    "vocab_size": 320,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 32,
    "max_position_embeddings": 64,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "tie_word_embeddings": False,
}


def llama() -> Any:
    """Llama, whose projections vLLM packs."""
    return transformers.LlamaForCausalLM(transformers.LlamaConfig(**SIZES))


def qwen2() -> Any:
    """Qwen2, with biases."""
    return transformers.Qwen2ForCausalLM(transformers.Qwen2Config(**SIZES))


def qwen3() -> Any:
    """Qwen3, with norms on queries and keys."""
    return transformers.Qwen3ForCausalLM(transformers.Qwen3Config(**SIZES))


def gemma3() -> Any:
    """Gemma 3's text model, whose head is its table of tokens."""
    sizes = SIZES | {"tie_word_embeddings": True, "layer_types": ["sliding_attention", "full_attention"]}
    return transformers.Gemma3ForCausalLM(transformers.Gemma3TextConfig(**sizes, sliding_window=16))


def phi3() -> Any:
    """Phi-3, whose projections are packed in its own files."""
    return transformers.Phi3ForCausalLM(transformers.Phi3Config(**SIZES))


def qwen3_moe() -> Any:
    """Qwen3's mixture of experts, which vLLM takes one by one."""
    sizes = SIZES | {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 64}
    return transformers.Qwen3MoeForCausalLM(transformers.Qwen3MoeConfig(**sizes))


def mixtral() -> Any:
    """Mixtral, whose experts have names of their own in its files."""
    sizes = SIZES | {"num_local_experts": 4, "num_experts_per_tok": 2}
    return transformers.MixtralForCausalLM(transformers.MixtralConfig(**sizes))


def gpt_oss() -> Any:
    """A model like gpt-oss, whose experts vLLM takes as one stack."""
    sizes = SIZES | {"num_local_experts": 4, "num_experts_per_tok": 2, "sliding_window": 16}
    kinds = ["sliding_attention", "full_attention"]
    return transformers.GptOssForCausalLM(transformers.GptOssConfig(**sizes, layer_types=kinds))


# The id that stands for a piece of an image, and an image's side in pixels.
IMAGE, SIDE = 300, 28


def llava() -> Any:
    """LLaVA: a Llama that is shown what a vision tower sees, through a connector."""
    sight = {"hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 3, "num_attention_heads": 2}
    settings = transformers.LlavaConfig(
        text_config=SIZES | {"model_type": "llama"},
        vision_config=sight
        | {
            "model_type": "siglip_vision_model",
            "image_size": SIDE,
            "patch_size": 14,
            "vision_use_head": False,
        },
        image_token_index=IMAGE,
        vision_feature_select_strategy="full",
        tie_word_embeddings=False,
    )
    return transformers.LlavaForConditionalGeneration(settings)


def bert() -> Any:
    """BERT, which reads in both directions and answers with a vector for each token."""
    sizes = {name: SIZES[name] for name in list(SIZES)[:5]} | {"max_position_embeddings": 64}
    return transformers.BertModel(transformers.BertConfig(**sizes))


MODELS: Mapping[str, Callable[[], Any]] = {
    each.__name__: each for each in (llama, qwen2, qwen3, gemma3, phi3, llava, bert)
}
MIXTURES: Mapping[str, Callable[[], Any]] = {each.__name__: each for each in (qwen3_moe, mixtral, gpt_oss)}


def make(name: str, folder: Path) -> tuple[Path, Path]:
    """Write a base and an adapter that changes its answers, as transformers and PEFT save them."""
    torch.manual_seed(0)
    model = (MODELS | MIXTURES)[name]().eval()
    model.save_pretrained(folder / "base")
    _words(folder / "base", sees=name == "llava")
    if name == "llava":
        _as_on_the_hub(folder / "base" / "model.safetensors")
    asked: dict[str, Any] = {"target_modules": "all-linear", "rank_pattern": {"down_proj": 3, "o_proj": 9}}
    if name in MIXTURES:
        asked = {
            "target_modules": ["q_proj", "v_proj", "o_proj"],
            "target_parameters": ["experts.gate_up_proj", "experts.down_proj"],
            "rank_pattern": {"o_proj": 9},
        }
    if name == "bert":  # vLLM does not load the pooler of a model that gives vectors
        asked = {
            "target_modules": "all-linear",
            "exclude_modules": ["pooler.dense"],
            "rank_pattern": {"key": 3},
        }
    settings = peft.LoraConfig(r=RANK, lora_alpha=2 * RANK, use_rslora=True, **asked)
    adapted: Any = peft.get_peft_model(model, settings)
    with torch.no_grad():
        for each, parameter in adapted.named_parameters():
            if "lora_B" in each:
                parameter.normal_(std=STRENGTH.get(name, 0.05))
    adapted.save_pretrained(folder / "adapter")
    return folder / "base", folder / "adapter"


def _words(base: Path, *, sees: bool) -> None:
    """Write a vocabulary of nothing but numbers, which vLLM wants of some models although prompts are ids."""
    words = {"<image>" if number == IMAGE else f"t{number}": number for number in range(SIZES["vocab_size"])}
    model = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="t0"))
    model.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=model, pad_token="t0", bos_token="t1", eos_token="t2", unk_token="t0"
    )
    if not sees:
        tokenizer.save_pretrained(base)
        return
    tokenizer.add_special_tokens({"additional_special_tokens": ["<image>"]})
    images = SiglipImageProcessorPil(size={"height": SIDE, "width": SIDE})
    transformers.LlavaProcessor(
        image_processor=images,
        tokenizer=tokenizer,
        patch_size=14,
        vision_feature_select_strategy="full",
        image_token="<image>",
        num_additional_image_tokens=0,
    ).save_pretrained(base)


def _as_on_the_hub(file: Path) -> None:
    """Give a LLaVA's weights the names that published files have, by which vLLM loads them."""
    weights = load_file(file)
    tower, inside = "vision_tower.", "vision_tower.vision_model."
    spelled = {name: name.replace(tower, inside) for name in weights if inside not in name}
    save_file({spelled.get(name, name): each for name, each in weights.items()}, file, {"format": "pt"})

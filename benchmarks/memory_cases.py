"""The cases of `memory.py`: commands of every verb that writes, on inputs of very different shape.

Each function writes its inputs into a folder and returns the words of a command, without `-o`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import gguf_bases
import quantised_speed
import torch
from memory_inputs import (
    PREFIX,
    done,
    drawn,
    flux,
    llama,
    loha,
    lora,
    pipeline,
    save_adapter,
    save_model,
    tuned,
    weights,
)

Words = Sequence[str | Path]
F16, F32, BF16 = torch.float16, torch.float32, torch.bfloat16
BERT = Path(__file__).parent.parent / "fixtures" / "bert-base"


def merge_linear_layers(at: Path) -> Words:
    """bfloat16, rank 16 on all linear layers."""
    shapes = llama(2048, 5)
    save_model(at / "base", weights(shapes))
    return ["merge", at / "base", lora(at / "adapter", shapes, 16)]


def merge_two_into_shards(at: Path) -> Words:
    """float16 in four shards, two weighted adapters of rank 64."""
    shapes = llama(2048, 3)
    save_model(at / "base", weights(shapes, F16), shards=4)
    first, second = lora(at / "a", shapes, 64, F16), lora(at / "b", shapes, 64, F16, seed="2")
    return ["merge", at / "base", f"{first}:0.7", f"{second}:-0.3"]


def merge_table_of_tokens(at: Path) -> Words:
    """A LoRA of rank 64 on a table of 128,256 tokens."""
    path, shape, rank = "model.embed_tokens", (128_256, 2048), 64
    save_model(at / "base", weights({path: shape}))
    sides = {"A": drawn("A", (rank, shape[0]), F32), "B": drawn("B", (shape[1], rank), F32)}
    tensors = {f"{PREFIX}{path}.lora_embedding_{side}": tensor for side, tensor in sides.items()}
    config = {"r": rank, "lora_alpha": rank, "target_modules": ["embed_tokens"]}
    save_adapter(at / "adapter", tensors, config)
    return ["merge", at / "base", at / "adapter"]


def merge_replaced_head(at: Path) -> Words:
    """A head of 100,000 tokens that the adapter brings."""
    shapes = llama(2048, 1)
    save_model(at / "base", weights({**shapes, "lm_head": (100_000, 2048)}))
    more = {"lm_head.weight": drawn("new head", (100_000, 2048))}
    return ["merge", at / "base", lora(at / "adapter", shapes, 16, more=more, modules_to_save=["lm_head"])]


def merge_replaced_table_in_float32(at: Path) -> Words:
    """A table of 60,000 tokens in float32 for a base in bfloat16."""
    shapes = llama(1024, 2)
    table = "model.embed_tokens"
    save_model(at / "base", weights({**shapes, table: (60_000, 1024)}))
    more = {f"{table}.weight": drawn("new table", (60_000, 1024), F32)}
    return [
        "merge",
        at / "base",
        lora(at / "adapter", shapes, 8, more=more, modules_to_save=["embed_tokens"]),
    ]


def merge_rows_of_tokens(at: Path) -> Words:
    """Rows of 20,000 tokens that were trained."""
    table, shape, count = "model.embed_tokens", (128_256, 2048), 20_000
    save_model(at / "base", weights({table: shape, **llama(1024, 1)}))
    more = {f"{table}.token_adapter.trainable_tokens_delta": drawn("rows", (count, shape[1]), F32)}
    indices = {"embed_tokens": list(range(0, 6 * count, 6))}
    adapter = lora(at / "adapter", llama(1024, 1), 8, more=more, trainable_token_indices=indices)
    return ["merge", at / "base", adapter]


def merge_many_tiny(at: Path) -> Words:
    """30,000 matrices of 64 x 32."""
    shapes = {f"model.layers.{layer}.mlp.up_proj": (64, 32) for layer in range(30_000)}
    save_model(at / "base", weights(shapes))
    return ["merge", at / "base", lora(at / "adapter", shapes, 4)]


def merge_dora(at: Path) -> Words:
    """DoRA of rank 16, whose norms need whole rows."""
    shapes = llama(2048, 2)
    save_model(at / "base", weights(shapes))
    more = {f"{path}.lora_magnitude_vector": torch.ones(shape[0]) for path, shape in shapes.items()}
    return ["merge", at / "base", lora(at / "adapter", shapes, 16, more=more, use_dora=True)]


def merge_loha(at: Path) -> Words:
    """LoHa of rank 8."""
    shapes = llama(2048, 2)
    save_model(at / "base", weights(shapes))
    return ["merge", at / "base", loha(at / "adapter", shapes, 8)]


def merge_as_peft(at: Path) -> Words:
    """As PEFT rounds, a matrix of 32,000 x 4,096."""
    shapes = {"m.layer": (32_000, 4096)}
    save_model(at / "base", weights(shapes))
    return ["merge", at / "base", lora(at / "adapter", shapes, 32), "--rounding", "peft"]


def merge_into_float32(at: Path) -> Words:
    """float16 that becomes float32."""
    shapes = llama(2048, 3)
    save_model(at / "base", weights(shapes, F16))
    return ["merge", at / "base", lora(at / "adapter", shapes, 16), "--dtype", "float32"]


def merge_experts(at: Path) -> Words:
    """Fused experts, 16 of 4,096 x 2,048 in a tensor, rank 16."""
    count, hidden, inner, rank = 16, 2048, 2048, 16
    shapes = {"gate_up_proj": (count, 2 * inner, hidden), "down_proj": (count, hidden, inner)}
    sizes = {"hidden_size": hidden, "moe_intermediate_size": inner, "num_experts": count}
    sizes |= {"num_hidden_layers": 1, "num_attention_heads": 16, "num_key_value_heads": 2, "head_dim": 128}
    path = "model.layers.0.mlp.experts"
    tensors = {f"{path}.{name}": drawn(name, shape) for name, shape in shapes.items()}
    config = {"architectures": ["Qwen3MoeForCausalLM"], "model_type": "qwen3_moe", "vocab_size": 64, **sizes}
    save_model(at / "base", tensors, **config)
    sides = {}
    for name, (_, out, width) in shapes.items():
        stem = f"{PREFIX}{path}.base_layer." if name == "gate_up_proj" else f"{PREFIX}{path}."
        sides[f"{stem}lora_A.weight"] = drawn(f"{name}/A", (count * rank, width), F32)
        sides[f"{stem}lora_B.weight"] = drawn(f"{name}/B", (out, count * rank), F32)
    parameters = [f"mlp.experts.{name}" for name in shapes]
    save_adapter(
        at / "adapter",
        sides,
        {"r": rank, "lora_alpha": rank, "target_modules": [], "target_parameters": parameters},
    )
    return ["merge", at / "base", at / "adapter", "--experts-order", "peft"]


def _quantised(at: Path, base: str, *more: str) -> Words:
    quantised_speed.write(at / "base", base, 2048, 6)
    quantised_speed.write_adapter(at / "adapter", 2048, 6)
    return ["merge", at / "base", at / "adapter", *more]


def merge_float8(at: Path) -> Words:
    """float8 in blocks, to 16 bits."""
    return _quantised(at, "FP8")


def merge_nf4(at: Path) -> Words:
    """bitsandbytes' NF4, to 16 bits."""
    return _quantised(at, "NF4")


def requantise_int4(at: Path) -> Words:
    """4 bits in groups, that stay so."""
    return _quantised(at, "int4 g128", "--requantise")


def requantise_mxfp4(at: Path) -> Words:
    """MXFP4 that stays so."""
    return _quantised(at, "MXFP4", "--requantise")


def merge_gguf(at: Path) -> Words:
    """A Q4_K file of 7B's shape, two layers, to float16."""
    gguf_bases.make_base(at / "base.gguf", 2)
    gguf_bases.make_adapter(at / "adapter", 2)
    return ["merge", at / "base.gguf", at / "adapter"]


def requantise_gguf(at: Path) -> Words:
    """The same, that stays Q4_K."""
    return [*merge_gguf(at), "--requantise"]


def unmerge_linear_layers(at: Path) -> Words:
    """Taking rank 16 out of bfloat16."""
    done(*merge_linear_layers(at), "-o", at / "merged")
    return ["unmerge", at / "merged"]


def unmerge_replaced_head(at: Path) -> Words:
    """Taking a head of 100,000 tokens out."""
    done(*merge_replaced_head(at), "-o", at / "merged")
    return ["unmerge", at / "merged"]


def _pipelines(at: Path) -> Words:
    parts = {"transformer": flux(2, 2048), "text_encoder": {}}
    encoder = "text_model.encoder.layers"
    for layer in range(12):
        heads = {f"{encoder}.{layer}.self_attn.{each}_proj": (768, 768) for each in "qkv"}
        parts["text_encoder"] |= {**heads, f"{encoder}.{layer}.mlp.fc1": (3072, 768)}
    base = {part: weights(shapes) for part, shapes in parts.items()}
    pipeline(at / "base", base)
    pipeline(at / "tuned", {part: tuned(tensors, 16) for part, tensors in base.items()})
    return [at / "base", at / "tuned"]


def merge_pipeline(at: Path) -> Words:
    """A pipeline of two models and its adapter."""
    done("extract", *_pipelines(at), "-o", at / "adapter.safetensors", "--rank", "16")
    shutil.rmtree(at / "tuned")
    return ["merge", at / "base", at / "adapter.safetensors"]


def extract_pipeline(at: Path) -> Words:
    """Both models of a pipeline, rank 32."""
    return ["extract", *_pipelines(at), "--rank", "32"]


def _pair(
    at: Path,
    shapes: dict[str, tuple[int, int]],
    dtype: torch.dtype = BF16,
    rank: int = 16,
    noise: float = 0.0,
    shards: int = 1,
) -> Words:
    base = weights(shapes, dtype)
    save_model(at / "base", base, shards)
    save_model(at / "tuned", tuned(base, rank, noise), shards)
    return ["extract", at / "base", at / "tuned"]


def extract_rank(at: Path) -> Words:
    """bfloat16 in three shards, rank 32."""
    return [*_pair(at, llama(2048, 3), shards=3, noise=0.0004), "--rank", "32"]


def extract_energy(at: Path) -> Words:
    """A flat change in float32, 90 % of its energy."""
    return [*_pair(at, llama(1536, 2), F32, noise=0.002), "--energy", "0.9"]


def extract_noise_edge(at: Path) -> Words:
    """Wide matrices of 1,024 x 32,768, above the noise."""
    return [*_pair(at, {f"m.{i}": (1024, 32_768) for i in range(4)}, noise=0.0004), "--noise-edge"]


def extract_budget(at: Path) -> Words:
    """float16 within 12 MB."""
    return [*_pair(at, llama(2048, 3), F16, noise=0.0004), "--size", "12MB"]


def extract_huge(at: Path) -> Words:
    """One matrix of 150,000 x 1,536, rank 64."""
    return [*_pair(at, {"lm": (150_000, 1536)}, noise=0.0004), "--rank", "64"]


def extract_tall(at: Path) -> Words:
    """Tall matrices of 300,000 x 128, 80 % of their energy."""
    return [*_pair(at, {f"m.{i}": (300_000, 128) for i in range(3)}, noise=0.0004), "--energy", "0.8"]


def extract_tiny(at: Path) -> Words:
    """20,000 matrices of 64 x 64, rank 4."""
    return [*_pair(at, {f"m.{i}.up": (64, 64) for i in range(20_000)}, rank=4), "--rank", "4"]


def extract_merge(at: Path) -> Words:
    """The LoRA that was merged, of rank 16."""
    return [*_pair(at, llama(2048, 1)), "--recover"]


def extract_float8(at: Path) -> Words:
    """A fine-tune of a base in float8."""
    quantised_speed.write(at / "base", "FP8", 2048, 4)
    quantised_speed.write_adapter(at / "adapter", 2048, 4)
    done("merge", at / "base", at / "adapter", "-o", at / "tuned")
    return ["extract", at / "base", at / "tuned", "--rank", "16"]


def extract_grown_vocabulary(at: Path) -> Words:
    """A table that grew from 1,000 to 120,000 tokens and is kept whole."""
    for side, rows in (("base", 1000), ("tuned", 120_000)):
        tensors = {"model.embed_tokens.weight": drawn(side, (rows, 1024))}
        tensors |= weights(llama(1024, 2)) if side == "base" else tuned(weights(llama(1024, 2)), 16)
        save_model(at / side, tensors, vocab_size=rows)
    return ["extract", at / "base", at / "tuned", "--rank", "16"]


def rerank_half(at: Path) -> Words:
    """Rank 64 to 16, float16."""
    return ["rerank", lora(at / "adapter", llama(4096, 6), 64, F16), "--rank", "16"]


def rerank_energy(at: Path) -> Words:
    """Rank 256 to half of the energy, float32."""
    return ["rerank", lora(at / "adapter", llama(2048, 2), 256), "--energy", "0.5"]


def rerank_table(at: Path) -> Words:
    """Rank 128 to 32 of a module of 128,256 x 4,096."""
    return ["rerank", lora(at / "adapter", {"lm_head": (128_256, 4096)}, 128), "--rank", "32"]


def fuse_exactly(at: Path) -> Words:
    """Two adapters, side by side."""
    shapes = llama(4096, 4)
    return ["fuse", lora(at / "a", shapes, 32, F16), f"{lora(at / 'b', shapes, 32, F16, seed='2')}:0.5"]


def fuse_by_ties(at: Path) -> Words:
    """Two adapters by TIES, which forms products."""
    shapes = llama(1024, 6)
    first, second = lora(at / "a", shapes, 32), lora(at / "b", shapes, 32, seed="2")
    return ["fuse", first, second, "--method", "ties", "--rank", "16"]


def convert_to_gguf(at: Path) -> Words:
    """To a GGUF file of a Llama's adapter, float16."""
    shapes = llama(2048, 4)
    sizes = {"hidden_size": 2048, "intermediate_size": 5632, "num_hidden_layers": 4, "vocab_size": 64}
    sizes |= {"num_attention_heads": 16, "num_key_value_heads": 16}
    config = {"model_type": "llama", "architectures": ["LlamaForCausalLM"], **sizes}
    save_model(at / "base", weights(shapes), **config)
    adapter = lora(at / "adapter", shapes, 128)
    return ["convert", adapter, "--format", "gguf", "--dtype", "float16", "--base", at / "base"]


def convert_packed(at: Path) -> Words:
    """Queries, keys and values become one."""
    return ["convert", lora(at / "adapter", llama(4096, 6), 32), "--pack", "qkv"]


def convert_loha(at: Path) -> Words:
    """LoHa of rank 6 becomes a LoRA of rank 36."""
    return ["convert", loha(at / "adapter", llama(2048, 8), 6), "--to", "lora"]


def convert_dyn(at: Path) -> Words:
    """A LoRA-Dyn of all ranks."""
    return ["convert", lora(at / "adapter", llama(2048, 6), 64), "--to", "dyn"]


def apply_delta(at: Path) -> Words:
    """Making the fine-tune of base and delta."""
    _pair(at, llama(2048, 3))
    done("diff", at / "base", at / "tuned", "-o", at / "delta")
    shutil.rmtree(at / "tuned")
    return ["apply", at / "base", at / "delta"]


def _llama_model(at: Path) -> None:
    shapes = llama(1024, 6)
    tensors = weights({**shapes, "model.embed_tokens": (8000, 1024), "lm_head": (8000, 1024)})
    for layer in range(6):
        for norm in ("input_layernorm", "post_attention_layernorm"):
            tensors[f"model.layers.{layer}.{norm}.weight"] = torch.ones(1024).bfloat16()
    tensors["model.norm.weight"] = torch.ones(1024).bfloat16()
    sizes = {"hidden_size": 1024, "intermediate_size": 2816, "num_hidden_layers": 6, "vocab_size": 8000}
    sizes |= {"num_attention_heads": 8, "num_key_value_heads": 8, "max_position_embeddings": 512}
    config = {"model_type": "llama", "architectures": ["LlamaForCausalLM"], **sizes}
    save_model(at / "base", tensors, **config)
    lora(at / "adapter", shapes, 16, task_type="CAUSAL_LM")


def export_checked(at: Path) -> Words:
    """A Llama of 93 M numbers with its adapter, checked."""
    _llama_model(at)
    return ["export-onnx", at / "base", at / "adapter"]


def export_unchecked(at: Path) -> Words:
    """The same, not checked."""
    return [*export_checked(at), "--no-verify"]


def export_swappable(at: Path) -> Words:
    """The same with inputs for adapters."""
    return [*export_checked(at), "--swappable"]


def train_lora(at: Path) -> Words:
    """Rank 16 on a small BERT, for five steps."""
    data = at / "films.tsv"
    data.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(BERT.parent / "films.tsv", data)
    return ["train", BERT, "--data", data, "--steps", "5"]


CASES: dict[str, Callable[[Path], Words]] = {
    name: value
    for name, value in globals().items()
    if callable(value)
    and name.partition("_")[0]
    in ("merge", "requantise", "unmerge", "extract", "rerank", "fuse", "convert", "apply", "export", "train")
}

"""Write a pair and an adapter with the shapes of a very large model, as sparse files that take little disk.

    python benchmarks/make_scale_pair.py OUT --model llama-405b [--real 'model.layers.0.*_proj.weight']

OUT/base and OUT/tuned have every header, shard, index and config of the model; the numbers of their
weights are holes of the file, which read as zeros. Weights that match `--real` (a glob, repeatable)
are written as `make_pair.py` makes them, so that they are what `extract --include` works on.
OUT/adapter is a PEFT folder with random factors for every linear layer of attention, MLP and experts,
all of them stored; every fifth module has a rank of its own, as in `rank_pattern`s of trainers that
choose ranks.

`--layers` cuts a model off after so many layers, `--vocab` its tables of tokens, and `--no-adapter`
leaves the adapter out: a small pair of the same matrices.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

import torch
from make_pair import Shape, generator, header, nbytes, pair, places, raw, shards, write_sides

MAX_SHARD_BYTES = 5 * 10**9
STEM = ".weight"
# Of a module with a rank of its own, this many more than the others have.
OWN_RANK = 3
# Factors are cut out of one block of noise, this many numbers further each: drawing them takes minutes.
STRIDE = 104_729


@dataclass(frozen=True)
class LargeModel:
    """A published model's sizes; `experts` is 0 for a dense one.

    Attributes:
        dense: layers at the start that have a plain MLP although the others have experts.
        rank: of the adapter.
    """

    hidden: int
    layers: int
    intermediate: int
    heads: int
    vocab: int
    rank: int
    kv_heads: int = 8
    experts: int = 0
    dense: int = 0
    expert_width: int = 0


MODELS = {
    # Llama 3.1 (Meta, 2024).
    "llama-70b": LargeModel(8192, 80, 28672, 64, 128256, rank=16),
    "llama-405b": LargeModel(16384, 126, 53248, 128, 128256, rank=16),
    # DeepSeek-V3 (DeepSeek-AI, 2024, arXiv 2412.19437): latent attention, 256 experts and a shared one.
    "deepseek-671b": LargeModel(
        7168, 61, 18432, 128, 129280, rank=4, experts=256, dense=3, expert_width=2048
    ),
}
# Of DeepSeek-V3's latent attention.
QUERY_RANK, KEY_RANK, NOPE, ROPE, VALUE = 1536, 512, 128, 64, 128


def config_of(model: LargeModel) -> dict[str, object]:
    """Write down the model as its config.json does."""
    config = {
        "model_type": "deepseek_v3" if model.experts else "llama",
        "architectures": ["DeepseekV3ForCausalLM" if model.experts else "LlamaForCausalLM"],
        "dtype": "bfloat16",
        "hidden_size": model.hidden,
        "intermediate_size": model.intermediate,
        "num_hidden_layers": model.layers,
        "num_attention_heads": model.heads,
        "num_key_value_heads": model.heads if model.experts else model.kv_heads,
        "vocab_size": model.vocab,
        "rms_norm_eps": 1e-5,
        "tie_word_embeddings": False,
    }
    if not model.experts:
        return config
    return config | {
        "n_routed_experts": model.experts,
        "n_shared_experts": 1,
        "moe_intermediate_size": model.expert_width,
        "first_k_dense_replace": model.dense,
        "q_lora_rank": QUERY_RANK,
        "kv_lora_rank": KEY_RANK,
        "qk_nope_head_dim": NOPE,
        "qk_rope_head_dim": ROPE,
        "v_head_dim": VALUE,
        "num_experts_per_tok": 8,
        "n_group": 8,
        "topk_group": 4,
    }


def parameters_of(model: LargeModel) -> Iterator[tuple[str, Shape]]:
    """Name every parameter in the model's order."""
    yield "model.embed_tokens.weight", (model.vocab, model.hidden)
    for index in range(model.layers):
        layer = f"model.layers.{index}"
        yield from (_latent_attention if model.experts else _grouped_attention)(f"{layer}.self_attn", model)
        if index < model.dense or not model.experts:
            yield from _mlp(f"{layer}.mlp", model.hidden, model.intermediate)
        else:
            yield from _mixture(f"{layer}.mlp", model)
        yield f"{layer}.input_layernorm.weight", (model.hidden,)
        yield f"{layer}.post_attention_layernorm.weight", (model.hidden,)
    yield "model.norm.weight", (model.hidden,)
    yield "lm_head.weight", (model.vocab, model.hidden)


def _grouped_attention(path: str, model: LargeModel) -> Iterator[tuple[str, Shape]]:
    key_width = model.hidden // model.heads * model.kv_heads
    for name, rows in (("q", model.hidden), ("k", key_width), ("v", key_width), ("o", model.hidden)):
        yield f"{path}.{name}_proj.weight", (rows, model.hidden)


def _latent_attention(path: str, model: LargeModel) -> Iterator[tuple[str, Shape]]:
    yield f"{path}.q_a_proj.weight", (QUERY_RANK, model.hidden)
    yield f"{path}.q_a_layernorm.weight", (QUERY_RANK,)
    yield f"{path}.q_b_proj.weight", (model.heads * (NOPE + ROPE), QUERY_RANK)
    yield f"{path}.kv_a_proj_with_mqa.weight", (KEY_RANK + ROPE, model.hidden)
    yield f"{path}.kv_a_layernorm.weight", (KEY_RANK,)
    yield f"{path}.kv_b_proj.weight", (model.heads * (NOPE + VALUE), KEY_RANK)
    yield f"{path}.o_proj.weight", (model.hidden, model.heads * VALUE)


def _mlp(path: str, hidden: int, inner: int) -> Iterator[tuple[str, Shape]]:
    yield f"{path}.gate_proj.weight", (inner, hidden)
    yield f"{path}.up_proj.weight", (inner, hidden)
    yield f"{path}.down_proj.weight", (hidden, inner)


def _mixture(path: str, model: LargeModel) -> Iterator[tuple[str, Shape]]:
    yield f"{path}.gate.weight", (model.experts, model.hidden)
    yield f"{path}.gate.e_score_correction_bias", (model.experts,)
    for index in range(model.experts):
        yield from _mlp(f"{path}.experts.{index}", model.hidden, model.expert_width)
    yield from _mlp(f"{path}.shared_experts", model.hidden, model.expert_width)


def write_pair(out: Path, model: LargeModel, real: Iterable[str]) -> int:
    """Write both sides, sparse but for what matches; return the bytes of one side that are stored."""
    parameters, real, stored = dict(parameters_of(model)), tuple(real), 0
    layouts = [places(parameters, out / side, MAX_SHARD_BYTES) for side in ("base", "tuned")]
    for side, laid in zip(("base", "tuned"), layouts, strict=True):
        (out / side).mkdir(parents=True)
        write_sides(out / side, config_of(model), laid)
    for names in shards(parameters, MAX_SHARD_BYTES):
        start, last = header({name: parameters[name] for name in names}), names[-1]
        for laid in layouts:
            with laid[last].file.open("wb") as file:
                file.write(start)
                file.truncate(laid[last].offset + laid[last].nbytes)
        for name in (each for each in names if any(fnmatchcase(each, glob) for glob in real)):
            both = pair(name, parameters[name], seed=0)
            for laid, tensor in zip(layouts, both, strict=True):
                with laid[name].file.open("r+b") as file:
                    file.seek(laid[name].offset)
                    file.write(raw(tensor))
            stored += nbytes(parameters[name])
    return stored


def ranks_of(parameters: Mapping[str, Shape], rank: int) -> dict[str, int]:
    """The rank of every module that the adapter changes."""
    modules = [name.removesuffix(STEM) for name in parameters if "_proj" in name]
    return {name: rank + OWN_RANK * (index % 5 == 0) for index, name in enumerate(modules)}


def write_adapter(out: Path, parameters: Mapping[str, Shape], ranks: Mapping[str, int], rank: int) -> None:
    """Write a PEFT folder with factors for every module in `ranks`, one tensor at a time."""
    shapes: dict[str, Shape] = {}
    for name, own in ranks.items():
        rows, columns = parameters[f"{name}{STEM}"]
        shapes[f"base_model.model.{name}.lora_A.weight"] = (own, columns)
        shapes[f"base_model.model.{name}.lora_B.weight"] = (rows, own)
    out.mkdir(parents=True)
    with (out / "adapter_model.safetensors").open("wb") as file:
        file.write(header(shapes))
        noise = torch.randn(2 * max(map(math.prod, shapes.values())), generator=generator("noise")).bfloat16()
        for index, (name, shape) in enumerate(shapes.items()):
            width = shape[1] if ".lora_A." in name else 100 * shape[1]
            count = math.prod(shape)
            start = STRIDE * index % (len(noise) - count)
            file.write(raw(noise[start : start + count] * width**-0.5))
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "r": rank,
        "lora_alpha": rank,
        "target_modules": sorted({name.rpartition(".")[2] for name in ranks}),
        "rank_pattern": {name: own for name, own in ranks.items() if own != rank},
    }
    (out / "adapter_config.json").write_text(json.dumps(config, indent=1, sort_keys=True), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--model", choices=MODELS, required=True)
    parser.add_argument("--real", metavar="GLOB", action="append", default=[])
    parser.add_argument("--layers", type=int)
    parser.add_argument("--vocab", type=int)
    parser.add_argument("--no-adapter", action="store_true")
    options = parser.parse_args()
    model = MODELS[options.model]
    model = replace(model, layers=options.layers or model.layers, vocab=options.vocab or model.vocab)
    stored = write_pair(options.out, model, options.real)
    parameters = dict(parameters_of(model))
    if not options.no_adapter:
        write_adapter(options.out / "adapter", parameters, ranks_of(parameters, model.rank), model.rank)
    total = sum(map(nbytes, parameters.values()))
    print(
        f"{options.model}: {len(parameters)} tensors, {total / 1e9:.1f} GB a side, {stored / 1e9:.2f} GB of "
        f"it stored -> {options.out}"
    )


if __name__ == "__main__":
    main()

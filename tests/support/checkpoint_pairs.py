"""Pairs of checkpoints whose relation is known, each a small Llama and what somebody made of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

Tensors = dict[str, Tensor]
LAYERS, WIDTH, OUT, TOKENS = 2, 192, 320, 256
SIDES = {
    "self_attn.q_proj": (WIDTH, WIDTH),
    "self_attn.k_proj": (WIDTH, WIDTH),
    "self_attn.v_proj": (WIDTH, WIDTH),
    "self_attn.o_proj": (WIDTH, WIDTH),
    "mlp.gate_proj": (OUT, WIDTH),
    "mlp.up_proj": (OUT, WIDTH),
    "mlp.down_proj": (WIDTH, OUT),
}


def model(seed: int = 0, dtype: torch.dtype = torch.bfloat16) -> Tensors:
    """All weights of a small Llama."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return (0.02 * torch.randn(*shape, generator=generator)).to(dtype)

    held = {"model.embed_tokens.weight": normal(TOKENS, WIDTH), "lm_head.weight": normal(TOKENS, WIDTH)}
    for layer in range(LAYERS):
        for module, shape in SIDES.items():
            held[f"model.layers.{layer}.{module}.weight"] = normal(*shape)
        for norm in ("input_layernorm", "post_attention_layernorm"):
            scale = 1 + 0.1 * torch.randn(WIDTH, generator=generator)
            held[f"model.layers.{layer}.{norm}.weight"] = scale.to(dtype)
    held["model.norm.weight"] = torch.ones(WIDTH).to(dtype)
    return held


def product(W: Tensor, rank: int, ratio: float, generator: torch.Generator) -> Tensor:
    """A ΔW of a rank whose norm is a share of that of W, in float64."""
    B = torch.randn(W.shape[0], rank, generator=generator, dtype=torch.float64)
    A = torch.randn(rank, W.shape[1], generator=generator, dtype=torch.float64)
    change = B @ A
    return change * (ratio * float(W.double().norm()) / float(change.norm()))


def merged(base: Tensors, rank: int, ratio: float = 0.02, seed: int = 1) -> Tensors:
    """A LoRA on every projection."""
    generator = torch.Generator().manual_seed(seed)
    return {
        name: (W.double() + product(W, rank, ratio, generator)).to(W.dtype) if "_proj" in name else W
        for name, W in base.items()
    }


def merged_dora(base: Tensors, rank: int) -> Tensors:
    """A DoRA: rows that are scaled after a product was added."""
    generator = torch.Generator().manual_seed(2)
    held = dict(base)
    for name, W in base.items():
        if "_proj" in name:
            gain = 1 + 0.02 * torch.randn(W.shape[0], 1, generator=generator, dtype=torch.float64)
            held[name] = (gain * (W.double() + product(W, rank, 0.03, generator))).to(W.dtype)
    return held


def tuned(base: Tensors, ratio: float = 0.02) -> Tensors:
    """A full fine-tune: noise of all ranks on every tensor."""
    generator = torch.Generator().manual_seed(3)
    held = {}
    for name, W in base.items():
        noise = torch.randn(W.shape, generator=generator, dtype=torch.float64)
        held[name] = (W.double() + noise * (ratio * float(W.double().norm()) / W.numel() ** 0.5)).to(W.dtype)
    return held


def stepped(base: Tensors, share: float = 0.02) -> Tensors:
    """A step of reinforcement learning in bfloat16: few elements move, by one ulp."""
    generator = torch.Generator().manual_seed(4)
    held = {}
    for name, W in base.items():
        moves = torch.rand(W.shape, generator=generator) < share
        signs = torch.where(torch.rand(W.shape, generator=generator) < 0.5, 1, -1).to(torch.int16)
        held[name] = (W.view(torch.int16) + torch.where(moves, signs, 0)).view(torch.bfloat16)
    return held


def as_float(held: Tensors, dtype: torch.dtype) -> Tensors:
    return {name: W.to(dtype) for name, W in held.items()}


def renamed(held: Tensors) -> Tensors:
    """Names that no prefix makes of the others."""
    words = {"self_attn": "attention", "q_proj": "wq", "k_proj": "wk", "v_proj": "wv", "o_proj": "wo"}
    words |= {"gate_proj": "w1", "up_proj": "w3", "down_proj": "w2", "mlp": "feed_forward", "model": "m"}
    words |= {"embed_tokens": "tok_embeddings", "lm_head": "output", "layers": "blocks"}
    return {".".join(words.get(part, part) for part in name.split(".")): W for name, W in held.items()}


def transposed(held: Tensors) -> Tensors:
    """All projections as Conv1D stores them."""
    return {name: W.T.contiguous() if "_proj" in name else W for name, W in held.items()}


def packed(held: Tensors) -> Tensors:
    """Query, key and value in one matrix, and gate and up in one."""
    found = dict(held)
    for layer in range(LAYERS):
        start = f"model.layers.{layer}"
        parts = [found.pop(f"{start}.self_attn.{name}_proj.weight") for name in "qkv"]
        found[f"{start}.self_attn.qkv_proj.weight"] = torch.cat(parts)
        parts = [found.pop(f"{start}.mlp.{name}_proj.weight") for name in ("gate", "up")]
        found[f"{start}.mlp.gate_up_proj.weight"] = torch.cat(parts)
    return found


def experts(seed: int = 5) -> Tensors:
    """A layer of a mixture with four experts, a tensor for each."""
    held = model(seed)
    generator = torch.Generator().manual_seed(seed + 100)
    for expert in range(4):
        for name, shape in (("w1", (64, WIDTH)), ("w2", (WIDTH, 64)), ("w3", (64, WIDTH))):
            W = 0.02 * torch.randn(*shape, generator=generator)
            held[f"model.layers.0.experts.{expert}.{name}.weight"] = W.bfloat16()
    return held


def fused(held: Tensors) -> Tensors:
    """The experts in stacks: gate and up in one, down transposed."""
    found = dict(held)
    parts = {
        name: [found.pop(f"model.layers.0.experts.{expert}.{name}.weight") for expert in range(4)]
        for name in ("w1", "w2", "w3")
    }
    gate_up = [torch.cat(pair) for pair in zip(parts["w1"], parts["w3"], strict=True)]
    found["model.layers.0.experts.gate_up_proj"] = torch.stack(gate_up)
    found["model.layers.0.experts.down_proj"] = torch.stack([W.T.contiguous() for W in parts["w2"]])
    return found


def resized(held: Tensors, more: int = 8) -> Tensors:
    """New rows in both tables of tokens."""
    generator = torch.Generator().manual_seed(6)
    rows = (0.02 * torch.randn(more, WIDTH, generator=generator)).bfloat16()
    tables = ("model.embed_tokens.weight", "lm_head.weight")
    return {name: torch.cat([W, rows]) if name in tables else W for name, W in held.items()}


def tied(held: Tensors) -> Tensors:
    """Without the head, which is the table of tokens."""
    return {name: W for name, W in held.items() if name != "lm_head.weight"}


def untied(held: Tensors) -> Tensors:
    return {**held, "lm_head.weight": held["model.embed_tokens.weight"].clone()}


def in_8_bits(held: Tensors) -> Tensors:
    """Rounded to 255 steps a row, and stored as the numbers that these stand for."""

    def rounded(W: Tensor) -> Tensor:
        scale = W.float().abs().amax(dim=1, keepdim=True) / 127
        return ((W.float() / scale).round() * scale).to(W.dtype)

    return {name: rounded(W) if "_proj" in name else W for name, W in held.items()}


def in_float8(held: Tensors) -> Tensors:
    """Codes in float8 with a scale for each weight, as DeepSeek and vLLM name them."""
    found = dict(held)
    for name, W in held.items():
        if "_proj" in name:
            scale = W.float().abs().max() / 448
            found[name] = (W.float() / scale).to(torch.float8_e4m3fn)
            found[f"{name}_scale"] = scale.reshape(1)
    return found


def with_nan(held: Tensors) -> Tensors:
    found = {name: W.clone() for name, W in held.items()}
    found["model.layers.1.mlp.up_proj.weight"][3, 5] = float("nan")
    return found


def changed_head(held: Tensors) -> Tensors:
    generator = torch.Generator().manual_seed(7)
    head = (0.02 * torch.randn(TOKENS, WIDTH, generator=generator)).bfloat16()
    return {**held, "lm_head.weight": head}


def token_rows(held: Tensors) -> Tensors:
    """Three trained rows of the table of tokens."""
    found = {name: W.clone() for name, W in held.items()}
    found["model.embed_tokens.weight"][[3, 50, 90]] *= 1.1
    return found


def without_layer(held: Tensors) -> Tensors:
    return {name: W for name, W in held.items() if ".1." not in name}


def prefixed(held: Tensors) -> Tensors:
    return {f"base.{name}": W for name, W in held.items()}


def wrapped(held: Tensors) -> Tensors:
    return {f"module.{name}": W for name, W in held.items()}


def save(held: Mapping[str, Tensor], folder: Path, shards: int = 1) -> Path:
    """Write a folder as transformers lays it."""
    folder.mkdir(parents=True)
    names = sorted(held)
    files = [f"model-{index + 1:05d}-of-{shards:05d}.safetensors" for index in range(shards)]
    for index, file in enumerate(files if shards > 1 else ["model.safetensors"]):
        part = {name: held[name].contiguous() for name in names[index::shards]}
        save_file(part, folder / file, {"format": "pt"})
    if shards > 1:
        weight_map = {name: files[index % shards] for index, name in enumerate(names)}
        index_file = folder / "model.safetensors.index.json"
        index_file.write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))
    (folder / "config.json").write_text('{"model_type": "unknown_to_us"}')
    return folder


@dataclass(frozen=True)
class KnownPair:
    """`one` and `other` make the tensors; `relation` and `words` are what a comparison must find."""

    one: Callable[[], Tensors]
    other: Callable[[], Tensors]
    relation: str
    words: str
    shards: int = 1


def _of(change: Callable[[Tensors], Tensors]) -> Callable[[], Tensors]:
    return lambda: change(model())


def _merged(rank: int, ratio: float = 0.02) -> Callable[[], Tensors]:
    return lambda: merged(model(), rank, ratio)


def _float32() -> Tensors:
    return model(dtype=torch.float32)


def _wide() -> Tensors:
    """Rows so long that 256 steps are few."""
    generator = torch.Generator().manual_seed(10)
    return {f"{i}.up_proj.weight": torch.randn(32, 1024, generator=generator).bfloat16() for i in range(2)}


def _broad() -> Tensors:
    """Matrices of which a rank of 64 is less than a quarter."""
    generator = torch.Generator().manual_seed(11)
    return {f"{i}.q_proj.weight": 0.02 * torch.randn(384, 512, generator=generator) for i in range(2)}


def _falling() -> Tensors:
    """A merge in bfloat16 whose last directions are beneath the rounding, as training leaves them."""
    generator = torch.Generator().manual_seed(12)
    held = {}
    for name, W in as_float(_broad(), torch.bfloat16).items():
        B = torch.randn(W.shape[0], 16, generator=generator) * 0.75 ** torch.arange(16)
        change = B @ torch.randn(16, W.shape[1], generator=generator)
        held[name] = (W.float() + change * (0.01 * W.float().norm() / change.norm())).bfloat16()
    return held


PAIRS = {
    "itself": KnownPair(model, model, "identical", "all 21 tensors have the same bits"),
    "other names": KnownPair(model, _of(renamed), "same-weights", "under other names"),
    "a prefix": KnownPair(model, _of(prefixed), "same-weights", "under other names"),
    "a wrapper": KnownPair(_of(wrapped), model, "same-weights", "under other names"),
    "two shards": KnownPair(model, model, "same-weights", "another division into files", shards=2),
    "cast up": KnownPair(
        model, lambda: as_float(model(), torch.float32), "same-weights", "under another dtype"
    ),
    "cast down": KnownPair(_float32, lambda: as_float(_float32(), torch.bfloat16), "rounded", "bfloat16"),
    "a half's copy in float32": KnownPair(
        lambda: as_float(_float32(), torch.float16), _float32, "rounded", "rounded to float16"
    ),
    "two halves": KnownPair(
        lambda: as_float(_float32(), torch.float16),
        lambda: as_float(as_float(_float32(), torch.float16), torch.bfloat16),
        "rounded",
        "rounded to bfloat16",
    ),
    "more tokens": KnownPair(model, _of(resized), "resized", "8 rows more in 2 tensors"),
    "fewer tokens": KnownPair(_of(resized), model, "resized", "8 rows fewer in 2 tensors"),
    "untied": KnownPair(_of(tied), lambda: untied(tied(model())), "same-weights", "another tie"),
    "tied": KnownPair(lambda: untied(tied(model())), _of(tied), "same-weights", "another tie"),
    "transposed": KnownPair(model, _of(transposed), "same-weights", "transposed"),
    "packed": KnownPair(model, _of(packed), "same-weights", "another packing"),
    "split": KnownPair(_of(packed), model, "same-weights", "another packing"),
    "packed Conv1D": KnownPair(
        model,
        lambda: {n: W.T.contiguous() if "qkv" in n else W for n, W in packed(model()).items()},
        "same-weights",
        "packing",
    ),
    "fused experts": KnownPair(experts, lambda: fused(experts()), "same-weights", "another packing"),
    "split experts": KnownPair(lambda: fused(experts()), experts, "same-weights", "another packing"),
    **{
        f"LoRA of rank {rank}": KnownPair(model, _merged(rank), "lora", f"merged LoRA of rank {rank} on 14")
        for rank in (1, 4, 16, 32)
    },
    "LoRA of rank 64": KnownPair(
        _broad, lambda: merged(_broad(), 64), "lora", "a merged LoRA of rank 64 on 2 modules"
    ),
    "LoRA with a falling spectrum": KnownPair(
        lambda: as_float(_broad(), torch.bfloat16), _falling, "lora", "on 2 modules"
    ),
    "faint LoRA": KnownPair(model, _merged(4, 0.004), "lora", "rank 4 on 14 modules"),
    "LoRA in float32": KnownPair(
        _float32, lambda: merged(_float32(), 8, 0.01), "lora", "rank 8 on 14 modules"
    ),
    "two LoRAs": KnownPair(
        lambda: merged(model(), 8), lambda: merged(model(), 12, seed=9), "lora", "rank 20 on 14 modules"
    ),
    "LoRA and other names": KnownPair(
        model, lambda: renamed(merged(model(), 8)), "lora", "rank 8 on 14 modules (‖ΔW‖/‖W‖ 2 %); names"
    ),
    "LoRA and a head": KnownPair(
        model, lambda: changed_head(merged(model(), 8)), "lora", "and 1 tensor changed otherwise"
    ),
    "DoRA": KnownPair(model, lambda: merged_dora(model(), 4), "dora", "merged DoRA of rank 4 on 14 modules"),
    "full fine-tune": KnownPair(model, _of(tuned), "full", "a full fine-tune (‖ΔW‖/‖W‖ 2 %"),
    "small fine-tune": KnownPair(model, lambda: tuned(model(), 0.003), "full", "a full fine-tune"),
    "step of RL": KnownPair(model, _of(stepped), "sparse", "a sparse update: 2 % of the elements"),
    "another head": KnownPair(model, _of(changed_head), "full", "a fine-tune of 1 of 21 tensors"),
    "token rows": KnownPair(model, _of(token_rows), "sparse", "of 1 tensor"),
    "8 bits": KnownPair(_wide, lambda: in_8_bits(_wide()), "quantised", "a quantised copy"),
    "float8": KnownPair(model, _of(in_float8), "quantised", "a quantised copy"),
    "a NaN": KnownPair(model, _of(with_nan), "sparse", "1 number of the other side is not finite"),
    "a layer less": KnownPair(model, _of(without_layer), "partial", "9 tensors are gone"),
    "another model": KnownPair(model, lambda: model(seed=8), "unrelated", "nothing in common"),
    "another architecture": KnownPair(
        model,
        lambda: {f"x{i}": torch.randn(30 + i, 50) for i in range(12)},
        "unrelated",
        "nothing in common",
    ),
}

"""Write a seeded Llama pair in bfloat16, OUT/base and OUT/tuned, to time `extract` and its peers on.

    python benchmarks/make_pair.py OUT [--hidden 2048] [--layers 16] [--intermediate 5632] [--vocab
    8192] [--seed 0]

Every linear weight of the base is W = 0.02 · diag(row) · G · diag(column), with G standard normal
and log-normal scales, rounded to bfloat16; the tuned one is bfloat16(W + D), where

    D ∝ Σᵢ i^-1/2 · uᵢ vᵢᵀ   over half the smaller side (1024 terms at most),   ‖D‖ = 0.01 · ‖W‖ (Frobenius)

Gaussian uᵢ, vᵢ are near enough to orthogonal, so σᵢ falls about as i^-1/2: slower than a
fine-tune's, which makes the factorisation no easier than in life. Norms change slightly. Embedding
and head do not change, and the vocabulary is small, so that the pair weighs what its layers weigh
(0.86 B parameters by default).

One tensor at a time is held, and written into shards as `save_pretrained` would lay them.
`--seed-repeat N` gives layer i the bytes of layer i mod N by copying them, to write a deep pair
quickly. The same arguments give the same bytes on one machine and number of threads. No tokenizer
is written: none of the peers timed on the pair asks for one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import struct
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import torch

Shape = tuple[int, ...]

WEIGHT_STD = 0.02
SCALE_SPREAD = 0.3  # standard deviation of the logarithm of a row's or a column's scale
DELTA_SHARE = 0.01  # ‖D‖ / ‖W‖
MAX_TERMS = 1024
NORM_CHANGE = 0.01  # bfloat16 steps by 0.004-0.008 around 1
BYTES_PER_ELEMENT = 2
UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9}


@dataclass(frozen=True)
class Place:
    """Where a tensor's bytes lie."""

    file: Path
    offset: int
    nbytes: int


def config_of(arguments: argparse.Namespace) -> dict[str, object]:
    """Write down the model as its config.json does."""
    return {
        "model_type": "llama",
        "architectures": ["LlamaForCausalLM"],
        "dtype": "bfloat16",
        "hidden_size": arguments.hidden,
        "intermediate_size": arguments.intermediate,
        "num_hidden_layers": arguments.layers,
        "num_attention_heads": arguments.heads,
        "num_key_value_heads": arguments.kv_heads or arguments.heads,
        "vocab_size": arguments.vocab,
        "max_position_embeddings": 2048,
        "rms_norm_eps": 1e-5,
        "tie_word_embeddings": False,
        "bos_token_id": 1,
        "eos_token_id": 2,
    }


def shapes(arguments: argparse.Namespace) -> Iterator[tuple[str, Shape]]:
    """Name every parameter in the model's order."""
    width, inner = arguments.hidden, arguments.intermediate
    key_width = width // arguments.heads * (arguments.kv_heads or arguments.heads)
    yield "model.embed_tokens.weight", (arguments.vocab, width)
    for index in range(arguments.layers):
        layer = f"model.layers.{index}"
        yield f"{layer}.self_attn.q_proj.weight", (width, width)
        yield f"{layer}.self_attn.k_proj.weight", (key_width, width)
        yield f"{layer}.self_attn.v_proj.weight", (key_width, width)
        yield f"{layer}.self_attn.o_proj.weight", (width, width)
        yield f"{layer}.mlp.gate_proj.weight", (inner, width)
        yield f"{layer}.mlp.up_proj.weight", (inner, width)
        yield f"{layer}.mlp.down_proj.weight", (width, inner)
        yield f"{layer}.input_layernorm.weight", (width,)
        yield f"{layer}.post_attention_layernorm.weight", (width,)
    yield "model.norm.weight", (width,)
    yield "lm_head.weight", (arguments.vocab, width)


# Values


def generator(key: str) -> torch.Generator:
    """Seed a generator by a tensor's name alone, so that order and selection change nothing."""
    return torch.Generator().manual_seed(int.from_bytes(hashlib.sha256(key.encode()).digest()[:7], "little"))


def base_weight(shape: Shape, random: torch.Generator) -> torch.Tensor:
    """Draw W in bfloat16."""
    weight = torch.randn(shape, generator=random).mul_(WEIGHT_STD)
    for scale_shape in ((shape[0], 1), (1, shape[1])):
        weight *= torch.exp(SCALE_SPREAD * torch.randn(scale_shape, generator=random))
    return weight.bfloat16()


def tuned_weight(weight: torch.Tensor, random: torch.Generator) -> torch.Tensor:
    """Add D to a weight, in float32, and round once."""
    rows, columns = weight.shape
    terms = min(MAX_TERMS, min(rows, columns) // 2)
    U = torch.randn(rows, terms, generator=random) * torch.arange(1, terms + 1) ** -0.5
    D = U @ torch.randn(terms, columns, generator=random)
    wide = weight.float()
    D *= DELTA_SHARE * torch.linalg.vector_norm(wide) / torch.linalg.vector_norm(D)
    return D.add_(wide).bfloat16()


def pair(name: str, shape: Shape, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return a parameter of the base and of the tuned model."""
    random = generator(f"{seed}/{name}")
    if len(shape) == 1:
        norm = 1 + 0.1 * torch.randn(shape, generator=random)
        return norm.bfloat16(), (norm + NORM_CHANGE * torch.randn(shape, generator=random)).bfloat16()
    base = base_weight(shape, random)
    unchanged = name in ("model.embed_tokens.weight", "lm_head.weight")
    return base, base if unchanged else tuned_weight(base, random)


# Files


def nbytes(shape: Shape) -> int:
    """Count a bfloat16 tensor's bytes."""
    return torch.Size(shape).numel() * BYTES_PER_ELEMENT


def shards(parameters: dict[str, Shape], max_shard_bytes: int) -> list[list[str]]:
    """Fill shards in order, each up to the limit or with a single larger tensor."""
    filled: list[list[str]] = [[]]
    room = max_shard_bytes
    for name, shape in parameters.items():
        if filled[-1] and nbytes(shape) > room:
            filled.append([])
            room = max_shard_bytes
        filled[-1].append(name)
        room -= nbytes(shape)
    return filled


def places(parameters: dict[str, Shape], folder: Path, max_shard_bytes: int) -> dict[str, Place]:
    """Lay every tensor out in its shard, behind the shard's header."""
    split = shards(parameters, max_shard_bytes)
    laid = {}
    for index, names in enumerate(split, start=1):
        numbered = f"model-{index:05}-of-{len(split):05}.safetensors"
        file = folder / (numbered if len(split) > 1 else "model.safetensors")
        offset = len(header({name: parameters[name] for name in names}))
        for name in names:
            laid[name] = Place(file, offset, nbytes(parameters[name]))
            offset += laid[name].nbytes
    return laid


def header(parameters: dict[str, Shape]) -> bytes:
    """Build a safetensors header: its length in 8 bytes, then JSON, padded so that the data is aligned."""
    entries: dict[str, object] = {"__metadata__": {"format": "pt"}}
    offset = 0
    for name, shape in parameters.items():
        end = offset + nbytes(shape)
        entries[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(entries, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text


def write_json(file: Path, value: object) -> None:
    """Write indented JSON."""
    file.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def write_sides(folder: Path, config: dict[str, object], laid: dict[str, Place]) -> None:
    """Write config.json, and the index where there are several shards."""
    write_json(folder / "config.json", config)
    if len({place.file for place in laid.values()}) > 1:
        total = sum(place.nbytes for place in laid.values())
        weight_map = {name: laid[name].file.name for name in sorted(laid)}
        index = {"metadata": {"total_size": total}, "weight_map": weight_map}
        write_json(folder / "model.safetensors.index.json", index)


def raw(tensor: torch.Tensor) -> memoryview:
    """View a bfloat16 tensor's bytes."""
    return tensor.view(torch.int16).numpy().data.cast("B")


def read(place: Place) -> bytes:
    """Read a tensor's bytes back."""
    with place.file.open("rb") as file:
        file.seek(place.offset)
        return file.read(place.nbytes)


def source_name(name: str, repeat: int) -> str:
    """Name the tensor whose bytes this one has: the same one in layer (index mod repeat)."""
    if not repeat:
        return name
    return re.sub(r"(?<=layers\.)\d+", lambda match: str(int(match[0]) % repeat), name)


def contents(
    name: str, shape: Shape, layouts: list[dict[str, Place]], arguments: argparse.Namespace
) -> list[memoryview]:
    """A parameter's bytes in both checkpoints: drawn, or copied from the layer it repeats."""
    source = source_name(name, arguments.seed_repeat)
    if source != name:
        return [memoryview(read(laid[source])) for laid in layouts]
    return [raw(tensor) for tensor in pair(name, shape, arguments.seed)]


def write_pair(out: Path, parameters: dict[str, Shape], arguments: argparse.Namespace) -> None:
    """Write both checkpoints side by side, tensor by tensor."""
    folders = [out / "base", out / "tuned"]
    layouts = [places(parameters, folder, arguments.max_shard_size) for folder in folders]
    for folder, laid in zip(folders, layouts, strict=True):
        folder.mkdir(parents=True, exist_ok=True)
        write_sides(folder, config_of(arguments), laid)
    for names in shards(parameters, arguments.max_shard_size):
        start = header({name: parameters[name] for name in names})
        with ExitStack() as stack:
            # Unbuffered, so that a tensor repeated within its own shard can be read back at once.
            files = [stack.enter_context(laid[names[0]].file.open("wb", buffering=0)) for laid in layouts]
            for file in files:
                write_all(file, memoryview(start))
            for name in names:
                both = contents(name, parameters[name], layouts, arguments)
                for file, content in zip(files, both, strict=True):
                    write_all(file, content)


def write_all(file: BinaryIO, content: memoryview) -> None:
    """Write all of `content`: an unbuffered write may stop short, and does at 2 GiB."""
    while content:
        content = content[file.write(content) :]


def byte_size(text: str) -> int:
    """Read a size such as 1GB or 500MB (powers of ten), or plain bytes."""
    unit = text[-2:].upper()
    return int(float(text[:-2]) * UNITS[unit]) if unit in UNITS else int(text)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, help="folder for base/ and tuned/")
    parser.add_argument("--hidden", type=int, default=2048)
    parser.add_argument("--layers", type=int, default=16)
    parser.add_argument("--intermediate", type=int, default=5632)
    parser.add_argument("--vocab", type=int, default=8192)
    parser.add_argument("--heads", type=int, default=16)
    parser.add_argument("--kv-heads", type=int, default=0, help="0: as many as heads")
    parser.add_argument("--max-shard-size", type=byte_size, default=byte_size("1GB"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seed-repeat", type=int, default=0, help="layers that differ; 0: all")
    return parser.parse_args()


def main() -> None:
    """Write the pair and say what was written."""
    arguments = parse_arguments()
    parameters = dict(shapes(arguments))
    started = time.perf_counter()
    write_pair(arguments.out, parameters, arguments)
    elements = sum(nbytes(shape) for shape in parameters.values()) // BYTES_PER_ELEMENT
    files = len(shards(parameters, arguments.max_shard_size))
    print(
        f"2 x {elements / 1e9:.3f} B parameters, {2 * elements * BYTES_PER_ELEMENT / 1e9:.2f} GB, "
        f"{files} shards each, in {time.perf_counter() - started:.1f} s -> {arguments.out}"
    )


if __name__ == "__main__":
    main()

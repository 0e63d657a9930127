"""Write the seeded inputs of `memory.py`: bases, fine-tunes and adapters of 0.1 to 1.5 GB, of many shapes."""

from __future__ import annotations

import json
import subprocess
import sys
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

PREFIX = "base_model.model."
# More numbers than this repeat themselves: drawing them all takes longer than the verbs do.
DRAWN = 1 << 23
Shapes = Mapping[str, tuple[int, ...]]


def drawn(name: str, shape: Sequence[int], dtype: torch.dtype = torch.bfloat16, size: float = 0.02) -> Tensor:
    """Return normal numbers that depend on the name alone."""
    count = torch.Size(shape).numel()
    random = torch.Generator().manual_seed(zlib.crc32(name.encode()))
    numbers = torch.randn(min(count, DRAWN), generator=random).mul_(size).to(dtype)
    return numbers.repeat(-(-count // DRAWN))[:count].reshape(*shape)


def llama(hidden: int, layers: int) -> dict[str, tuple[int, int]]:
    """The linear layers of a Llama by their paths, with their shapes."""
    wide = hidden * 11 // 4
    attention = {f"self_attn.{each}_proj": (hidden, hidden) for each in "qkvo"}
    mlp = {"mlp.gate_proj": (wide, hidden), "mlp.up_proj": (wide, hidden), "mlp.down_proj": (hidden, wide)}
    return {
        f"model.layers.{layer}.{name}": shape
        for layer in range(layers)
        for name, shape in {**attention, **mlp}.items()
    }


def save_model(folder: Path, tensors: Mapping[str, Tensor], shards: int = 1, **config: object) -> None:
    """Write a folder of one file, or of shards with an index."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"model_type": "unknown", **config}))
    if shards == 1:
        save_file(dict(tensors), folder / "model.safetensors", {"format": "pt"})
        return
    places = {name: f"model-{1 + i % shards:05}-of-{shards:05}.safetensors" for i, name in enumerate(tensors)}
    for file in sorted(set(places.values())):
        held = {name: tensor for name, tensor in tensors.items() if places[name] == file}
        save_file(held, folder / file, {"format": "pt"})
    index = {"metadata": {}, "weight_map": places}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def weights(shapes: Shapes, dtype: torch.dtype = torch.bfloat16) -> dict[str, Tensor]:
    """A weight for each module."""
    return {f"{path}.weight": drawn(path, shape, dtype) for path, shape in shapes.items()}


def tuned(base: Mapping[str, Tensor], rank: int, noise: float = 0.0) -> dict[str, Tensor]:
    """Add a product of some rank to every matrix, and noise to make the spectrum flat."""
    changed = {}
    for name, weight in base.items():
        out, width = weight.shape
        left, right = drawn(f"{name}/B", (out, rank), torch.float32), drawn(f"{name}/A", (rank, width))
        change = left @ right.float()
        if noise:
            change += drawn(f"{name}/noise", weight.shape, torch.float32, noise)
        changed[name] = change.add_(weight).to(weight.dtype)
    return changed


def lora(
    folder: Path,
    shapes: Shapes,
    rank: int,
    dtype: torch.dtype = torch.float32,
    more: Mapping[str, Tensor] | None = None,
    seed: str = "",
    **config: object,
) -> Path:
    """Write a LoRA of PEFT's for modules of these shapes (out, in); return its folder."""
    tensors = {f"{PREFIX}{name}": tensor for name, tensor in (more or {}).items()}
    for path, (out, width) in shapes.items():
        tensors[f"{PREFIX}{path}.lora_A.weight"] = drawn(f"{path}/A{seed}", (rank, width), dtype)
        tensors[f"{PREFIX}{path}.lora_B.weight"] = drawn(f"{path}/B{seed}", (out, rank), dtype)
    targets = sorted({path.rpartition(".")[2] for path in shapes})
    save_adapter(folder, tensors, {"r": rank, "lora_alpha": rank, "target_modules": targets, **config})
    return folder


def save_adapter(folder: Path, tensors: Mapping[str, Tensor], config: Mapping[str, object]) -> None:
    """Write a folder as PEFT does."""
    folder.mkdir(parents=True)
    save_file(dict(tensors), folder / "adapter_model.safetensors", {"format": "pt"})
    text = json.dumps({"peft_type": "LORA", "bias": "none", **config})
    (folder / "adapter_config.json").write_text(text)


def loha(folder: Path, shapes: Shapes, rank: int) -> Path:
    """Write a LoHa of PEFT's; return its folder."""
    tensors = {}
    for path, (out, width) in shapes.items():
        for side in (1, 2):
            tensors[f"{PREFIX}{path}.hada_w{side}_a"] = drawn(
                f"{path}/{side}a", (out, rank), torch.float32, 0.3
            )
            tensors[f"{PREFIX}{path}.hada_w{side}_b"] = drawn(f"{path}/{side}b", (rank, width), torch.float32)
    targets = sorted({path.rpartition(".")[2] for path in shapes})
    save_adapter(folder, tensors, {"peft_type": "LOHA", "r": rank, "alpha": rank, "target_modules": targets})
    return folder


def pipeline(folder: Path, parts: Mapping[str, Mapping[str, Tensor]]) -> None:
    """Write a pipeline of diffusers of these models, without tokenizers."""
    classes = {"transformer": ["diffusers", "FluxTransformer2DModel"]}
    classes["text_encoder"] = ["transformers", "CLIPTextModel"]
    folder.mkdir(parents=True)
    for part, tensors in parts.items():
        (folder / part).mkdir()
        (folder / part / "config.json").write_text(json.dumps({"_class_name": classes[part][1]}))
        file = "model.safetensors" if part.startswith("text") else "diffusion_pytorch_model.safetensors"
        save_file(dict(tensors), folder / part / file, {"format": "pt"})
    index = {"_class_name": "FluxPipeline", **{part: classes[part] for part in parts}}
    (folder / "model_index.json").write_text(json.dumps(index))


def flux(double: int, width: int) -> dict[str, tuple[int, int]]:
    """The attention and the MLPs of Flux's double blocks, by diffusers' names."""
    found = {}
    for block in range(double):
        path = f"transformer_blocks.{block}"
        found |= {f"{path}.attn.{name}": (width, width) for name in ("to_q", "to_k", "to_v", "to_out.0")}
        found |= {f"{path}.ff.net.0.proj": (4 * width, width), f"{path}.ff.net.2": (width, 4 * width)}
    return found


def done(*words: object) -> None:
    """Run a verb whose output is an input."""
    command = [sys.executable, "-m", "lorasurgery", *map(str, words)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

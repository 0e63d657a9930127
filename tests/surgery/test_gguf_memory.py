"""A merge into a large GGUF file holds blocks of rows, however large it is, and no more than announced."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from support import peak_memory
from support.gguf_adapters import gguf

HIDDEN, INNER, LAYERS = 2048, 16384, 2
MATRICES = {"ffn_gate": (INNER, HIDDEN), "ffn_up": (INNER, HIDDEN), "ffn_down": (HIDDEN, INNER)}
MODULES = {"ffn_gate": "gate_proj", "ffn_up": "up_proj", "ffn_down": "down_proj"}


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file whose matrices take 800 MB in float32, and an adapter for them."""
    folder, rng = tmp_path_factory.mktemp("large"), np.random.default_rng(0)
    writer = gguf.GGUFWriter(folder / "base.gguf", "llama")
    settings = {"block_count": LAYERS, "embedding_length": HIDDEN, "feed_forward_length": INNER}
    for key, value in (settings | {"attention.head_count": 16, "attention.head_count_kv": 16}).items():
        writer.add_uint32(f"llama.{key}", value)
    blocks: dict[str, Any] = {}
    for name, (rows, columns) in MATRICES.items():
        raw = rng.integers(0, 256, (rows, columns // 32, 34), dtype=np.uint8)
        raw[..., 0:2] = np.array([3e-4], np.float16).view(np.uint8)
        blocks[name] = raw.reshape(rows, -1)
    kind = gguf.GGMLQuantizationType.Q8_0
    for name in ("token_embd", "output"):
        writer.add_tensor(f"{name}.weight", blocks["ffn_gate"][:64], raw_dtype=kind)
    norm, factors = np.ones(HIDDEN, np.float32), {}
    writer.add_tensor("output_norm.weight", norm)
    for layer in range(LAYERS):
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            writer.add_tensor(f"blk.{layer}.{name}.weight", blocks["ffn_gate"][:HIDDEN], raw_dtype=kind)
        for name in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{layer}.{name}.weight", norm)
        for name, raw in blocks.items():
            writer.add_tensor(f"blk.{layer}.{name}.weight", raw, raw_dtype=kind)
            path = f"base_model.model.model.layers.{layer}.mlp.{MODULES[name]}"
            rows, columns = MATRICES[name]
            factors[f"{path}.lora_A.weight"] = 0.01 * torch.randn(4, columns)
            factors[f"{path}.lora_B.weight"] = 0.01 * torch.randn(rows, 4)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    (folder / "adapter").mkdir()
    save_file(factors, folder / "adapter" / "adapter_model.safetensors")
    config = {"peft_type": "LORA", "r": 4, "lora_alpha": 4, "target_modules": [*MODULES.values()]}
    (folder / "adapter" / "adapter_config.json").write_text(json.dumps(config))
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("more", [(), ("--requantise",)], ids=["float16", "requantised"])
def test_a_merge_holds_blocks_of_rows(large: Path, more: tuple[str, ...], tmp_path: Path) -> None:
    command = ("merge", large / "base.gguf", large / "adapter", "-o", tmp_path / "out.gguf", *more)
    announced, _ = peak_memory.run(*command, "--dry-run")
    _, peak = peak_memory.run(*command)
    assert peak < 600e6  # of which 300 MB are the libraries
    assert peak < announced["peak_nbytes"]
    _, peak = peak_memory.run("unmerge", tmp_path / "out.gguf", "-o", tmp_path / "again.gguf")
    assert peak < 600e6
    assert (tmp_path / "again.gguf").read_bytes() == (large / "base.gguf").read_bytes()

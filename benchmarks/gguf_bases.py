"""GGUF bases: how fast blocks become numbers, and what a merge into a file of 7B's shape takes.

    python benchmarks/gguf_bases.py                          dequantising, beside the package gguf
    python benchmarks/gguf_bases.py --merge FOLDER [--layers 32] [--requantise]

The second one makes a Q4_K file of Llama 2 7B's shape in FOLDER (4 GB at 32 layers: one layer of
seeded normal numbers, quantised once by the package's own layout and repeated), a rank-16 adapter
for all of its linear layers, and merges it by the command line in a process of its own: seconds,
and peak resident memory.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import gguf
import numpy as np

from lorasurgery.cli.memory import keep_freed_blocks
from lorasurgery.quantisation import dequantised

KINDS = ("Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "MXFP4", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K")
# As many as a verb reads at once, and how often.
NUMBERS, REPEATS = 1 << 20, 4
HIDDEN, INNER, VOCABULARY, RANK = 4096, 11008, 32000, 16
LAYER = {
    "attn_q": (HIDDEN, HIDDEN, "self_attn.q_proj"),
    "attn_k": (HIDDEN, HIDDEN, "self_attn.k_proj"),
    "attn_v": (HIDDEN, HIDDEN, "self_attn.v_proj"),
    "attn_output": (HIDDEN, HIDDEN, "self_attn.o_proj"),
    "ffn_gate": (INNER, HIDDEN, "mlp.gate_proj"),
    "ffn_up": (INNER, HIDDEN, "mlp.up_proj"),
    "ffn_down": (HIDDEN, INNER, "mlp.down_proj"),
}


def dequantising() -> list[dict[str, Any]]:
    """GB of float32 that each type gives in a second of one core's time, beside the package gguf."""
    keep_freed_blocks()
    rng, rows = np.random.default_rng(0), []
    for name in KINDS:
        kind = gguf.GGMLQuantizationType[name]
        size, nbytes = gguf.GGML_QUANT_SIZES[kind]
        blocks = rng.integers(0, 120, (NUMBERS // size, nbytes), dtype=np.uint8)
        speed = {
            whose: REPEATS * NUMBERS * 4e-9 / min(_cpu_seconds(work, blocks, kind) for _ in range(5))
            for whose, work in (("ours", _ours), ("gguf", gguf.dequantize))
        }
        rows.append({"type": name, **{f"{whose}, GB/s": round(each, 3) for whose, each in speed.items()}})
    return rows


def _ours(blocks: Any, kind: Any) -> Any:
    return dequantised(blocks.reshape(-1), kind)


def _cpu_seconds(work: Any, blocks: Any, kind: Any) -> float:
    start = time.process_time()
    with np.errstate(all="ignore"):
        for _ in range(REPEATS):
            work(blocks, kind)
    return time.process_time() - start


def seeded_blocks(rows: int, columns: int, rng: np.random.Generator) -> Any:
    """Q4_K blocks whose numbers are spread like a weight's: random codes, one scale and one minimum."""
    raw = rng.integers(0, 256, (rows, columns // 256, 144), dtype=np.uint8)
    raw[..., 0:2] = np.array([2e-4], np.float16).view(np.uint8)
    raw[..., 2:4] = np.array([1.5e-3], np.float16).view(np.uint8)
    raw[..., 4:8], raw[..., 8:12], raw[..., 12:16] = 40, 40, 0xAA
    return raw.reshape(rows, -1)


def make_base(path: Path, layers: int) -> None:
    """Write a Q4_K file of Llama 2 7B's shape, tensor after tensor."""
    rng, kind = np.random.default_rng(0), gguf.GGMLQuantizationType.Q4_K
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(layers)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(32)
    writer.add_head_count_kv(32)
    writer.add_context_length(4096)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_K_M)
    of_layer = {name: seeded_blocks(*shape[:2], rng) for name, shape in LAYER.items()}
    norm = np.ones(HIDDEN, np.float32)
    for name in ("token_embd", "output"):
        writer.add_tensor(f"{name}.weight", seeded_blocks(VOCABULARY, HIDDEN, rng), raw_dtype=kind)
    writer.add_tensor("output_norm.weight", norm)
    for layer in range(layers):
        for name, raw in of_layer.items():
            writer.add_tensor(f"blk.{layer}.{name}.weight", raw, raw_dtype=kind)
        for name in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{layer}.{name}.weight", norm)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def make_adapter(folder: Path, layers: int) -> None:
    """Write a rank-16 adapter of PEFT's for all linear layers, ‖ΔW‖ about 1 % of ‖W‖."""
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(0)
    tensors = {}
    for layer in range(layers):
        for rows, columns, module in LAYER.values():
            path = f"base_model.model.model.layers.{layer}.{module}"
            tensors[f"{path}.lora_A.weight"] = torch.randn(RANK, columns) * 0.01
            tensors[f"{path}.lora_B.weight"] = torch.randn(rows, RANK) * 0.01
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / "adapter_model.safetensors")
    targets = [module.rpartition(".")[2] for *_, module in LAYER.values()]
    config = {"peft_type": "LORA", "r": RANK, "lora_alpha": RANK, "target_modules": targets}
    (folder / "adapter_config.json").write_text(json.dumps(config))


def merging(folder: Path, layers: int, *, requantise: bool) -> dict[str, Any]:
    """Merge in a process of its own; seconds of all cores' time, and peak memory."""
    base, adapter = folder / f"base-{layers}.gguf", folder / f"adapter-{layers}"
    if not base.exists():
        folder.mkdir(parents=True, exist_ok=True)
        make_base(base, layers)
        make_adapter(adapter, layers)
    command = [sys.executable, "-m", "lorasurgery", "merge", str(base), str(adapter), "--force"]
    command += ["-o", str(folder / "merged.gguf"), *(["--requantise"] if requantise else [])]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "layers": layers,
        "requantise": requantise,
        "CPU seconds": round(used.ru_utime + used.ru_stime, 1),
        "peak GB": round(used.ru_maxrss * 1024 / 1e9, 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--merge", type=Path)
    parser.add_argument("--layers", type=int, default=32)
    parser.add_argument("--requantise", action="store_true")
    given = parser.parse_args()
    if given.merge is None:
        for row in dequantising():
            print(json.dumps(row))
    else:
        print(json.dumps(merging(given.merge, given.layers, requantise=given.requantise)))


if __name__ == "__main__":
    main()

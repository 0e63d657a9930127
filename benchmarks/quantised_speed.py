"""How long a merge takes that keeps the base quantised, beside the plain merge of the same base in 16 bits.

    python benchmarks/quantised_speed.py [--hidden 2048] [--layers 4] [--rounds 3] [--record]

The bases are Llama-shaped, of random codes and scales in each format's own layout; the plain one has
random bfloat16 weights. The adapter has rank 16 on all linear layers. Each merge is a whole command;
commands alternate, and the first round, in which kernels are compiled, does not count. The ratio is
of CPU-seconds, which a busy machine changes least, and of wall time.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from memory_inputs import llama
from record import keep
from safetensors.torch import save_file
from torch import Tensor

Tensors = dict[str, Tensor]


def bfloat16(out: int, columns: int) -> Tensors:
    return {"weight": torch.randn(out, columns).mul_(0.02).bfloat16()}


def int4(out: int, columns: int) -> Tensors:
    return {
        "weight_packed": torch.randint(-(2**31), 2**31, (out, columns // 8), dtype=torch.int32),
        "weight_scale": torch.rand(out, columns // 128).add_(0.5).mul_(0.003).bfloat16(),
        "weight_shape": torch.tensor([out, columns]),
    }


def nvfp4(out: int, columns: int) -> Tensors:
    return {
        "weight_packed": torch.randint(0, 256, (out, columns // 2), dtype=torch.uint8),
        "weight_scale": torch.rand(out, columns // 16).add_(0.5).to(torch.float8_e4m3fn),
        "weight_global_scale": torch.tensor([200.0]),
    }


def mxfp4(out: int, columns: int) -> Tensors:
    return {
        "weight_packed": torch.randint(0, 256, (out, columns // 2), dtype=torch.uint8),
        "weight_scale": torch.randint(118, 121, (out, columns // 32), dtype=torch.uint8),
    }


def nf4(out: int, columns: int) -> Tensors:
    from grids import NF4

    state = {"quant_type": "nf4", "blocksize": 64, "dtype": "bfloat16", "shape": [out, columns]}
    return {
        "weight": torch.randint(0, 256, (out * columns // 2, 1), dtype=torch.uint8),
        "weight.absmax": torch.rand(out * columns // 64).add_(0.5).mul_(0.05),
        "weight.quant_map": torch.tensor(NF4),
        "weight.quant_state.bitsandbytes__nf4": torch.tensor(
            [*json.dumps(state).encode()], dtype=torch.uint8
        ),
    }


def as_bytes(text: str) -> Tensor:
    return torch.tensor([*text.encode()], dtype=torch.uint8)


def float8(out: int, columns: int) -> Tensors:
    return {
        "weight": torch.randn(out, columns).mul_(60).to(torch.float8_e4m3fn),
        "weight_scale_inv": torch.rand(-(-out // 128), -(-columns // 128)).add_(0.5).mul_(0.0003),
    }


PACKED = {"quant_method": "compressed-tensors"}
BASES: dict[str, tuple[Callable[[int, int], Tensors], dict[str, object]]] = {
    "16 bits": (bfloat16, {}),
    "int4 g128": (int4, {**PACKED, "format": "pack-quantized"}),
    "NF4": (nf4, {"quant_method": "bitsandbytes", "load_in_4bit": True}),
    "MXFP4": (mxfp4, {**PACKED, "format": "mxfp4-pack-quantized"}),
    "NVFP4": (nvfp4, {**PACKED, "format": "nvfp4-pack-quantized"}),
    "FP8": (float8, {"quant_method": "fp8", "weight_block_size": [128, 128]}),
}


def write(folder: Path, base: str, hidden: int, layers: int) -> None:
    """Write a base in one format."""
    make, settings = BASES[base]
    torch.manual_seed(0)
    folder.mkdir()
    tensors = {
        f"{path}.{name}": tensor
        for path, shape in llama(hidden, layers).items()
        for name, tensor in make(*shape).items()
    }
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    config = {"model_type": "unknown", **({"quantization_config": settings} if settings else {})}
    (folder / "config.json").write_text(json.dumps(config))


def write_adapter(folder: Path, hidden: int, layers: int) -> None:
    folder.mkdir()
    factors = {}
    for path, (out, columns) in llama(hidden, layers).items():
        factors[f"base_model.model.{path}.lora_A.weight"] = torch.randn(16, columns) / columns**0.5
        factors[f"base_model.model.{path}.lora_B.weight"] = torch.randn(out, 16) * 0.001
    save_file(factors, folder / "adapter_model.safetensors", {"format": "pt"})
    settings = {"peft_type": "LORA", "r": 16, "lora_alpha": 16, "target_modules": "all-linear"}
    (folder / "adapter_config.json").write_text(json.dumps(settings))


def timed(base: Path, adapter: Path, out: Path, *options: str) -> tuple[float, float]:
    """Merge, and return wall and CPU seconds."""
    command = [sys.executable, "-m", "lorasurgery", "merge", base, adapter, "-o", out, "--force", *options]
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(list(map(str, command)), check=True, capture_output=True)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hidden", type=int, default=2048)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    costs: dict[str, list[tuple[float, float]]] = {name: [] for name in BASES}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_adapter(folder / "adapter", options.hidden, options.layers)
        for name in BASES:
            write(folder / name, name, options.hidden, options.layers)
        for _ in range(options.rounds + 1):
            for name in BASES:
                again = [] if name == "16 bits" else ["--requantise"]
                costs[name].append(timed(folder / name, folder / "adapter", folder / "out", *again))
    rows = []
    for name, runs in costs.items():
        wall, cpu = (statistics.median(run[i] for run in runs[1:]) for i in (0, 1))
        ratios = [
            statistics.median(
                run[i] / plain[i] for run, plain in zip(runs[1:], costs["16 bits"][1:], strict=True)
            )
            for i in (0, 1)
        ]
        rows.append((name, f"{wall:.2f} s", f"{cpu:.2f} s", f"{ratios[0]:.2f} ×", f"{ratios[1]:.2f} ×"))
        print(" | ".join(rows[-1]))
    if options.record:
        columns = ("base", "wall", "CPU", "wall, beside 16 bits", "CPU, beside 16 bits")
        title = f"merge --requantise of a Llama of {options.layers} layers, hidden {options.hidden}, rank 16"
        command = "python benchmarks/quantised_speed.py --record"
        keep("quantised_speed", "merge", title, command, columns, rows)


if __name__ == "__main__":
    main()

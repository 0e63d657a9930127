"""Pairs of the fixtures, and what is in the adapters that are extracted from them."""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import load_file
from torch import Tensor

from support.paths import FIXTURES

LLAMA = FIXTURES / "llama-base", FIXTURES / "llama-tuned"
BERT = FIXTURES / "bert-base", FIXTURES / "bert-tuned"
GPT2 = FIXTURES / "gpt2-base", FIXTURES / "gpt2-tuned"
MIXTRAL = FIXTURES / "mixtral-base", FIXTURES / "mixtral-tuned"
RESIZED = FIXTURES / "llama-base", FIXTURES / "llama-resized"
PAIRS = {"llama": LLAMA, "bert": BERT, "gpt2": GPT2, "mixtral": MIXTRAL, "resized": RESIZED}
# Sums of squares in float32.
NORM_TOLERANCE = 1e-5
Pair = tuple[Path, Path]


def weights(folder: Path) -> bytes:
    return (folder / "adapter_model.safetensors").read_bytes()


def read(path: Path) -> dict[str, Tensor]:
    files = [path] if path.is_file() else sorted(path.glob("*.safetensors"))
    return {name: tensor for file in files for name, tensor in load_file(file).items()}

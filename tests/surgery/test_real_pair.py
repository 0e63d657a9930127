"""A real base and its full fine-tune: a character GPT as two `.pt` files, without a config.

Needs LORASURGERY_DATA.

Its loss with every linear delta cut to a rank, all else from the base, was measured with a dense
SVD before this program existed.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor

from lorasurgery import extract
from support.slow import slow_but

DATA = os.environ.get("LORASURGERY_DATA")
pytestmark = pytest.mark.skipif(DATA is None, reason="LORASURGERY_DATA is not set")
PAIR = Path(DATA or "") / "pairs" / "chargpt"
BASE, TUNED = PAIR / "pretrained_model.pt", PAIR / "finetuned_model.pt"
LOSS_AT_RANK = {1: 5.191, 2: 4.331, 4: 3.154, 8: 1.871, 16: 0.727, 32: 0.343, 64: 0.287}
Weights = dict[str, Tensor]


def attention(weights: Weights, block: str, x: Tensor) -> Tensor:
    heads = sorted({name.split(".")[4] for name in weights if name.startswith(f"{block}.sa.heads.")})
    mixed = []
    for head in heads:
        query, key, value = (
            x @ weights[f"{block}.sa.heads.{head}.{part}.weight"].T for part in ("query", "key", "value")
        )
        # This model scales by its whole width, not by a head's.
        scores = query @ key.transpose(-1, -2) * x.shape[-1] ** -0.5
        past = weights[f"{block}.sa.heads.{head}.tril"][: x.shape[1], : x.shape[1]]
        mixed.append(scores.masked_fill(past == 0, -torch.inf).softmax(-1) @ value)
    return linear(weights, f"{block}.sa.proj", torch.cat(mixed, dim=-1))


def linear(weights: Weights, name: str, x: Tensor) -> Tensor:
    return F.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"])


def norm(weights: Weights, name: str, x: Tensor) -> Tensor:
    return F.layer_norm(x, x.shape[-1:], weights[f"{name}.weight"], weights[f"{name}.bias"])


def logits(weights: Weights, tokens: Tensor) -> Tensor:
    x = (
        weights["token_embedding_table.weight"][tokens]
        + weights["position_embedding_table.weight"][: tokens.shape[1]]
    )
    for index in sorted({name.split(".")[1] for name in weights if name.startswith("blocks.")}, key=int):
        block = f"blocks.{index}"
        x = x + attention(weights, block, norm(weights, f"{block}.ln1", x))
        hidden = F.relu(linear(weights, f"{block}.ffwd.net.0", norm(weights, f"{block}.ln2", x)))
        x = x + linear(weights, f"{block}.ffwd.net.2", hidden)
    return linear(weights, "lm_head", norm(weights, "ln_f", x))


@torch.no_grad()
def loss(weights: Weights) -> float:
    """On the first 400 × 128 characters of the pair's own questions.

    What the vocabulary lacks reads as a space.
    """
    numbers = json.loads((PAIR / "vocab.json").read_text())["stoi"]
    text = "".join(json.loads((PAIR / "qa_dataset.json").read_text()))[: 400 * 128 + 1]
    tokens = torch.tensor([numbers.get(character, numbers[" "]) for character in text])
    found = logits(weights, tokens[:-1].view(400, 128))
    return float(F.cross_entropy(found.flatten(0, 1), tokens[1:]))


def applied(adapter: Path) -> Weights:
    weights = torch.load(BASE, weights_only=True)
    factors = load_file(adapter / "adapter_model.safetensors")
    for name, A in factors.items():
        if name.endswith(".lora_A.weight"):
            module = name.removeprefix("base_model.model.").removesuffix(".lora_A.weight")
            weights[f"{module}.weight"] += factors[name.replace("lora_A", "lora_B")] @ A
    return weights


def test_the_model_is_understood() -> None:
    assert loss(torch.load(BASE, weights_only=True)) == pytest.approx(6.2449, abs=1e-4)
    assert loss(torch.load(TUNED, weights_only=True)) == pytest.approx(0.2334, abs=1e-4)


@pytest.mark.parametrize(("rank", "expected"), slow_but({(4, 3.154)}, LOSS_AT_RANK.items()))
def test_the_loss_at_each_rank_is_that_of_the_dense_svd(rank: int, expected: float, tmp_path: Path) -> None:
    report = extract(BASE, TUNED, tmp_path / "adapter", rank=rank, rest="drop")
    assert loss(applied(tmp_path / "adapter")) == pytest.approx(expected, abs=1e-3)
    assert {lost.name for lost in report.lost} >= {
        "token_embedding_table.weight",
        "lm_head.bias",
        "ln_f.weight",
    }

"""Every family of tiny models in turn, and a pair with changes of known spectra."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from support.extracted_pairs import (
    Pair,
)
from support.slow import slow_but
from support.tiny_models import FAMILIES, Family


@pytest.fixture(params=slow_but(("llama", "gpt2", "bert", "t5", "mixtral"), FAMILIES))
def family(request: pytest.FixtureRequest) -> Family:
    return FAMILIES[request.param]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """Two files without a config, with matrices large enough for a Krylov subspace.

    A decaying, a flat and a planted change.
    """
    folder = tmp_path_factory.mktemp("made")
    torch.manual_seed(0)
    base = {f"layers.{i}.proj.weight": torch.randn(300 + 40 * i, 360) / 16 for i in range(3)}
    decaying, flat, planted = base.values()
    changes = [
        product(decaying, 1 / torch.arange(1, 301)),
        0.01 * torch.randn_like(flat),
        product(planted, torch.full((12,), 0.5)) + 0.001 * torch.randn_like(planted),
    ]
    tuned = {name: base[name] + change for name, change in zip(base, changes, strict=True)}
    for side, tensors in (("base", base), ("tuned", tuned)):
        save_file(tensors, folder / f"{side}.safetensors")
    return folder / "base.safetensors", folder / "tuned.safetensors"


def product(like: Tensor, strengths: Tensor) -> Tensor:
    """A matrix with these singular values, or nearly."""
    U = torch.linalg.qr(torch.randn(like.shape[0], len(strengths))).Q
    V = torch.linalg.qr(torch.randn(like.shape[1], len(strengths))).Q
    return U * strengths @ V.T

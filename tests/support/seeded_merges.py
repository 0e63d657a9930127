"""Weights before and after a merge, and changes that are no merged LoRA, all of them seeded."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class SeededMerge:
    base: Tensor
    merged: Tensor
    change: Tensor

    def distance(self, change: Tensor) -> float:
        """How far a change is from the true one, relative to that."""
        return float((change.double() - self.change).norm() / self.change.norm())


def lora_merge(
    shape: tuple[int, int],
    rank: int,
    relative: float,
    *,
    seed: int = 0,
    dtype: torch.dtype = torch.bfloat16,
    product: torch.dtype | None = None,
    decay: float = 1.0,
) -> SeededMerge:
    """Merge a LoRA of Gaussian factors.

    Args:
        relative: ‖ΔW‖ / ‖W‖.
        product: the dtype that ΔW is rounded to before it is added, if it is.
        decay: the strength of the last rank beside the first.
    """
    generator = torch.Generator().manual_seed(seed)
    W = (0.02 * torch.randn(shape, generator=generator)).to(dtype)
    B = torch.randn(shape[0], rank, generator=generator, dtype=torch.float64) * decay ** torch.linspace(
        0, 1, rank, dtype=torch.float64
    )
    change = B @ torch.randn(rank, shape[1], generator=generator, dtype=torch.float64)
    change *= relative * W.double().norm() / change.norm()
    added = change if product is None else change.to(product).double()
    return SeededMerge(W, (W.double() + added).to(dtype), change)


def full_change(kind: str, shape: tuple[int, int], relative: float, *, seed: int = 0) -> SeededMerge:
    """Change a weight in another way than a LoRA does: see the cases."""
    generator = torch.Generator().manual_seed(seed)
    X = 0.02 * torch.randn(shape, generator=generator)
    W = X.bfloat16()
    noise = torch.randn(shape, generator=generator)
    match kind:
        case "fine-tune":
            change = noise
        case "steps of Adam":
            change = noise.sign() * torch.randint(0, 4, shape, generator=generator)
        case "falling spectrum":
            U, _, Vh = torch.linalg.svd(noise, full_matrices=False)
            change = (U / torch.arange(1, min(shape) + 1)) @ Vh
        case "sparse":
            change = noise * (torch.rand(shape, generator=generator) < 0.02)
        case "high rank":
            rank = int(0.35 * min(shape))
            change = noise[:, :rank] @ torch.randn(rank, shape[1], generator=generator)
        case "gain of rows":  # as DoRA's
            change = W.float() * torch.randn(shape[0], 1, generator=generator)
        case "rounding":  # the same float32 weights, rounded in two ways
            change = X - W.float() + (torch.rand(shape, generator=generator) - 0.5) * X.abs() / 128
            return SeededMerge(W, (W.double() + change).bfloat16(), change.double())
        case _:
            raise ValueError(kind)
    exact = change.double() * (relative * W.double().norm() / change.double().norm())
    return SeededMerge(W, (W.double() + exact).bfloat16(), exact)


FULL_CHANGES = (
    "fine-tune",
    "steps of Adam",
    "falling spectrum",
    "sparse",
    "high rank",
    "gain of rows",
    "rounding",
)

"""Cross entropy over the words of a vocabulary, where some places do not count."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

# A place that does not count, as transformers and torch have it.
IGNORED = -100


def summed_cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """The sum over all places that count: logits (..., vocabulary), targets (...)."""
    from torch.nn.functional import cross_entropy

    flat = logits.float().reshape(-1, logits.shape[-1])
    return cross_entropy(flat, targets.reshape(-1), ignore_index=IGNORED, reduction="sum")


def filled(rows: Sequence[Sequence[int]], width: int) -> Tensor:
    """Targets as (examples, width), filled up with places that do not count."""
    import torch

    return torch.tensor([[*row, *[IGNORED] * (width - len(row))] for row in rows])


def perplexity(mean_loss: float) -> float:
    """exp of the mean loss; infinite where that is too large for a number."""
    return math.exp(mean_loss) if mean_loss < 700 else math.inf

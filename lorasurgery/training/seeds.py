"""Randomness from a seed and a step, so that a resumed run continues exactly as an undisturbed one."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager


def sow(seed: int, step: int, process: int = 0) -> None:
    """Seed torch for one step of one process: dropout then depends on nothing else."""
    import torch

    torch.manual_seed(random.Random(f"{seed} {step} {process}").getrandbits(63))


@contextmanager
def deterministic() -> Iterator[None]:
    """Algorithms that give the same bits every time, where torch has them; and the caller's own
    random numbers left alone.
    """
    import torch

    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    before = (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
    )
    with torch.random.fork_rng():
        torch.use_deterministic_algorithms(True, warn_only=True)
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(before[0], warn_only=before[1])

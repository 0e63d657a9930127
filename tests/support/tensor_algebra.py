"""The algebra on torch's tensors, for tests whose references are torch's: both sides share the memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lorasurgery.linalg import factors, noise, recovery, spacing, svd
from lorasurgery.linalg.streamed import StreamedMatrix
from lorasurgery.stored_array import StoredArray


@dataclass(frozen=True)
class Triplets:
    """`Truncated` with tensors."""

    U: Tensor
    S: Tensor
    V: Tensor
    energy: float
    rank: int
    residual: float
    complete: bool


def truncated_svd(D: Any, rule: Any, **options: Any) -> Triplets:
    found = svd.truncated_svd(array(D), rule, **options)
    return Triplets(*(tensor(getattr(found, each.name)) for each in fields(Triplets)))


def singular_values(D: Tensor) -> Tensor:
    return torch.from_numpy(svd.singular_values(D.numpy()))


def balanced(U: Tensor, S: Tensor, V: Tensor) -> tuple[Tensor, Tensor]:
    A, B = factors.balanced(U.numpy(), S.numpy(), V.numpy())
    return torch.from_numpy(A), torch.from_numpy(B)


def stored_error(
    D: Any, S: Tensor, energy: float, exact: Iterable[Tensor], stored: Iterable[Tensor]
) -> float:
    A, B = (each.numpy() for each in exact)
    first, second = map(StoredArray.of, stored)
    return factors.stored_error(array(D), S.numpy(), energy, (A, B), (first, second))


def residual_energy(D: Tensor, A: Tensor, B: Tensor) -> float:
    return factors.residual_energy(array(D), StoredArray.of(A), StoredArray.of(B))


def noise_edge(tuned: Any, *, seed: int) -> float:
    return noise.noise_edge(_stored(tuned), seed=seed)


def noise_edges(tuned: Any, base: Any, *, seed: int) -> noise.Edges:
    return noise.noise_edges(_stored(tuned), _stored(base), seed=seed)


def spacing_of(stored: Tensor) -> Any:
    return spacing.spacing_of(StoredArray.of(stored))


def recovered(base: Tensor, merged: Tensor, *, seed: int) -> recovery.Recovered | recovery.NotMerged:
    return recovery.recovered(StoredArray.of(base), StoredArray.of(merged), seed=seed)


def streamed_rows(stored: Tensor) -> spacing.StreamedRows:
    """A stored matrix that is read by its rows."""
    return spacing.StreamedRows(
        (stored.shape[0], stored.shape[1]), lambda start, stop: StoredArray.of(stored[start:stop])
    )


def streamed(D: Tensor) -> StreamedMatrix:
    """A matrix that is read by its rows."""
    return StreamedMatrix((D.shape[0], D.shape[1]), lambda start, stop: D[start:stop].clone().numpy())


def in_bfloat16(D: np.ndarray) -> np.ndarray:
    """What rounding a matrix to bfloat16 leaves, in float32: products with it err as theirs do."""
    return torch.from_numpy(D).bfloat16().float().numpy()


def array(D: Any) -> Any:
    return D.numpy() if isinstance(D, Tensor) else D


def tensor(value: Any) -> Any:
    return torch.from_numpy(np.ascontiguousarray(value)) if isinstance(value, np.ndarray) else value


def _stored(side: Any) -> Any:
    if isinstance(side, Tensor):
        return StoredArray.of(side)
    return side if isinstance(side, spacing.StreamedRows | spacing.Steps) else map(StoredArray.of, side)

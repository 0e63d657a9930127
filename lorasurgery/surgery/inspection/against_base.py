"""What a change does to its base weight: its relative size, the noise edge, intruder dimensions.

Intruder dimensions are singular vectors of W + ΔW, of the leading ones, that match none of W's.
Source: Shuttleworth et al., "LoRA vs Full Fine-tuning: An Illusion of Equivalence", 2024, arXiv
2410.21228: |⟨u_j, u'_i⟩| < 0.5 for all j. They describe a fine-tune; that removing them helps is
disputed.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

from lorasurgery.surgery.base.matrix import Matrix, blocks
from lorasurgery.surgery.base.rounding_noise import rounding_energy, sampled_rows
from lorasurgery.surgery.base.weights import BaseWeight
from lorasurgery.surgery.inspection.inspect_report import AgainstBase

if TYPE_CHECKING:
    from torch import Tensor

    from lorasurgery.linalg.factored import Svd

# Leading singular vectors of W + ΔW that are looked at, and the cosine that counts as a match (the
# paper's k and ε).
LOOKED_AT, MATCH = 10, 0.5
# A short side up to this has all its singular vectors compared; of a larger weight the leading
# ones.
ALL_VECTORS, LEADING_VECTORS = 1024, 128


def against(weight: BaseWeight, svd: Svd, seed: int) -> AgainstBase:
    """Hold a change, given by its decomposition, against its weight."""
    import torch

    weight = dataclasses.replace(weight, matrix=weight.matrix.in_memory())
    W = torch.from_numpy(weight.read())
    energy = float((svd.S**2).sum())
    inside = svd.U.T @ W.numpy() @ svd.V
    size, aligned = float((inside**2).sum()) ** 0.5, float((svd.S * inside.diagonal()).sum())
    change = energy**0.5
    return AgainstBase(
        norm=float(torch.linalg.matrix_norm(W)),
        edge=_edge(weight.matrix, seed),
        noise=_noise(weight.matrix, energy),
        intruders=_intruders(W, svd, seed) if energy else 0,
        overlap=aligned / (size * change) if size and change else 0.0,
        ratio=change / size if size else 0.0,
    )


def _edge(matrix: Matrix, seed: int) -> float:
    from lorasurgery.linalg.noise import noise_edge

    return noise_edge((_as_merged(matrix, matrix.read_rows(*block)) for block in blocks(matrix)), seed=seed)


def _as_merged(matrix: Matrix, rows: Tensor) -> Tensor:
    """Rows in the dtype that a merge writes: bfloat16 for what is quantised, else their own."""
    return rows if matrix.quantised is None else rows.bfloat16()


def _noise(matrix: Matrix, energy: float) -> float | None:
    """‖rounding‖_F to expect of W + ΔW in W's dtype, from a sample of the rows."""
    import torch

    from lorasurgery.stored_array import StoredArray

    rows = sampled_rows(matrix.stored_shape[0])
    sample = torch.cat([_as_merged(matrix, matrix.read_rows(row, row + 1)) for row in rows])
    if sample.dtype.itemsize == 8:
        return None
    return math.sqrt(rounding_energy(StoredArray.of(sample), energy, matrix.stored_shape))


def _intruders(W: Tensor, svd: Svd, seed: int) -> int:
    import torch

    from lorasurgery.linalg import rank_rules
    from lorasurgery.linalg.svd import truncated_svd

    merged = W + torch.from_numpy((svd.U * svd.S) @ svd.V.T)
    leading = truncated_svd(merged.float(), rank_rules.fixed(LOOKED_AT), seed=seed).U.double()
    cosines = (_left_vectors(W, seed).T @ leading).abs()
    return int((cosines.amax(dim=0) < MATCH).sum())


def _left_vectors(W: Tensor, seed: int) -> Tensor:
    """W's left singular vectors, (out, k)."""
    import torch

    from lorasurgery.linalg import rank_rules
    from lorasurgery.linalg.svd import truncated_svd

    if min(W.shape) > ALL_VECTORS:
        return truncated_svd(W.float(), rank_rules.fixed(LEADING_VECTORS), seed=seed).U.double()
    if W.shape[0] <= W.shape[1]:
        vectors: Tensor = torch.linalg.eigh(W @ W.T).eigenvectors
        return vectors
    left = W @ torch.linalg.eigh(W.T @ W).eigenvectors
    unit: Tensor = torch.nn.functional.normalize(left, dim=0)
    return unit

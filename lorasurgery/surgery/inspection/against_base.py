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

from lorasurgery.dtypes import Dtype
from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.base.matrix import Matrix, blocks
from lorasurgery.surgery.base.rounding_noise import rounding_energy, sampled_rows
from lorasurgery.surgery.base.weights import BaseWeight
from lorasurgery.surgery.inspection.inspect_report import AgainstBase

if TYPE_CHECKING:
    from numpy import ndarray

    from lorasurgery.linalg.factored import Svd

# Leading singular vectors of W + ΔW that are looked at, and the cosine that counts as a match (the
# paper's k and ε).
LOOKED_AT, MATCH = 10, 0.5
# A short side up to this has all its singular vectors compared; of a larger weight the leading
# ones.
ALL_VECTORS, LEADING_VECTORS = 1024, 128


def against(weight: BaseWeight, svd: Svd, seed: int) -> AgainstBase:
    """Hold a change, given by its decomposition, against its weight."""
    import numpy as np

    weight = dataclasses.replace(weight, matrix=weight.matrix.in_memory())
    W = weight.read()
    energy = float((svd.S**2).sum())
    inside = svd.U.T @ W @ svd.V
    size, aligned = float(np.linalg.norm(inside)), float((svd.S * inside.diagonal()).sum())
    change = energy**0.5
    return AgainstBase(
        norm=float(np.linalg.norm(W)),
        edge=_edge(weight.matrix, seed),
        noise=_noise(weight.matrix, energy),
        intruders=_intruders(W, svd, seed) if energy else 0,
        overlap=aligned / (size * change) if size and change else 0.0,
        ratio=change / size if size else 0.0,
    )


def _edge(matrix: Matrix, seed: int) -> float:
    from lorasurgery.linalg.noise import noise_edge

    return noise_edge((_as_merged(matrix, *block) for block in blocks(matrix)), seed=seed)


def _as_merged(matrix: Matrix, start: int, stop: int) -> StoredArray:
    """Rows in the dtype that a merge writes: bfloat16 for what is quantised, else their own."""
    from lorasurgery.linalg.ordered import rounded

    rows = matrix.raw_rows(start, stop)
    return rows if matrix.quantised is None else rounded(rows.exact(), Dtype.BF16)


def _noise(matrix: Matrix, energy: float) -> float | None:
    """‖rounding‖_F to expect of W + ΔW in W's dtype, from a sample of the rows."""
    import numpy as np

    rows = [_as_merged(matrix, row, row + 1) for row in sampled_rows(matrix.stored_shape[0])]
    sample = StoredArray(np.concatenate([row.bits for row in rows]), rows[0].dtype)
    if sample.dtype.itemsize == 8:
        return None
    return math.sqrt(rounding_energy(sample, energy, matrix.stored_shape))


def _intruders(W: ndarray, svd: Svd, seed: int) -> int:
    import numpy as np

    from lorasurgery.linalg import rank_rules
    from lorasurgery.linalg.svd import truncated_svd

    merged = (W + (svd.U * svd.S) @ svd.V.T).astype(np.float32)
    leading = truncated_svd(merged, rank_rules.fixed(LOOKED_AT), seed=seed).U
    cosines = np.abs(_left_vectors(W, seed).T @ leading)
    return int((cosines.max(axis=0) < MATCH).sum())


def _left_vectors(W: ndarray, seed: int) -> ndarray:
    """W's left singular vectors, (out, k)."""
    import numpy as np

    from lorasurgery.linalg import rank_rules
    from lorasurgery.linalg.svd import truncated_svd

    if min(W.shape) > ALL_VECTORS:
        return truncated_svd(W.astype(np.float32), rank_rules.fixed(LEADING_VECTORS), seed=seed).U
    if W.shape[0] <= W.shape[1]:
        return np.asarray(np.linalg.eigh(W @ W.T)[1])
    left = W @ np.linalg.eigh(W.T @ W)[1]
    return np.asarray(left / np.maximum(np.linalg.norm(left, axis=0), np.finfo(np.float64).tiny))

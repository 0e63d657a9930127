"""Copies of a singular value that a Krylov subspace cannot hold, found from fresh columns.

A subspace that begins with b columns holds b copies of a singular value at most. So if b of the
kept values are nearly equal, power iterations from random columns orthogonal to the kept vectors
look for more of them.
"""

from __future__ import annotations

import numpy as np
from numpy import ndarray

from lorasurgery.linalg import panels
from lorasurgery.linalg.draws import generator
from lorasurgery.linalg.krylov import Ritz, orthonormalised
from lorasurgery.linalg.multiplied import Matrix
from lorasurgery.linalg.projection import PROBES
from lorasurgery.linalg.shapes import Float
from lorasurgery.linalg.truncated import Rule, Truncated

# As many values as a block has columns are taken for copies of one if the least is above this share
# of the largest. A value that fresh columns find must be this much above the least kept one, which
# is rounding otherwise; and they look for it in this many power iterations.
_EQUAL, _ABOVE, _PROBE_STEPS = 0.98, 1 + 1e-4, 3


def has_hidden_copies(
    D: Matrix, rule: Rule, found: Truncated, rank: int, ritz: Ritz, *, block: int, seed: int
) -> bool:
    """Return whether D has a further singular value that belongs among the kept ones or changes the answer.

    `block` is the number of columns that the Krylov subspace began with.
    """
    kept = found.S[:rank]
    if found.complete or rank < block or not (kept[block - 1 :] > _EQUAL * kept[: 1 - block or None]).any():
        return False
    beyond = _largest_beyond(D, found.V[:, :rank], seed)
    if beyond > _ABOVE * float(kept[-1]):
        return True
    others = np.minimum([*ritz.values[rank:], beyond], kept[-1])
    values = np.concatenate([kept, np.sort(others)[::-1]])
    return rule(values, found.energy, False) not in (rank, None)


def _largest_beyond(D: Matrix, V: Float[ndarray, "in k"], seed: int) -> float:
    """Return a lower bound on D's largest singular value orthogonal to V, from fresh columns and
    power iterations.
    """
    X = generator(seed + 1).standard_normal((PROBES, D.shape[1]), np.float32)
    for _ in range(_PROBE_STEPS):
        X = orthonormalised(X, V.T)
        _, X = panels.sweep(D, X)
    X = orthonormalised(X, V.T)
    W = panels.image(D, X)
    return float(np.linalg.norm(W.astype(np.float64), ord=2))

"""Factorise W_tuned − W_base of one matrix by truncated SVD, and certify the error as stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from lorasurgery.checkpoint import Spill
from lorasurgery.dtypes import Dtype
from lorasurgery.surgery.factorise.delta import Delta, read_delta
from lorasurgery.surgery.factorise.factorised import (
    SMALLEST_HALF_PEAK,
    Decomposition,
    Factorised,
    factorised,
)
from lorasurgery.surgery.factorise.matrix_pair import MatrixPair
from lorasurgery.surgery.factorise.noise_edge import module_edge

if TYPE_CHECKING:
    from lorasurgery.linalg.truncated import Rule

# What users may ask for; auto keeps float32, and makes float16 of a half.
DTYPES = ("auto", "float32", "float16", "bfloat16")

RuleFor = Callable[[MatrixPair], "Rule"]


@dataclass(frozen=True)
class PairFactoriser:
    """How the matrices of a pair are factorised in this run; call it with one.

    `rule_for` gives the rule that decides a matrix's rank. Factors are stored in `dtype` (see
    `factors_dtype`), in the scratch file `spill`.
    """

    rule_for: RuleFor
    dtype: str
    device: str
    spill: Spill

    def __call__(self, pair: MatrixPair) -> Factorised[MatrixPair]:
        """Find the leading factors of a matrix and store them."""
        assert pair.base is not None, "only what both sides have is factorised"
        rule = self.rule_for(pair)  # before D takes its memory: a noise edge takes as much
        delta = read_delta(pair.parameter, pair.base, pair.tuned)
        dtype = factors_dtype(self.dtype, pair.tuned.stored_dtype)
        least_peak = SMALLEST_HALF_PEAK if self.dtype == "auto" else 0.0
        # Without a name here: the singular vectors end where the factors begin.
        found = factorised(
            pair, _decomposed(delta, pair, rule, self.device), self.spill, dtype, least_peak=least_peak
        )
        edge = module_edge(pair, rule, found.sigma, found.energy) if found.sigma else None
        return replace(found, base_energy=delta.base_energy, edge=edge)


def _decomposed(delta: Delta, pair: MatrixPair, rule: Rule, device: str) -> Decomposition:
    """The triplets that the rule keeps; none where nothing changed."""
    import numpy as np

    from lorasurgery.linalg.device_matrix import DeviceMatrix
    from lorasurgery.linalg.factors import stored_error
    from lorasurgery.linalg.svd import truncated_svd

    if delta.D is None:
        out, width = pair.tuned.shape
        U, V = (np.zeros((side, 0), np.float32) for side in (out, width))
        return Decomposition(U, np.zeros(0), V, (), 0.0, lambda *_: 0.0)
    D = delta.D if device == "cpu" else DeviceMatrix.of(delta.D, device)
    svd = truncated_svd(D, rule, seed=pair.seed, energy=delta.energy)
    S, energy = svd.S, svd.energy
    error = partial(stored_error, D, S, energy)  # which needs no singular vectors
    return Decomposition(svd.U, S, svd.V, tuple(S.tolist()), energy, error)


def factors_dtype(name: str, stored: Dtype) -> Dtype:
    """The dtype for factors: the one that was named, or for `auto` one that suits the weights.

    Factors of float32 weights stay float32. Those of half-precision weights are float16 whatever
    the half is: it keeps three bits more than bfloat16 in the same space, and balanced factors stay
    inside its range.
    """
    if name != "auto":
        return Dtype.named(name)
    return Dtype.F32 if stored.itemsize >= 4 else Dtype.F16

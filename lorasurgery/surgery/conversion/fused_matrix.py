"""Fuse one matrix of several adapters.

Its factors are concatenated as they are, or its decompositions are summed or combined by a method
of `fusing/`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery import fusing
from lorasurgery.surgery.conversion.concatenate import concatenated
from lorasurgery.surgery.conversion.conversion_report import ModuleLoss
from lorasurgery.surgery.conversion.fuse_inputs import MatrixInAdapters
from lorasurgery.surgery.conversion.interference import overlaps_of
from lorasurgery.surgery.factorise.adapter_matrix import AdapterMatrix
from lorasurgery.surgery.factorise.decompose import decomposed, without_nothing
from lorasurgery.surgery.factorise.factorised import Factorised
from lorasurgery.surgery.factorise.from_adapter import AdapterFactoriser
from lorasurgery.variants.lora import LoraFactors

if TYPE_CHECKING:
    from lorasurgery.linalg.factored import Svd
    from lorasurgery.linalg.overlap import Overlap

# If the norm of a sum is less than this share of its terms' norm, it is only the rounding of
# float64.
CANCELLED = 1e-12


@dataclass(frozen=True)
class FusedMatrix:
    """One matrix of the result.

    `made` is its canonical form, before its rank is decided; or `factors` are what they are, bit
    for bit. `energy` is that of the plain sum, `parts_energy` Σ ‖ΔWᵢ‖² before they are weighted,
    `method_distance` what the method itself changed of the sum.
    """

    made: Factorised[AdapterMatrix] | None
    factors: LoraFactors | None
    energy: float
    parts_energy: float
    method_distance: float
    overlaps: Mapping[tuple[int, int], Overlap]

    @property
    def cancels(self) -> bool:
        """Whether there were changes, and their sum is nothing but the rounding of float64."""
        return self.parts_energy > 0 and self.energy <= CANCELLED**2 * self.parts_energy


@dataclass(frozen=True)
class MatrixFuser:
    """Fuses matrices in this run; `exact` keeps plain concatenations as they are."""

    factoriser: AdapterFactoriser
    method: str
    options: fusing.Options
    exact: bool

    def __call__(self, matrix: MatrixInAdapters) -> FusedMatrix:
        svds = [decomposed(job) for job in matrix.jobs]
        by_adapter: list[Svd | None] = [None] * (max(matrix.indices) + 1)
        for index, svd in zip(matrix.indices, svds, strict=True):
            by_adapter[index] = svd
        overlaps = overlaps_of(by_adapter)
        is_plain = self.method in ("cat", "svd")
        plain = self._sum(svds, matrix.weights, self.factoriser.most if is_plain else None)
        energy, parts_energy = _energy(plain), sum(map(_energy, svds))
        if self.method == "cat" and self.exact and (whole := self._concatenated(matrix)) is not None:
            return FusedMatrix(None, whole, energy, parts_energy, 0.0, overlaps)
        fused = plain if is_plain else self._by_method(svds, matrix)
        distance = 0.0 if is_plain else _distance(plain, fused)
        made = self.factoriser.keep(matrix.jobs[0], fused)
        return FusedMatrix(made, None, energy, parts_energy, distance, overlaps)

    def _concatenated(self, matrix: MatrixInAdapters) -> LoraFactors | None:
        if matrix.jobs[0].expert is not None:
            return None
        factors = [job.factors for job in matrix.jobs]
        return concatenated(factors, matrix.weights, self.factoriser.dtype, None)

    def _sum(self, svds: Sequence[Svd], weights: Sequence[float], rank: int | None) -> Svd:
        from lorasurgery.linalg.factored import summed

        return without_nothing(summed(svds, weights, rank))

    def _by_method(self, svds: Sequence[Svd], matrix: MatrixInAdapters) -> Svd:
        options = dataclasses.replace(self.options, seed=self.options.seed + matrix.jobs[0].seed)
        return without_nothing(fusing.load(self.method).combine(svds, matrix.weights, options))


def _energy(svd: Svd) -> float:
    """‖D‖²_F."""
    return float((svd.S**2).sum() + (svd.beyond**2).sum())


def _distance(plain: Svd, fused: Svd) -> float:
    """‖plain − fused‖_F."""
    from lorasurgery.linalg.factored import distance

    return distance((plain.U * plain.S, plain.V.T), (fused.U * fused.S, fused.V.T))


def fused_loss(path: str, group: Sequence[FusedMatrix], rank: int) -> ModuleLoss:
    """Measure what the result lacks of the plain sum."""
    first = group[0]
    energy = 0.0 if all(each.cancels for each in group) else sum(each.energy for each in group)
    if first.factors is not None:
        return ModuleLoss(path, first.factors.shape, None, rank, energy**0.5, 0.0)
    made = [each.made for each in group if each.made is not None]
    cut_energy = sum(each.error_at(rank) if rank else each.energy for each in made) if energy else 0.0
    method_energy = sum(each.method_distance**2 for each in group)
    return ModuleLoss(
        module=path,
        shape=made[0].matrix.flat_shape,
        rank_before=max(len(each.sigma) for each in made),
        rank=min(rank, max(len(each.sigma) for each in made)),
        change=energy**0.5,
        lost=(cut_energy + method_energy) ** 0.5,
        is_cut=not method_energy,
    )

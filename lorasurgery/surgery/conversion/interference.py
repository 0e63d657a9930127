"""Overlap of every two adapters before they are fused, over all modules that both have."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from lorasurgery.linalg import pooled_overlap

if TYPE_CHECKING:
    from lorasurgery.linalg.factored import Svd
    from lorasurgery.linalg.overlap import Overlap


@dataclass(frozen=True)
class PairInterference:
    """Two adapters: the cosine of their changes, the overlap of their subspaces and sign conflicts.

    `shared` is φ of the subspaces (the larger side), `chance` its level for random subspaces,
    `conflicts` the share of entries with opposite signs.
    """

    one: str
    other: str
    cosine: float
    shared: float
    chance: float
    conflicts: float


@dataclass(frozen=True)
class Interference:
    """All pairs of adapters.

    `sum_energy` is ‖Σ wᵢ ΔWᵢ‖² over Σ ‖wᵢ ΔWᵢ‖²: 1 where the changes are orthogonal, less where
    they cancel.
    """

    pairs: Sequence[PairInterference]
    sum_energy: float


# Of every two adapters that have a matrix, by their numbers.
Overlaps = Mapping[tuple[int, int], "Overlap"]


def overlaps_of(found: Sequence[Svd | None]) -> dict[tuple[int, int], Overlap]:
    """The overlap of every two adapters that have a module."""
    from lorasurgery.linalg.overlap import overlap

    held = [(index, svd) for index, svd in enumerate(found) if svd is not None]
    return {(i, j): overlap(one, other) for (i, one), (j, other) in combinations(held, 2)}


def times(overlaps: Overlaps, factor: float) -> Overlaps:
    """The overlap in a matrix where all adapters are `factor` times as strong."""
    by_square = factor**2
    return {
        pair: dataclasses.replace(
            each,
            inner=by_square * each.inner,
            energies=(by_square * each.energies[0], by_square * each.energies[1]),
        )
        for pair, each in overlaps.items()
    }


def interference_of(
    names: Sequence[str], weights: Sequence[float], modules: Iterable[Overlaps]
) -> Interference:
    """Pool over modules; means are weighted by the smaller of both changes."""
    modules = list(modules)
    pairs, inner, energies = [], 0.0, [0.0] * len(names)
    for i, j in combinations(range(len(names)), 2):
        overlaps = [module[i, j] for module in modules if (i, j) in module]
        if overlaps:
            pairs.append(_pooled(names[i], names[j], overlaps))
            inner += weights[i] * weights[j] * pooled_overlap.inner_product(overlaps)
    for module in modules:
        seen = {}
        for (i, j), each in module.items():
            seen[i], seen[j] = each.energies
        energies = [total + seen.get(index, 0.0) for index, total in enumerate(energies)]
    total = sum(weight**2 * energy for weight, energy in zip(weights, energies, strict=True))
    return Interference(pairs, pooled_overlap.sum_energy(inner, total))


def _pooled(one: str, other: str, overlaps: Sequence[Overlap]) -> PairInterference:
    return PairInterference(
        one=one,
        other=other,
        cosine=pooled_overlap.cosine(overlaps),
        shared=pooled_overlap.mean(overlaps, lambda each: max(each.left, each.right)),
        chance=pooled_overlap.mean(overlaps, lambda each: max(each.chance_left, each.chance_right)),
        conflicts=pooled_overlap.mean(overlaps, lambda each: each.conflicts),
    )

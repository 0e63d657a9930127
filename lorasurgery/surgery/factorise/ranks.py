"""Decide how many ranks each module keeps, by a rank rule and spectra that are all known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from lorasurgery.errors import OutputError, UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.base.matrix import Matrix
from lorasurgery.surgery.factorise.adapter_matrix import AdapterMatrix
from lorasurgery.surgery.factorise.factorised import Factorised, M, rank_nbytes
from lorasurgery.surgery.factorise.noise_edge import stored_side
from lorasurgery.surgery.factorise.rank_rule import Budget, RankRule, format_size, module_rule

Groups = Mapping[str, Sequence[Factorised[AdapterMatrix]]]

# What a tensor's entry in the header of a safetensors file takes next to its name, at most.
ENTRY_BYTES = 118

NOTHING: Mapping[str, LazyTensor] = MappingProxyType({})


def decide(groups: Groups, rule: RankRule, carried: Mapping[str, LazyTensor] = NOTHING) -> dict[str, int]:
    """Decide the rank of every module.

    Args:
        carried: the other tensors of the file, which a budget has to hold as well.

    Raises:
        UnsupportedError: the rule is a noise edge, and there is no base.
        OutputError: the budget does not reach for what else is in the file.
    """
    if isinstance(rule, Budget):
        return _spent(groups, rule.nbytes - fixed_nbytes(carried, groups), rule)
    return {path: max(_rank(each, rule) for each in group) for path, group in groups.items()}


def fixed_nbytes(carried: Mapping[str, LazyTensor], paths: Iterable[str]) -> int:
    """What a file takes without its factors: other tensors, and the header's entries of all of them.

    Args:
        carried: the other tensors, by name.
        paths: the modules that get factors.
    """
    names = [*carried, *(name for path in paths for name in (path, path))]
    return sum(tensor.nbytes for tensor in carried.values()) + sum(len(name) + ENTRY_BYTES for name in names)


def _rank(factors: Factorised[AdapterMatrix], rule: RankRule) -> int:
    from lorasurgery.linalg import rank_rules

    count = module_rule(rule, lambda: rank_rules.above(_edge(factors.matrix)))
    return count(np.asarray(factors.sigma), factors.energy, True) or 0 if factors.sigma else 0


def _edge(matrix: AdapterMatrix) -> float:
    from lorasurgery.linalg.noise import noise_edge

    return noise_edge(stored_side(rounded_matrix(matrix)), seed=matrix.seed)


def rounded_matrix(matrix: AdapterMatrix) -> Matrix:
    """The base's weight whose rounding the noise edge of a matrix measures.

    Raises:
        UnsupportedError: there is no base, or it is quantised.
    """
    if matrix.weight is None:
        raise UnsupportedError(
            "--noise-edge needs --base: it is the rounding noise of the base's stored dtype."
        )
    weight = matrix.weight.matrix
    if weight.quantised is not None:
        raise UnsupportedError(
            f"--noise-edge measures the rounding to a dtype, and the base's weight of {matrix.path!r} is "
            f"quantised ({weight.quantised.label}), which rounds otherwise. "
            "Choose the rank with --rank, --energy or --size."
        )
    return weight


def _spent(groups: Groups, budget_bytes: int, rule: Budget) -> dict[str, int]:
    from lorasurgery.linalg.rank_rules import spend_budget

    spectra = [joint_spectrum(group)[: rule.max_rank] for group in groups.values()]
    costs = [rank_nbytes(group) for group in groups.values()]
    least = min(costs, default=1)
    if budget_bytes < least:
        raise OutputError(
            f"--size {format_size(rule.nbytes)} has no room for a single rank next to what else is in the "
            f"file; raise it to {rule.nbytes - budget_bytes + least} bytes at least."
        )
    allocation = spend_budget(spectra, costs, budget_bytes, complete=[True] * len(spectra))
    return dict(zip(groups, map(int, allocation.ranks), strict=True))


def joint_spectrum(group: Sequence[Factorised[M]]) -> np.ndarray:
    """The singular values of a module; of fused experts, which share a rank, the root of summed squares."""
    squares = np.zeros(max(len(each.sigma) for each in group))
    for each in group:
        squares[: len(each.sigma)] += np.square(each.sigma)
    return np.sqrt(squares)

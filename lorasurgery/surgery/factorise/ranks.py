"""How many ranks each module keeps: one of the user's rules, on spectra that are all known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from lorasurgery.errors import OutputError, UnsupportedError
from lorasurgery.surgery.base.matrix import Matrix
from lorasurgery.surgery.factorise.decompose import Job
from lorasurgery.surgery.factorise.factorised import Factorised
from lorasurgery.surgery.factorise.from_adapter import Made
from lorasurgery.surgery.factorise.matrix_pair import MatrixPair
from lorasurgery.surgery.factorise.rank_rule import Budget, RankRule, format_size, module_rule

Groups = Mapping[str, Sequence[Made]]

# What a tensor's entry in a file's header takes beside its name, at most.
ENTRY_BYTES = 118


def decide(groups: Groups, rule: RankRule, beside_nbytes: int = 0) -> dict[str, int]:
    """The rank of every module.

    Args:
        beside_nbytes: what else shares the file, where a budget is spent.

    Raises:
        UnsupportedError: the noise edge is asked for, and there is no base.
        OutputError: the budget does not reach for what else is in the file.
    """
    if isinstance(rule, Budget):
        return _spent(groups, rule.nbytes - beside_nbytes, rule)
    return {path: max(_rank(each, rule) for each in group) for path, group in groups.items()}


def _rank(made: Made, rule: RankRule) -> int:
    from lorasurgery.linalg import rank_rules

    count = module_rule(rule, lambda: rank_rules.above(_edge(made)))
    return count(np.asarray(made.sigma), made.energy, True) or 0 if made.sigma else 0


def _edge(made: Made) -> float:
    from lorasurgery.linalg.noise import noise_edge
    from lorasurgery.surgery.base.matrix import blocks

    matrix = rounded_matrix(made.job)
    return noise_edge((matrix.read_rows(*block) for block in blocks(matrix)), seed=made.job.seed)


def rounded_matrix(job: Job) -> Matrix:
    """The base's matrix whose rounding the noise edge of a module is that of.

    Raises:
        UnsupportedError: there is no base, or it is quantised.
    """
    if job.weight is None:
        raise UnsupportedError(
            "--noise-edge needs --base: it is the rounding noise of the base's stored dtype."
        )
    matrix = job.weight.matrix
    if matrix.quantised is not None:
        raise UnsupportedError(
            f"--noise-edge is that of rounding to a dtype, and the base's weight of {job.path!r} is quantised ({matrix.quantised.label}): "
            "its steps are others. Choose the rank with --rank, --energy or --size."
        )
    return matrix


def _spent(groups: Groups, budget_bytes: int, rule: Budget) -> dict[str, int]:
    from lorasurgery.linalg.rank_rules import spend_budget

    budget_bytes -= sum(2 * (len(path) + ENTRY_BYTES) for path in groups)
    spectra = [joint_spectrum(group)[: rule.max_rank] for group in groups.values()]
    costs = [rank_nbytes(group) for group in groups.values()]
    least = min(costs, default=1)
    if budget_bytes < least:
        asked = rule.nbytes
        raise OutputError(
            f"--size {format_size(asked)} has no room for a single rank, beside what else is in the file; raise it to {asked - budget_bytes + least} bytes at least."
        )
    allocation = spend_budget(spectra, costs, budget_bytes, complete=[True] * len(spectra))
    return dict(zip(groups, map(int, allocation.ranks), strict=True))


def joint_spectrum(group: Sequence[Made] | Sequence[Factorised[MatrixPair]]) -> np.ndarray:
    """The singular values of a module; of fused experts, which have one rank, the root of their summed squares."""
    squares = np.zeros(max(len(each.sigma) for each in group))
    for each in group:
        squares[: len(each.sigma)] += np.square(each.sigma)
    return np.sqrt(squares)


def rank_nbytes(group: Sequence[Made]) -> int:
    """What one rank costs in a module's stored factors."""
    return sum(side.shape[1] * side.dtype.itemsize for each in group for side in (each.A, each.B_rows))

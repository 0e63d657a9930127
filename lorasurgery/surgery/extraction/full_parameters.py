"""Decide how a changed parameter without a low-rank form travels: whole, as rows, or not at all.

| what changed                                   | how it travels                                    |
|------------------------------------------------|---------------------------------------------------|
| a bias, a bare parameter, a buffer             | as it is, replacing the base's                    |
| a norm                                         | whole: its weight and its bias together           |
| a module that the base lacks (a new head)      | whole                                             |
| a few rows of a table of tokens                | these rows, where factors would take more bytes   |
| a table of tokens with new rows                | changed and new rows if few, whole otherwise      |
| a table of tokens that was cut                 | whole                                             |
| a weight that the format cannot adapt          | whole (tied weights, layers with their own forward)|
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

from lorasurgery.surgery.base.pair import CheckpointPair, PairedParameter
from lorasurgery.surgery.extraction.parameter_plan import ASSUMED_RANK, ParameterPlan
from lorasurgery.surgery.factorise.measure import Difference

# A table that grew is kept as rows where at most this share of them is new or changed, and whole
# otherwise.
FEW_ROWS = 0.1


@dataclass(frozen=True)
class KeptParameters:
    """Names of parameters: `replaced` whole, replaced in `token_rows`, or `low_rank` after all (tables)."""

    replaced: tuple[str, ...]
    token_rows: Mapping[str, tuple[int, ...]]
    low_rank: tuple[str, ...]


def sort_out(
    pair: CheckpointPair, changes: Mapping[str, Difference], plan: ParameterPlan, rank: int | None
) -> KeptParameters:
    """Decide for every parameter that was compared and did change.

    Args:
        rank: what all modules get, where the rule fixes one.
    """
    measured = frozenset(plan.measured)
    changed = {name: change for name, change in changes.items() if change.is_any and name in measured}
    token_rows = {
        name: change.rows
        for name, change in changed.items()
        if name in plan.by_rows and _rows_suffice(pair.parameters[name], change, rank or ASSUMED_RANK)
    }
    low_rank = tuple(name for name in changed if name in plan.adaptable and name not in token_rows)
    whole = changed.keys() - token_rows.keys() - set(low_rank)
    return KeptParameters(tuple(_with_siblings(pair, whole)), token_rows, low_rank)


def _rows_suffice(each: PairedParameter, change: Difference, rank: int) -> bool:
    if each.cut:
        return False
    vocabulary, width = each.shape
    if each.grown:
        return len(change.rows) <= FEW_ROWS * vocabulary
    return len(change.rows) * width <= rank * (vocabulary + width)


def _with_siblings(pair: CheckpointPair, names: Set[str]) -> list[str]:
    """Add the other parameters of each norm: a module travels whole or not at all."""
    norms = {pair.parameters[name].parameter.module for name in names if _is_of_norm(pair, name)}
    return [name for name, each in pair.parameters.items() if name in names or each.parameter.module in norms]


def _is_of_norm(pair: CheckpointPair, name: str) -> bool:
    module = pair.parameters[name].parameter.module
    weight = pair.parameters.get(f"{module}.weight")
    return weight is not None and weight.parameter.kind == "norm"

"""What low-rank factors do not hold: which of it travels along, in what form, and what is lost.

| what changed                                   | how it travels                                                      |
|------------------------------------------------|---------------------------------------------------------------------|
| a bias, a bare parameter, a buffer             | as it is, replacing the base's                                      |
| a norm                                         | whole: its weight and its bias together                             |
| a module that the base lacks (a new head)      | whole                                                               |
| a few rows of a table of tokens                | these rows, where that takes no more bytes than low-rank factors    |
| a table of tokens with new rows                | the rows that changed and the new ones, if few; whole otherwise     |
| a table of tokens that was cut                 | whole                                                               |
| a weight that the format cannot adapt          | whole (the weight of a tied pair, a layer with a forward of its own)|
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

from lorasurgery.surgery.base.pair import CheckpointPair, PairedParameter
from lorasurgery.surgery.extraction.parameter_plan import ASSUMED_RANK, ParameterPlan
from lorasurgery.surgery.factorise.measure import Difference

# Of a table that grew, this share of rows may be new or changed before the whole table is smaller work to apply than rows.
FEW_ROWS = 0.1


@dataclass(frozen=True)
class Rest:
    """Names of parameters by their fate; `low_rank` are tables that get factors after all."""

    replaced: tuple[str, ...]
    token_rows: Mapping[str, tuple[int, ...]]
    low_rank: tuple[str, ...]


def sort_out(
    pair: CheckpointPair, changes: Mapping[str, Difference], plan: ParameterPlan, rank: int | None
) -> Rest:
    """Decide for every parameter that was measured and did change; `rank` is what all modules get, where the rule fixes one."""
    measured = frozenset(plan.measured)
    changed = {name: change for name, change in changes.items() if change.is_any and name in measured}
    token_rows = {
        name: change.rows
        for name, change in changed.items()
        if name in plan.by_rows and _rows_suffice(pair.parameters[name], change, rank or ASSUMED_RANK)
    }
    low_rank = tuple(name for name in changed if name in plan.adaptable and name not in token_rows)
    whole = changed.keys() - token_rows.keys() - set(low_rank)
    return Rest(tuple(_with_siblings(pair, whole)), token_rows, low_rank)


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

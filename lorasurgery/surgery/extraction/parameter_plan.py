"""Sort the parameters of a pair, from headers alone: factorised, compared first, or left out."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace

from lorasurgery.adapter import Host
from lorasurgery.architecture import LOW_RANK
from lorasurgery.formats import Format
from lorasurgery.formats._module_rules import PACKED_PROJECTION
from lorasurgery.surgery.base.host import module_path
from lorasurgery.surgery.base.name_filter import NameFilter
from lorasurgery.surgery.base.pair import CheckpointPair, PairedParameter

# The rank that whole tensors and rows are weighed against where the rule gives none beforehand.
ASSUMED_RANK = 16


@dataclass(frozen=True)
class ParameterPlan:
    """Names of parameters, in the model's order.

    `factored` get low-rank factors. `measured` are compared first: of these, `adaptable` may get
    factors after all and `by_rows` may travel as single rows. `left_out` are compared too, for
    their share of the change: name -> reason. `not_chosen` are not read at all.
    """

    factored: tuple[str, ...]
    measured: tuple[str, ...]
    adaptable: frozenset[str]
    by_rows: frozenset[str]
    left_out: Mapping[str, str]
    not_chosen: tuple[str, ...] = ()

    @property
    def travelling(self) -> tuple[str, ...]:
        """What travels as it is if it changed at all."""
        return tuple(name for name in self.measured if name not in self.adaptable)

    def only(self, names: Set[str]) -> ParameterPlan:
        """Return the plan for some parameters."""
        return replace(
            self,
            factored=tuple(name for name in self.factored if name in names),
            measured=tuple(name for name in self.measured if name in names),
            left_out={name: reason for name, reason in self.left_out.items() if name in names},
        )


def divide(
    pair: CheckpointPair,
    choice: NameFilter,
    host: Host,
    form: Format,
    rank: int | None,
    *,
    keep_rest: bool,
) -> ParameterPlan:
    """Sort the parameters into what is factorised, what is measured and what stays out.

    Args:
        form: the format, which says which modules and rows it cannot hold.
        rank: what all modules get, where the rule fixes one.
        keep_rest: whether what cannot be low-rank is to travel.
    """
    not_chosen = tuple(name for name in pair.parameters if not choice(name))
    wanted = {name: each for name, each in pair.parameters.items() if choice(name)}
    able = frozenset(name for name, each in wanted.items() if _can_be_low_rank(each, host, form))
    tables = frozenset(name for name, each in wanted.items() if _is_table(each))
    heads = {name for name, each in wanted.items() if _is_small_head(pair, each, rank or ASSUMED_RANK)}
    factored = tuple(name for name in wanted if name in able and name not in tables and name not in heads)
    others = [name for name in wanted if name not in able or name in tables or name in heads]
    if not keep_rest:
        left_out = dict.fromkeys(others, "--rest drop")
        return ParameterPlan(factored, (), frozenset(), frozenset(), left_out, not_chosen)
    by_rows = frozenset(
        name for name in tables if form.token_rows_refusal(host, wanted[name].parameter.module) is None
    )
    return ParameterPlan(factored, tuple(others), able & tables, by_rows, {}, not_chosen)


def _can_be_low_rank(each: PairedParameter, host: Host, form: Format) -> bool:
    if each.base_shape != each.shape and not each.wider:
        return False
    if each.name.endswith(PACKED_PROJECTION):  # the path of its module is that of the attention
        return form.module_refusal(host, each.name) is None
    return each.parameter.kind in LOW_RANK and form.module_refusal(host, module_path(each.parameter)) is None


def _is_small_head(pair: CheckpointPair, each: PairedParameter, rank: int) -> bool:
    """A head outside the base model of which factors would be larger than itself: whole, it is exact."""
    is_head = pair.architecture.is_beside_base_model(each.name)
    return is_head and len(each.shape) == 2 and min(each.shape) <= rank


def _is_table(each: PairedParameter) -> bool:
    """Tables of tokens: embeddings, and heads that grew or were cut with the vocabulary."""
    return each.parameter.kind == "embedding" or ((each.grown or each.cut) and len(each.shape) == 2)

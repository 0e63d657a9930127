"""Rank rules: how many ranks each module gets, as values that every verb takes for `rank`.

    FixedRank(16)   every module gets rank 16, or all the ranks that it has
    Energy(0.9)     the least rank that keeps this share of ‖ΔW‖²_F
    NoiseEdge()     every singular value above what rounding to the stored dtype explains
    Budget("30MB")  the ranks that lower the squared error most in a file of at most this size
    AllRanks()      no rank is cut off
    DynamicRank("sv_fro", 0.9)   a rule of kohya's: see `dynamic_rank`

Each can be limited, `Energy(0.9).capped(64)`, and each checks its numbers when it is made. The
command line says the same in words of its own (`--energy 0.9 --max-rank 64`), which the verbs take
as keywords too; `in_rank_words` is where these become a rule.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from lorasurgery.arguments import UNITS, nbytes_of, real, whole
from lorasurgery.errors import UnsupportedError
from lorasurgery.surgery.factorise.dynamic_rank import DynamicRank

if TYPE_CHECKING:
    from lorasurgery.linalg.truncated import Rule

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def _max_rank(max_rank: object) -> int | None:
    return whole(max_rank, "max_rank")


def _required(value: Any, name: str, example: str) -> Any:
    if value is None:
        raise UnsupportedError(f"{name} is missing; write {example}.")
    return value


@dataclass(frozen=True)
class FixedRank:
    """The same rank for every module, or all the ranks that a module has where these are fewer.

    Raises:
        UnsupportedError: the rank is not a whole number from 1 on.
    """

    rank: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "rank", _required(whole(self.rank, "rank"), "rank", "FixedRank(16)"))

    def capped(self, max_rank: int) -> FixedRank:
        """The smaller of the two ranks."""
        return FixedRank(min(self.rank, _max_rank(max_rank) or self.rank))

    @property
    def most(self) -> int | None:
        """The largest rank that a module can get, where the rule alone says it."""
        return self.rank

    @property
    def label(self) -> str:
        """The rule in a report or a file name."""
        return f"r{self.rank}"


@dataclass(frozen=True)
class Energy:
    """The least rank of each module that keeps `share` of ‖ΔW‖²_F, and at most `max_rank`.

    Raises:
        UnsupportedError: the share is not above 0 and up to 1, or `max_rank` is not a whole number
            from 1 on.
    """

    share: float
    max_rank: int | None = None

    def __post_init__(self) -> None:
        share = _required(real(self.share, "energy"), "energy", "Energy(0.9)")
        if not 0 < share <= 1:
            raise UnsupportedError(
                f"energy is a share of ‖ΔW‖² above 0 and up to 1, and not {share:g}. For 90 % write 0.9."
            )
        object.__setattr__(self, "share", share)
        object.__setattr__(self, "max_rank", _max_rank(self.max_rank))

    def capped(self, max_rank: int) -> Energy:
        """The same rule with at most this rank."""
        return replace(self, max_rank=max_rank)

    @property
    def most(self) -> int | None:
        """The largest rank that a module can get, where the rule alone says it."""
        return self.max_rank

    @property
    def label(self) -> str:
        """The rule in a report or a file name."""
        return f"e{self.share:g}"


@dataclass(frozen=True)
class NoiseEdge:
    """Every singular value above what rounding to the stored dtype explains, and at most `max_rank` of them.

    Raises:
        UnsupportedError: `max_rank` is not a whole number from 1 on.
    """

    max_rank: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "max_rank", _max_rank(self.max_rank))

    def capped(self, max_rank: int) -> NoiseEdge:
        """The same rule with at most this rank."""
        return replace(self, max_rank=max_rank)

    @property
    def most(self) -> int | None:
        """The largest rank that a module can get, where the rule alone says it."""
        return self.max_rank

    @property
    def label(self) -> str:
        """The rule in a report or a file name."""
        return "edge"


@dataclass(frozen=True)
class Budget:
    """The ranks that lower the squared error most in a file of at most `size`: bytes, or `"30MB"`.

    Raises:
        UnsupportedError: the size cannot be read, or `max_rank` is not a whole number from 1 on.
    """

    size: int | str
    max_rank: int | None = None

    def __post_init__(self) -> None:
        size = _required(nbytes_of(self.size, "size"), "size", "Budget('30MB')")
        object.__setattr__(self, "size", size)
        object.__setattr__(self, "max_rank", _max_rank(self.max_rank))

    def capped(self, max_rank: int) -> Budget:
        """The same rule with at most this rank."""
        return replace(self, max_rank=max_rank)

    @property
    def nbytes(self) -> int:
        """The size in bytes."""
        return int(self.size)

    @property
    def most(self) -> int | None:
        """The largest rank that a module can get, where the rule alone says it."""
        return self.max_rank

    @property
    def label(self) -> str:
        """The rule in a report or a file name."""
        return format_size(self.nbytes)


@dataclass(frozen=True)
class AllRanks:
    """All the ranks that a module has, or `max_rank` where these are fewer.

    Raises:
        UnsupportedError: `max_rank` is not a whole number from 1 on.
    """

    max_rank: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "max_rank", _max_rank(self.max_rank))

    def capped(self, max_rank: int) -> AllRanks:
        """The same rule with at most this rank."""
        return replace(self, max_rank=max_rank)

    @property
    def most(self) -> int | None:
        """The largest rank that a module can get, where the rule alone says it."""
        return self.max_rank

    @property
    def label(self) -> str:
        """The rule in a report."""
        return "all ranks" + (f", at most {self.max_rank}" if self.max_rank else "")


RankRule = FixedRank | Energy | NoiseEdge | Budget | AllRanks | DynamicRank

# What the verbs take for `rank`: a number is a fixed rank, and None is the verb's own default.
RankArgument = int | str | RankRule | None

DEFAULT_RULE = FixedRank(16)
RULES = "FixedRank(16), Energy(0.9), NoiseEdge(), Budget('30MB') or AllRanks()"


def name_part(rule: RankRule) -> str:
    """The rule as part of a file name: `r16`, `e0.9`, `edge`, `30MB`, `all`, `max8`."""
    if isinstance(rule, AllRanks):
        return f"max{rule.max_rank}" if rule.max_rank else "all"
    return rule.label


def fixed_rank(rule: RankRule) -> int | None:
    """The one rank of all modules, where the rule is that."""
    return rule.rank if isinstance(rule, FixedRank) else None


def deepest_rank(rule: RankRule, shape: tuple[int, int]) -> int:
    """The largest rank that a matrix of this shape can get, whatever its values are."""
    bound = short = min(shape)
    match rule:
        case FixedRank(rank):
            bound = rank
        case Energy(share):
            bound = math.ceil(share * short)  # of a flat spectrum
        case Budget():
            # Depths are doubled until they suffice, and no factor is narrower than two bytes.
            bound = 2 + rule.nbytes // sum(shape)
    return max(1, min(bound, short, rule.most or short))


def module_rule(rule: RankRule, edge: Callable[[], Rule]) -> Rule:
    """The rule for the singular values of one module.

    Args:
        rule: any but a budget, which is spent over all modules at once (see `spend_budget`).
        edge: finds the rule of the module's noise edge; called only where `rule` is a noise edge.
    """
    from lorasurgery.linalg import rank_rules

    match rule:
        case FixedRank(rank):
            return rank_rules.fixed(rank)
        case Energy(share):
            chosen = rank_rules.energy(share)
        case NoiseEdge():
            chosen = edge()
        case DynamicRank():
            chosen = rule.for_module()
        case _:
            assert isinstance(rule, AllRanks), "a budget is spent over all modules at once"
            chosen = rank_rules.every()
    return rank_rules.capped(chosen, rule.max_rank) if rule.max_rank else chosen


@dataclass(frozen=True)
class RankWords:
    """A rank rule in the words of the command line, before a verb says which rule is its default."""

    rank: RankArgument = None
    energy: float | None = None
    noise_edge: bool = False
    size: int | str | None = None
    rule: str | None = None
    max_rank: int | None = None

    def chosen(self, default: RankRule) -> RankRule:
        """The rule that these words say, or the default with their limit.

        Raises:
            UnsupportedError: two ways to a rank, or a limit that would limit nothing.
        """
        rules: list[RankRule] = []
        if self.rank is not None:
            rules.append(rank_rule(self.rank, default))
        if self.energy is not None:
            rules.append(Energy(self.energy))
        if self.noise_edge:
            rules.append(NoiseEdge())
        if self.size is not None:
            rules.append(Budget(self.size))
        if self.rule is not None:
            rules.append(DynamicRank.of(self.rule))
        if len(rules) > 1:
            raise UnsupportedError("Choose one way to a rank: rank, energy, noise_edge, size or rule.")
        chosen = rules[0] if rules else default
        if self.max_rank is None:
            return chosen
        if isinstance(chosen, FixedRank):
            raise UnsupportedError(
                "max_rank caps the ranks that energy, noise_edge, size or rule choose; for one rank "
                "everywhere give rank alone."
            )
        return chosen.capped(self.max_rank)


def rank_rule(given: RankArgument | RankWords, default: RankRule) -> RankRule:
    """The rule that a verb's argument `rank` means.

    Raises:
        UnsupportedError: it is neither a rank nor a rule.
    """
    if given is None:
        return default
    if isinstance(given, RankWords):
        return given.chosen(default)
    if isinstance(given, RankRule):
        return given
    if not isinstance(given, int | float | str):
        raise UnsupportedError(f"rank is a whole number from 1 on or a rule ({RULES}), and not {given!r}.")
    return FixedRank(given)  # type: ignore[arg-type]  # which reads "16" as 16


def in_rank_words(verb: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Let a verb that takes `rank` take the command line's words too: `energy=0.9` for `rank=Energy(0.9)`.

    The words are `energy`, `noise_edge`, `size`, `rule` and `max_rank`, all keywords.
    """
    words = ("energy", "noise_edge", "size", "rule", "max_rank")

    @functools.wraps(verb)
    def verb_in_words(*args: Arguments.args, **options: Arguments.kwargs) -> Result:
        said = {word: options.pop(word) for word in words if word in options}
        if any(value is not None and value is not False for value in said.values()):
            options["rank"] = RankWords(options.get("rank"), **said)  # type: ignore[arg-type]
        return verb(*args, **options)

    return verb_in_words


def format_size(nbytes: int) -> str:
    """Bytes as people write them in a name: `30MB`, `1.5GB`, `512B`."""
    for unit in ("GB", "MB", "KB"):
        if nbytes >= UNITS[unit]:
            return f"{nbytes / UNITS[unit]:.3g}{unit}"
    return f"{nbytes}B"

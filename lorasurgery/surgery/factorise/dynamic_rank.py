"""The rank rules of kohya's `resize_lora.py`, under its names (`--dynamic_method`, `--dynamic_param`).

    sv_ratio       the singular values σᵢ > σ₁ / number
    sv_cumulative  the least k with Σ_{i≤k} σᵢ ≥ number · Σ σᵢ
    sv_fro         the least k with √Σ_{i≤k} σᵢ² ≥ number · √Σ σᵢ²

Each keeps one rank at least. Source: sd-scripts, `networks/resize_lora.py`, `index_sv_ratio` and its
neighbours; versions of 2023 keep one rank more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lorasurgery.arguments import real, whole
from lorasurgery.errors import UnsupportedError

if TYPE_CHECKING:
    from lorasurgery.linalg.truncated import Rule

NAMES = ("sv_ratio", "sv_fro", "sv_cumulative")


@dataclass(frozen=True)
class DynamicRank:
    """A rank for each module by one of kohya's rules, and at most `max_rank`.

    Raises:
        UnsupportedError: no such rule, or a number that it has no use for.
    """

    name: str
    number: float
    max_rank: int | None = None

    def __post_init__(self) -> None:
        number = real(self.number, self.name)
        if self.name not in NAMES or number is None:
            raise UnsupportedError(f"A rule is one of {', '.join(NAMES)} with a number: sv_fro=0.9.")
        if self.name == "sv_ratio" and not 1 <= number < math.inf:
            raise UnsupportedError(
                f"sv_ratio divides the largest singular value, by 1 or more, and not by {number:g}."
            )
        if self.name != "sv_ratio" and not 0 < number <= 1:
            raise UnsupportedError(
                f"{self.name} is a share above 0 and up to 1, and not {number:g}. For 90 % write 0.9."
            )
        object.__setattr__(self, "number", number)
        object.__setattr__(self, "max_rank", whole(self.max_rank, "max_rank"))

    @staticmethod
    def of(text: str) -> DynamicRank:
        """Read `sv_fro=0.9`.

        Raises:
            UnsupportedError: see the class.
        """
        name, _, number = text.partition("=")
        return DynamicRank(name.strip(), number)  # type: ignore[arg-type]  # which reads "0.9" as 0.9

    def capped(self, max_rank: int) -> DynamicRank:
        """The same rule with at most this rank."""
        return replace(self, max_rank=max_rank)

    @property
    def most(self) -> int | None:
        """The largest rank that a module can get, where the rule alone says it."""
        return self.max_rank

    @property
    def label(self) -> str:
        """The rule in a report or a file name."""
        return f"{self.name}{self.number:g}"

    def for_module(self) -> Rule:
        """The rule for the singular values of one module."""
        from lorasurgery.linalg import rank_rules

        if self.name == "sv_ratio":
            return rank_rules.ratio(self.number)
        if self.name == "sv_cumulative":
            return rank_rules.nuclear(self.number)
        return rank_rules.energy(self.number**2)

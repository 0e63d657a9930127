"""The user's words for a rank, and what they mean for one module."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.arguments import UNITS, nbytes_of, real, whole
from lorasurgery.errors import UnsupportedError

if TYPE_CHECKING:
    from lorasurgery.linalg.svd import Rule
    from lorasurgery.surgery.factorise.from_pair import Job

RuleFor = Callable[["Job"], "Rule"]

DEFAULT_RANK = 16
# A rank that no matrix has: all of them are kept.
ALL_RANKS = 2**31


@dataclass(frozen=True)
class RankChoice:
    """One of: a fixed `rank`; the least rank that keeps the share `energy` of ‖ΔW‖²_F; all σ above the `noise_edge`; a
    budget of `size_bytes` for the whole file. `max_rank` caps any of them."""

    rank: int | None = None
    energy: float | None = None
    noise_edge: bool = False
    size_bytes: int | None = None
    max_rank: int | None = None

    @staticmethod
    def of(
        rank: int | None,
        energy: float | None,
        noise_edge: bool,
        size: int | str | None,
        max_rank: int | None,
        *,
        default: int = DEFAULT_RANK,
    ) -> RankChoice:
        """The user's choice, or the default where there is none.

        Raises:
            UnsupportedError: two ways to a rank, a value that is not one, or a `max_rank` that would cap nothing.
        """
        undecided = rank is None and energy is None and not noise_edge and size is None
        if max_rank is not None and (rank is not None or (undecided and default != ALL_RANKS)):
            raise UnsupportedError(
                "max_rank caps the ranks that energy, noise_edge or size choose; for one rank everywhere give rank alone."
            )
        return RankChoice(
            default if undecided else whole(rank, "rank"),
            real(energy, "energy"),
            noise_edge,
            nbytes_of(size, "size"),
            whole(max_rank, "max_rank"),
        )

    def __post_init__(self) -> None:
        given = [self.rank is not None, self.energy is not None, self.noise_edge, self.size_bytes is not None]
        if sum(given) != 1:
            raise UnsupportedError("Choose one way to a rank: rank, energy, noise_edge or size.")
        if self.energy is not None and not 0 < self.energy <= 1:
            raise UnsupportedError(
                f"energy is a share of ‖ΔW‖² above 0 and up to 1, and not {self.energy:g}."
            )
        named = {"rank": self.rank, "size": self.size_bytes, "max_rank": self.max_rank}
        for name, value in named.items():
            if value is not None and value < 1:
                raise UnsupportedError(f"{name} is at least 1, and not {value}.")

    @property
    def keeps_all(self) -> bool:
        """Whether no rank is cut off."""
        return self.rank == ALL_RANKS and self.max_rank is None

    @property
    def most(self) -> int | None:
        """The largest rank that any module can get, where the choice alone says it."""
        return min((each for each in (self.rank, self.max_rank) if each is not None), default=None)

    def deepest(self, shape: tuple[int, int]) -> int:
        """The largest rank that a matrix of this shape can get."""
        bound = short = min(shape)
        if self.energy is not None:
            bound = math.ceil(self.energy * short)  # of a flat spectrum
        elif self.size_bytes is not None:
            # Depths are doubled until they suffice, and no factor is narrower than two bytes.
            bound = 2 + self.size_bytes // sum(shape)
        elif self.rank is not None:
            bound = self.rank
        return max(1, min(bound, short, self.max_rank or short))

    @property
    def label(self) -> str:
        """The choice as part of a file name: `r16`, `e0.9`, `edge`, `30MB`."""
        if self.most is not None and self.rank is not None:
            return "all" if self.keeps_all else f"r{self.most}"
        if self.energy is not None:
            return f"e{self.energy:g}"
        return "edge" if self.noise_edge else format_size(self.size_bytes or 0)

    def rule(self, job: Job) -> Rule:
        """The rule for one module; a budget has none of its own (see `spend_budget`)."""
        from lorasurgery.linalg import rank_rules as ranks
        from lorasurgery.surgery.factorise.noise_edge import edges_of

        rule: Rule
        if self.energy is not None:
            rule = ranks.energy(self.energy)
        elif self.noise_edge:
            rule = edges_of(job)
        else:
            assert self.rank is not None, "a budget is spent over all modules at once"
            rule = ranks.fixed(self.rank)
        return ranks.capped(rule, self.max_rank) if self.max_rank else rule


def format_size(nbytes: int) -> str:
    """Bytes as people write them in a name: `30MB`, `1.5GB`, `512B`."""
    for unit in ("GB", "MB", "KB"):
        if nbytes >= UNITS[unit]:
            return f"{nbytes / UNITS[unit]:.3g}{unit}"
    return f"{nbytes}B"

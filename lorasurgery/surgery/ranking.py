"""The user's words for a rank, and what they mean for one module."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lorasurgery.errors import UnsupportedError

if TYPE_CHECKING:
    from lorasurgery.linalg.svd import Rule
    from lorasurgery.surgery.extraction.factorise import Job

RuleFor = Callable[["Job"], "Rule"]

UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}

DEFAULT_RANK = 16


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
        rank: int | None, energy: float | None, noise_edge: bool, size_bytes: int | None, max_rank: int | None
    ) -> RankChoice:
        """The user's choice, or the default where there is none."""
        undecided = rank is None and energy is None and not noise_edge and size_bytes is None
        return RankChoice(DEFAULT_RANK if undecided else rank, energy, noise_edge, size_bytes, max_rank)

    def __post_init__(self) -> None:
        given = [self.rank is not None, self.energy is not None, self.noise_edge, self.size_bytes is not None]
        if sum(given) != 1:
            raise UnsupportedError("Choose one way to a rank: --rank, --energy, --noise-edge or --size.")
        if self.energy is not None and not 0 < self.energy <= 1:
            raise UnsupportedError(f"--energy is a share between 0 and 1, and {self.energy} is none.")
        if any(value is not None and value < 1 for value in (self.rank, self.size_bytes, self.max_rank)):
            raise UnsupportedError("A rank or a size is at least 1.")

    @property
    def most(self) -> int | None:
        """The largest rank that any module can get, where the choice alone says it."""
        return min((each for each in (self.rank, self.max_rank) if each is not None), default=None)

    @property
    def label(self) -> str:
        """The choice as part of a file name: `r16`, `e0.9`, `edge`, `30MB`."""
        if self.rank is not None:
            return f"r{self.rank}"
        if self.energy is not None:
            return f"e{self.energy:g}"
        return "edge" if self.noise_edge else format_size(self.size_bytes or 0)

    def rule(self, job: Job) -> Rule:
        """The rule for one module; a budget has none of its own (see `spend_budget`)."""
        from lorasurgery.linalg import ranks

        if self.energy is not None:
            rule = ranks.energy(self.energy)
        elif self.noise_edge:
            rule = ranks.above(_edge(job))
        else:
            assert self.rank is not None, "a budget is spent over all modules at once"
            rule = ranks.fixed(self.rank)
        return ranks.capped(rule, self.max_rank) if self.max_rank else rule


def _edge(job: Job) -> float:
    """What rounding the tuned weight to its stored dtype puts on top of ΔW, as a singular value."""
    from lorasurgery.linalg.noise import noise_edge
    from lorasurgery.surgery.matrix import blocks

    tuned = job.tuned
    return noise_edge((tuned.read_rows(*block) for block in blocks(tuned)), seed=job.seed)


def parse_size(text: str) -> int:
    """Read `30MB`, `1.5 GiB` or `2000000` as bytes.

    Raises:
        UnsupportedError: it is no size.
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*", text)
    nbytes = float(match[1]) * UNITS.get(match[2].upper(), math.inf) if match else math.inf
    if nbytes == math.inf:
        raise UnsupportedError(f"{text!r} is not a size; one looks like 30MB, 1.5GiB or 2000000.")
    return int(nbytes)


def format_size(nbytes: int) -> str:
    """Bytes as people write them in a name: `30MB`, `1.5GB`, `512B`."""
    for unit in ("GB", "MB", "KB"):
        if nbytes >= UNITS[unit]:
            return f"{nbytes / UNITS[unit]:.3g}{unit}"
    return f"{nbytes}B"

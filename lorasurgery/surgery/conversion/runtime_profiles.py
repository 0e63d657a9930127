"""How an adapter is fitted to a target: ranks padded with zeros, scales multiplied into B.

What a target wants is in `targets`, from its own code.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lorasurgery import targets
from lorasurgery.adapter import Adapter
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.errors import UnsupportedError
from lorasurgery.targets import Target
from lorasurgery.variants.edit import Factors
from lorasurgery.variants.lora import LoraFactors


@dataclass(frozen=True)
class Profile:
    """A target and its version: the one that the user named, or None for the newest that is known."""

    target: Target
    version: str | None = None

    @property
    def name(self) -> str:
        """What the target is called here."""
        return self.target.name

    @property
    def format(self) -> str:
        """The format that is written for it."""
        return self.target.formats[0]

    @cached_property
    def facts(self) -> Mapping[str, Any]:
        """What the version's own code says."""
        return targets.facts_of(self.name, self.version)

    @property
    def ranks(self) -> tuple[int, ...]:
        """The ranks that the target can be started with; none where any will do."""
        return tuple(self.facts["adapter"].get("ranks", ()))

    def stacks_experts(self, base: Checkpoint) -> bool | None:
        """Whether it takes the factors of a base's experts as one stack; None where nobody knows."""
        return self.target.stacks_experts(base, self.facts)


def profile_of(runtime: str | None, format: str | None) -> Profile | None:
    """The profile of a target, where one is named: `vllm`, or `vllm@0.29` for one of its versions.

    Raises:
        UnsupportedError: it is not known, or reads another format than the one asked for.
    """
    if runtime is None:
        return None
    profile = Profile(*targets.named(runtime))
    if profile.version:
        targets.facts_of(profile.name, profile.version)
    if format is not None and format != profile.format:
        raise UnsupportedError(
            f"--for {profile.name} writes {profile.format}, and --format asks for {format}; leave one of "
            "them out."
        )
    return profile


def fitted(adapter: Adapter, profile: Profile) -> tuple[Adapter, list[str]]:
    """The adapter as the runtime accepts it, and what was done to it.

    Raises:
        UnsupportedError: its rank is larger than any that the runtime knows.
    """
    if not profile.target.uniform:
        return adapter, []
    plain = {path: each for path, each in adapter.modules.items() if isinstance(each, LoraFactors)}
    most = max((each.rank for each in plain.values()), default=1)
    if profile.ranks and most > profile.ranks[-1]:
        raise UnsupportedError(
            f"{profile.name} cannot take this adapter: its rank is {most}, and {profile.ranks[-1]} is the "
            "largest that it knows (re-rank it)."
        )
    rank = next((known for known in profile.ranks or (most,) if known >= most), most)
    scales = {each.scale for each in plain.values()}
    scale = scales.pop() if len(scales) == 1 else None
    modules: dict[str, Factors] = {path: _padded(_baked(each, scale), rank) for path, each in plain.items()}
    notes = [f"padded with zeros to rank {rank}"] if any(each.rank < rank for each in plain.values()) else []
    if scale is None:
        notes.append("scales differed and are multiplied into B")
    return dataclasses.replace(adapter, modules=modules), notes


def _baked(factors: LoraFactors, scale: float | None) -> LoraFactors:
    """The same with its scale in B, unless all modules have that scale."""
    if scale is not None:
        return factors
    return dataclasses.replace(factors, B=factors.B.scaled(factors.scale), scale=1.0)


def _padded(factors: LoraFactors, rank: int) -> LoraFactors:
    """The same with ranks of zeros; alpha / r stays what it is, since the scale is kept."""
    if len(factors.A.shape) == 3:
        return factors
    (out, _), (_, width) = factors.B.shape, factors.A.shape
    return dataclasses.replace(factors, A=factors.A.padded(rank, width), B=factors.B.padded(out, rank))

"""What runtimes read, and how an adapter is fitted to it: ranks padded with zeros, scales multiplied into B.

| runtime  | format | rank                       | scale              | refused                     |
|----------|--------|----------------------------|--------------------|-----------------------------|
| peft     | peft   | any                        | any                | nothing                     |
| vllm     | peft   | one for all, of a list     | one for all        | DoRA, biases, token rows,   |
|          |        |                            |                    | most whole modules          |
| sglang   | peft   | one for all                | one for all        | as vLLM                     |
| llamacpp | gguf   | any                        | any (the format's) | what GGUF cannot carry      |
| mlx      | mlx    | one for all (the format's) | any (the format's) | what MLX cannot carry       |

Which ranks, modules and names a server takes is in `targets`, from its own code. Other sources:
llama.cpp's `llama-adapter.cpp`; mlx-lm's `load_adapters`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from lorasurgery import targets
from lorasurgery.adapter import Adapter
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.errors import UnsupportedError
from lorasurgery.variants.edit import Factors
from lorasurgery.variants.lora import LoraFactors


@dataclass(frozen=True)
class Profile:
    """What one runtime accepts.

    `uniform` says that all modules share one rank and scale, `lists_targets` that the config names
    its target modules in a list, and not by an expression; `version` is the one that the user named,
    None for the newest whose facts are known.
    """

    name: str
    format: str
    uniform: bool = False
    only_factors: bool = False
    only_lora: bool = False
    lists_targets: bool = False
    version: str | None = None

    @cached_property
    def ranks(self) -> tuple[int, ...]:
        """The ranks that the runtime can be started with; none where any will do."""
        if self.name not in targets.names():
            return ()
        return tuple(targets.facts_of(self.name, self.version)["adapter"].get("ranks", ()))


PROFILES: Mapping[str, Profile] = {
    "peft": Profile("peft", "peft"),
    "vllm": Profile("vllm", "peft", uniform=True, only_factors=True, only_lora=True),
    "sglang": Profile("sglang", "peft", uniform=True, only_factors=True, only_lora=True, lists_targets=True),
    "llamacpp": Profile("llamacpp", "gguf"),
    "mlx": Profile("mlx", "mlx"),
}


# What people also call a runtime.
OTHER_NAMES = {"llama.cpp": "llamacpp", "llama-cpp": "llamacpp", "mlx-lm": "mlx"}


def profile_of(runtime: str | None, format: str | None) -> Profile | None:
    """The profile of a runtime, where one is named: `vllm`, or `vllm@0.29` for one of its versions.

    Raises:
        UnsupportedError: it is not known, or reads another format than the one asked for.
    """
    if runtime is None:
        return None
    name, _, version = runtime.lower().partition("@")
    name = OTHER_NAMES.get(name, name)
    if name not in PROFILES:
        raise UnsupportedError(f"--for {runtime!r} is not one of {', '.join(sorted(PROFILES))}.")
    profile = dataclasses.replace(PROFILES[name], version=version or None)
    if version:
        targets.facts_of(name, version)
    if format is not None and format != profile.format:
        raise UnsupportedError(
            f"--for {name} writes {profile.format}, which is what it reads, and --format asks for "
            f"{format}; leave one of them out."
        )
    return profile


def experts_are_stacked(profile: Profile, base: Checkpoint) -> bool | None:
    """Whether a runtime takes the factors of a base's experts as one stack; None where it is unknown."""
    if profile.name not in targets.names():
        return None
    return targets.load(profile.name).stacks_experts(base, targets.facts_of(profile.name, profile.version))


def fitted(adapter: Adapter, profile: Profile) -> tuple[Adapter, list[str]]:
    """The adapter as the runtime accepts it, and what was done to it.

    Raises:
        UnsupportedError: its rank is larger than any that the runtime knows.
    """
    if not profile.uniform:
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

"""Fit an adapter to what a runtime accepts: ranks padded with zeros, scales multiplied into B.

| runtime  | format | rank                       | scale              | refused                     |
|----------|--------|----------------------------|--------------------|-----------------------------|
| peft     | peft   | any                        | any                | nothing                     |
| vllm     | peft   | one for all, of a list     | one for all        | DoRA, whole modules,        |
|          |        |                            |                    | biases, token rows,         |
|          |        |                            |                    | embeddings                  |
| llamacpp | gguf   | any                        | any (the format's) | what GGUF cannot carry      |
| mlx      | mlx    | one for all (the format's) | any (the format's) | what MLX cannot carry       |

Sources: vLLM's `PEFTHelper` (`vllm/lora/peft_helper.py`: r, lora_alpha and use_rslora of the config
alone, `bias` and `modules_to_save` refused, `use_dora` refused) and `LoRAConfig.max_lora_rank` (8
to 512); llama.cpp's `llama-adapter.cpp`; mlx-lm's `load_adapters`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from lorasurgery.adapter import Adapter
from lorasurgery.errors import UnsupportedError
from lorasurgery.variants.edit import Factors, variant_of
from lorasurgery.variants.lora import LoraFactors

# Ranks that vLLM can be started with.
VLLM_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)


@dataclass(frozen=True)
class Profile:
    """What one runtime accepts.

    `ranks` are those that it knows, None for any. `uniform` says that all modules share one rank
    and scale.
    """

    name: str
    format: str
    uniform: bool = False
    ranks: tuple[int, ...] | None = None
    only_factors: bool = False
    only_lora: bool = False


PROFILES: Mapping[str, Profile] = {
    "peft": Profile("peft", "peft"),
    "vllm": Profile("vllm", "peft", uniform=True, ranks=VLLM_RANKS, only_factors=True, only_lora=True),
    "llamacpp": Profile("llamacpp", "gguf"),
    "mlx": Profile("mlx", "mlx"),
}


# What people also call a runtime.
OTHER_NAMES = {"llama.cpp": "llamacpp", "llama-cpp": "llamacpp", "mlx-lm": "mlx"}


def profile_of(runtime: str | None, format: str | None) -> Profile | None:
    """The profile of a runtime, where one is named.

    Raises:
        UnsupportedError: it is not known, or reads another format than the one asked for.
    """
    if runtime is None:
        return None
    runtime = OTHER_NAMES.get(runtime.lower(), runtime.lower())
    if runtime not in PROFILES:
        raise UnsupportedError(f"--for {runtime!r} is not one of {', '.join(sorted(PROFILES))}.")
    profile = PROFILES[runtime]
    if format is not None and format != profile.format:
        raise UnsupportedError(
            f"--for {runtime} writes {profile.format}, which is what it reads, and --format asks for "
            f"{format}; leave one of them out."
        )
    return profile


def fitted(adapter: Adapter, profile: Profile) -> tuple[Adapter, list[str]]:
    """The adapter as the runtime accepts it, and what was done to it.

    Raises:
        UnsupportedError: it cannot be fitted, with all reasons.
    """
    reasons = _refusals(adapter, profile)
    if reasons:
        raise UnsupportedError(f"{profile.name} cannot take this adapter: {'; '.join(reasons)}.")
    if not profile.uniform:
        return adapter, []
    plain = {path: each for path, each in adapter.modules.items() if isinstance(each, LoraFactors)}
    most = max((each.rank for each in plain.values()), default=1)
    rank = next((known for known in profile.ranks or (most,) if known >= most), most)
    scales = {each.scale for each in plain.values()}
    scale = scales.pop() if len(scales) == 1 else None
    modules: dict[str, Factors] = {path: _padded(_baked(each, scale), rank) for path, each in plain.items()}
    notes = [f"padded with zeros to rank {rank}"] if any(each.rank < rank for each in plain.values()) else []
    if scale is None:
        notes.append("scales differed and are multiplied into B")
    return dataclasses.replace(adapter, modules=modules), notes


def _refusals(adapter: Adapter, profile: Profile) -> list[str]:
    reasons = []
    others = sorted({variant_of(each) for each in adapter.modules.values()} - {"lora"})
    if profile.only_lora and others:
        reasons.append(f"it is {', '.join(others)} and not plain LoRA (convert it --to lora)")
    if profile.only_factors and (adapter.replaced or adapter.token_rows):
        some = next(iter([*adapter.replaced, *adapter.token_rows]))
        reasons.append(f"it brings whole parameters ({some!r}), which must be merged into the base")
    if profile.only_factors and any(
        getattr(each, "bias", None) is not None for each in adapter.modules.values()
    ):
        reasons.append("it adds biases, which must be merged into the base")
    embeddings = [
        path for path, kind in adapter.host.kinds.items() if kind == "embedding" and path in adapter.modules
    ]
    if profile.only_factors and embeddings:
        reasons.append(f"it adapts an embedding ({embeddings[0]!r})")
    most = max((getattr(each, "rank", 0) for each in adapter.modules.values()), default=0)
    if profile.ranks and most > profile.ranks[-1]:
        reasons.append(
            f"its rank is {most}, and {profile.ranks[-1]} is the largest that it knows (re-rank it)"
        )
    return reasons


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

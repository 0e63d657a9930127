"""What of an adapter mlx-lm cannot be given, and why."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from lorasurgery.adapter import Adapter
from lorasurgery.formats._plain_lora import beyond_lora
from lorasurgery.formats.mlx.tensor_names import COMMON, TURNED_EXPERTS, model_type
from lorasurgery.lazy import LazyTensor
from lorasurgery.text import listed
from lorasurgery.variants.dora import DoraFactors


def refused(adapter: Adapter) -> Iterator[str]:
    """Give one sentence for each reason, with the names that it concerns."""
    plain = {path: each for path, each in adapter.modules.items() if not isinstance(each, DoraFactors)}
    yield from beyond_lora(dataclasses.replace(adapter, modules=plain), "MLX")
    yield from _misfits_of_dora(adapter, list(plain))
    yield from _modules_refused(adapter)
    yield from _ties_refused(adapter)


def _misfits_of_dora(adapter: Adapter, plain: list[str]) -> Iterator[str]:
    dora = {path: each for path, each in adapter.modules.items() if isinstance(each, DoraFactors)}
    if dora and plain:
        yield (
            "MLX adapters are LoRA or DoRA for all modules alike, and this one is DoRA for "
            f"{listed(sorted(dora))} and LoRA for {listed(sorted(plain))}: "
            "convert them to lora first."
        )
    if by_column := [path for path, each in dora.items() if each.by_column]:
        yield (
            f"MLX has DoRA's magnitudes by row, and {listed(sorted(by_column))} by column: convert them to "
            "lora first."
        )
    if biased := [path for path, each in dora.items() if each.bias is not None]:
        yield (
            f"MLX adapters have no biases, as this one has for {listed(sorted(biased))}: merge it into its "
            "base instead."
        )


def _modules_refused(adapter: Adapter) -> Iterator[str]:
    kinds, own = adapter.host.kinds, model_type(adapter.host.config)
    others = [path for path in adapter.modules if kinds.get(path) in ("conv", "parameter")]
    if others:
        yield (
            f"mlx-lm adapts linear layers, experts and embeddings only, and not {listed(sorted(others))}: "
            "merge the adapter into its base instead."
        )
    fused = [path for path, each in adapter.modules.items() if _is_stacked(each)]
    if fused and own in TURNED_EXPERTS:
        yield (
            f"mlx-lm has the experts of a model of type {own!r} otherwise than transformers "
            f"({listed(sorted(fused))}): merge the adapter into its base instead."
        )
    strange = [path for path in adapter.modules if not own and COMMON.fullmatch(path) is None]
    if strange:
        yield (
            f"What mlx-lm calls {listed(sorted(strange))} depends on the type of the model, which only the "
            "base states: give it with --base."
        )


def _ties_refused(adapter: Adapter) -> Iterator[str]:
    """Refuse tied modules: mlx-lm has one layer for both, and none under the name of the head."""
    tied = adapter.host.tied
    heads = [path for path in adapter.modules if f"{path}.weight" in tied]
    if heads:
        yield (
            f"mlx-lm has no layer of its own for {listed(sorted(heads))}, which shares another's weight: "
            "merge the adapter into its base instead."
        )
    shared = [
        path
        for path in adapter.modules
        if f"{path}.weight" in tied.values() and path not in adapter.keeps_ties
    ]
    if shared:
        yield (
            f"mlx-lm would apply a change to {listed(sorted(shared))} to the head that shares its weight "
            "as well: merge the adapter into its base instead."
        )


def _is_stacked(factors: object) -> bool:
    A = getattr(factors, "A", None)
    return isinstance(A, LazyTensor) and len(A.shape) == 3

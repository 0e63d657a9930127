"""Refuse LoRA for grouped convolutions, which PEFT does not load as it is meant.

For a grouped convolution PEFT has factors of another shape, A over all inputs and B by group,
which change more than the weight can hold, and which it does not merge. Only the model's class says
how many groups there are.
"""

from __future__ import annotations

from collections.abc import Mapping

from lorasurgery.adapter import Adapter
from lorasurgery.errors import UnsupportedError
from lorasurgery.surgery.base.weights import BaseWeights
from lorasurgery.text import listed
from lorasurgery.variants.dora import DoraFactors
from lorasurgery.variants.edit import Factors
from lorasurgery.variants.lora import LoraFactors


def doubts(before: Mapping[str, Factors], made: Adapter, weights: BaseWeights | None, form: str) -> list[str]:
    """Name the convolutions whose new factors PEFT may not load.

    Args:
        before: the modules as they were read; those that had low-rank factors have the shape that
            PEFT's have.
        form: the format that is written.

    Raises:
        UnsupportedError: one of them is a grouped convolution.
    """
    if form != "peft" or weights is None:
        return []
    recast = [
        path
        for path, factors in made.modules.items()
        if isinstance(factors, LoraFactors) and not isinstance(before.get(path), LoraFactors | DoraFactors)
    ]
    convolutions = [path for path in recast if path in before and _is_convolution(weights, path)]
    if weights.architecture.origin == "names":
        return [_doubt(convolutions)] if convolutions else []
    grouped = [path for path in convolutions if made.host.kinds.get(path) != "conv"]
    if grouped:
        raise UnsupportedError(
            f"{listed(grouped)}: for a grouped convolution PEFT has no LoRA that changes its weight alone. "
            "Merge the adapter instead, or keep its variant."
        )
    return []


def _is_convolution(weights: BaseWeights, path: str) -> bool:
    return any(len(weight.shape) > 2 for weight in weights.of(path))


def _doubt(paths: list[str]) -> str:
    return (
        f"The base has no config that names a class, so that nothing says whether {listed(paths)} "
        f"{'are grouped convolutions' if len(paths) > 1 else 'is a grouped convolution'}: "
        "for one, PEFT does not load these factors. Merging them is right in either case."
    )

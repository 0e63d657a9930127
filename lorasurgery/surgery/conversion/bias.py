"""Biases that an adapter changes.

LoRA's own biases stay with its factors. Any other change becomes the new bias itself, for which the
base is needed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from lorasurgery.adapter import Adapter
from lorasurgery.dtypes import widest
from lorasurgery.errors import UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.adapter_input.whole_matrix import applied
from lorasurgery.surgery.base.weights import BaseWeights
from lorasurgery.surgery.factorise.adapter_matrix import AdapterMatrix, adapter_matrices
from lorasurgery.variants.beft import BeftFactors
from lorasurgery.variants.edit import Change, Factors, Sum
from lorasurgery.variants.lora import LoraFactors

if TYPE_CHECKING:
    from torch import Tensor


def bias_of(factors: Factors) -> LazyTensor | None:
    """The bias that a module's factors bring, their scale multiplied in."""
    bias: LazyTensor | None = getattr(factors, "bias", None)
    scale = float(getattr(factors, "scale", 1.0))
    if bias is None or scale == 1.0:
        return bias
    return bias.scaled(scale)


def bias_change(job: AdapterMatrix) -> Change | None:
    """Return what a module does to its bias; nothing is read of a LoRA without one."""
    if isinstance(job.factors, LoraFactors) and job.factors.bias is None:
        return None
    if isinstance(job.factors, BeftFactors):
        return job.factors.edit(()).bias
    return job.edit().bias


def summed_bias(path: str, adapters: Iterable[tuple[Adapter, float]]) -> LazyTensor | None:
    """Sum the biases of a module over adapters, each times its weight; None where there is none."""
    held = [(adapter.modules.get(path), weight) for adapter, weight in adapters]
    brought = [
        (bias, weight) for factors, weight in held if factors and (bias := bias_of(factors)) is not None
    ]
    if not brought:
        return None
    dtype = widest(bias.dtype for bias, _ in brought)

    def total() -> Tensor:
        import torch

        terms = [bias.read().double().flatten() * weight for bias, weight in brought]
        return sum(terms, start=torch.zeros_like(terms[0])).to(dtype.torch)

    return LazyTensor((brought[0][0].numel,), dtype, total)


def biases_alone(adapter: Adapter, anew: Collection[str], holds: tuple[type, ...]) -> dict[str, BeftFactors]:
    """Return the biases that are added to modules without factors among those made `anew`, alone.

    Args:
        holds: the classes of factors that the output can hold; none are returned where it holds no such.
    """
    if BeftFactors not in holds:
        return {}
    biases = {path: bias_of(each) for path, each in adapter.modules.items() if path not in anew}
    return {
        path: BeftFactors(bias.viewed((1, bias.numel))) for path, bias in biases.items() if bias is not None
    }


def new_biases(
    adapter: Adapter, weights: BaseWeights | None, paths: Iterable[str], anew: Mapping[str, Factors]
) -> dict[str, LazyTensor]:
    """Return the changed biases of modules by name, where the factors made `anew` do not carry them.

    Raises:
        UnsupportedError: there is one, and no base, or none in the base.
    """
    found = {}
    wanted = [path for path in set(paths) if getattr(anew.get(path), "bias", None) is None]
    for job in adapter_matrices(adapter, weights, wanted):
        change = bias_change(job)
        if change is None:
            continue
        name = f"{job.path}.bias"
        if weights is None:
            raise UnsupportedError(
                f"{name!r} is changed as well, for which its value in the base is needed; give the base "
                "with --base."
            )
        held = weights.tensor(name)
        if held is None and not isinstance(change, Sum):
            continue
        if held is None:
            raise UnsupportedError(
                f"The adapter adds {name!r}, which the base does not have; merge it instead."
            )
        after = applied(change, held.read().double().reshape(-1, 1)).reshape(held.shape)
        found[name] = LazyTensor.of(after.to(held.dtype.torch))
    return found

"""Lay out one module's factors as files of sd-scripts' family have them.

This is the inverse of `lycoris_reader`, except where that multiplies factors out. Whatever the module is
called in a file, ComfyUI reads all that is written here; LyCORIS reads no `diff_b` next to LoRA, and
sd-scripts plain LoRA alone.
Source: `comfy/lora.py` (load_lora) of Comfy-Org/ComfyUI ec93dca.
"""

from __future__ import annotations

import math

from lorasurgery.adapter import Adapter
from lorasurgery.dtypes import Dtype
from lorasurgery.formats._image.lycoris_tensors import DOWN, LOHA, LOHA_CORES, LOKR, RESHAPE, SET, UP
from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.beft import BeftFactors
from lorasurgery.variants.decomposed import DecomposedFactors
from lorasurgery.variants.dora import DoraFactors
from lorasurgery.variants.edit import Factors, own_shape
from lorasurgery.variants.loha import LohaFactors
from lorasurgery.variants.lokr import LokrFactors
from lorasurgery.variants.lora import LoraFactors
from lorasurgery.variants.replaced_vector import ReplacedVectorFactors

HOLDS = (
    LoraFactors,
    DoraFactors,
    LohaFactors,
    LokrFactors,
    DecomposedFactors,
    BeftFactors,
    ReplacedVectorFactors,
)
# The inputs of a first layer: of Flux's `img_in`, Qwen-Image's, and Z-Image's `x_embedder`.
FLUX_INPUTS = 64


def tensors_at(adapter: Adapter, path: str) -> dict[str, LazyTensor]:
    """Lay out the tensors of one of an adapter's modules."""
    return _weight(adapter, path) | _bias(adapter, path) | _shape(adapter, path)


def only_in_comfyui(adapter: Adapter) -> list[str]:
    """List the modules whose biases or norms change: other programs than ComfyUI leave those out."""
    return sorted(
        path
        for path, factors in adapter.modules.items()
        if getattr(factors, "bias", None) is not None
        or isinstance(factors, ReplacedVectorFactors)
        or adapter.is_vector(path)
    )


def _weight(adapter: Adapter, path: str) -> dict[str, LazyTensor]:
    factors = adapter.modules[path]
    if isinstance(factors, BeftFactors):
        return {}
    if isinstance(factors, LoraFactors) and adapter.is_vector(path):
        return {"w_norm": _vector(factors)}
    if isinstance(factors, ReplacedVectorFactors):
        return {SET: factors.value.viewed((factors.value.numel,))}
    return tensors_of(factors, adapter.host.kernels.get(path, ()))


def _bias(adapter: Adapter, path: str) -> dict[str, LazyTensor]:
    """Give the change of the bias times the scale, by which programs do not multiply it."""
    factors, name = adapter.modules[path], "b_norm" if adapter.is_vector(path) else "diff_b"
    bias: LazyTensor | None = getattr(factors, "bias", None)
    scale: float = getattr(factors, "scale", 1.0)
    if bias is None:
        return {}
    bias = bias.viewed((bias.numel,))
    return {name: bias if scale == 1 else bias.scaled(scale, Dtype.F64)}


def _shape(adapter: Adapter, path: str) -> dict[str, LazyTensor]:
    """Give the shape of a first layer (Flux's `img_in`) that gets the inputs of a second image."""
    import torch

    shape = own_shape(adapter.modules[path])
    is_wider = path in adapter.widens and shape is not None and shape[1] > FLUX_INPUTS
    return {RESHAPE: LazyTensor.of(torch.tensor(shape))} if is_wider else {}


def tensors_of(factors: Factors, kernel: tuple[int, ...]) -> dict[str, LazyTensor]:
    """Lay out the tensors of one module, without its bias; `kernel` is that of a convolution."""
    if isinstance(factors, LoraFactors | DoraFactors):
        return _lora_tensors(factors, kernel)
    if isinstance(factors, DecomposedFactors):
        return tensors_of(factors.inner, kernel) | {"dora_scale": _norms(factors, kernel)}
    if isinstance(factors, LohaFactors):
        return _loha_tensors(factors)
    assert isinstance(factors, LokrFactors), f"{type(factors).__name__} is not among {HOLDS}"
    return _lokr_tensors(factors, kernel)


def why_not(factors: Factors, kernel: tuple[int, ...]) -> str | None:
    """Say why these factors cannot be laid out, and what to do instead; None where they can.

    Their bias is not considered.
    """
    if isinstance(factors, DecomposedFactors):
        return why_not(factors.inner, kernel)
    if isinstance(factors, LoraFactors | DoraFactors):
        if not factors.A.shape[0]:
            return "its rank is 0. Leave it out"
        if factors.shape[1] % math.prod(kernel):
            return (
                f"its {factors.shape[1]} columns are not a multiple of the kernel {list(kernel)}. Check "
                "the base"
            )
    if getattr(factors, "scale", 1.0) == 0:
        return "its scale is 0, and an alpha of 0 means the rank. Leave it out"
    if isinstance(factors, DoraFactors) and factors.by_column and math.prod(kernel) > 1:
        return (
            "its DoRA has a magnitude for each column, and dora_scale one for each channel of a "
            "convolution. Convert it to lora"
        )
    if isinstance(factors, LokrFactors) and factors.w2 is not None and len(factors.w2.shape) == 3:
        return "PEFT's LoKr of a one-dimensional convolution is another product. Convert it to lora"
    return None


def _lora_tensors(factors: LoraFactors | DoraFactors, kernel: tuple[int, ...]) -> dict[str, LazyTensor]:
    (rank, width), rows, ones = factors.A.shape, factors.B.shape[0], (1,) * len(kernel)
    laid_out = {
        DOWN: factors.A.viewed((rank, width // math.prod(kernel), *kernel)),
        UP: factors.B.viewed((rows, rank, *ones)),
        "alpha": _alpha(factors.scale, rank),
    }
    if isinstance(factors, DoraFactors):
        numbers = (1, width) if factors.by_column else (rows, 1)
        laid_out["dora_scale"] = factors.magnitude.viewed((*numbers, *ones))
    return laid_out


def _norms(factors: DecomposedFactors, kernel: tuple[int, ...]) -> LazyTensor:
    numbers = (1, factors.magnitude.numel) if factors.by_column else (factors.magnitude.numel, 1)
    return factors.magnitude.viewed((*numbers, *(1 for _ in kernel)))


def _vector(factors: LoraFactors) -> LazyTensor:
    """Give the change of a norm's weight as a vector."""
    A, B, scale = factors.A, factors.B, factors.scale
    if A.shape == (1, 1) and scale == 1:
        return B.map(
            lambda t: (t.double() * A.read().double()).flatten().to(t.dtype),
            shape=(B.shape[0],),
        )
    return B.map(
        lambda t: (t.double() @ A.read().double()).flatten() * scale, shape=(B.shape[0],), dtype=Dtype.F64
    )


def _loha_tensors(factors: LohaFactors) -> dict[str, LazyTensor]:
    sides = (factors.w1_a, factors.w1_b, factors.w2_a, factors.w2_b)
    laid_out = dict(zip(LOHA, sides, strict=True))
    if factors.t1 is not None and factors.t2 is not None:
        laid_out |= dict(zip(LOHA_CORES, (factors.t1, factors.t2), strict=True))
    return {**laid_out, "alpha": _alpha(factors.scale, factors.w1_b.shape[0])}


def _lokr_tensors(factors: LokrFactors, kernel: tuple[int, ...]) -> dict[str, LazyTensor]:
    w1, w2 = factors.w1, factors.w2
    rank = next((each.shape[0] for each in (factors.w1_b, factors.w2_b) if each is not None), None)
    if rank is None:
        # Nothing but the numbers themselves can say the scale of two whole factors.
        w1 = _times(w1, factors.scale)
    if w2 is not None and len(w2.shape) == 2:
        w2 = w2.viewed((w2.shape[0], w2.shape[1] // math.prod(kernel), *kernel))
    sides = (w1, factors.w1_a, factors.w1_b, w2, factors.w2_a, factors.w2_b, factors.t2)
    laid_out = {part: each for part, each in zip(LOKR, sides, strict=True) if each is not None}
    return {**laid_out, "alpha": _alpha(factors.scale if rank else 1.0, rank or 1)}


def _times(tensor: LazyTensor | None, scale: float) -> LazyTensor | None:
    return tensor if tensor is None or scale == 1 else tensor.scaled(scale, Dtype.F64)


def _alpha(scale: float, rank: int) -> LazyTensor:
    """Give alpha as a scalar, in float32 where that reproduces the scale, and otherwise in float64.

    float64 reproduces every scale that is a number divided by the rank; of other scales it may give
    a neighbour.
    """
    import torch

    alpha = torch.tensor(scale * rank, dtype=torch.float64)
    narrow = alpha.float()
    is_enough = not rank or float(narrow) / rank == scale
    return LazyTensor.of(narrow if is_enough else alpha)

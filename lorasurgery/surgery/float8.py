"""Weights in 8-bit floats with scales: W = code · scale, a scale for the whole matrix, for each row, or for each block of it.

    weight (out, in) float8_e4m3fn    weight_scale_inv (out/128, in/128)   DeepSeek's blocks; despite its name it multiplies
                                      weight_scale (), (1), (out) or (out, 1)   of a tensor, of rows

Source: DeepSeek-AI, "DeepSeek-V3 Technical Report", 2024, arXiv 2412.19437, section 3.3; the files of compressed-tensors.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from lorasurgery.checkpoint import Checkpoint
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import UnsupportedError
from lorasurgery.lazy import LazyTensor

if TYPE_CHECKING:
    import torch
    from torch import Tensor

SCALES = ("_scale_inv", "_scale")
# Scales of inputs: of no use without the codes.
INPUT_SCALES = ("input_scale", "activation_scale")


@dataclass(frozen=True)
class Scaled8:
    """One weight in codes: its name, that of its scales, and how many rows and columns share one."""

    name: str
    scale: str
    block: tuple[int, int]


def scaled_weights(checkpoint: Checkpoint) -> dict[str, Scaled8]:
    """The weights of a checkpoint that are 8-bit floats with scales, by name.

    Raises:
        UnsupportedError: scales whose shape does not say what they belong to.
    """
    tensors = checkpoint.tensors
    found = {}
    for name, tensor in tensors.items():
        scale = next((name + mark for mark in SCALES if name + mark in tensors), None)
        if scale is not None and "float8" in str(tensor.dtype) and len(tensor.shape) == 2:
            found[name] = Scaled8(name, scale, _block(checkpoint, name, tensors[scale].shape))
    return found


def _block(checkpoint: Checkpoint, name: str, scales: tuple[int, ...]) -> tuple[int, int]:
    rows, columns = checkpoint.tensors[name].shape
    if math.prod(scales) == 1:
        return rows, columns
    if scales in ((rows,), (rows, 1)):
        return 1, columns
    settings = checkpoint.config.get("quantization_config")
    size = (settings.get("weight_block_size") if isinstance(settings, Mapping) else None) or (128, 128)
    if scales == (-(-rows // size[0]), -(-columns // size[1])):
        return size[0], size[1]
    raise UnsupportedError(
        f"{name!r} of {checkpoint.name} is {rows}×{columns} in 8-bit codes, and its scales are {scales}, which fit neither the whole, nor its rows, "
        f"nor blocks of {size[0]}×{size[1]}. Give the checkpoint in its unquantised form."
    )


def leftovers(checkpoint: Checkpoint, weights: Mapping[str, Scaled8]) -> list[str]:
    """The tensors that mean nothing once the weights are plain numbers: their scales, and those of inputs."""
    modules = {name.rpartition(".")[0] for name in weights}
    inputs = [f"{module}.{leaf}" for module in sorted(modules) for leaf in INPUT_SCALES]
    return [
        name for name in (*(each.scale for each in weights.values()), *inputs) if name in checkpoint.tensors
    ]


def dequantised(checkpoint: Checkpoint, weight: Scaled8) -> LazyTensor:
    """The weight as numbers, in float32: codes times scales, each product rounded once."""

    codes, scales = checkpoint.tensors[weight.name], checkpoint.tensors[weight.scale]

    @cache
    def factors() -> Tensor:
        return scales.read().float()

    def rows(start: int, stop: int) -> Tensor:
        return codes.read_rows(start, stop).float() * spread(
            factors(), weight.block, codes.shape, start, stop
        )

    return LazyTensor(codes.shape, Dtype.F32, lambda: rows(0, codes.shape[0]), rows, codes.advise)


def spread(scales: Tensor, block: tuple[int, int], shape: tuple[int, ...], start: int, stop: int) -> Tensor:
    """The scale of every element of some rows."""
    import torch

    table = scales.reshape(-(-shape[0] // block[0]), -(-shape[1] // block[1]))
    down = torch.arange(start, stop) // block[0]
    across = torch.arange(shape[1]) // block[1]
    return table[down][:, across]


def requantised(
    W: Tensor, block: tuple[int, int], scales: LazyTensor, dtype: torch.dtype
) -> tuple[Tensor, Tensor]:
    """Codes and scales of a matrix in float64, the scales of the shape and dtype of the old ones: each block's largest element
    becomes the largest code, or the next below it where the scale had to be rounded up."""
    import torch

    from lorasurgery.linalg.rounding import round_once

    rows, columns = W.shape
    down, across = -(-rows // block[0]), -(-columns // block[1])
    padded = torch.zeros(down * block[0], across * block[1], dtype=torch.float64)
    padded[:rows, :columns] = W.abs()
    peaks = padded.reshape(down, block[0], across, block[1]).amax(dim=(1, 3))
    largest = torch.finfo(dtype).max
    wanted = torch.where(peaks > 0, peaks / largest, torch.ones_like(peaks))
    if scales.dtype.itemsize == 1:  # powers of two (float8_e8m0fnu)
        wanted = torch.exp2(torch.ceil(torch.log2(wanted)))
    stored = wanted.float().to(scales.dtype.torch).reshape(scales.shape)
    wide = spread(stored.double(), block, (rows, columns), 0, rows)
    # The scale was rounded, so that the largest element may come out a little beyond the largest code.
    return round_once((W / wide).clamp(-largest, largest), dtype), stored

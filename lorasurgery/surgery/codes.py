"""Weights that are stored as codes: small integers or floats that mean something only by way of scales."""

from __future__ import annotations

from collections.abc import Mapping

from lorasurgery.checkpoint import Checkpoint
from lorasurgery.surgery.float8 import SCALES

# What quantisers append to a weight's name to store its scales.
SCALE_MARKS = (*SCALES, ".absmax", ".quant_state", "_scales")


def description_of_codes(checkpoint: Checkpoint, name: str) -> str | None:
    """Say that a tensor holds codes, and of which kind; None where it holds numbers."""
    tensor = checkpoint.tensors[name]
    scale = next((name + mark for mark in SCALE_MARKS if name + mark in checkpoint.tensors), None)
    dtype = str(tensor.dtype)
    if len(tensor.shape) < 2 or not (scale or _is_code(name, dtype)):
        return None
    return f"{name!r} of {checkpoint.name} holds {dtype} codes{f' with scales in {scale!r}' if scale else ''}"


def _is_code(name: str, dtype: str) -> bool:
    """Whether the numbers stand for others by way of a scale; indices are int64, and a mask is bool or called `bias` (GPT-2's)."""
    is_small_integer = "int" in dtype and "64" not in dtype
    return "float4" in dtype or (is_small_integer and not name.endswith("bias"))


def quantiser(config: Mapping[str, object]) -> str | None:
    """What a config says about how its weights are quantised, if they are."""
    settings = config.get("quantization_config")
    return str(settings.get("quant_method", "unknown")) if isinstance(settings, Mapping) else None

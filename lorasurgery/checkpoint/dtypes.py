"""The safetensors names of dtypes, and torch's.

Source: safetensors' `Dtype` enumeration (safetensors 0.8). Two of its members have no torch dtype, the six-bit floats;
a four-bit float is stored by torch two to an element, so its last dimension reads as half of what the header says.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

# name in the header -> (name in torch, bits an element takes in the file), in the order in which the library lays them into a file
TORCH_NAMES = {
    "U64": ("uint64", 64),
    "I64": ("int64", 64),
    "F64": ("float64", 64),
    "C64": ("complex64", 64),
    "F32": ("float32", 32),
    "U32": ("uint32", 32),
    "I32": ("int32", 32),
    "BF16": ("bfloat16", 16),
    "F16": ("float16", 16),
    "U16": ("uint16", 16),
    "I16": ("int16", 16),
    "F8_E5M2FNUZ": ("float8_e5m2fnuz", 8),
    "F8_E4M3FNUZ": ("float8_e4m3fnuz", 8),
    "F8_E8M0": ("float8_e8m0fnu", 8),
    "F8_E4M3": ("float8_e4m3fn", 8),
    "F8_E5M2": ("float8_e5m2", 8),
    "I8": ("int8", 8),
    "U8": ("uint8", 8),
    "F6_E3M2": (None, 6),
    "F6_E2M3": (None, 6),
    "F4": ("float4_e2m1fn_x2", 4),
    "BOOL": ("bool", 8),
}


@cache
def torch_dtypes() -> dict[str, torch.dtype]:
    """The safetensors names that this torch can hold, and its dtypes for them."""
    import torch

    return {
        name: getattr(torch, own) for name, (own, _) in TORCH_NAMES.items() if own and hasattr(torch, own)
    }


@cache
def safetensors_names() -> dict[torch.dtype, str]:
    """The inverse of `torch_dtypes`."""
    return {dtype: name for name, dtype in torch_dtypes().items()}


def layout_order(dtype: torch.dtype) -> int:
    """Where tensors of this dtype come in a file: the widest first, so that each begins at a multiple of its own size."""
    return list(TORCH_NAMES).index(safetensors_names()[dtype])

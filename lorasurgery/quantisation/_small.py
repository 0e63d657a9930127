"""Small tensors that describe a large one (shapes as numbers, settings as text), read when a
checkpoint opens.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lorasurgery.dtypes import Dtype
from lorasurgery.foreign import json_value, reading
from lorasurgery.quantisation._module import Module

MOST_BYTES = 65_536
INTEGERS = frozenset({Dtype.I64, Dtype.I32, Dtype.I16, Dtype.I8, Dtype.U8})


def small_integers(module: Module, leaf: str) -> tuple[int, ...] | None:
    """The elements of a tensor that holds a shape; None where there is none, or it holds no sizes."""
    tensor = module.tensors.get(leaf)
    if tensor is None or tensor.dtype not in INTEGERS or not 0 < tensor.numel <= 8:
        return None
    with reading(repr(module.full(leaf)), "a shape"):
        sizes = tuple(int(each) for each in tensor.raw().integers.reshape(-1).tolist())
    return sizes if min(sizes) > 0 else None


def small_text(module: Module, leaf: str) -> Mapping[str, Any]:
    """The JSON object that a tensor of bytes spells; empty where there is none."""
    tensor = module.tensors.get(leaf)
    if tensor is None or tensor.dtype is not Dtype.U8 or tensor.nbytes > MOST_BYTES:
        return {}
    with reading(repr(module.full(leaf)), "JSON"):
        content = json_value(tensor.raw().data.tobytes().decode("utf-8"))
    return content if isinstance(content, Mapping) else {}

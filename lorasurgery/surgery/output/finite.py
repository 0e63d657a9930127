"""Refuse to write a NaN or an infinity in an adapter; the error names the first one with its place.

What is only looked at is asked here as well: a module is ill wherever the number lies, in its
factors, a magnitude or a bias.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator

from lorasurgery.adapter import Adapter
from lorasurgery.errors import NumericError
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.base.matrix import STREAM_ELEMENTS
from lorasurgery.surgery.base.prefetch import fetch_soon
from lorasurgery.variants.edit import Factors


def refuse_non_finite(adapter: Adapter) -> None:
    """Refuse an adapter that holds a NaN or an infinity; its tensors are read block by block.

    Raises:
        NumericError: with the module, the tensor and the place in it.
    """
    fetch_soon(value for _, value in _values(adapter))
    for name, value in _values(adapter):
        bad, place = _first_in(value) if isinstance(value, LazyTensor) else (value, "")
        if not math.isfinite(bad):
            number = "a NaN" if math.isnan(bad) else "an infinity"
            raise NumericError(
                f"{name} has {number}{place}, and a model with it answers NaN; nothing was written. Take "
                "an earlier checkpoint of the training."
            )


def is_finite(factors: Factors) -> bool:
    """Whether all tensors and numbers of a module's factors are finite."""
    return all(
        math.isfinite(_first_in(value)[0] if isinstance(value, LazyTensor) else value)
        for _, value in _parts(factors)
    )


def _values(adapter: Adapter) -> Iterator[tuple[str, LazyTensor | float]]:
    for path, factors in sorted(adapter.modules.items()):
        for part, value in _parts(factors):
            yield f"{part} of {path!r}", value
    for name, tensor in sorted(adapter.replaced.items()):
        yield repr(name), tensor
    for path, rows in sorted(adapter.token_rows.items()):
        yield f"The rows of tokens of {path!r}", rows.rows


def _parts(factors: object, around: str = "") -> Iterator[tuple[str, LazyTensor | float]]:
    """Yield the tensors and numbers of a module's factors with the names of their fields."""
    if isinstance(factors, LazyTensor | float):
        yield around, factors
    elif isinstance(factors, tuple):
        for index, each in enumerate(factors):
            yield from _parts(each, f"{around}[{index}]")
    elif dataclasses.is_dataclass(factors):
        for field in dataclasses.fields(factors):
            name = f"{around}.{field.name}" if around else field.name
            yield from _parts(getattr(factors, field.name), name)


def _first_in(tensor: LazyTensor) -> tuple[float, str]:
    """Find the first non-finite number of a tensor and its place; 0 where all are finite."""
    import numpy as np

    if tensor.numel <= STREAM_ELEMENTS and tensor.raw().is_finite:
        return 0.0, ""
    columns = max(1, math.prod(tensor.shape[1:]))
    rows = tensor.shape[0] if tensor.shape else 1
    for start, block in tensor.viewed((rows, columns)).raw_blocks(STREAM_ELEMENTS) if tensor.numel else ():
        if not block.is_finite:
            numbers = block.tensor.numpy() if tensor.dtype.is_complex else block.double()
            row, column = map(int, np.argwhere(~np.isfinite(numbers))[0])
            return float(abs(numbers[row, column])), f" (row {start + row}, column {column})"
    return 0.0, ""

"""Put a matrix together from the tensors that hold it on disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from lorasurgery.architecture.value import Source

if TYPE_CHECKING:
    from torch import Tensor


def matrix_of(stack: tuple[Source, ...], read: Callable[[str], Tensor]) -> Tensor:
    """Read one expert's stack of a `Layout`, as (out, in, ...) or a vector (out).

    `read` takes a name on disk.
    """
    import torch

    parts = [_part(source, read(source.tensor)) for source in stack]
    return parts[0] if len(parts) == 1 else torch.cat(parts)


def _part(source: Source, tensor: Tensor) -> Tensor:
    part = tensor if source.expert is None else tensor[source.expert]
    if source.transposed and part.ndim == 2:
        part = part.T
    return part if source.rows is None else part[slice(*source.rows)]

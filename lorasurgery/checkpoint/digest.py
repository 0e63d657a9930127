"""The SHA-256 of a tensor's bytes, as they lie in a file."""

from __future__ import annotations

import hashlib

from lorasurgery.checkpoint.write import tensor_bytes
from lorasurgery.lazy import LazyTensor

# Read at once.
ELEMENTS = 1 << 20


def digest(tensor: LazyTensor) -> str:
    """Hash a tensor, block by block."""
    found = hashlib.sha256()
    view = tensor.viewed((tensor.numel,))
    if view.rows is None:
        found.update(tensor_bytes(tensor.read()))
        return found.hexdigest()
    for start in range(0, tensor.numel, ELEMENTS):
        found.update(tensor_bytes(view.read_rows(start, min(start + ELEMENTS, tensor.numel))))
    return found.hexdigest()

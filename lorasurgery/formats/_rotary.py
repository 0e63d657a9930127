"""Rows of queries and keys whose neighbours are rotated by one angle, as Meta's and Mistral's models have.

transformers rotates the two halves of a head instead, so that the rows of W_q and W_k, and of B,
stand in another order there.
"""

from __future__ import annotations

from lorasurgery.adapter import Host
from lorasurgery.lazy import LazyTensor


def deinterleaved(tensor: LazyTensor, width: int) -> LazyTensor:
    """Put every other row of each head of `width` rows first, the rows between them behind."""
    rest = tensor.shape[1:]
    return tensor.map(
        lambda t: t.reshape(-1, width // 2, 2, *rest).transpose(1, 2).reshape(t.shape).contiguous(),
    )


def head_width(host: Host) -> int | None:
    """Return how many rows a head has, from the config."""
    config = host.config
    width, hidden, heads = (config.get(key) for key in ("head_dim", "hidden_size", "num_attention_heads"))
    if type(width) is int and width > 0:
        return width
    if type(hidden) is int and type(heads) is int and heads > 0:
        return hidden // heads
    return None

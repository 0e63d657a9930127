"""Inputs drawn from a seed, for tracing a graph and for checking it: tokens, a mask with padding,
positions, numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lorasurgery.onnx.exporting.tasks.value import GraphPort

if TYPE_CHECKING:
    import torch
    from torch import Tensor

BYTES = 256


def draw(
    ports: Sequence[GraphPort],
    sizes: Mapping[str, int],
    config: Any,
    *,
    dtype: torch.dtype,
    seed: int = 0,
    pad: str | None = None,
) -> dict[str, Tensor]:
    """Draw a tensor for each port.

    Args:
        sizes: the length of each free axis.
        config: the model's config, for its vocabulary and its padding token.
        dtype: of numbers that are no counts.
        pad: `left` or `right`: row i of a batch has i places of padding on that side, as far as
            something is left; None for none.
    """
    import torch

    made = torch.Generator().manual_seed(seed)
    text = config.get_text_config()
    drawn: dict[str, Tensor] = {}
    for port in ports:
        shape = tuple(sizes[axis] if isinstance(axis, str) else axis for axis in port.axes)
        if port.kind == "tokens":
            drawn[port.name] = _tokens(shape, text, made)
        elif port.kind == "mask":
            drawn[port.name] = _mask(shape, pad)
        elif port.kind == "types":
            drawn[port.name] = torch.randint(0, text.type_vocab_size, shape, generator=made)
        elif port.kind == "positions":
            start = sizes.get("past_sequence_length", 0)
            drawn[port.name] = torch.arange(start, start + shape[1]).expand(shape).contiguous()
        else:
            drawn[port.name] = torch.randn(shape, generator=made).to(dtype)
    return _padded(ports, drawn, text)


def _tokens(shape: tuple[int, ...], text: Any, made: torch.Generator) -> Tensor:
    """Any token but the one for padding, of which models make something special."""
    import torch

    padding = padding_token(text)
    drawn = torch.randint(0, _vocabulary(text) - 1, shape, generator=made)
    return torch.where(drawn >= padding, drawn + 1, drawn)


def padding_token(text: Any) -> int:
    """The token for padding, or 0 where a model has none."""
    token = getattr(text, "pad_token_id", None)
    return token if isinstance(token, int) and 0 <= token < _vocabulary(text) else 0


def _vocabulary(text: Any) -> int:
    """How many tokens every side knows (Marian may have two tables); bytes, where a model reads
    characters and has none (CANINE).
    """
    sizes = (getattr(text, field, None) for field in ("vocab_size", "decoder_vocab_size"))
    return min((int(size) for size in sizes if size), default=BYTES)


def _mask(shape: tuple[int, ...], pad: str | None) -> Tensor:
    import torch

    rows, length = shape
    mask = torch.ones(shape, dtype=torch.long)
    for row in range(rows if pad and math.prod(shape) else 0):
        count = min(row, length - 1)
        mask[row, :count] = 0 if pad == "left" else 1
        if pad == "right" and count:
            mask[row, -count:] = 0
    return mask


def _padded(ports: Sequence[GraphPort], drawn: dict[str, Tensor], text: Any) -> dict[str, Tensor]:
    """Put the padding token where the mask says so, and count positions without it."""
    import torch

    masks = {port.axes: drawn[port.name] for port in ports if port.kind == "mask"}
    lone = next(iter(masks.values())) if len(masks) == 1 else None
    for port in ports:
        mask = masks.get(port.axes)
        if port.kind == "tokens" and mask is not None:
            drawn[port.name] = torch.where(mask == 1, drawn[port.name], padding_token(text))
        if port.kind == "positions" and lone is not None:
            counted = (lone.cumsum(-1) - 1).clamp(min=0)
            drawn[port.name] = counted[:, -drawn[port.name].shape[1] :].contiguous()
    return drawn

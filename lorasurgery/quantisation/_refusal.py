"""Why a tensor of a checkpoint cannot be computed with: the fact, to which the verb adds its way out."""

from __future__ import annotations

from lorasurgery.checkpoint.value import Checkpoint
from lorasurgery.dtypes import Dtype
from lorasurgery.quantisation._weight import QuantisedWeight

# int64 counts and indexes, and a mask is bool or called `bias` (GPT-2's).
NO_CODES = frozenset({Dtype.I64, Dtype.U64, Dtype.BOOL})


def not_numbers(checkpoint: Checkpoint, name: str) -> str | None:
    """Say that a tensor cannot be computed with, without a full stop at the end; None where it can.

    Args:
        checkpoint: as `open_model` gives it.
    """
    tensor = checkpoint.tensors[name]
    if tensor.quantised is not None:
        fact = tensor.quantised.refusal
        return f"{name!r} of {checkpoint.name} {fact}" if fact else None
    is_integer = not tensor.dtype.is_floating_point and not tensor.dtype.is_complex
    is_code = tensor.dtype is Dtype.F4 or (
        is_integer and tensor.dtype not in NO_CODES and not name.endswith("bias")
    )
    if len(tensor.shape) < 2 or not is_code:
        return None
    return f"{name!r} of {checkpoint.name} holds {tensor.dtype} codes"


def refusal(weight: QuantisedWeight) -> str:
    """Say of a quantised weight, without its name, that it cannot be read as numbers."""
    return f"is quantised ({weight.label}), and {weight.reason or 'this program cannot read that as numbers'}"

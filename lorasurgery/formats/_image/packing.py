"""Take packed projections apart and put their parts together, as a family's rule says, exactly.

    apart      each part gets its own rows of B, without the ranks that only other rows have
    together   A = [A₁; A₂; …], B = diag(B₁, B₂, …); one A and [B₁; B₂; …] where all have the same A

Of LoRA and of DoRA by row, the parts are such factors again. Other variants are packed and sliced
as they are (`variants/packed.py`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import pairwise

from lorasurgery.dtypes import Dtype
from lorasurgery.errors import AlignmentError, UnsupportedError
from lorasurgery.formats._image.families._family import Rule
from lorasurgery.lazy import LazyTensor
from lorasurgery.lazy_join import block_diagonal, cat, zeros
from lorasurgery.variants.beft import BeftFactors
from lorasurgery.variants.decomposed import DecomposedFactors
from lorasurgery.variants.dora import DoraFactors
from lorasurgery.variants.edit import Factors, own_shape, variant_of
from lorasurgery.variants.ia3 import Ia3Factors
from lorasurgery.variants.lora import LoraFactors
from lorasurgery.variants.lycoris_glora import LycorisGloraFactors
from lorasurgery.variants.lycoris_oft import LycorisOftFactors
from lorasurgery.variants.packed import PackedFactors, SlicedFactors, bounds_of


def is_divisible(factors: Factors, rule: Rule) -> bool:
    """Whether a packed module has as many rows as the rule's parts can have."""
    shape = own_shape(factors)
    if shape is None:
        return True
    try:
        bounds_of(shape[0], shape[1], len(rule.diffusers), rule.square)
    except ValueError:
        return False
    return True


def apart(name: str, factors: Factors, rule: Rule) -> list[Factors]:
    """Give the factors of each part, from the top.

    Raises:
        AlignmentError: the rows do not divide into the parts.
        UnsupportedError: the rows of the change depend on each other.
    """
    if isinstance(factors, LycorisOftFactors) and _is_in_parts(factors, rule):
        return [dataclasses.replace(factors, parts=(part,)) for part in factors.parts]
    if isinstance(factors, Ia3Factors) and factors.of_inputs:
        return [factors] * len(rule.diffusers)
    shape = own_shape(factors) or _shape_of_vector(factors, rule)
    if shape is None:
        raise UnsupportedError(
            f"{name!r} is of a variant whose rows cannot be taken apart ({variant_of(factors)}): merge it "
            "into a base that has this module in one piece, or convert the adapter --to lora with that base."
        )
    try:
        bounds = bounds_of(shape[0], shape[1], len(rule.diffusers), rule.square)
    except ValueError as error:
        parts = ", ".join(each.rpartition(".")[2] for each in rule.diffusers)
        raise AlignmentError(f"{name!r} does not divide into {parts}: {error}.") from None
    return [rows_of(name, factors, start, stop) for start, stop in pairwise(bounds)]


def _shape_of_vector(factors: Factors, rule: Rule) -> tuple[int, int] | None:
    """Return the shape of the weight that a number for each row is for, where the rule shows its width."""
    if not isinstance(factors, Ia3Factors | BeftFactors):
        return None
    vector = factors.gains if isinstance(factors, Ia3Factors) else factors.bias
    others = len(rule.diffusers) - rule.square
    width = vector.numel / (rule.square + rule.ratio * others)
    is_known = not others or rule.ratio != 1
    return (vector.numel, int(width)) if is_known and width.is_integer() else None


def _is_in_parts(factors: LycorisOftFactors, rule: Rule) -> bool:
    """Whether each part of a packed module has rotations of its own, as in sd-scripts' files."""
    return len(factors.parts) == len(rule.diffusers) and factors.gains is None


def is_nothing(factors: Factors) -> bool:
    """Whether LoRA changes nothing, as that of a part which was packed without a change of its own."""
    if not isinstance(factors, LoraFactors) or factors.B.read().any():
        return False
    return factors.bias is None or not factors.bias.read().any()


def rows_of(name: str, factors: Factors, start: int, stop: int) -> Factors:
    """Give some rows of a change.

    Raises:
        UnsupportedError: they depend on the others.
    """
    if isinstance(factors, LoraFactors):
        return _rows_of_lora(factors, start, stop)
    if isinstance(factors, DoraFactors) and not factors.by_column:
        bias = factors.bias and factors.bias.sliced(start, stop)
        magnitude = factors.magnitude.sliced(start, stop)
        return dataclasses.replace(factors, B=factors.B.sliced(start, stop), magnitude=magnitude, bias=bias)
    if isinstance(factors, LycorisGloraFactors):
        return dataclasses.replace(factors, b1=factors.b1.sliced(start, stop))
    if isinstance(factors, Ia3Factors):
        gains = factors.gains.viewed((factors.gains.numel,))
        return dataclasses.replace(factors, gains=gains.sliced(start, stop))
    if isinstance(factors, BeftFactors):
        bias = factors.bias.viewed((factors.bias.numel,)).sliced(start, stop)
        return BeftFactors(bias.viewed((1, bias.numel)))
    if isinstance(factors, DoraFactors | DecomposedFactors):
        raise UnsupportedError(
            f"{name!r} is DoRA of a kind that cannot be taken apart by rows: merge it into a base that has "
            "this module in one piece, or convert the adapter --to lora with that base."
        )
    shape = own_shape(factors)
    assert shape is not None, "whoever slices knows where"
    return SlicedFactors(factors, start, stop, shape[0])


def together(parts: Sequence[Factors | None], rule: Rule) -> Factors:
    """Give the factors of a packed module; None is a part that does not change."""
    there = [part for part in parts if part is not None]
    if all(isinstance(part, LoraFactors) for part in there):
        loras = [part if isinstance(part, LoraFactors) else None for part in parts]
        return _packed_lora(loras, rule)
    return PackedFactors(tuple(parts), rule.square)


def halves_swapped(name: str, factors: Factors) -> Factors:
    """Give a change whose second half of rows comes first."""
    shape = own_shape(factors)
    assert shape is not None, "a module that is swapped is linear"
    middle, total = shape[0] // 2, shape[0]
    if isinstance(factors, LoraFactors):
        B, bias = factors.B, factors.bias
        return dataclasses.replace(
            factors,
            B=cat([B.sliced(middle, total), B.sliced(0, middle)]),
            bias=bias and cat([bias.sliced(middle, total), bias.sliced(0, middle)]),
        )
    return PackedFactors((rows_of(name, factors, middle, total), rows_of(name, factors, 0, middle)))


def _rows_of_lora(factors: LoraFactors, start: int, stop: int) -> LoraFactors:
    A, B = factors.A, factors.B
    bias = factors.bias and factors.bias.sliced(start, stop)
    used = B.read_rows(start, stop).ne(0).any(dim=0).nonzero().flatten()
    if len(used) in (0, factors.rank):
        return dataclasses.replace(factors, B=B.sliced(start, stop), bias=bias)
    rows = B.sliced(start, stop).map(lambda t: t[:, used].contiguous(), shape=(stop - start, len(used)))
    return dataclasses.replace(factors, A=A.reordered(used), B=rows, bias=bias)


def _packed_lora(parts: Sequence[LoraFactors | None], rule: Rule) -> LoraFactors:
    there = [part for part in parts if part is not None]
    width = there[0].shape[1]
    if any(part.shape[1] != width for part in there):
        raise AlignmentError(f"The parts of {rule.original!r} have different numbers of columns.")
    others = [part.shape[0] for part in parts[rule.square :] if part is not None]
    other = others[0] if others else round(rule.ratio * width)
    heights = [width] * rule.square + [other] * (len(parts) - rule.square)
    for part, height in zip(parts, heights, strict=True):
        if part is not None and part.shape[0] != height:
            raise AlignmentError(
                f"A part of {rule.original!r} has {part.shape[0]} rows, where {height} are expected."
            )
    scale = there[0].scale if len({part.scale for part in there}) == 1 else 1.0
    bias = _packed_bias(parts, heights, scale)
    sides = [
        (part.B if part.scale == scale else part.B.scaled(part.scale, _wide(part.B.dtype)))
        if part is not None
        else None
        for part in parts
    ]
    dtype = there[0].B.dtype
    if len(there) > 1 and all(_is_same(part.A, there[0].A) for part in there[1:]):
        rank = there[0].rank
        rows = [B or zeros((height, rank), dtype) for B, height in zip(sides, heights, strict=True)]
        return LoraFactors(there[0].A, cat(rows), scale, bias)
    blocks = [B or zeros((height, 0), dtype) for B, height in zip(sides, heights, strict=True)]
    return LoraFactors(cat([part.A for part in there]), block_diagonal(blocks), scale, bias)


def _packed_bias(
    parts: Sequence[LoraFactors | None], heights: Sequence[int], scale: float
) -> LazyTensor | None:
    """Give the biases of all parts below each other, for the scale of the whole; None without any."""
    found = {part.bias.dtype for part in parts if part is not None and part.bias is not None}
    if not found:
        return None
    (dtype, *_) = found
    pieces = [
        zeros((height,), dtype)
        if part is None or part.bias is None
        else part.bias
        if part.scale == scale
        else part.bias.scaled(part.scale, _wide(dtype))
        for part, height in zip(parts, heights, strict=True)
    ]
    return cat(pieces)


def _wide(dtype: Dtype) -> Dtype:
    """Return a dtype in which a factor times its scale is rounded to float32 at most."""
    return dtype if dtype is Dtype.F64 else Dtype.F32


def _is_same(one: LazyTensor, other: LazyTensor) -> bool:
    import torch

    if one is other:
        return True
    return one.shape == other.shape and one.dtype is other.dtype and torch.equal(one.read(), other.read())

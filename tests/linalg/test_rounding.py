"""One rounding from float64, against rational arithmetic."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch
from torch import Tensor

from lorasurgery.linalg.rounding import round_once
from support.bit_patterns import from_ordered, ordered

HALVES = [torch.bfloat16, torch.float16]


def values(dtype: torch.dtype) -> Tensor:
    """Float64 numbers that are hard to round: between neighbours, on the middle, and just beside it."""
    generator = torch.Generator().manual_seed(0)
    stored = torch.randn(300, generator=generator).to(dtype)
    stored = torch.cat([stored, torch.tensor([0.0, 1.0, -2.0, torch.finfo(dtype).tiny / 4], dtype=dtype)])
    following = from_ordered(ordered(stored) + 1, dtype)
    middle = (stored.double() + following.double()) / 2
    steps = [middle]
    for bits in (30, 40, 50):
        steps += [middle * (1 + 2.0**-bits), middle * (1 - 2.0**-bits)]
    return torch.cat(steps)


def nearest(value: float, dtype: torch.dtype) -> Tensor:
    """The nearest number of a dtype, ties to even, by comparing fractions."""
    near = torch.tensor([value], dtype=torch.float64).to(dtype)
    candidates = from_ordered(ordered(near) + torch.arange(-1, 2), dtype)
    exact = Fraction(value)
    distances = [abs(Fraction(float(c)) - exact) for c in candidates]
    best = [c for c, d in zip(candidates, distances, strict=True) if d == min(distances)]
    even = [c for c in best if int(ordered(c.reshape(1)).abs()) % 2 == (1 if float(c) < 0 else 0)]
    return even[0] if len(best) > 1 else best[0]


@pytest.mark.parametrize("dtype", HALVES)
def test_float64_is_rounded_once(dtype: torch.dtype) -> None:
    given = values(dtype)
    wanted = torch.stack([nearest(float(value), dtype) for value in given])
    assert torch.equal(round_once(given, dtype), wanted)
    # The plain cast rounds twice; were that not so here, this test could not fail.
    assert not torch.equal(given.float().to(dtype), wanted)


@pytest.mark.parametrize("dtype", [*HALVES, torch.float32])
def test_nan_stays_nan_and_overflow_becomes_infinity_when_rounded(dtype: torch.dtype) -> None:
    given = torch.tensor([float("inf"), -float("inf"), 1e300, -1e300, 0.0, -0.0], dtype=torch.float64)
    rounded = round_once(given, dtype)
    assert rounded.tolist() == [float("inf"), -float("inf"), float("inf"), -float("inf"), 0.0, 0.0]
    assert str(float(rounded[-1])) == "-0.0"
    odd = torch.tensor([float("nan"), -float("nan")], dtype=torch.float64)
    odd.view(torch.int64)[1] += 3
    rounded = round_once(odd, dtype)
    assert bool(rounded.isnan().all())
    assert len(set(ordered(rounded).tolist())) == 1, "NaNs come in one spelling"

"""The numbers that the codes of a quantised weight can stand for, before their scale: number = scale · level.

An affine format adds an offset to each number of a group, which no step between two numbers depends
on; so an offset is no part of a grid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from lorasurgery.linalg.kernels.tiles import START_SHIFT

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class CodeGrid:
    """`levels` are the numbers by code; NaN where a code stands for none."""

    levels: tuple[float, ...]

    @staticmethod
    def of_integers(count: int) -> CodeGrid:
        """Return the grid of `count` integers, whose first code is 0."""
        return CodeGrid(tuple(map(float, range(count))))

    @property
    def is_even(self) -> bool:
        """Whether a step from a code to the next one is 1, whatever the code."""
        return self.levels == tuple(map(float, range(len(self.levels))))

    @cached_property
    def numbers(self) -> NDArray[np.float32]:
        """The numbers by code (K)."""
        return np.array(self.levels, np.float32)

    @cached_property
    def ordered(self) -> NDArray[np.int64]:
        """The codes in the order of their numbers, one for each number: +0 and not −0."""
        numbers = self.numbers
        codes = [code for code in range(len(numbers)) if np.isfinite(numbers[code])]
        ordered = sorted(codes, key=lambda code: (numbers[code], bool(np.signbit(numbers[code])), code))
        kept = dict.fromkeys(float(numbers[code]) + 0.0 for code in ordered)
        first = {number: next(code for code in ordered if numbers[code] == number) for number in kept}
        return np.array([first[number] for number in kept], np.int64)

    @cached_property
    def ranks(self) -> NDArray[np.int64]:
        """The place of each code's number among `ordered` (K), 0 where it has none."""
        ordered_numbers = self.numbers[self.ordered]
        ranks = np.searchsorted(ordered_numbers, np.nan_to_num(self.numbers))
        return np.where(np.isfinite(self.numbers), ranks, 0).astype(np.int64)

    @cached_property
    def following(self) -> NDArray[np.int64]:
        """The codes of the next smaller and the next larger number (K, 2), or the code itself at an end."""
        codes = np.arange(len(self.levels))
        last = len(self.ordered) - 1
        smaller = np.where(self.ranks > 0, self.ordered[np.maximum(self.ranks - 1, 0)], codes)
        larger = np.where(self.ranks < last, self.ordered[np.minimum(self.ranks + 1, last)], codes)
        both = np.stack([smaller, larger], axis=1)
        return np.ascontiguousarray(np.where(np.isfinite(self.numbers)[:, None], both, codes[:, None]))

    @cached_property
    def gaps(self) -> NDArray[np.float32]:
        """The distances to the next smaller and the next larger number (K, 2), infinite at an end."""
        apart = np.abs(self.numbers[self.following] - self.numbers[:, None]).astype(np.float32)
        is_end = self.following == np.arange(len(self.levels))[:, None]
        return np.ascontiguousarray(np.where(is_end, np.float32(np.inf), apart))

    @cached_property
    def starts(self) -> NDArray[np.int16]:
        """The place among `ordered` of the last number that is not beyond any number with the same
        first bits in float32, by these bits; 0 where there is none.
        """
        firsts = np.arange(1 << (32 - START_SHIFT), dtype=np.uint32) << np.uint32(START_SHIFT)
        # Of negative numbers, the smallest has all of the other bits.
        is_negative = firsts >= np.uint32(1 << 31)
        smallest = np.where(is_negative, firsts | np.uint32((1 << START_SHIFT) - 1), firsts).view(np.float32)
        places = np.searchsorted(self.numbers[self.ordered], smallest, side="right") - 1
        return np.where(np.isnan(smallest), 0, np.maximum(places, 0)).astype(np.int16)

    @cached_property
    def tables(self) -> tuple[NDArray[Any], ...]:
        """What the kernels go by (see `kernels/uneven_grid.py`)."""
        gaps, others = self.gaps, self.following[:, ::-1]
        backs = gaps[:, ::-1]
        beyond = np.stack([gaps[others[:, 0], 1], gaps[others[:, 1], 0]], axis=1)
        leasts = np.minimum(np.minimum(gaps, backs), beyond)
        signed = np.where(self.numbers[others] == 0, -backs, backs)
        itself = np.broadcast_to(np.arange(len(self.levels))[:, None], gaps.shape)
        pairs = np.stack([itself, self.following], axis=2)
        firsts = np.where(np.isfinite(self.numbers), self.ordered[self.ranks], -1)
        floats = [np.ascontiguousarray(each).reshape(-1) for each in (gaps, signed, leasts)]
        return (
            self.numbers,
            firsts.astype(np.int16),
            *floats,
            pairs.astype(np.int16).reshape(-1),
            self.numbers[self.ordered],
            self.ordered.astype(np.int16),
            self.starts,
        )

    @cached_property
    def noise(self) -> NDArray[np.float32]:
        """The mean square error of rounding to each code's number (K): a twelfth of a step squared.

        The step is the distance between the middles of the way to both neighbours; at an end, that
        to the only neighbour.
        """
        smaller, larger = self.gaps.astype(np.float64).T
        smaller, larger = (
            np.where(np.isfinite(each), each, np.where(np.isfinite(other), other, 1.0))
            for each, other in ((smaller, larger), (larger, smaller))
        )
        squares = (smaller**3 + larger**3) / (smaller + larger) / 12
        return np.where(np.isfinite(self.numbers), squares, 0).astype(np.float32)


def float_grid(numbers: Sequence[float]) -> CodeGrid:
    """Return the grid of a small float by its bit patterns; infinities are no numbers that a weight has."""
    return CodeGrid(tuple(number if np.isfinite(number) else float("nan") for number in numbers))

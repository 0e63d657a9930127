"""Factors held against the shape of a weight: whose mistake it is when they do not go together."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from lorasurgery.errors import AlignmentError
from lorasurgery.surgery.base.fitting import edit_of
from lorasurgery.variants.edit import Edit, Shape


@dataclass(frozen=True)
class Failing:
    """Factors whose edit fails."""

    error: Exception

    def edit(self, _shape: Shape) -> Edit:
        raise self.error


def test_sizes_that_do_not_go_together_are_the_files_mistake() -> None:
    with pytest.raises(AlignmentError, match=r"'proj' do not fit its weight of 3×2 in the base: 5 rows"):
        edit_of("proj", Failing(ValueError("5 rows")), (3, 2))


def test_a_broken_promise_of_ours_is_not_blamed_on_the_file() -> None:
    with pytest.raises(AssertionError, match="ours"):
        edit_of("proj", Failing(AssertionError("ours")), (3, 2))

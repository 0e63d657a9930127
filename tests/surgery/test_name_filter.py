"""What the user asks for, in words: which parameters, and how many bytes."""

from __future__ import annotations

import pytest

from lorasurgery.arguments import parse_size
from lorasurgery.errors import NothingToDoError, UnsupportedError
from lorasurgery.surgery.base.name_filter import NameFilter

NAMES = ("model.layers.0.q_proj.weight", "model.layers.0.q_proj.bias", "model.norm.weight", "lm_head.weight")


@pytest.mark.parametrize(
    ("include", "exclude", "chosen"),
    [
        ((), (), NAMES),
        (("*.q_proj",), (), NAMES[:2]),
        (("*.weight",), ("lm_head",), (NAMES[0], NAMES[2])),
        (("model.*",), ("*.bias",), (NAMES[0], NAMES[2])),
        ((), ("*",), ()),
    ],
)
def test_a_pattern_spans_a_parameters_name_or_its_modules_path(
    include: tuple[str, ...], exclude: tuple[str, ...], chosen: tuple[str, ...]
) -> None:
    choice = NameFilter(include, exclude)
    assert tuple(filter(choice, NAMES)) == chosen


def test_a_pattern_that_matches_nothing_is_refused_with_the_closest_names() -> None:
    with pytest.raises(
        NothingToDoError, match=r"include='\*\.q_prj' matches no parameter.*'model\.layers\.0\.q_proj'"
    ):
        NameFilter(include=("*.q_prj",)).check(NAMES)
    NameFilter(include=("*.q_proj",), exclude=("lm_*",)).check(NAMES)


@pytest.mark.parametrize(
    ("text", "nbytes"),
    [("30MB", 30_000_000), ("1.5 GiB", 1_610_612_736), ("2000000", 2_000_000), ("7b", 7), ("4kib", 4096)],
)
def test_sizes_are_read_as_people_write_them(text: str, nbytes: int) -> None:
    assert parse_size(text) == nbytes


@pytest.mark.parametrize("text", ["", "MB", "3XB", "-1MB", "1,5MB"])
def test_a_word_that_is_not_a_size_is_refused(text: str) -> None:
    with pytest.raises(UnsupportedError, match="is not a size"):
        parse_size(text)

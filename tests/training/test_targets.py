"""Patterns are held against the ends of names, part by part."""

from __future__ import annotations

import pytest

from lorasurgery.errors import NothingToDoError
from lorasurgery.training.targets import choose, matches

FEED_FORWARD = "bert.encoder.layer.0.output.dense"
ATTENTION = "bert.encoder.layer.0.attention.output.dense"


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("layer.*.output.dense", FEED_FORWARD, True),
        ("layer.*.output.dense", ATTENTION, False),
        ("output.dense", ATTENTION, True),
        ("**.attention.**", ATTENTION, True),
        ("bert.**.dense", ATTENTION, True),
        ("bert.*.dense", ATTENTION, False),
        ("put.dense", ATTENTION, False),
        ("layer.[0-3].output.dense", FEED_FORWARD, True),
        ("layer.[1-3].output.dense", FEED_FORWARD, False),
        (FEED_FORWARD, FEED_FORWARD, True),
        ("encoder", FEED_FORWARD, False),
    ],
)
def test_a_star_is_one_part(pattern: str, name: str, fits: bool) -> None:
    assert matches(pattern, name) is fits


def test_what_matches_nothing_is_told_with_the_closest_names() -> None:
    with pytest.raises(
        NothingToDoError, match=r"'layer.\*.outputs.dense' matches none of 2 .*closest are 'bert"
    ):
        choose(["layer.*.outputs.dense"], [ATTENTION, FEED_FORWARD])


def test_names_keep_their_order_and_appear_once() -> None:
    assert choose(["output.dense", "layer.*.output.dense"], [ATTENTION, FEED_FORWARD]) == [
        ATTENTION,
        FEED_FORWARD,
    ]
    assert choose([], [FEED_FORWARD, ATTENTION]) == [FEED_FORWARD, ATTENTION]

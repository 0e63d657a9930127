"""Links in a folder of which a delta is made: followed inside, refused where broken, named where left out."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lorasurgery.errors import UnsupportedError
from lorasurgery.surgery.apply import apply
from lorasurgery.surgery.make_delta import make_delta, plan_make_delta
from support.outputs import listing
from support.paths import FIXTURES


@pytest.fixture
def tuned(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FIXTURES / "llama-tuned", tmp_path / "tuned"))


@pytest.mark.parametrize("side", ["base", "target"])
@pytest.mark.parametrize("leads_to", ["absent.md", "../absent.md", "/absent/tokenizer.json", "card.md"])
def test_a_link_that_leads_nowhere_is_refused(tuned: Path, side: str, leads_to: str) -> None:
    (tuned / "card.md").symlink_to(leads_to)
    sides = (tuned, FIXTURES / "llama-base") if side == "base" else (FIXTURES / "llama-base", tuned)
    out = tuned.with_name("out.delta")
    with pytest.raises(UnsupportedError, match=r"card\.md is a link that leads nowhere, and a delta holds"):
        make_delta(*sides, out)
    assert not out.exists()


@pytest.mark.parametrize(
    "link",
    [
        lambda folder: (folder / "elsewhere.json").symlink_to(FIXTURES / "bert-base/config.json"),
        lambda folder: (folder / "elsewhere").symlink_to(FIXTURES / "bert-base"),
        lambda folder: (folder / "again").symlink_to("."),
    ],
    ids=["file elsewhere", "folder elsewhere", "folder inside"],
)
def test_what_is_left_out_is_named_and_the_rest_comes_back(tuned: Path, link: Callable[[Path], None]) -> None:
    plain = listing(tuned)
    link(tuned)
    base, delta = FIXTURES / "llama-base", tuned.with_name("out.delta")
    (note,) = plan_make_delta(base, tuned, delta).forecast().notes
    assert note.startswith("Not in the delta, since links to folders")
    assert make_delta(base, tuned, delta).notes == (note,)
    apply(base, delta, tuned.with_name("again"))
    assert listing(tuned.with_name("again")) == plain


def test_a_link_inside_is_followed_without_a_note(tuned: Path) -> None:
    (tuned / "notes.md").symlink_to("config.json")
    assert make_delta(FIXTURES / "llama-base", tuned, tuned.with_name("out.delta")).notes == ()

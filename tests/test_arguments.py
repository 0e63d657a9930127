"""What callers may write for an argument, and what is said of all else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lorasurgery import (
    Recipe,
    convert,
    extract,
    fuse,
    inspect,
    merge,
    plan_merge,
    plan_subtract,
    rerank,
    train,
    verify,
)
from lorasurgery.arguments import adapters_of, nbytes_of, several, split_weight, whole
from lorasurgery.errors import NothingToDoError, SurgeryError, UnsupportedError
from support.paths import FIXTURES

BASE, TUNED, ADAPTER = (FIXTURES / f"llama-{name}" for name in ("base", "tuned", "adapter"))
MERGED = FIXTURES / "llama-merged"
BERT, FILMS = FIXTURES / "bert-base", FIXTURES / "films.tsv"


def test_a_word_by_itself_is_a_list_of_one() -> None:
    assert several("*.q_proj", "include") == ("*.q_proj",)
    assert several(["a", Path("b")], "include") == ("a", "b")
    assert adapters_of("style") == ("style",)
    assert adapters_of(("style", 0.5)) == (("style", 0.5),)
    assert adapters_of(("style", "facts")) == ("style", "facts")
    with pytest.raises(UnsupportedError, match="include is a list of names, and 3 in it"):
        several(["a", 3], "include")  # type: ignore[list-item]
    with pytest.raises(UnsupportedError, match="include is a list of names, and not 3"):
        several(3, "include")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("style", ("style", 1.0)),
        ("style:0.5", ("style", 0.5)),
        (("style", 0.5), ("style", 0.5)),
        (("style", -1), ("style", -1.0)),
        ("a:b:.5e1", ("a:b", 5.0)),
    ],
)
def test_a_weight_follows_a_colon_or_stands_in_a_pair(given: Any, meant: tuple[str, float]) -> None:
    assert split_weight(given) == meant


def test_a_folder_whose_name_holds_a_colon_is_that_folder(tmp_path: Path) -> None:
    (tmp_path / "style:0.7").mkdir()
    assert split_weight(f"{tmp_path}/style:0.7") == (f"{tmp_path}/style:0.7", 1.0)
    assert split_weight(f"{tmp_path}/style:0.7:0.5") == (f"{tmp_path}/style:0.7", 0.5)
    assert split_weight(f"{tmp_path}/facts:0.7") == (f"{tmp_path}/facts", 0.7)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (":0.5", r"No adapter is named before ':0\.5'"),
        ("a:1e999", "not a finite number"),
        (("a", float("nan")), "not a finite number"),
        (("a", "0.5"), r"or the pair \('name', 0\.5\)"),
        (3, "is not an adapter"),
    ],
)
def test_what_is_not_an_adapter_with_a_weight_is_refused(given: Any, said: str) -> None:
    with pytest.raises(UnsupportedError, match=said):
        split_weight(given)


@pytest.mark.parametrize(("given", "meant"), [(4, 4), ("4", 4), (4.0, 4), (None, None)])
def test_a_rank_is_a_whole_number_however_it_is_written(given: Any, meant: int | None) -> None:
    assert whole(given, "rank") == meant


@pytest.mark.parametrize("given", [0, -1, 2.5, "four", True, [4], float("inf"), float("nan")])
def test_what_is_not_a_rank_is_refused_by_the_argument_s_name(given: Any) -> None:
    with pytest.raises(UnsupportedError, match=r"^rank is a whole number from 1 on"):
        whole(given, "rank")


@pytest.mark.parametrize(
    ("given", "nbytes"),
    [("40kB", 40_000), ("20k", 20_000), ("20 kB", 20_000), ("1Mi", 2**20), ("2G", 2 * 10**9), (7, 7)],
)
def test_a_size_is_bytes_or_the_words_of_the_command_line(given: Any, nbytes: int) -> None:
    assert nbytes_of(given, "size") == nbytes


# Calls as a user writes them -> what is said of each.
SLIPS: dict[str, Any] = {
    "^rest is keep or drop, and not 'none'": lambda out: extract(BASE, TUNED, out, rest="none"),
    "^rounding is exact or peft": lambda _out: verify(BASE, ADAPTER, MERGED, rounding="Peft"),
    "^method is svd or prefix": lambda out: rerank(ADAPTER, out, method="first"),
    "^rank is a whole number": lambda out: rerank(ADAPTER, out, rank=2.5),  # type: ignore[arg-type]
    "^energy is a number": lambda out: rerank(ADAPTER, out, energy="most"),  # type: ignore[arg-type]
    "^max_rank is a whole number": lambda out: fuse(ADAPTER, out, max_rank="two"),  # type: ignore[arg-type]
    "'lots' is not a size": lambda out: rerank(ADAPTER, out, size="lots"),
    "^The dtype 'int8' is not one of": lambda out: extract(BASE, TUNED, out, dtype="int8"),
    "^The dtype 'fp8' is not one of": lambda out: merge(BASE, ADAPTER, out, dtype="fp8"),
    "^max_error is a share": lambda out: convert(ADAPTER, out, to="lora", max_error=2),
    "^max_shard_size is a whole number": lambda out: merge(BASE, ADAPTER, out, max_shard_size=0),
    "^max_error is a share from 0 to 1": lambda out: rerank(ADAPTER, out, max_error=7),
    "^max_error is a number": lambda out: rerank(ADAPTER, out, max_error="little"),  # type: ignore[arg-type]
    "^density is a number": lambda out: fuse([ADAPTER, ADAPTER], out, method="ties", density="few"),  # type: ignore[arg-type]
    "^workers is a whole number": lambda out: extract(BASE, TUNED, out, workers=0),
    "^No adapter is given": lambda out: merge(BASE, [], out),
    "^adapters is a list of names": lambda out: merge(BASE, None, out),  # type: ignore[arg-type]
    "^A path is a string or a Path": lambda out: extract(None, TUNED, out),  # type: ignore[arg-type]
    "^recipe is a Recipe": lambda out: train(BERT, FILMS, out, recipe={"rank": 2}),  # type: ignore[arg-type]
    "^steps is a whole number": lambda out: train(BERT, FILMS, out, recipe=Recipe(steps="many")),  # type: ignore[arg-type]
    "'nosuch' matches none": lambda out: train(BERT, FILMS, out, recipe=Recipe(targets="nosuch")),  # type: ignore[arg-type]
    "ask for answers too": lambda _out: verify(BASE, ADAPTER, MERGED, text="hello"),
}


@pytest.mark.parametrize("said", SLIPS)
def test_a_slip_is_refused_in_words_of_the_argument(said: str, tmp_path: Path) -> None:
    with pytest.raises(SurgeryError, match=said):
        SLIPS[said](tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_functions_understand_what_the_command_line_does(tmp_path: Path) -> None:
    one = extract(BASE, TUNED, tmp_path / "a", include="*.q_proj", rank="2", dtype="fp16")  # type: ignore[arg-type]
    assert {each.rank for each in one.modules} == {2}
    assert (one.dtype, one.as_json()["dtype"]) == ("float16", "float16")
    small = rerank(ADAPTER, tmp_path / "b", size="40kB")
    assert small.nbytes < 40_000
    assert len(inspect(ADAPTER, include="*.q_proj").modules) == 3
    report = merge(BASE, (ADAPTER, 0.5), tmp_path / "c", undo=False)
    assert report.forecast.adapters == [(str(ADAPTER), 0.5)]
    by_name = merge(BASE, {str(ADAPTER): 0.5}, tmp_path / "e", undo=False).forecast
    assert by_name.adapters == report.forecast.adapters
    assert report.plan is report.forecast  # its name before plans could be run
    assert fuse((ADAPTER, 0.5), tmp_path / "d").inputs == [(str(ADAPTER), 0.5)]
    assert verify(BASE, (ADAPTER, 0.5), tmp_path / "c").is_exact


def test_a_report_is_one_line_where_it_is_shown(tmp_path: Path) -> None:
    reports = [
        extract(BASE, TUNED, tmp_path / "a", rank=2),
        rerank(ADAPTER, tmp_path / "b", rank=2),
        fuse([ADAPTER, ADAPTER], tmp_path / "c"),
        inspect(ADAPTER),
        plan_merge(BASE, ADAPTER, tmp_path / "d"),
        plan_merge(BASE, ADAPTER, tmp_path / "d").forecast(),
        plan_subtract(BASE, ADAPTER, tmp_path / "d"),
    ]
    assert all(len(repr(report)) < 300 and "\n" not in repr(report) for report in reports)
    assert "relative error 44.9 %" in repr(reports[1])


def test_every_verb_and_the_version_are_there() -> None:
    import lorasurgery

    assert lorasurgery.__version__ == "0.1.0"
    assert lorasurgery.export_onnx is lorasurgery.export


def test_changes_that_cancel_leave_nothing(tmp_path: Path) -> None:
    for weights, said in (((1, -1), "the changes cancel"), ((0, 0), "every weight is 0")):
        with pytest.raises(NothingToDoError, match=said):
            fuse([(ADAPTER, weight) for weight in weights], tmp_path / "out")
        with pytest.raises(NothingToDoError, match=said):
            fuse([(ADAPTER, weight) for weight in weights], tmp_path / "out", rank=2)
    assert not (tmp_path / "out").exists()

"""How large a rank: the rules as values, what they refuse, and that the command line's words mean
the same.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

import lorasurgery
from lorasurgery import AllRanks, Budget, Energy, FixedRank, NoiseEdge, RankRule
from lorasurgery.arguments import parse_size
from lorasurgery.errors import UnsupportedError
from lorasurgery.surgery.convert import convert
from lorasurgery.surgery.extract import extract
from lorasurgery.surgery.factorise.dynamic_rank import DynamicRank
from lorasurgery.surgery.factorise.rank_rule import deepest_rank, format_size, name_part, rank_rule
from lorasurgery.surgery.fuse import fuse
from lorasurgery.surgery.rerank import rerank
from support.paths import FIXTURES
from support.slow import slow_but

BASE, TUNED, ADAPTER = (FIXTURES / f"llama-{name}" for name in ("base", "tuned", "adapter"))
RULES = [FixedRank(2), Energy(0.9), NoiseEdge(), Budget("30kB"), AllRanks(), DynamicRank("sv_ratio", 4)]

# The command line's words -> the rule that they say.
WORDS: list[tuple[dict[str, Any], RankRule]] = [
    ({"rank": "2"}, FixedRank(2)),
    ({"energy": 0.9}, Energy(0.9)),
    ({"energy": "0.9", "max_rank": "3"}, Energy(0.9).capped(3)),
    ({"noise_edge": True}, NoiseEdge()),
    ({"noise_edge": True, "max_rank": 2}, NoiseEdge(max_rank=2)),
    ({"size": "40kB"}, Budget(40_000)),
    ({"size": 40_000, "max_rank": 3}, Budget("40kB", max_rank=3)),
    ({"rank": Energy(0.9), "max_rank": 3}, Energy(0.9, 3)),
    ({"rule": "sv_fro=0.9"}, DynamicRank("sv_fro", 0.9)),
    ({"rule": "sv_cumulative=0.9", "max_rank": 2}, DynamicRank("sv_cumulative", 0.9, 2)),
]


@pytest.mark.parametrize(
    ("rule", "label", "part"),
    [
        (FixedRank(16), "r16", "r16"),
        (FixedRank(16).capped(8), "r8", "r8"),
        (Energy(0.9), "e0.9", "e0.9"),
        (NoiseEdge(), "edge", "edge"),
        (Budget(30_000_000), "30MB", "30MB"),
        (AllRanks(), "all ranks", "all"),
        (AllRanks().capped(8), "all ranks, at most 8", "max8"),
    ],
)
def test_a_rule_names_itself_in_reports_and_files(rule: RankRule, label: str, part: str) -> None:
    assert (rule.label, name_part(rule)) == (label, part)


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_a_cap_limits_every_rule(rule: RankRule) -> None:
    for shape in ((4, 7), (1000, 20), (300, 300)):
        assert deepest_rank(rule.capped(1), shape) == 1
        assert 1 <= deepest_rank(rule.capped(3), shape) <= min(3, deepest_rank(rule, shape))
        assert deepest_rank(rule, shape) <= min(shape)
    assert rule.capped(1).most == 1


def test_values_of_one_meaning_are_equal_however_they_are_written() -> None:
    assert Budget("30MB") == Budget(30_000_000)
    assert FixedRank("16") == FixedRank(16)  # type: ignore[arg-type]
    assert Energy("0.9", "8") == Energy(0.9).capped(8)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: FixedRank(0), "^rank is a whole number from 1 on, and not 0"),
        (lambda: FixedRank(None), r"^rank is missing; write FixedRank\(16\)"),
        (lambda: FixedRank(2).capped(0), "^max_rank is a whole number"),
        (lambda: Energy(0), r"^energy is a share of ‖ΔW‖² above 0 and up to 1, and not 0\."),
        (lambda: Energy(90), "and not 90. For 90 % write 0.9"),
        (lambda: Energy("most"), "^energy is a number"),
        (lambda: Energy(0.9).capped(-1), "^max_rank is a whole number"),
        (lambda: NoiseEdge(max_rank=1.5), "^max_rank is a whole number"),
        (lambda: Budget("lots"), "'lots' is not a size"),
        (lambda: Budget(0), "^size is a whole number"),
        (lambda: AllRanks().capped("few"), "^max_rank is a whole number"),
        (
            lambda: DynamicRank.of("sv_knee=1"),
            "^A rule is one of sv_ratio, sv_fro, sv_cumulative with a number",
        ),
        (lambda: DynamicRank.of("sv_fro"), "^A rule is one of|^sv_fro is a number"),
        (lambda: DynamicRank.of("sv_ratio=0.5"), "by 1 or more, and not by 0.5"),
        (lambda: DynamicRank.of("sv_cumulative=90"), "and not 90. For 90 % write 0.9"),
        (lambda: rank_rule([4], AllRanks()), r"^rank is a whole number from 1 on or a rule \(FixedRank"),
        (lambda: rank_rule(True, AllRanks()), "^rank is a whole number"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_where_it_is_made(
    make: Callable[[], object], said: str
) -> None:
    with pytest.raises(UnsupportedError, match=said):
        make()


@pytest.mark.parametrize("number", [0.3, 0.9, 0.99])
def test_dynamic_ranks_are_those_of_kohyas_script(number: float, tmp_path: Path) -> None:
    """The formulas are those of sd-scripts' `networks/resize_lora.py`, on the singular values of B @ A."""
    tensors = load_file(ADAPTER / "adapter_model.safetensors")
    for name, value in (("sv_ratio", 1 / number), ("sv_fro", number), ("sv_cumulative", number)):
        report = rerank(ADAPTER, tmp_path / name, rule=f"{name}={value}", include="*proj")
        for module in report.modules:
            (down,) = (each for key, each in tensors.items() if f"{module.module}.lora_A" in key)
            (up,) = (each for key, each in tensors.items() if f"{module.module}.lora_B" in key)
            S = torch.linalg.svdvals(up.double() @ down.double())
            index = {
                "sv_ratio": int(torch.sum(value * S > S[0])) - 1,
                "sv_fro": int(torch.searchsorted(S.square().cumsum(0) / S.square().sum(), value**2)),
                "sv_cumulative": int(torch.searchsorted(S.cumsum(0) / S.sum(), value)),
            }[name]
            assert module.rank == min(max(index, 0) + 1, 4)
        assert report.rank == f"{name}{value:g}"


def _content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name != "README.md"}


@pytest.mark.parametrize("verb", slow_but({"rerank"}, ["extract", "rerank", "fuse", "convert"]))
@pytest.mark.parametrize(("words", "rule"), WORDS, ids=str)
def test_the_words_of_the_command_line_write_what_the_rule_writes(
    verb: str, words: dict[str, Any], rule: RankRule, tmp_path: Path
) -> None:
    def write(output: Path, **rank: Any) -> Any:
        if verb == "extract":
            return extract(BASE, TUNED, output, **rank)
        if verb == "fuse":
            return fuse([ADAPTER], output, base=BASE, **rank)
        options = {"max_error": 1, "to": "lora"} if verb == "convert" else {}
        return {"rerank": rerank, "convert": convert}[verb](ADAPTER, output, base=BASE, **options, **rank)

    reports = write(tmp_path / "words", **words), write(tmp_path / "value", rank=rule)
    assert _content(tmp_path / "words") == _content(tmp_path / "value")
    assert reports[0].rank == reports[1].rank
    assert all(each.rank <= (rule.most or each.rank) for each in reports[1].modules)


def test_a_limit_alone_keeps_all_ranks_up_to_it(tmp_path: Path) -> None:
    fused = fuse([ADAPTER], tmp_path / "fused", max_rank=2)
    converted = convert(ADAPTER, tmp_path / "converted", max_rank=2, max_error=1)
    assert (fused.rank, converted.rank) == ("cat, all ranks, at most 2", "all ranks, at most 2")
    assert {each.rank for each in [*fused.modules, *converted.modules]} == {2}
    with pytest.raises(UnsupportedError, match=r"^max_rank caps"):
        extract(BASE, TUNED, tmp_path / "extracted", max_rank=2)


def test_all_ranks_of_a_difference_make_up_for_all_of_it(tmp_path: Path) -> None:
    report = extract(BASE, TUNED, tmp_path / "all", rank=AllRanks(), include="*.q_proj", dtype="float32")
    assert report.rank == "all ranks"
    assert {each.rank for each in report.modules} == {min(report.modules[0].shape)}
    assert report.relative_error < 1e-6


@pytest.mark.parametrize(
    "words",
    [{"rank": 2, "energy": 0.5}, {"rank": Energy(0.5), "noise_edge": True}, {"energy": 0.5, "size": 4}],
    ids=str,
)
def test_two_ways_to_a_rank_are_refused(words: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match=r"^Choose one way to a rank"):
        extract(BASE, TUNED, tmp_path / "out", **words)
    with pytest.raises(UnsupportedError, match=r"^Choose one way to a rank"):
        lorasurgery.forecast(BASE, TUNED, tmp_path / "out", **words)


@pytest.mark.parametrize("verb", [extract, rerank, fuse, convert, lorasurgery.forecast])
def test_a_verb_shows_one_argument_for_the_rank(verb: Callable[..., Any]) -> None:
    shown = inspect.signature(verb).parameters
    assert "rank" in shown
    assert not {"energy", "noise_edge", "size", "rule", "max_rank"} & set(shown)


@pytest.mark.parametrize("nbytes", [1, 999, 1000, 30_000_000, 1_500_000_000])
def test_a_size_in_a_name_reads_back(nbytes: int) -> None:
    assert parse_size(format_size(nbytes)) == nbytes

"""The order of packed experts is recognised from a trained adapter's numbers, and from nothing less."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from lorasurgery.errors import UnsupportedError
from lorasurgery.linalg.expert_order import ORDERS, likeness_of, order_shown
from lorasurgery.surgery.convert import convert
from lorasurgery.surgery.inspect import inspect
from lorasurgery.surgery.merge import merge
from support.fused_experts import Trained, check, say
from support.trained_experts import grouped, trained_on_tokens

LAYOUTS = {"peft": "rank_major", "grouped-by-expert": "grouped_by_expert"}


@pytest.fixture(scope="module", params=ORDERS)
def order(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def made(order: str, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained_on_tokens(tmp_path_factory.mktemp(order), order)


def notes_of(made: Trained, folder: Path) -> str:
    """Merge, compare with PEFT's merge of the adapter in PEFT's order, and return the notes."""
    report = merge(made.base, [made.adapter], folder / "merged", undo=False)
    check(folder / "merged", made)
    return " ".join(report.forecast.notes)


def codes_of(made: Trained) -> list[str]:
    return [flag.code for flag in inspect(made.base, made.adapter).flags]


def test_the_numbers_show_the_order_where_nothing_else_does(
    order: str, made: Trained, tmp_path: Path
) -> None:
    notes = notes_of(made, tmp_path)
    assert ("shown by their numbers" in notes) == (order != "peft")
    assert "experts-order" not in codes_of(made)


def test_an_adapter_that_names_unsloth_is_read_where_the_numbers_show_it(
    made: Trained, tmp_path: Path
) -> None:
    say(made.adapter, base_model_name_or_path="unsloth/Qwen3-30B-A3B")
    try:
        assert "shown by their numbers" in notes_of(made, tmp_path)
        convert(made.adapter, tmp_path / "out", base=made.base, runtime="peft")
    finally:
        say(made.adapter, base_model_name_or_path=None)
    merge(made.base, [tmp_path / "out"], tmp_path / "again", undo=False)
    check(tmp_path / "again", made)


def test_a_config_that_the_numbers_contradict_is_followed_with_a_word(
    order: str, made: Trained, tmp_path: Path
) -> None:
    other = next(each for each in ORDERS if each != order)
    say(made.adapter, lora_B_layout=LAYOUTS[other])
    try:
        report = merge(made.base, [made.adapter], tmp_path / "merged", undo=False)
        codes = codes_of(made)
    finally:
        say(made.adapter, lora_B_layout=None)
    assert any("look like the other one" in note for note in report.forecast.notes)
    assert "experts-order" in codes
    with pytest.raises(AssertionError):
        check(tmp_path / "merged", made)


def test_what_the_user_says_is_not_questioned(order: str, made: Trained, tmp_path: Path) -> None:
    other = next(each for each in ORDERS if each != order)
    convert(made.adapter, tmp_path / "out", base=made.base, runtime="peft", experts_order=other)
    report = merge(made.base, [made.adapter], tmp_path / "merged", undo=False, experts_order=other)
    assert not any("experts-order" in note for note in report.forecast.notes)


def columns(kind: str, experts: int, rank: int, draws: torch.Generator) -> Tensor:
    """B (32, r·E) that no order of experts has shaped."""
    noise = torch.randn(32, experts * rank, generator=draws)
    if kind == "random":
        return noise
    if kind == "alike":
        return torch.randn(32, 1, generator=draws) + 0.5 * noise
    if kind == "half zero":
        return noise * (torch.rand(experts * rank, generator=draws) > 0.5)
    if kind == "in blocks":
        # In PEFT's order the first half of the ranks is zero below, the second above.
        is_upper = (torch.arange(32) < 16)[:, None]
        return noise * (is_upper == (torch.arange(experts * rank) < experts * rank // 2))
    if kind == "two adapters of one direction each":
        shared = torch.randn(32, 2, generator=draws).repeat_interleave(experts * rank // 2, dim=1)
        return shared + 0.7 * noise
    clusters = torch.randn(32, 6, generator=draws)
    return clusters[:, torch.randint(6, (experts * rank,), generator=draws)] + 0.3 * noise


NOTHING = ["random", "alike", "half zero", "clusters", "in blocks", "two adapters of one direction each"]


@pytest.mark.parametrize("kind", NOTHING)
def test_nothing_is_recognised_where_there_is_nothing(kind: str) -> None:
    draws = torch.Generator().manual_seed(0)
    for experts in (2, 4, 8, 16):
        for rank in (2, 4, 8):
            for layers in (1, 2, 4):
                found = [likeness_of(columns(kind, experts, rank, draws), experts) for _ in range(layers)]
                assert order_shown(found) is None, (experts, rank, layers)


@pytest.mark.parametrize("order", ORDERS)
def test_factors_out_of_an_svd_are_recognised_though_all_experts_share_their_first_direction(
    order: str,
) -> None:
    draws = torch.Generator().manual_seed(0)
    shared = torch.randn(64, 1, generator=draws)
    change = 20 * shared @ torch.randn(16, 1, 48, generator=draws) + torch.randn(16, 64, 48, generator=draws)
    left, sigma, _ = torch.linalg.svd(change)
    B = (left[:, :, :8] * sigma[:, None, :8].sqrt()).permute(1, 2, 0).flatten(1)
    stored = (B if order == "peft" else grouped(B, 16)).bfloat16()
    assert order_shown([likeness_of(stored, 16)]) == order


def test_few_columns_show_nothing() -> None:
    draws = torch.Generator().manual_seed(0)
    B = torch.randn(64, 4, 1, generator=draws).expand(64, 4, 2).flatten(1)
    assert order_shown([likeness_of(B, 4)]) is None


def test_an_untrained_adapter_that_names_unsloth_stays_refused(tmp_path: Path) -> None:
    fresh = trained_on_tokens(tmp_path, "peft", steps=0)
    say(fresh.adapter, base_model_name_or_path="unsloth/Qwen3-30B-A3B")
    with pytest.raises(UnsupportedError, match="the numbers do not show it"):
        merge(fresh.base, [fresh.adapter], tmp_path / "merged")

"""What `extract` writes, PEFT loads: whole, in silence, and at full rank the model then is the fine-tune."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from safetensors.torch import load_file
from torch import Tensor

from lorasurgery import extract
from lorasurgery.surgery.extraction.extract_report import ExtractReport
from support import tiny_models
from support.extracted_adapters import (
    EVERYTHING_LOW_RANK,
    RELATIVE_TOLERANCE,
    SINGLE_ROWS,
    adapted,
    assert_is_the_model,
    peft,
    relative,
    run_card,
    silence,
)
from support.paths import FIXTURES
from support.tiny_models import FAMILIES, FULL_RANK, PLANTED_RANK, Family, load, output, save_pair

# Factors in float16 have 11 bits, weights in bfloat16 have 8.
HALF_FACTORS_TOLERANCE = 1e-3
BFLOAT16_TOLERANCE = 3e-2
# A stored error is found again from weights in float32, ten times as large as the change.
ERROR_TOLERANCE = 1e-3
# What the planted rank leaves of a change: noise in all directions, a few per cent of it.
LOW_RANK_LEAVES = 0.3


@pytest.mark.parametrize(
    "say",
    [
        lambda: print("a word"),
        lambda: warnings.warn("a word", stacklevel=1),
        lambda: logging.getLogger("transformers.models").warning("a word"),
        lambda: logging.getLogger("peft").warning("a word"),
    ],
)
def test_silence_hears_every_way_of_speaking(
    say: Callable[[], None], capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises((AssertionError, UserWarning), match="a word"), silence(capfd):
        say()


def weights_of(report: ExtractReport) -> dict[str, str]:
    """The parameters that got factors: name -> the module that the report calls them by."""
    return {m.module if m.kind == "experts" else f"{m.module}.weight": m.module for m in report.modules}


def base_with(base: Any, tuned: Any, names: Mapping[str, str]) -> dict[str, Tensor]:
    """The base's weights, but the fine-tune's where named, and where something is tied to those."""
    before, after = base.state_dict(), tuned.state_dict()
    places = {before[name].data_ptr() for name in names}
    return {
        name: after[name] if tensor.data_ptr() in places else tensor.clone()
        for name, tensor in before.items()
    }


def matrices_of(parameter: Tensor) -> Tensor:
    """One matrix, or one for each expert, in float64."""
    wide = parameter.double()
    return wide if wide.ndim == 3 else wide.flatten(1)


@pytest.mark.parametrize(("tables", "rule"), [EVERYTHING_LOW_RANK, SINGLE_ROWS], ids=["low-rank", "rows"])
def test_at_full_rank_the_adapter_makes_the_fine_tune(
    family: Family,
    tables: tiny_models.Tables,
    rule: dict[str, Any],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    base, tuned = save_pair(family, tmp_path, tables)
    report = extract(base, tuned, tmp_path / "adapter", **rule)
    inputs, before, after = family.inputs(), load(family, base), load(family, tuned)
    assert relative(output(before, inputs), output(after, inputs)) > 1000 * RELATIVE_TOLERANCE
    assert report.lost == []
    assert_is_the_model(adapted(before, tmp_path / "adapter", capfd), after, inputs)


def test_without_the_rest_the_matrices_alone_move(
    family: Family, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    base, tuned = save_pair(family, tmp_path)
    report = extract(base, tuned, tmp_path / "adapter", rank=FULL_RANK, rest="drop")
    before, after = load(family, base), load(family, tuned)
    factored = weights_of(report)
    everything = {name for name, _ in after.named_parameters()}
    assert {lost.name for lost in report.lost} == everything - factored.keys()
    assert report.kept == []
    expected = load(family, tuned)
    expected.load_state_dict(base_with(before, after, factored))
    assert_is_the_model(adapted(before, tmp_path / "adapter", capfd), expected, family.inputs())


def test_the_report_tells_what_peft_then_makes(
    family: Family, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    base, tuned = save_pair(family, tmp_path)
    report = extract(base, tuned, tmp_path / "adapter", rank=PLANTED_RANK)
    inputs, before, after = family.inputs(), load(family, base), load(family, tuned)
    old = {name: tensor.clone() for name, tensor in before.state_dict().items()}
    new, wanted = after.state_dict(), output(after, inputs)
    distance = relative(output(before, inputs), wanted)
    model = adapted(before, tmp_path / "adapter", capfd)
    assert relative(output(model, inputs), wanted) < LOW_RANK_LEAVES * distance
    merged = model.merge_and_unload().state_dict()
    for name, path in weights_of(report).items():
        (row,) = (row for row in report.modules if row.module == path)
        change = matrices_of(new[name]) - matrices_of(old[name])
        optimum = torch.linalg.svdvals(change)[..., row.rank :].norm()
        assert row.rank == PLANTED_RANK
        assert row.change == pytest.approx(float(change.norm()), rel=1e-6)
        assert row.base == pytest.approx(float(matrices_of(old[name]).norm()), rel=1e-6)
        assert row.error == pytest.approx(float(optimum), rel=ERROR_TOLERANCE), name
        assert row.error == pytest.approx(float((new[name] - merged[name]).norm()), rel=ERROR_TOLERANCE), name


def test_the_report_adds_up(family: Family, tmp_path: Path) -> None:
    base, tuned = save_pair(family, tmp_path)
    report = extract(base, tuned, tmp_path / "adapter", rank=PLANTED_RANK)
    old = load(family, base).state_dict()
    energy = {name: squared_distance(new, old[name]) for name, new in load(family, tuned).named_parameters()}
    total = sum(energy.values())
    assert report.change**2 == pytest.approx(total, rel=1e-5)
    assert {kept.name for kept in report.kept} | weights_of(report).keys() == energy.keys()
    for kept in report.kept:
        assert kept.share == pytest.approx(energy[kept.name] / total, rel=1e-5), kept.name
    assert report.lost == []
    assert report.accounted == pytest.approx(
        1 - sum(row.error**2 for row in report.modules) / total, rel=1e-9
    )
    stored = sum(t.nbytes for t in load_file(tmp_path / "adapter" / "adapter_model.safetensors").values())
    assert report.nbytes == stored


@torch.no_grad()
def squared_distance(new: Tensor, old: Tensor) -> float:
    return float((new.double() - old.double()).square().sum())


def test_the_card_says_how_to_load(family: Family, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base, tuned = save_pair(family, tmp_path, "few rows")
    extract(base, tuned, tmp_path / "adapter", rank=FULL_RANK)
    by_hand = peft.PeftModel.from_pretrained(load(family, base), tmp_path / "adapter").eval()
    by_card = run_card(tmp_path / "adapter", monkeypatch)
    assert torch.equal(output(by_card, family.inputs()), output(by_hand, family.inputs()))


FIXTURE_PAIRS = {
    # pair -> how far from the fine-tune: both in float32, or the base in its own bfloat16
    ("bert-base", "bert-tuned"): RELATIVE_TOLERANCE,
    ("gpt2-base", "gpt2-tuned"): RELATIVE_TOLERANCE,
    ("llama-base", "llama-tuned"): BFLOAT16_TOLERANCE,
    ("llama-base", "llama-merged"): BFLOAT16_TOLERANCE,
    ("llama-base", "llama-resized"): BFLOAT16_TOLERANCE,
    ("mixtral-base", "mixtral-tuned"): BFLOAT16_TOLERANCE,
}


@pytest.mark.parametrize(("pair", "tolerance"), FIXTURE_PAIRS.items(), ids=lambda value: str(value))
def test_the_fixtures_load_as_their_cards_say(
    pair: tuple[str, str], tolerance: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, tuned = (FIXTURES / name for name in pair)
    extract(base, tuned, tmp_path / "adapter", rank=FULL_FIXTURE_RANK)
    model = run_card(tmp_path / "adapter", monkeypatch)
    wanted = output(tuned_model(tuned), FIXTURE_INPUTS)
    assert relative(output(model, FIXTURE_INPUTS), wanted) < tolerance
    assert relative(output(model.merge_and_unload(), FIXTURE_INPUTS), wanted) < tolerance


FULL_FIXTURE_RANK = 64
FIXTURE_INPUTS = {"input_ids": torch.arange(40).reshape(2, 20) * 7 % 90}


def tuned_model(folder: Path, **settings: Any) -> Any:
    """Load a folder as the class that its config names."""
    (class_name,) = json.loads((folder / "config.json").read_text())["architectures"]
    return getattr(transformers, class_name).from_pretrained(folder, **settings).eval()


@pytest.mark.parametrize(
    ("dtype", "tolerance"),
    [("float32", RELATIVE_TOLERANCE), ("auto", HALF_FACTORS_TOLERANCE), ("bfloat16", BFLOAT16_TOLERANCE)],
)
@pytest.mark.parametrize(
    "pair", [pair for pair, bound in FIXTURE_PAIRS.items() if bound == BFLOAT16_TOLERANCE]
)
def test_factors_of_a_half_precision_pair_are_as_good_as_their_dtype(
    pair: tuple[str, str], dtype: str, tolerance: float, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    base, tuned = (FIXTURES / name for name in pair)
    report = extract(base, tuned, tmp_path / "adapter", rank=FULL_FIXTURE_RANK, dtype=dtype)
    model = tuned_model(base, dtype=torch.float32)
    if report.vocabulary:
        model.resize_token_embeddings(report.vocabulary)
    model = adapted(model, tmp_path / "adapter", capfd)
    wanted = output(tuned_model(tuned, dtype=torch.float32), FIXTURE_INPUTS)
    assert relative(output(model, FIXTURE_INPUTS), wanted) < tolerance
    assert relative(output(model.merge_and_unload(), FIXTURE_INPUTS), wanted) < tolerance


@pytest.mark.parametrize(
    ("name", "auto_class"),
    [
        ("llama", "AutoPeftModelForCausalLM"),
        ("mixtral", "AutoPeftModelForCausalLM"),
        ("t5", "AutoPeftModelForSeq2SeqLM"),
        ("bert", "AutoPeftModelForSequenceClassification"),
        ("vit", "AutoPeftModel"),
        ("whisper", "AutoPeftModel"),
    ],
)
def test_peft_finds_the_base_by_itself(name: str, auto_class: str, tmp_path: Path) -> None:
    family = FAMILIES[name]
    base, tuned = save_pair(family, tmp_path)
    extract(base, tuned, tmp_path / "adapter", rank=FULL_RANK)
    model = getattr(peft, auto_class).from_pretrained(tmp_path / "adapter").eval()
    assert_is_the_model(model, load(family, tuned), family.inputs())

"""Another rank: what is written is the optimum by a dense decomposition, for every rule.

Prefixes, notes and what travels beside.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from lorasurgery import inspect
from lorasurgery.errors import NothingToDoError, OutputError, UnsupportedError
from lorasurgery.surgery.rerank import rerank
from support.adapters import deltas
from support.flawed_adapters import BASE, HEALTHY, MODULE, made

EXACT = 1e-12


@pytest.fixture
def wide(tmp_path: Path) -> Path:
    """The healthy adapter with eight ranks in float64, of falling strength, a scale, and a module
    of its own rank.
    """
    torch.manual_seed(0)

    def change(held: dict[str, Tensor]) -> dict[str, Tensor]:
        new = {}
        for name, tensor in held.items():
            shape = (8, tensor.shape[1]) if "lora_A" in name else (tensor.shape[0], 8)
            grown = torch.randn(shape, dtype=torch.float64)
            new[name] = grown * (0.6 ** torch.arange(8))[:, None] if "lora_A" in name else grown
        return new

    return made(tmp_path / "wide", change, r=8, lora_alpha=12, rank_pattern={}, alpha_pattern={})


RULES: list[dict[str, Any]] = [
    {"rank": 3},
    {"rank": 20},
    {"energy": 0.9},
    {"size": 40_000},
    {"energy": 0.999, "max_rank": 2},
]


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_a_cut_is_the_optimum_of_the_dense_matrix(rule: dict[str, Any], wide: Path, tmp_path: Path) -> None:
    report = rerank(wide, tmp_path / "out", **rule)
    before, after = deltas(wide), deltas(tmp_path / "out")
    assert report.modules
    for each in report.modules:
        dense = torch.linalg.svdvals(before[each.module])
        best = float(dense[each.rank :].square().sum()) ** 0.5
        left = before[each.module] - after.get(each.module, torch.zeros_like(before[each.module]))
        scale = float(dense.norm())
        assert float(left.norm()) == pytest.approx(best, abs=EXACT * scale)
        assert each.lost == pytest.approx(best, abs=1e-7 * scale)
        assert each.change == pytest.approx(scale, rel=EXACT)
        if "rank" in rule:
            assert each.rank == min(rule["rank"], 8)
        if "energy" in rule:
            enough = int((dense.square().cumsum(0) < rule["energy"] * scale**2).sum()) + 1
            assert each.rank == min(enough, rule.get("max_rank", 99))


def test_a_budget_is_spent_where_it_lowers_the_error_most(wide: Path, tmp_path: Path) -> None:
    """At equal size, no uniform rank is better."""
    report = rerank(wide, tmp_path / "out", size=60_000)
    assert (tmp_path / "out" / "adapter_model.safetensors").stat().st_size <= 60_000
    uniform = rerank(wide, tmp_path / "uniform", rank=3)
    if uniform.nbytes <= report.nbytes:
        assert report.loss <= uniform.loss
    assert len({each.rank for each in report.modules}) > 1


def test_the_model_answers_as_with_the_dense_cut(wide: Path, tmp_path: Path) -> None:
    """PEFT loads the result, and the merged weights are W plus the cut ΔW."""
    from transformers import AutoModelForCausalLM

    rerank(wide, tmp_path / "out", rank=3)
    model = AutoModelForCausalLM.from_pretrained(BASE, dtype=torch.float64)
    W = model.get_submodule(MODULE).weight.detach().clone()
    loaded: Any = peft.PeftModel.from_pretrained(model, tmp_path / "out", autocast_adapter_dtype=False)
    merged = loaded.merge_and_unload().get_submodule(MODULE).weight
    U, S, Vh = torch.linalg.svd(deltas(wide)[MODULE])
    assert torch.allclose(merged - W, (U[:, :3] * S[:3]) @ Vh[:3], rtol=0, atol=1e-10)


def test_a_nested_file_is_cut_by_slicing(wide: Path, tmp_path: Path) -> None:
    rerank(wide, tmp_path / "dyn", nested=True)
    note = json.loads((tmp_path / "dyn" / "adapter_config.json").read_text())["lorasurgery"]
    assert note == {"version": 1, "variant": "dyn", "form": "svd", "ranks": [1, 2, 4, 8]}
    rerank(tmp_path / "dyn", tmp_path / "cut", rank=3)
    rerank(wide, tmp_path / "direct", rank=3)
    whole, cut = (load_file(tmp_path / name / "adapter_model.safetensors") for name in ("dyn", "cut"))
    for name, tensor in cut.items():
        full = whole[name]
        assert torch.equal(tensor, full[:3] if "lora_A" in name else full[:, :3])
    for path, delta in deltas(tmp_path / "direct").items():
        assert torch.allclose(deltas(tmp_path / "cut")[path], delta, rtol=0, atol=EXACT * float(delta.norm()))
    assert "lorasurgery" not in json.loads((tmp_path / "cut" / "adapter_config.json").read_text())


def mark(folder: Path, form: str, ranks: list[int]) -> None:
    """Say in a config that every prefix of the ranks is an adapter."""
    config = json.loads((folder / "adapter_config.json").read_text())
    note = {"version": 1, "variant": "dyn", "form": form, "ranks": ranks}
    (folder / "adapter_config.json").write_text(json.dumps(config | {"lorasurgery": note}))


def note_in(folder: Path) -> Any:
    return json.loads((folder / "adapter_config.json").read_text()).get("lorasurgery")


def test_a_prefix_has_the_scale_that_it_was_trained_with(wide: Path, tmp_path: Path) -> None:
    """DyLoRA's scale at rank b is alpha / b.

    ΔW at one rank is not the start of ΔW at another, so that no error is stated.
    """
    mark(wide, "nested", [1, 2, 4, 8])
    report = rerank(wide, tmp_path / "out", rank=2, method="prefix")
    assert (report.relative_error, report.energy_kept, report.as_json()["loss"]) == (None, None, None)
    held = load_file(wide / "adapter_model.safetensors")
    A, B = (held[f"base_model.model.{MODULE}.lora_{letter}.weight"] for letter in "AB")
    expected = 12 / 2 * B[:, :2] @ A[:2]
    assert torch.allclose(
        deltas(tmp_path / "out")[MODULE], expected, rtol=0, atol=EXACT * float(expected.norm())
    )


@pytest.mark.parametrize("nested", [False, True])
def test_the_first_ranks_of_a_plain_lora_are_refused(nested: bool, wide: Path, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match=r"trained with nested ranks.*method='svd'"):
        rerank(wide, tmp_path / "out", rank=2, method="prefix", nested=nested)
    assert not (tmp_path / "out").exists()


def test_a_nested_file_of_first_ranks_says_what_its_source_was(wide: Path, tmp_path: Path) -> None:
    mark(wide, "nested", [3, 5, 8])
    rerank(wide, tmp_path / "trained", rank=6, method="prefix", nested=True)
    assert (note_in(tmp_path / "trained")["form"], note_in(tmp_path / "trained")["ranks"]) == (
        "nested",
        [3, 5, 6],
    )
    rerank(wide, tmp_path / "ordered", nested=True)
    report = rerank(tmp_path / "ordered", tmp_path / "cut", rank=2, method="prefix", nested=True)
    assert note_in(tmp_path / "cut")["form"] == "svd"
    assert report.relative_error == pytest.approx(
        rerank(wide, tmp_path / "best", rank=2).relative_error, rel=1e-6
    )


def test_first_ranks_are_not_cast_in_silence(wide: Path, tmp_path: Path) -> None:
    rerank(wide, tmp_path / "dyn", nested=True)
    with pytest.raises(UnsupportedError, match="convert --dtype"):
        rerank(tmp_path / "dyn", tmp_path / "out", rank=2, method="prefix", dtype="float16")
    rerank(tmp_path / "dyn", tmp_path / "out", rank=2, dtype="fp16")
    assert {each.dtype for each in load_file(tmp_path / "out" / "adapter_model.safetensors").values()} == {
        torch.float16
    }


def test_more_ranks_than_there_are_get_a_note(wide: Path, tmp_path: Path) -> None:
    assert "no module has more than 8 ranks" in rerank(wide, tmp_path / "out", rank=99).notes[0]
    assert not rerank(wide, tmp_path / "same", rank=8).notes


def test_both_figures_are_those_of_inspect(wide: Path, tmp_path: Path) -> None:
    report = rerank(wide, tmp_path / "out", rank=2)
    kept = inspect(wide).kept_at(2)
    assert report.energy_kept == pytest.approx(kept, rel=1e-6)
    assert report.relative_error == pytest.approx((1 - (kept or 0)) ** 0.5, rel=1e-6)
    written = report.as_json()
    assert written["loss"] == written["relative_error"] == report.relative_error
    assert written["modules"][0]["loss"] == written["modules"][0]["relative_error"]


def test_an_error_beyond_the_bound_is_refused(wide: Path, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match=r"max_error= allows 1\.0 %"):
        rerank(wide, tmp_path / "out", rank=2, max_error=0.01)
    assert not (tmp_path / "out").exists()
    rerank(wide, tmp_path / "out", rank=2, max_error=1)


def test_a_limit_that_limits_nothing_is_refused(wide: Path, tmp_path: Path) -> None:
    for asked in ({"rank": 2, "max_rank": 4}, {"max_rank": 4}):
        with pytest.raises(UnsupportedError, match="max_rank caps"):
            rerank(wide, tmp_path / "out", **asked)  # type: ignore[arg-type]


def test_rank_zero_drops_a_module(wide: Path, tmp_path: Path) -> None:
    held = load_file(wide / "adapter_model.safetensors")
    weak = {name: tensor * 1e-6 if MODULE in name else tensor for name, tensor in held.items()}
    save_file(weak, wide / "adapter_model.safetensors")
    report = rerank(wide, tmp_path / "out", size=30_000)
    assert MODULE in report.dropped
    assert MODULE not in deltas(tmp_path / "out")
    config = json.loads((tmp_path / "out" / "adapter_config.json").read_text())
    assert MODULE not in config["target_modules"]
    assert not any(MODULE.endswith(f".{entry}") for entry in config["target_modules"])


def test_the_noise_edge_of_the_base_finds_the_true_rank(tmp_path: Path) -> None:
    """Four ranks planted, and four of nothing but noise far below what the base's dtype can tell."""

    def change(held: dict[str, Tensor]) -> dict[str, Tensor]:
        torch.manual_seed(3)
        new = {}
        for name, tensor in held.items():
            dim = 0 if "lora_A" in name else 1
            noise = 1e-3 * float(tensor.std()) * torch.randn_like(tensor)
            new[name] = torch.cat([tensor, noise], dim)
        return new

    noisy = made(tmp_path / "noisy", change, r=8, lora_alpha=8)
    report = rerank(noisy, tmp_path / "out", noise_edge=True, base=BASE)
    assert {each.rank for each in report.modules} == {4}
    assert all(each.loss_to_base is not None and each.loss_to_base < each.loss for each in report.modules)
    with pytest.raises(UnsupportedError, match="noise_edge=True needs base="):
        rerank(noisy, tmp_path / "other", noise_edge=True)


def test_heads_and_biases_travel(tmp_path: Path) -> None:
    torch.manual_seed(0)
    extra = {"base_model.model.lm_head.weight": torch.randn(320, 64)}
    folder = made(tmp_path / "in", lambda held: held | extra, modules_to_save=["lm_head"])
    report = rerank(folder, tmp_path / "out", rank=2)
    assert report.carried == ["lm_head.weight"]
    again = load_file(tmp_path / "out" / "adapter_model.safetensors")
    assert torch.equal(again["base_model.model.lm_head.weight"], extra["base_model.model.lm_head.weight"])
    assert json.loads((tmp_path / "out" / "adapter_config.json").read_text())["modules_to_save"] == [
        "lm_head"
    ]


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_the_loss_that_is_told_is_that_of_the_stored_factors(dtype: str, wide: Path, tmp_path: Path) -> None:
    report = rerank(wide, tmp_path / "out", rank=8, dtype=dtype)
    before, after = deltas(wide), deltas(tmp_path / "out")
    for each in report.modules:
        lost = float((before[each.module] - after[each.module]).norm())
        assert each.lost == pytest.approx(lost, rel=0.02)
    assert report.loss < {"float32": 1e-6, "float16": 1e-3, "bfloat16": 1e-2}[dtype]


def test_the_same_input_gives_the_same_bytes(wide: Path, tmp_path: Path) -> None:
    for name, workers in (("one", 1), ("two", 2)):
        rerank(wide, tmp_path / name, energy=0.9, workers=workers)
    for file in ("adapter_model.safetensors", "adapter_config.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_what_cannot_be_is_refused(wide: Path, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="give it with rank="):
        rerank(wide, tmp_path / "out", energy=0.9, method="prefix")
    with pytest.raises(OutputError, match="has no room for a single rank"):
        rerank(wide, tmp_path / "out", size=100)
    with pytest.raises(OutputError, match="the input"):
        rerank(wide, wide, rank=2)
    zero = made(tmp_path / "zero", lambda held: {name: 0 * tensor for name, tensor in held.items()})
    with pytest.raises(NothingToDoError, match="No module keeps a rank"):
        rerank(zero, tmp_path / "out", rank=2)
    assert not (tmp_path / "out").exists()


def test_inspect_sees_the_same_spectrum(wide: Path, tmp_path: Path) -> None:
    rerank(wide, tmp_path / "dyn", nested=True)
    before, after = (inspect(folder).modules for folder in (wide, tmp_path / "dyn"))
    assert before
    for one, other in zip(before, after, strict=True):
        assert one.sigma == pytest.approx(other.sigma, rel=1e-12)
        assert other.balance == pytest.approx(1.0)
        assert math.isclose(one.energy, other.energy, rel_tol=1e-12)


@pytest.mark.usefixtures("wide")
def test_healthy_adapters_are_left_as_they_were(tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in HEALTHY.iterdir()}
    rerank(HEALTHY, tmp_path / "out", rank=1)
    assert {path: path.read_bytes() for path in HEALTHY.iterdir()} == before

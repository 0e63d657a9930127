"""A merge is the exact sum of base and adapters, rounded once, however it is run and whatever it is
forecast to be.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from lorasurgery import merge, unmerge
from lorasurgery.errors import (
    UnsupportedError,
)
from lorasurgery.linalg.rounding import round_once
from lorasurgery.linalg.terms import Term
from lorasurgery.surgery.merge import plan_merge
from lorasurgery.surgery.merging.module_check import energy_of
from support.adapters import bits
from support.merged_models import BF16, Q, adapter, base, delta, files, tensor


def test_several_adapters_are_one_sum_rounded_once(tmp_path: Path) -> None:
    made = base(tmp_path)
    first, second = adapter(tmp_path / "a", made), adapter(tmp_path / "b", made, seed=2)
    merge(made, [f"{first}:0.5", f"{second}:-2"], tmp_path / "merged")
    W = tensor(made, f"{Q}.weight").double()
    wanted = round_once(W + 0.5 * delta(first) - 2 * delta(second), BF16)
    assert torch.equal(tensor(tmp_path / "merged", f"{Q}.weight"), wanted)


def test_the_weight_is_the_last_number_after_a_colon(tmp_path: Path) -> None:
    made = base(tmp_path)
    odd = adapter(tmp_path / "a:2", made)
    merge(made, [f"{odd}:0"], tmp_path / "merged")
    assert bits(tmp_path / "merged") == bits(made)
    merge(made, [f"{odd}:1e0"], tmp_path / "once")
    assert bits(tmp_path / "once") != bits(made)


def test_the_bytes_do_not_depend_on_workers_or_threads(tmp_path: Path) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    before = torch.get_num_threads()
    for workers, threads in ((1, 1), (3, 2)):
        torch.set_num_threads(threads)
        merge(made, [given], tmp_path / f"merged{workers}", workers=workers)
    torch.set_num_threads(before)
    assert files(tmp_path / "merged1") == files(tmp_path / "merged3")


def test_a_module_with_a_non_additive_change_takes_one_adapter_only(tmp_path: Path) -> None:
    made = base(tmp_path)
    plain = adapter(tmp_path / "plain", made)
    dora = adapter(tmp_path / "dora", made, use_dora=True, seed=2)
    with pytest.raises(UnsupportedError, match="order would matter"):
        merge(made, [plain, dora], tmp_path / "merged")
    merge(made, [plain, dora], tmp_path / "merged", take=["*_proj=dora"])
    merge(made, [dora], tmp_path / "alone")
    assert bits(tmp_path / "merged") == bits(tmp_path / "alone")


def test_a_count_that_an_adapter_replaces_is_replaced(tmp_path: Path) -> None:
    """Integers are neither NaN nor infinite."""
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made, modules_to_save=["norm"])
    for file, name in (
        (made / "model.safetensors", "model.norm.count"),
        (given / "adapter_model.safetensors", "base_model.model.model.norm.count"),
    ):
        held = load_file(file)
        save_file(held | {name: torch.full((1,), len(held))}, file, {"format": "pt"})
    merge(made, [given], tmp_path / "merged")
    found = load_file(tmp_path / "merged" / "model.safetensors")["model.norm.count"]
    assert torch.equal(
        found, load_file(given / "adapter_model.safetensors")["base_model.model.model.norm.count"]
    )
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert (tmp_path / "back" / "model.safetensors").read_bytes() == (made / "model.safetensors").read_bytes()


def test_the_forecast_knows_that_adapters_add_up_or_cancel(tmp_path: Path) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)

    def changes(*weights: float) -> list[float]:
        plan = plan_merge(made, [f"{given}:{weight}" for weight in weights]).forecast()
        return [each.change or 0.0 for each in plan.tensors]

    assert changes(0.5, 0.5) == pytest.approx(changes(1))
    assert changes(1, 1) == pytest.approx(changes(2))
    assert changes(1, -1) == pytest.approx([0.0] * len(changes(1)), abs=1e-6)


def test_a_plan_says_how_much_rounding_will_lose(tmp_path: Path) -> None:
    made = base(tmp_path)
    given = adapter(tmp_path / "a", made)
    assert (plan_merge(made, [given]).forecast().snr or 0) > 3
    faint = plan_merge(made, [f"{given}:0.001"]).forecast()
    assert faint.snr is not None
    assert faint.snr < 3
    assert any("much of the adapter will be lost" in note for note in faint.notes)
    merge(made, [f"{given}:0.01"], tmp_path / "merged")
    W, got = tensor(made, f"{Q}.weight").double(), tensor(tmp_path / "merged", f"{Q}.weight").double()
    wanted = 0.01 * delta(given)
    lost = float((got - W - wanted).norm() / wanted.norm())
    forecast = plan_merge(made, [f"{given}:0.01"]).forecast()
    report = next(each for each in forecast.tensors if each.name == f"{Q}.weight")
    assert report.change == pytest.approx(float(wanted.norm()), rel=1e-5)
    assert report.rounding == pytest.approx(lost * float(wanted.norm()), rel=0.1)


@pytest.mark.parametrize("dtype", [BF16, torch.float64])
def test_each_expert_of_a_fused_tensor_gets_its_own_change(dtype: torch.dtype, tmp_path: Path) -> None:
    experts, out, width, rank = 3, 10, 6, 2
    name = "model.layers.0.mlp.experts.gate_up_proj"
    W = torch.randn(experts, out, width, dtype=torch.float64).to(dtype)
    made = tmp_path / "base"
    made.mkdir()
    save_file({name: W, "model.norm.weight": torch.ones(width)}, made / "model.safetensors")
    A, B = torch.randn(experts, rank, width), torch.randn(experts, out, rank)
    given = tmp_path / "adapter"
    given.mkdir()
    key = f"base_model.model.{name.rpartition('.')[0]}"
    laid_out = {
        f"{key}.lora_A.weight": A.flatten(0, 1),
        f"{key}.lora_B.weight": B.permute(1, 2, 0).flatten(1).contiguous(),
    }
    save_file(laid_out, given / "adapter_model.safetensors")
    config = {
        "peft_type": "LORA",
        "r": rank,
        "lora_alpha": 3,
        "target_modules": [],
        "target_parameters": ["experts.gate_up_proj"],
    }
    (given / "adapter_config.json").write_text(json.dumps(config))
    merge(made, [given], tmp_path / "merged")
    wanted = round_once(W.double() + 1.5 * torch.einsum("eor,eri->eoi", B.double(), A.double()), dtype)
    assert torch.allclose(
        tensor(tmp_path / "merged", name).double(),
        wanted.double(),
        rtol=1e-12 if dtype == torch.float64 else 2**-8,
    )
    assert report_small(tmp_path / "merged", name)
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert files(tmp_path / "back") == files(made)


def report_small(merged: Path, name: str) -> bool:
    """Whether the prediction of a tensor is right but for few elements.

    Each expert was taken back where it was added.
    """
    from lorasurgery.surgery.undo.undo_record import read_record

    undo = read_record(merged / "undo.json").last(merged).tensors[name]
    return undo.correction_bytes < 0.9 * undo.matrix_shape[0] * undo.matrix_shape[1] * undo.dtype.itemsize


@pytest.mark.parametrize("size", [1e-25, 1.0, 1e25])
def test_the_size_of_a_change_is_known_where_its_squares_are_beyond_float32(size: float) -> None:
    """One that were 0 would be an adapter that was never trained."""
    generator = np.random.default_rng(0)
    left, right = generator.standard_normal((7, 3)) * size, generator.standard_normal((3, 5))
    energy = energy_of([Term(left.astype(np.float32), right.astype(np.float32), -0.5)])
    assert energy == pytest.approx(float((0.25 * (left @ right) ** 2).sum()), rel=1e-5)

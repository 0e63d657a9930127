"""Several adapters as one.

Exact sums, optimal cuts, branches by task; and what one adapter has no room for.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import peft
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from lorasurgery import fusing
from lorasurgery.errors import AlignmentError, DamagedFileError, NothingToDoError, UnsupportedError
from lorasurgery.linalg.factored import Svd
from lorasurgery.surgery.fuse import fuse
from support.adapters import deltas
from support.flawed_adapters import BASE, HEALTHY, MODULE, Tensors, made, random_factors

EXACT = 1e-12


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """Adapters of rank 4 and 3 with scales 2 and 1/3, in float64."""
    one = made(tmp_path / "one", random_factors(1, 4), r=4, lora_alpha=8)
    return one, made(tmp_path / "two", random_factors(2, 3), r=3, lora_alpha=1)


def test_a_sum_is_exact(two: tuple[Path, Path], tmp_path: Path) -> None:
    report = fuse([f"{two[0]}:0.7", f"{two[1]}:-0.3"], tmp_path / "out")
    one, other, found = (deltas(folder) for folder in (*two, tmp_path / "out"))
    for path, delta in found.items():
        wanted = 0.7 * one[path] - 0.3 * other[path]
        assert torch.allclose(delta, wanted, rtol=0, atol=EXACT * float(wanted.norm()))
    assert {each.rank for each in report.modules} == {7}
    assert report.loss == 0


def test_adapters_of_one_scale_are_stacked_bit_for_bit(tmp_path: Path) -> None:
    folders = [
        made(tmp_path / name, random_factors(seed, 4, torch.bfloat16), r=4, lora_alpha=8)
        for seed, name in enumerate("ab")
    ]
    fuse(folders, tmp_path / "out")
    one, other, found = (load_file(f / "adapter_model.safetensors") for f in (*folders, tmp_path / "out"))
    for name, tensor in found.items():
        assert torch.equal(tensor, torch.cat([one[name], other[name]], 0 if "lora_A" in name else 1))
    assert json.loads((tmp_path / "out" / "adapter_config.json").read_text())["lora_alpha"] == 16


def test_two_half_precisions_are_stacked_in_one_that_holds_both(tmp_path: Path) -> None:
    dtypes = {"a": torch.bfloat16, "b": torch.float16}
    folders = [
        made(tmp_path / name, random_factors(seed, 4, dtype), r=4, lora_alpha=8)
        for seed, (name, dtype) in enumerate(dtypes.items())
    ]
    for order in (folders, folders[::-1]):
        fuse(order, tmp_path / "out", force=True)
        one, other, found = (load_file(f / "adapter_model.safetensors") for f in (*order, tmp_path / "out"))
        for name, tensor in found.items():
            wanted = torch.cat([one[name].float(), other[name].float()], 0 if "lora_A" in name else 1)
            assert torch.equal(tensor, wanted)


def test_one_shared_a_stays_one(two: tuple[Path, Path], tmp_path: Path) -> None:
    held = load_file(two[0] / "adapter_model.safetensors")

    def other_b(_: Tensors) -> Tensors:
        torch.manual_seed(5)
        return {name: torch.randn_like(t) if "lora_B" in name else t for name, t in held.items()}

    shared = made(tmp_path / "shared", other_b, r=4, lora_alpha=4)
    report = fuse([two[0], shared], tmp_path / "out")
    assert {each.rank for each in report.modules} == {4}
    one, other, found = (deltas(folder) for folder in (two[0], shared, tmp_path / "out"))
    assert torch.allclose(found[MODULE], one[MODULE] + other[MODULE], rtol=0, atol=EXACT * 100)


@pytest.mark.parametrize("method", ["cat", "svd"])
def test_a_cut_is_the_optimum_of_the_dense_sum(method: str, two: tuple[Path, Path], tmp_path: Path) -> None:
    report = fuse([f"{two[0]}:0.7", two[1]], tmp_path / "out", rank=3, method=method)
    one, other, found = (deltas(folder) for folder in (*two, tmp_path / "out"))
    assert report.modules
    for each in report.modules:
        wanted = 0.7 * one[each.module] + other[each.module]
        best = float(torch.linalg.svdvals(wanted)[3:].norm())
        assert float((wanted - found[each.module]).norm()) == pytest.approx(
            best, abs=EXACT * float(wanted.norm())
        )
        assert each.lost == pytest.approx(best, rel=1e-6)


@pytest.mark.parametrize("method", sorted(set(fusing.names()) - {"cat", "svd"}))
def test_a_method_gives_what_its_file_gives(method: str, two: tuple[Path, Path], tmp_path: Path) -> None:
    density = 0.5 if hasattr(fusing.load(method), "DENSITY") else None
    fuse(
        [f"{two[0]}:0.7", two[1]],
        tmp_path / "out",
        method=method,
        density=density,
        seed=9 if method == "dare" else None,
    )
    one, other, found = (deltas(folder) for folder in (*two, tmp_path / "out"))
    if method == "dare":  # a seed of its own for each module
        assert not torch.equal(found[MODULE], 0.7 * one[MODULE] + other[MODULE])
        return
    wanted = fusing.load(method).combine(
        [_svd(one[MODULE], 4), _svd(other[MODULE], 3)], [0.7, 1.0], fusing.Options(density=density, seed=9)
    )
    dense = torch.from_numpy(wanted.U * wanted.S @ wanted.V.T)
    assert torch.allclose(found[MODULE], dense, rtol=0, atol=1e-9 * float(dense.norm()))


def _svd(matrix: Tensor, rank: int) -> Svd:
    U, S, Vh = np.linalg.svd(matrix.numpy(), full_matrices=False)
    return Svd(U[:, :rank], S[:rank], Vh[:rank].T)


def test_the_same_seed_gives_the_same_bytes(two: tuple[Path, Path], tmp_path: Path) -> None:
    for name, workers in (("a", 1), ("b", 2)):
        fuse(two, tmp_path / name, method="dare", density=0.5, seed=4, workers=workers)
    fuse(two, tmp_path / "c", method="dare", density=0.5, seed=5)
    a, b, c = ((tmp_path / name / "adapter_model.safetensors").read_bytes() for name in "abc")
    assert a == b
    assert a != c


def test_interference_is_told_beforehand(two: tuple[Path, Path], tmp_path: Path) -> None:
    report = fuse([two[0], two[0], two[1]], tmp_path / "out")
    assert report.interference is not None
    same, *others = report.interference.pairs
    assert (same.cosine, same.shared, same.conflicts) == pytest.approx((1, 1, 0))
    assert all(abs(each.cosine) < 0.1 for each in others)
    one, other = (deltas(folder) for folder in two)
    total = sum(float((2 * one[p] + other[p]).square().sum()) for p in one)
    apart = sum(float(2 * one[p].square().sum() + other[p].square().sum()) for p in one)
    assert report.interference.sum_energy == pytest.approx(total / apart)


@pytest.fixture
def parallel(tmp_path: Path) -> Path:
    """Three branches: a shared one, and one for each of two tasks, with a head each."""
    folder = tmp_path / "parallel"
    folder.mkdir()
    made(folder / "shared", random_factors(1, 4), r=4, lora_alpha=8)
    for seed, task in ((2, "sst2"), (3, "cola")):
        head = {"base_model.model.lm_head.weight": torch.full((320, 64), float(seed), dtype=torch.float64)}
        made(
            folder / task,
            lambda held, s=seed, h=head: random_factors(s, 2)(held) | h,
            r=2,
            lora_alpha=2,
            modules_to_save=["lm_head"],
        )
    branches = {
        "shared": {"weight": 1.0, "tasks": "all"},
        "sst2": {"weight": 0.5, "tasks": ["sst2"]},
        "cola": {"weight": 2.0, "tasks": ["cola"]},
    }
    (folder / "parallel.json").write_text(json.dumps({"version": 1, "branches": branches}))
    return folder


@pytest.mark.parametrize(("task", "weight"), [("sst2", 0.5), ("cola", 2.0)])
def test_branches_of_a_task_are_fused_with_its_head(
    task: str, weight: float, parallel: Path, tmp_path: Path
) -> None:
    report = fuse([parallel], tmp_path / "out", task=task)
    shared, own, found = (
        deltas(folder) for folder in (parallel / "shared", parallel / task, tmp_path / "out")
    )
    for path, delta in found.items():
        wanted = shared[path] + weight * own[path]
        assert torch.allclose(delta, wanted, rtol=0, atol=EXACT * float(wanted.norm()))
    assert report.carried == ["lm_head.weight"]
    head, mine = (
        load_file(folder / "adapter_model.safetensors")["base_model.model.lm_head.weight"]
        for folder in (tmp_path / "out", parallel / task)
    )
    assert torch.equal(head, mine)


def test_the_fused_model_answers_as_the_branches_side_by_side(parallel: Path, tmp_path: Path) -> None:
    """PEFT with the shared and the task's branch both active, and with the fused adapter."""
    from transformers import AutoModelForCausalLM

    def loaded() -> Any:
        return AutoModelForCausalLM.from_pretrained(BASE, dtype=torch.float64)

    for name in ("shared", "sst2"):  # weights as PEFT has them, and no head, which it cannot have twice
        config = json.loads((parallel / name / "adapter_config.json").read_text())
        config |= {
            "modules_to_save": None,
            "lora_alpha": config["lora_alpha"] * (0.5 if name == "sst2" else 1),
        }
        (parallel / name / "adapter_config.json").write_text(json.dumps(config))
    entry = {"version": 1, "branches": {"shared": {"tasks": "all"}, "sst2": {"tasks": ["sst2"]}}}
    (parallel / "parallel.json").write_text(json.dumps(entry))
    for name in ("sst2",):
        from safetensors.torch import save_file

        held = load_file(parallel / name / "adapter_model.safetensors")
        held.pop("base_model.model.lm_head.weight")
        save_file(held, parallel / name / "adapter_model.safetensors")
    fuse([parallel], tmp_path / "out", task="sst2")
    tokens = torch.arange(12).reshape(2, 6)
    side: Any = peft.PeftModel.from_pretrained(
        loaded(), parallel / "shared", "shared", autocast_adapter_dtype=False
    )
    side.load_adapter(parallel / "sst2", "sst2", autocast_adapter_dtype=False)
    side.base_model.set_adapter(["shared", "sst2"])
    fused: Any = peft.PeftModel.from_pretrained(loaded(), tmp_path / "out", autocast_adapter_dtype=False)
    with torch.no_grad():
        one, other = side(tokens).logits, fused(tokens).logits
    assert torch.allclose(one, other, rtol=0, atol=1e-9 * float(one.abs().max()))


def test_branches_of_several_tasks_need_a_choice(parallel: Path, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="choose with task="):
        fuse([parallel], tmp_path / "out")
    with pytest.raises(UnsupportedError, match="its tasks are cola, sst2"):
        fuse([parallel], tmp_path / "out", task="qnli")


@pytest.mark.parametrize(
    "content",
    [
        {"version": 2, "branches": {}},
        {"version": 1, "branches": {"absent": {}}},
        {"version": 1, "branches": {"../two": {}}},
        {"version": 1, "branches": {"..": {}}},
        {"version": 1, "branches": {"": {}}},
        {"version": 1, "branches": {"x" * 20_000: {}}},
        {"version": 1, "branches": {"shared": {"weight": float("inf")}}},
        {"version": 1, "branches": {"shared": {"weight": 10**400}}},
        {"version": 1, "branches": {"shared": {"weight": "much"}}},
        {"version": 1, "branches": {"shared": {"tasks": []}}},
        {"version": 1, "branches": {"shared": 3}},
    ],
)
def test_a_list_of_branches_that_contradicts_the_tensors_is_refused(
    content: Any, parallel: Path, tmp_path: Path
) -> None:
    (parallel / "parallel.json").write_text(json.dumps(content))
    with pytest.raises(DamagedFileError, match=r"parallel\.json"):
        fuse([parallel], tmp_path / "out")


@pytest.mark.parametrize("name", ["..", ".", "", "../parallel/sst2", "sst2/", "sst2/../sst2", "linked"])
def test_a_branch_is_a_folder_in_its_folder(name: str, parallel: Path, tmp_path: Path) -> None:
    # Where a wrong name leads to is an adapter as well.
    for folder in (parallel, parallel.parent):
        for file in (parallel / "sst2").iterdir():
            shutil.copy(file, folder)
    shutil.copytree(parallel / "sst2", tmp_path / "elsewhere")
    (parallel / "linked").symlink_to(tmp_path / "elsewhere")
    (parallel / "parallel.json").write_text(json.dumps({"version": 1, "branches": {name: {}}}))
    with pytest.raises(DamagedFileError, match=r"parallel\.json lists a branch .*no folder of that name"):
        fuse([parallel], tmp_path / "out")


def test_a_branch_by_a_name_alone_is_found_from_its_own_folder(
    parallel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(parallel)
    fuse(["."], tmp_path / "out", task="sst2")
    assert (tmp_path / "out").is_dir()


@pytest.mark.parametrize("weight", ["NaN", "Infinity", "1e999"])
def test_a_branch_has_a_finite_weight(weight: str, parallel: Path, tmp_path: Path) -> None:
    text = f'{{"version": 1, "branches": {{"sst2": {{"weight": {weight}}}}}}}'
    (parallel / "parallel.json").write_text(text)
    with pytest.raises(DamagedFileError, match="finite"):
        fuse([parallel], tmp_path / "out")


def test_what_one_adapter_has_no_room_for_is_refused(
    two: tuple[Path, Path], parallel: Path, tmp_path: Path
) -> None:
    with pytest.raises(UnsupportedError, match="is replaced by several"):
        fuse([parallel / "sst2", parallel / "cola"], tmp_path / "out")
    with pytest.raises(UnsupportedError, match="task= is for Parallel-LoRA"):
        fuse(two, tmp_path / "out", task="sst2")
    other = made(
        tmp_path / "other", lambda held: {n: t.repeat(1, 2) if "lora_A" in n else t for n, t in held.items()}
    )
    with pytest.raises(AlignmentError, match="in one adapter and"):
        fuse([HEALTHY, other], tmp_path / "out")
    with pytest.raises(NothingToDoError, match="Nothing is left"):
        fuse([f"{two[0]}:0"], tmp_path / "out", rank=4)
    assert not (tmp_path / "out").exists()


def test_adapters_of_two_models_that_meet_nowhere_are_refused(tmp_path: Path) -> None:
    """Of one model they may meet nowhere: queries in one, values in the other."""

    def only(part: str) -> Any:
        return lambda held: {name: tensor for name, tensor in held.items() if part in name}

    one = made(tmp_path / "one", only("q_proj"), target_modules=["q_proj"])
    other = made(tmp_path / "other", only("v_proj"), target_modules=["v_proj"])
    assert len(fuse([one, other], tmp_path / "out").modules) == len(deltas(one)) + len(deltas(other))
    strange = made(
        tmp_path / "strange", only("v_proj"), target_modules=["v_proj"], base_model_name_or_path="another"
    )
    with pytest.raises(AlignmentError, match="no module in common"):
        fuse([one, strange], tmp_path / "no")


def test_a_density_is_refused_where_nothing_is_left_out(two: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(
        UnsupportedError, match="density= applies to dare, knots, magnitude, ties; cat leaves"
    ):
        fuse(two, tmp_path / "out", density=0.3)

"""The noise edge of a pair: whose rounding counts, and what is said where the ranks may be rounding."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from lorasurgery import extract, inspect
from lorasurgery.surgery.factorise import noise_edge as edge

SHAPE = (300, 420)
RANK = 4


def master(seed: int = 0) -> tuple[Tensor, Tensor]:
    """A weight in float32, and a change of rank 4 and 5 % of it."""
    generator = torch.Generator().manual_seed(seed)
    W = 0.02 * torch.randn(SHAPE, generator=generator)
    change = torch.randn(SHAPE[0], RANK, generator=generator) @ torch.randn(
        RANK, SHAPE[1], generator=generator
    )
    return W, change * (0.05 * W.norm() / change.norm())


def truncated(exact: Tensor) -> Tensor:
    return (exact.view(torch.int32) & ~0xFFFF).view(torch.float32).bfloat16()


def written(folder: Path, base: Tensor, tuned: Tensor) -> tuple[Path, Path]:
    for name, tensor in (("base", base), ("tuned", tuned)):
        save_file({"m.weight": tensor.contiguous()}, folder / f"{name}.safetensors")
    return folder / "base.safetensors", folder / "tuned.safetensors"


@pytest.mark.parametrize("tuned_dtype", [torch.float16, torch.float32])
def test_a_base_that_was_rounded_on_its_own_is_told_of(tmp_path: Path, tuned_dtype: torch.dtype) -> None:
    W, change = master()
    pair = written(tmp_path, W.bfloat16(), (W + change).to(tuned_dtype))
    report = extract(*pair, tmp_path / "out", noise_edge=True)
    assert [module.rank for module in report.modules] == [RANK]
    assert any("rounding of the base's coarser dtype" in note for note in report.notes)
    assert inspect(*pair).modules[0].edge_rank == RANK


def test_a_fine_tune_in_a_finer_dtype_of_the_base_as_it_is_stored_needs_no_word(tmp_path: Path) -> None:
    """Its noise edge is that of the finer dtype: a change below the rounding of the base's dtype is found."""
    W, change = master()
    base = W.bfloat16()
    pair = written(tmp_path, base, (base.float() + change / 50).half())
    report = extract(*pair, tmp_path / "out", noise_edge=True)
    assert [module.rank for module in report.modules] == [RANK]
    assert not any("rounding" in note for note in report.notes)
    assert inspect(*pair).modules[0].edge_rank == RANK


@pytest.mark.parametrize("way", ["both apart", "truncated"])
def test_ranks_that_may_be_rounding_are_told_of(tmp_path: Path, way: str) -> None:
    W, change = master()
    tuned = (W + change).bfloat16() if way == "both apart" else truncated(W + change)
    pair = written(tmp_path, W.bfloat16(), tuned)
    report = extract(*pair, tmp_path / "out", noise_edge=True)
    assert report.modules[0].rank > 3 * RANK
    assert any("just above the noise edge" in note for note in report.notes)
    assert any("just above the noise edge" in note for note in inspect(*pair).notes)


@pytest.mark.parametrize("transposed", [False, True])
def test_a_merged_adapter_needs_no_word(tmp_path: Path, transposed: bool) -> None:
    W, change = master()
    base, tuned = W.bfloat16(), (W.bfloat16().float() + change).bfloat16()
    pair = written(tmp_path, base.T if transposed else base, tuned.T if transposed else tuned)
    report = extract(*pair, tmp_path / "out", noise_edge=True)
    assert [module.rank for module in report.modules] == [RANK]
    assert not any("noise edge" in note.lower() for note in report.notes)


def test_nothing_is_simulated_where_nothing_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    W, _ = master()
    monkeypatch.setattr("lorasurgery.linalg.noise.noise_edge", lambda *_, **__: pytest.fail("simulated"))
    report = inspect(*written(tmp_path, W, W))
    assert (report.unchanged, len(report.modules)) == (1, 0)


def test_several_modules_are_counted() -> None:
    spectrum = [1.5] * 20
    crowded = [edge.ModuleEdge(f"m.{i}", spectrum, 1.0, counts_both=True) for i in range(3)]
    assert [note.count("3 modules ('m.0')") for note in edge.notes_of(crowded)] == [1, 1]
    assert edge.notes_of([edge.ModuleEdge("m", [30.0] * 20, 1.0)]) == []

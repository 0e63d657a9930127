"""The ranks that `extract` chooses.

The energies of a dense SVD, a file within its size, the noise edge.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from lorasurgery import extract
from lorasurgery.errors import UnsupportedError
from lorasurgery.linalg.rank_rules import spend_budget
from lorasurgery.surgery.extraction.extract_report import ExtractReport
from support.extracted_pairs import (
    BERT,
    LLAMA,
    NORM_TOLERANCE,
    PAIRS,
    Pair,
    read,
    weights,
)
from support.paths import FIXTURES

MERGED = FIXTURES / "llama-base", FIXTURES / "llama-merged"
# How much less energy than a dense SVD's may be captured, as a share of ‖ΔW‖².
ENERGY_TOLERANCE = 1e-5


def dense_spectra(pair: Pair, report: ExtractReport) -> dict[str, np.ndarray]:
    """All singular values of each module's change, by LAPACK in float64, where names on disk are
    those at run time.
    """
    base, tuned = read(pair[0]), read(pair[1])
    changes = {
        row.module: tuned[f"{row.module}.weight"].double() - base[f"{row.module}.weight"].double()
        for row in report.modules
    }
    return {name: torch.linalg.svdvals(change).numpy() for name, change in changes.items()}


@pytest.mark.parametrize("rule", [{"rank": 4}, {"energy": 0.5}, {"energy": 0.99}, {"size": 200_000}], ids=str)
@pytest.mark.parametrize("name", ["llama", "made"])
def test_energies_are_those_of_a_dense_svd(
    name: str, rule: dict[str, Any], made: Pair, tmp_path: Path
) -> None:
    pair = PAIRS.get(name, made)
    report = extract(*pair, tmp_path / "adapter", dtype="float32", rest="drop", **rule)
    spectra = dense_spectra(pair, report)
    for row in report.modules:
        squares = spectra[row.module] ** 2
        best = squares[: row.rank].sum() / squares.sum()
        assert row.change == pytest.approx(squares.sum() ** 0.5, rel=NORM_TOLERANCE)
        assert best - ENERGY_TOLERANCE <= row.energy_kept <= best + ENERGY_TOLERANCE, row.module
    held = sum((s[: row.rank] ** 2).sum() for row, s in zip(report.modules, spectra.values(), strict=True))
    whole = sum((s**2).sum() for s in spectra.values())
    assert report.energy_kept == pytest.approx(held / whole, abs=ENERGY_TOLERANCE)


@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
def test_energy_finds_the_least_rank(share: float, made: Pair, tmp_path: Path) -> None:
    report = extract(*made, tmp_path / "adapter", energy=share)
    assert report.modules
    for row, sigma in zip(report.modules, dense_spectra(made, report).values(), strict=True):
        held = np.cumsum(sigma**2) / (sigma**2).sum()
        least = int(np.searchsorted(held, share)) + 1
        # Where a share lies within rounding of the bound, either side of it is right.
        assert abs(row.rank - least) <= int(np.abs(held - share).min() < ENERGY_TOLERANCE), row.module


def test_max_rank_caps_a_rule(made: Pair, tmp_path: Path) -> None:
    free = extract(*made, tmp_path / "free", energy=0.9)
    capped = extract(*made, tmp_path / "capped", energy=0.9, max_rank=20)
    assert max(row.rank for row in free.modules) > 20
    assert [row.rank for row in capped.modules] == [min(20, row.rank) for row in free.modules]


@pytest.mark.parametrize("size", [20_000, 60_000, 150_000, 400_000])
@pytest.mark.parametrize("name", ["llama", "bert", "mixtral", "made"])
def test_a_file_stays_within_its_size(name: str, size: int, made: Pair, tmp_path: Path) -> None:
    report = extract(*PAIRS.get(name, made), tmp_path / "adapter", size=size, rest="drop")
    assert len(weights(tmp_path / "adapter")) <= size
    dearest = max(
        2 * sum(row.shape[-2:]) * (row.shape[0] if len(row.shape) == 3 else 1) for row in report.modules
    )
    is_all = all(row.rank == min(row.shape[-2:]) for row in report.modules)
    assert is_all or len(weights(tmp_path / "adapter")) > 0.5 * size - 2 * dearest


def test_what_travels_whole_counts_against_the_size(tmp_path: Path) -> None:
    report = extract(*BERT, tmp_path / "adapter", size=60_000)
    assert sum(kept.nbytes for kept in report.kept) > 5_000
    assert len(weights(tmp_path / "adapter")) <= 60_000
    assert report.energy_kept < 1


def test_a_budget_goes_where_it_lowers_the_error_most(made: Pair, tmp_path: Path) -> None:
    report = extract(*made, tmp_path / "adapter", size=300_000, dtype="float32")
    spectra = dense_spectra(made, report)
    costs = [4 * sum(row.shape) for row in report.modules]
    spent = sum(cost * row.rank for cost, row in zip(costs, report.modules, strict=True))
    best = spend_budget(list(spectra.values()), costs, spent)
    held = sum((s[: row.rank] ** 2).sum() for row, s in zip(report.modules, spectra.values(), strict=True))
    assert held >= (1 - ENERGY_TOLERANCE) * best.captured
    assert len({row.rank for row in report.modules}) > 1


def test_the_noise_edge_finds_a_merged_adapters_rank(tmp_path: Path) -> None:
    report = extract(*MERGED, tmp_path / "adapter", noise_edge=True)
    assert {row.module: row.rank for row in report.modules if row.rank != 4} == {}
    assert len(report.modules) == 21


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_shares_add_up_to_the_whole(pair: Pair, tmp_path: Path) -> None:
    kept = extract(*pair, tmp_path / "kept", rank=4)
    dropped = extract(*pair, tmp_path / "dropped", rank=4, rest="drop")
    for report in (kept, dropped):
        parts = [(row.change / report.change) ** 2 for row in report.modules]
        parts += [each.share or 0.0 for each in (*report.kept, *report.lost)]
        assert sum(parts) == pytest.approx(1, abs=NORM_TOLERANCE)
    assert kept.change == pytest.approx(dropped.change, rel=NORM_TOLERANCE)
    assert dropped.kept == []
    assert {each.name for each in dropped.lost} >= {each.name for each in kept.kept if each.share != 0}
    assert dropped.accounted <= kept.accounted


@pytest.mark.parametrize("rules", [{"rank": 4, "energy": 0.9}, {"rank": 0}, {"energy": 1.5}])
def test_two_rules_or_an_unsound_one_are_refused(rules: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError):
        extract(*LLAMA, tmp_path / "adapter", **rules)


def test_without_a_rule_every_module_gets_rank_16(tmp_path: Path) -> None:
    report = extract(*LLAMA, tmp_path / "adapter")
    assert {module.rank for module in report.modules} == {16}


def test_a_change_of_subnormal_numbers_is_a_change(tmp_path: Path) -> None:
    """Its energy is far below what the square of a float32 holds, and it is listed with its error
    all the same.
    """
    generator = torch.Generator().manual_seed(0)
    change = torch.randn(40, 3, generator=generator) @ torch.randn(3, 60, generator=generator) * 1e-40
    assert 0 < float(change.abs().max()) < torch.finfo(torch.float32).smallest_normal
    save_file({"m.weight": torch.zeros_like(change)}, tmp_path / "base.safetensors")
    save_file({"m.weight": change}, tmp_path / "tuned.safetensors")
    report = extract(tmp_path / "base.safetensors", tmp_path / "tuned.safetensors", tmp_path / "out", rank=2)
    (module,) = report.modules
    sigma = torch.linalg.svdvals(change.double())
    assert module.change == pytest.approx(float(sigma.norm()), rel=1e-6, abs=0)
    assert module.residual == pytest.approx(float(sigma[2:].norm() / sigma.norm()), rel=1e-3)

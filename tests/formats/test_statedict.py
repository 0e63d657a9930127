"""Plain state dicts of models whose layers were wrapped.

What such a wrapper computes, and what is no adapter.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from lorasurgery.adapter import Host
from lorasurgery.errors import AlignmentError, DamagedFileError, UnsupportedError
from lorasurgery.formats import find_adapter, read_adapter
from lorasurgery.formats import statedict as ours
from lorasurgery.variants.lora import LoraFactors
from support.paths import FIXTURES


class Wrapped(nn.Module):
    """A linear layer and its factors, multiplied in the order in which `how` has them."""

    def __init__(self, layer: Any, how: str, rank: int = 2, alpha: float = 3.0) -> None:
        super().__init__()
        out, width = layer.weight.shape
        first = {
            "x Aᵀ Bᵀ": (rank, width),
            "x A B": (width, rank),
            "x Bᵀ Aᵀ": (out, rank),
            "x B A": (rank, out),
        }
        other = {
            "x Aᵀ Bᵀ": (out, rank),
            "x A B": (rank, out),
            "x Bᵀ Aᵀ": (rank, width),
            "x B A": (width, rank),
        }
        self.layer = layer
        self.A = nn.Parameter(torch.randn(first[how]))
        self.B = nn.Parameter(torch.randn(other[how]))
        self.how, self.scale = how, alpha / rank

    def forward(self, x: Tensor) -> Tensor:
        A, B = self.A, self.B
        branch: Tensor = {
            "x Aᵀ Bᵀ": lambda: x @ A.T @ B.T,
            "x A B": lambda: x @ A @ B,
            "x Bᵀ Aᵀ": lambda: x @ B.T @ A.T,
            "x B A": lambda: x @ B @ A,
        }[self.how]()
        found: Tensor = self.layer(x) + self.scale * branch
        return found


class Model(nn.Module):
    def __init__(self, how: str, middle: int = 5) -> None:
        super().__init__()
        torch.manual_seed(2)
        self.first = Wrapped(nn.Linear(5, middle), how)
        self.norm = nn.LayerNorm(middle)
        self.second = Wrapped(nn.Linear(middle, 5), how)


HOST = Host(
    modules=("first", "norm", "second"),
    parameters=(
        *("first.weight", "first.bias", "norm.weight", "norm.bias", "second.weight", "second.bias"),
        *("norm.A", "norm.B"),
    ),
    kinds={"first": "linear", "second": "linear"},
)


def saved(model: nn.Module, path: Path) -> Path:
    torch.save(model.double().state_dict(), path)
    return path


@pytest.mark.parametrize("how", ["x Aᵀ Bᵀ", "x A B", "x Bᵀ Aᵀ", "x B A"])
def test_factors_are_read_as_their_layer_multiplies_them(how: str, tmp_path: Path) -> None:
    model = Model(how, middle=7)
    path, adapter = read_adapter(str(saved(model, tmp_path / "model.pt")), HOST, alpha=3.0)
    assert find_adapter(str(path)) == (path, "statedict")
    assert adapter.unresolved == ""
    assert adapter.modules.keys() == {"first", "second"}
    assert adapter.replaced == {}
    for name, factors in adapter.modules.items():
        assert isinstance(factors, LoraFactors)
        wrapped: Any = getattr(model, name)
        delta = factors.scale * (factors.B.read() @ factors.A.read())
        x = torch.randn(4, delta.shape[1], dtype=torch.float64)
        torch.testing.assert_close(wrapped.layer(x) + x @ delta.T, wrapped(x), rtol=1e-12, atol=1e-12)


def test_square_factors_are_read_in_the_usual_order_and_another_order_is_noted(
    tmp_path: Path,
) -> None:
    usual = ours.read(saved(Model("x Aᵀ Bᵀ"), tmp_path / "a.pt"), HOST, alpha=1.0)
    assert usual.unresolved == ""
    other = ours.read(saved(Model("x A B"), tmp_path / "b.pt"), HOST, alpha=1.0)
    assert "transpose" in other.unresolved


def test_a_conv1d_of_gpt2_is_wrapped_the_other_way_round(tmp_path: Path) -> None:
    tensors = {"m.A": torch.ones(2, 5), "m.B": torch.ones(7, 2), "m.layer.weight": torch.ones(5, 7)}
    torch.save(tensors, tmp_path / "a.pt")
    host = Host(("m",), ("m.weight",), {"m": "conv1d"})
    factors = ours.read(tmp_path / "a.pt", host).modules["m"]
    assert isinstance(factors, LoraFactors)
    assert factors.shape == (7, 5)
    assert torch.equal(factors.B.read(), tensors["m.B"])


def test_without_alpha_the_scale_is_1_and_said_to_be_unknown(tmp_path: Path) -> None:
    adapter = ours.read(saved(Model("x A B", 7), tmp_path / "a.pt"))
    assert "--alpha" in adapter.unresolved
    assert {each.scale for each in adapter.modules.values() if isinstance(each, LoraFactors)} == {1.0}


def test_old_buffers_and_wrappers_around_the_model_are_passed_over(tmp_path: Path) -> None:
    tensors = {f"module.{name}": each for name, each in Model("x A B", 7).state_dict().items()}
    tensors["module.first.rotary_emb.inv_freq"] = torch.ones(2)
    torch.save({"model_state_dict": tensors, "epoch": 3}, tmp_path / "a.pt")
    assert ours.read(tmp_path / "a.pt", HOST, alpha=1.0).modules.keys() == {"first", "second"}


def test_the_bases_own_a_and_b_are_no_factors(tmp_path: Path) -> None:
    tensors = Model("x A B", 7).state_dict() | {"norm.A": torch.ones(7, 2), "norm.B": torch.ones(2, 7)}
    torch.save(tensors, tmp_path / "a.pt")
    assert ours.read(tmp_path / "a.pt", HOST, alpha=1.0).modules.keys() == {"first", "second"}
    with pytest.raises(DamagedFileError, match=r"norm\.A.*base="):
        ours.read(tmp_path / "a.pt")


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"first.B": None}, DamagedFileError, "first.B is missing"),
        ({"first.A": torch.ones(3, 3, 3)}, DamagedFileError, "do not fit"),
        ({"first.A": torch.ones(5, 3)}, DamagedFileError, "'first' do not fit"),
        ({"first.A": torch.ones(2, 5), "first.B": torch.ones(7, 2)}, DamagedFileError, "not all arranged"),
        ({"first.m": torch.ones(7)}, UnsupportedError, "'first.m' in addition to A and B"),
        ({"head.weight": torch.ones(7)}, AlignmentError, "head.weight"),
        ({"first.layer.gain": torch.ones(7)}, AlignmentError, "first.gain"),
        (
            {"x.A": torch.ones(5, 2), "x.B": torch.ones(2, 7), "x.layer.weight": torch.ones(7, 5)},
            AlignmentError,
            "lacks 1 of its 3 modules",
        ),
    ],
)
def test_files_that_contradict_themselves_or_the_base_are_refused(
    change: dict[str, Tensor | None], error: type[Exception], words: str, tmp_path: Path
) -> None:
    tensors = Model("x A B", 7).state_dict() | change
    torch.save({name: each for name, each in tensors.items() if each is not None}, tmp_path / "a.pt")
    assert ours.recognise(tmp_path / "a.pt") == tmp_path / "a.pt"
    with pytest.raises(error, match=words):
        ours.read(tmp_path / "a.pt", HOST)


@pytest.mark.parametrize("names", [["m.A", "m.B"], ["m.layer.weight"], ["m.A_log", "m.layer.weight"]])
def test_other_state_dicts_are_no_adapters(names: list[str], tmp_path: Path) -> None:
    torch.save({name: torch.ones(2, 2) for name in names}, tmp_path / "a.pt")
    assert ours.recognise(tmp_path / "a.pt") is None


def test_code_in_a_pickle_is_not_run() -> None:
    assert ours.recognise(FIXTURES / "broken" / "pickle-with-code.bin") is None

"""Adapters on bare parameters (`target_parameters`): what the model must tell, and parameters that
are stored (in, out).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from lorasurgery.errors import DamagedFileError, UnsupportedError
from lorasurgery.surgery.convert import convert
from lorasurgery.surgery.fuse import fuse
from lorasurgery.surgery.inspect import inspect
from lorasurgery.surgery.merge import merge
from lorasurgery.surgery.rerank import rerank


class Stored(nn.Module):
    """A linear layer whose weight is a parameter of its own, stored (in, out)."""

    def __init__(self, width: int, out: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(width, out))
        self.bias = nn.Parameter(torch.ones(out))

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.weight + self.bias


class Model(nn.Module):
    def __init__(self, width: int, out: int) -> None:
        super().__init__()
        self.first = Stored(width, out)
        self.last = nn.Linear(out, 2)

    def forward(self, x: Tensor) -> Tensor:
        return torch.as_tensor(self.last(self.first(x)))


def trained(folder: Path, width: int, out: int) -> dict[str, Tensor]:
    """Save a base without a config and an adapter for it; give what PEFT merges them into."""
    torch.manual_seed(0)
    model: Any = Model(width, out).double()
    (folder / "base").mkdir()
    save_file(model.state_dict(), folder / "base" / "model.safetensors")
    adapted: Any = peft.get_peft_model(
        model, peft.LoraConfig(r=3, lora_alpha=5, target_parameters=["first.weight"])
    )
    for name, parameter in adapted.named_parameters():
        if "lora_" in name:
            parameter.data = torch.randn_like(parameter)
    adapted.save_pretrained(folder / "adapter")
    return dict(adapted.merge_and_unload().state_dict())


@pytest.mark.parametrize(("width", "out"), [(10, 20), (20, 10), (12, 12)])
def test_a_parameter_that_is_stored_in_out_is_merged_as_peft_does(
    width: int, out: int, tmp_path: Path
) -> None:
    merged = trained(tmp_path, width, out)
    merge(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "merged", undo=False)
    found = load_file(tmp_path / "merged" / "model.safetensors")
    assert all(torch.allclose(found[name], merged[name], rtol=0, atol=1e-9) for name in merged)


VERBS: dict[str, Callable[[Path, Path], Any]] = {
    "inspect": lambda adapter, _out: inspect(adapter),
    "rerank": lambda adapter, out: rerank(adapter, out, rank=2),
    "fuse": lambda adapter, out: fuse([adapter], out),
    "convert": lambda adapter, out: convert(adapter, out, to="adalora"),
}


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
def test_without_its_model_such_an_adapter_is_one_line(
    verb: Callable[[Path, Path], Any], tmp_path: Path
) -> None:
    trained(tmp_path, 10, 20)
    with pytest.raises(UnsupportedError, match=r"target_parameters: first.weight.*base=BASE"):
        verb(tmp_path / "adapter", tmp_path / "out")


def test_modules_beside_the_parameters_need_no_model(tmp_path: Path) -> None:
    """A config may aim at parameters that the file has nothing for."""
    trained(tmp_path, 10, 20)
    config = tmp_path / "adapter" / "adapter_config.json"
    config.write_text(
        json.dumps(json.loads(config.read_text()) | {"target_parameters": ["experts.down_proj"]})
    )
    assert [each.module for each in inspect(tmp_path / "adapter").modules] == ["first"]


def test_more_parameters_in_the_file_than_in_the_config_are_damage(tmp_path: Path) -> None:
    trained(tmp_path, 10, 20)
    file = tmp_path / "adapter" / "adapter_model.safetensors"
    held = load_file(file)
    inner = {key.replace("first.", "first.base_layer."): tensor.clone() for key, tensor in held.items()}
    save_file({**held, **inner}, file)
    with pytest.raises(DamagedFileError, match="target_parameters names 1"):
        merge(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "merged")

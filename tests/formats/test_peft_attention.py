"""LoRA on torch's MultiheadAttention: what is written is what PEFT loads, both projections of it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from lorasurgery.errors import UnsupportedError
from lorasurgery.surgery.convert import convert
from lorasurgery.surgery.fuse import fuse
from lorasurgery.surgery.rerank import rerank


class Model(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.heads = nn.MultiheadAttention(12, 2)
        self.last = nn.Linear(12, 2)

    def forward(self, x: Tensor) -> Tensor:
        return torch.as_tensor(self.last(self.heads(x, x, x)[0]))


@pytest.fixture
def model() -> nn.Module:
    torch.manual_seed(0)
    return Model().double()


def trained(model: nn.Module, folder: Path, seed: int = 1, **settings: Any) -> Path:
    config = peft.LoraConfig(**{"r": 3, "lora_alpha": 5, "target_modules": ["heads", "last"], **settings})
    adapted: Any = peft.get_peft_model(copy.deepcopy(model), config, autocast_adapter_dtype=False)
    torch.manual_seed(seed)
    for parameter in adapted.parameters():
        if parameter.requires_grad:
            parameter.data += 0.3 * torch.randn_like(parameter)
    adapted.save_pretrained(folder)
    return folder


@pytest.fixture
def base(model: nn.Module, tmp_path: Path) -> Path:
    (tmp_path / "base").mkdir()
    save_file(model.state_dict(), tmp_path / "base" / "model.safetensors")
    return tmp_path / "base"


def changes(model: nn.Module, adapter: Path) -> dict[str, Tensor]:
    """What PEFT makes of an adapter, less the base."""
    before = model.state_dict()
    loaded: Any = peft.PeftModel.from_pretrained(copy.deepcopy(model), adapter, autocast_adapter_dtype=False)
    return {name: tensor - before[name] for name, tensor in loaded.merge_and_unload().state_dict().items()}


def assert_same(found: dict[str, Tensor], wanted: dict[str, Tensor]) -> None:
    for name, change in wanted.items():
        assert torch.allclose(found[name], change, rtol=0, atol=1e-9), name


WRITTEN: dict[str, Callable[..., Any]] = {
    "convert": lambda adapter, out, **asked: convert(adapter, out, to="lora", **asked),
    "rerank": lambda adapter, out, **asked: rerank(adapter, out, rank=3, **asked),
    "fuse": lambda adapter, out, **asked: fuse([adapter], out, **asked),
}


@pytest.mark.parametrize("knows_base", [True, False], ids=["with its base", "alone"])
@pytest.mark.parametrize("write", WRITTEN.values(), ids=WRITTEN)
@pytest.mark.parametrize(
    "settings", [{}, {"bias": "all"}, {"rank_pattern": {"heads": 2}}, {"use_rslora": True}]
)
def test_peft_loads_both_projections(
    settings: dict[str, Any],
    write: Callable[..., Any],
    knows_base: bool,
    model: nn.Module,
    base: Path,
    tmp_path: Path,
) -> None:
    adapter = trained(model, tmp_path / "a", **settings)
    write(adapter, tmp_path / "out", base=base if knows_base else None)
    assert_same(changes(model, tmp_path / "out"), changes(model, adapter))


def test_projections_of_several_ranks_and_scales_get_one(
    model: nn.Module, base: Path, tmp_path: Path
) -> None:
    """An output projection of a lower rank than the input's."""
    adapter = trained(model, tmp_path / "a")
    file = adapter / "adapter_model.safetensors"
    held = load_file(file)
    key = "base_model.model.heads.base_layer.out_proj.lora_"
    held[f"{key}A.weight"], held[f"{key}B.weight"] = (
        held[f"{key}A.weight"][:2] * 3,
        held[f"{key}B.weight"][:, :2],
    )
    save_file({name: tensor.contiguous() for name, tensor in held.items()}, file, metadata={"format": "pt"})
    rerank(adapter, tmp_path / "out", energy=1.0, base=base)
    written = load_file(tmp_path / "out" / "adapter_model.safetensors")
    assert written[f"{key}A.weight"].shape == (3, 12)
    found = changes(model, tmp_path / "out")["heads.out_proj.weight"]
    # PEFT's scale of the file: alpha over the rank that the tensors have, twice.
    wanted = 2 * 5 / 2 * held[f"{key}B.weight"] @ held[f"{key}A.weight"]
    assert torch.allclose(found, wanted, rtol=0, atol=1e-9)


@pytest.mark.parametrize("side", ["heads", "heads.base_layer.out_proj"])
def test_one_projection_alone_is_enough(side: str, model: nn.Module, base: Path, tmp_path: Path) -> None:
    adapter = trained(model, tmp_path / "a", target_modules=["heads"])
    file = adapter / "adapter_model.safetensors"
    held = {
        name: t for name, t in load_file(file).items() if name.startswith(f"base_model.model.{side}.lora")
    }
    save_file(held, file, metadata={"format": "pt"})
    convert(adapter, tmp_path / "out", to="lora", base=base)
    assert_same(changes(model, tmp_path / "out"), changes(model, adapter))
    assert json.loads((tmp_path / "out" / "adapter_config.json").read_text())["target_modules"] == ["heads"]


def test_two_adapters_are_fused(model: nn.Module, base: Path, tmp_path: Path) -> None:
    adapters = [trained(model, tmp_path / f"a{seed}", seed, r=seed) for seed in (2, 3)]
    fuse(adapters, tmp_path / "out", base=base)
    one, other = (changes(model, adapter) for adapter in adapters)
    assert_same(changes(model, tmp_path / "out"), {name: one[name] + other[name] for name in one})


def test_what_peft_cannot_do_to_an_attention_is_refused(model: nn.Module, base: Path, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="MultiheadAttention"):
        convert(trained(model, tmp_path / "a"), tmp_path / "out", to="adalora", base=base)

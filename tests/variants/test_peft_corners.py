"""Where PEFT's merge cannot be asked in the plain way.

What needs a GPU or a quantised base there, other parameters, and refusals.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import peft
import pytest
import torch
from peft.tuners.boft import layer as boft_layer
from peft.tuners.lora.variants import QALoraLinearVariant
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from lorasurgery.errors import DamagedFileError, UnsupportedError
from lorasurgery.formats.peft import reader
from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.boft import BoftFactors
from lorasurgery.variants.qalora import QaloraFactors
from support.dense_edits import applied
from support.peft_methods import make

TIGHT = {"rtol": 1e-12, "atol": 1e-12}


@pytest.mark.parametrize("factors", [2, 3])
def test_boft_with_butterflies_is_what_peft_has_where_its_kernel_was_built(
    factors: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forward(blocks: Tensor) -> list[Tensor]:
        return [torch.stack([torch.block_diag(*stage) for stage in blocks])]

    monkeypatch.setattr(boft_layer, "get_fbd_cuda", lambda: SimpleNamespace(forward=forward))
    config = peft.BOFTConfig(
        boft_block_size=2, boft_n_butterfly_factor=factors, target_modules=["up", "conv"]
    )
    case = make(config, tmp_path)
    for path, made in reader.read(tmp_path).modules.items():
        weight = case.before[f"{path}.weight"]
        after = applied(made.edit(tuple(weight.shape)).weight, weight.flatten(1)).reshape(weight.shape)
        torch.testing.assert_close(after, case.merged[f"{path}.weight"], **TIGHT)


def test_one_gain_of_boft_is_not_spread_over_all_rows() -> None:
    factors = BoftFactors(LazyTensor.of(torch.zeros(1, 2, 2, 2)), LazyTensor.of(torch.ones(1, 1)))
    with pytest.raises(ValueError, match="1 gains for 6 rows"):
        factors.edit((6, 4))


def test_qalora_adds_what_peft_adds_to_the_outputs_of_a_quantised_layer() -> None:
    A, B = torch.randn(3, 4, dtype=torch.float64), torch.randn(5, 3, dtype=torch.float64)
    layer = {"lora_A": A, "lora_B": B}
    module = SimpleNamespace(
        **{name: {"x": SimpleNamespace(weight=tensor)} for name, tensor in layer.items()},
        lora_dropout={"x": nn.Identity()},
        scaling={"x": 0.7},
        qalora_group_size={"x": 2},
        in_features=8,
        training=False,
    )
    inputs, none = torch.eye(8, dtype=torch.float64), torch.zeros(8, 5, dtype=torch.float64)
    outputs = QALoraLinearVariant.forward(module, "x", inputs, none)
    edit = QaloraFactors(LazyTensor.of(A), LazyTensor.of(B), 0.7).edit((5, 8))
    torch.testing.assert_close(applied(edit.weight, none.T), outputs.T, **TIGHT)


def test_lora_on_attention_is_read_for_the_packed_projection_and_the_one_behind_it(tmp_path: Path) -> None:
    config = peft.LoraConfig(r=4, target_modules=["heads", "up"], alpha_pattern={"heads": 3})
    case = make(config, tmp_path)
    modules = reader.read(tmp_path).modules
    assert set(modules) == {"heads", "heads.out_proj", "up"}
    for path, name in (("heads", "heads.in_proj_weight"), ("heads.out_proj", "heads.out_proj.weight")):
        weight = case.before[name]
        after = applied(modules[path].edit(tuple(weight.shape)).weight, weight)
        assert not torch.equal(after, weight)
        torch.testing.assert_close(after, case.merged[name], **TIGHT)


def _changed(**keys: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """The config with other values, and without those that are None here."""
    return lambda config: {k: v for k, v in {**config, **keys}.items() if v is not None}


SQUARE = {"target_modules": ["square"]}
REFUSALS: list[tuple[peft.PeftConfig, Callable[[dict[str, Any]], dict[str, Any]], str]] = [
    (peft.VeraConfig(r=4, save_projection=False, **SQUARE), _changed(), "save_projection"),
    (peft.PveraConfig(r=4, save_projection=False, **SQUARE), _changed(), "save_projection"),
    (peft.RandLoraConfig(r=4, save_projection=False, **SQUARE), _changed(), "save_projection"),
    (peft.FrodConfig(progressbar=False, save_projection=False, **SQUARE), _changed(), "save_projection"),
    *(
        (peft.LoraConfig(r=4, **SQUARE), _changed(init_lora_weights=start), start)
        for start in ("pissa_niter_4", "corda", "loftq", "lora_ga", "a start of tomorrow")
    ),
    (peft.LoraConfig(r=4, use_dora=True, **SQUARE), _changed(init_lora_weights="pissa"), "DoRA"),
    (
        peft.LoraConfig(r=4, kasa_config=peft.KasaConfig(), **SQUARE),
        _changed(init_lora_weights="pissa"),
        "KaSA",
    ),
    (
        peft.LoraConfig(r=4, **SQUARE),
        _changed(init_lora_weights="olora", use_bdlora={"nblocks": 2}),
        "BD-LoRA",
    ),
    (
        peft.LoraConfig(r=4, **SQUARE),
        _changed(init_lora_weights="olora", fan_in_fan_out=True),
        "fan_in_fan_out",
    ),
    (peft.OFTConfig(oft_block_size=4, **SQUARE), _changed(oft_block_size=None), "0.13"),
    (peft.OFTConfig(oft_block_size=4, **SQUARE), _changed(peft_version="0.17.1"), "0.17"),
    (peft.OFTConfig(oft_block_size=4, **SQUARE), _changed(peft_version=None), "0.17"),
]


@pytest.mark.parametrize(("config", "change", "words"), REFUSALS)
def test_what_does_not_follow_from_the_files_is_refused_with_the_way_out(
    config: Any, change: Callable[[dict[str, Any]], dict[str, Any]], words: str, tmp_path: Path
) -> None:
    make(config, tmp_path)
    file = tmp_path / "adapter_config.json"
    file.write_text(json.dumps(change(json.loads(file.read_text()))))
    with pytest.raises(UnsupportedError, match=words):
        reader.read(tmp_path)


def test_an_oft_of_before_the_series_needs_no_version(tmp_path: Path) -> None:
    make(peft.OFTConfig(oft_block_size=4, use_cayley_neumann=False, **SQUARE), tmp_path)
    file = tmp_path / "adapter_config.json"
    file.write_text(json.dumps(_changed(peft_version=None)(json.loads(file.read_text()))))
    assert set(reader.read(tmp_path).modules) == {"square"}


def test_a_relative_of_lora_with_tensors_of_its_own_is_not_taken_for_lora(tmp_path: Path) -> None:
    make(peft.LoraConfig(r=1, **SQUARE), tmp_path)
    file = tmp_path / "adapter_model.safetensors"
    save_file({**load_file(file), "base_model.model.square.lora_tomorrow": torch.ones(1)}, file)
    with pytest.raises(UnsupportedError, match="lora_tomorrow"):
        reader.read(tmp_path)


def test_a_lokr_that_lacks_a_factor_is_damaged(tmp_path: Path) -> None:
    make(peft.LoKrConfig(r=1, **SQUARE), tmp_path)
    file = tmp_path / "adapter_model.safetensors"
    save_file({k: v for k, v in load_file(file).items() if "w2_b" not in k}, file)
    with pytest.raises(DamagedFileError, match="lokr_w2_b"):
        reader.read(tmp_path)

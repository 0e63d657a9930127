"""HydraLoRA with a constant gate is plain LoRA; with any other it is refused."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn.functional import softmax

from lorasurgery import formats
from lorasurgery.errors import DamagedFileError, UnsupportedError
from lorasurgery.formats import hydralora as ours
from lorasurgery.variants.edit import Sum, Term

HEADS, RANK, WIDTH, OUT, ALPHA = 3, 4, 16, 12, 8
MODULES = ("model.layers.0.self_attn.q_proj", "model.layers.0.self_attn.v_proj")
Tensors = dict[str, Tensor]


def made() -> Tensors:
    generator = torch.Generator().manual_seed(0)
    held: Tensors = {}
    for module in MODULES:
        place = f"base_model.model.{module}"
        held[f"{place}.lora_A.weight"] = torch.randn(RANK, WIDTH, generator=generator)
        held[f"{place}.lora_route.weight"] = torch.zeros(HEADS, WIDTH)
        for index in range(HEADS):
            held[f"{place}.lora_B{index}.weight"] = torch.randn(OUT, RANK, generator=generator)
    return held


def saved(folder: Path, held: Tensors) -> Path:
    folder.mkdir()
    save_file(held, folder / "adapter_model.safetensors")
    config = {
        "peft_type": "LORA",
        "r": RANK,
        "lora_alpha": ALPHA,
        "lora_nums": HEADS,
        "task_type": "CAUSAL_LM",
    }
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return folder


def forward(held: Tensors, module: str, x: Tensor) -> Tensor:
    """What the authors' layer adds to its base's answer."""
    at = {name.removeprefix(f"base_model.model.{module}."): tensor for name, tensor in held.items()}
    gates = softmax(x @ at["lora_route.weight"].T, dim=-1)
    answers = [x @ at["lora_A.weight"].T @ at[f"lora_B{index}.weight"].T for index in range(HEADS)]
    scaled = [gates[:, index : index + 1] * answer for index, answer in enumerate(answers)]
    return ALPHA / RANK * torch.stack(scaled).sum(0)


@pytest.mark.parametrize("module", MODULES)
def test_with_a_constant_gate_it_is_plain_lora_of_the_same_rank(module: str, tmp_path: Path) -> None:
    held = made()
    _, adapter = formats.read_adapter(str(saved(tmp_path / "hydra", held)))
    change = adapter.modules[module].edit((OUT, WIDTH)).weight
    assert isinstance(change, Sum)
    (term,) = change.terms
    assert isinstance(term, Term)
    x = torch.randn(5, WIDTH, generator=torch.Generator().manual_seed(1))
    assert term.rank == RANK
    left, right = term.tensors
    assert torch.allclose(term.scale * x @ right.T @ left.T, forward(held, module, x), rtol=1e-5, atol=1e-5)


def test_a_gate_that_looks_at_its_input_is_refused(tmp_path: Path) -> None:
    held = made()
    held[f"base_model.model.{MODULES[1]}.lora_route.weight"][0, 0] = 0.1
    with pytest.raises(UnsupportedError, match=r"v_proj.*depends on its input"):
        formats.read_adapter(str(saved(tmp_path / "hydra", held)))


def test_a_head_that_is_missing_is_said(tmp_path: Path) -> None:
    held = made()
    del held[f"base_model.model.{MODULES[0]}.lora_B1.weight"]
    with pytest.raises(DamagedFileError, match=r"q_proj.*one lora_B for each"):
        formats.read_adapter(str(saved(tmp_path / "hydra", held)))


@pytest.mark.parametrize("shape", [(2**62, 0), (0, 8), (3, 8)], ids=str)
def test_a_gate_of_another_number_of_rows_than_there_are_factors_is_refused_at_once(
    shape: tuple[int, int], tmp_path: Path
) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    name = "base_model.model.layers.0.q_proj"
    header = {
        f"{name}.lora_A.weight": ("F32", (2, 8)),
        f"{name}.lora_B0.weight": ("F32", (4, 2)),
        f"{name}.lora_B1.weight": ("F32", (4, 2)),
        f"{name}.lora_route.weight": ("F32", shape),
    }
    entries, at = {}, 0
    for key, (dtype, sizes) in header.items():
        nbytes = 4 * math.prod(sizes)
        entries[key] = {"dtype": dtype, "shape": list(sizes), "data_offsets": [at, at + nbytes]}
        at += nbytes
    text = json.dumps(entries).encode()
    (folder / "adapter_model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + bytes(at))
    (folder / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", "lora_alpha": None}))
    with pytest.raises(DamagedFileError, match="one lora_B for each of its rows"):
        ours.read(folder)

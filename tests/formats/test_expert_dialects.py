"""Adapters on experts in the forms of other programs merge into what their own formulas say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file
from torch import Tensor

from lorasurgery.errors import AlignmentError, DamagedFileError
from lorasurgery.surgery.convert import convert
from lorasurgery.surgery.merge import merge
from support.fused_experts import (
    DOWN,
    EXPERTS,
    GATE_UP,
    HIDDEN,
    RANK,
    Trained,
    check,
    qwen3_moe,
    say,
    trained,
)
from support.mixtures import gpt_oss

WIDTH, ALPHA = 24, 7
PLACE = "base_model.model.model.layers.0"


MODELS: dict[str, Callable[[int], Any]] = {"qwen3-moe": qwen3_moe, "gpt-oss": gpt_oss}


def factors() -> dict[str, Tensor]:
    """Tinker's shapes: one A of gate and up for all experts, one B of down."""
    draws = torch.Generator().manual_seed(0)

    def random(*shape: int) -> Tensor:
        return 0.1 * torch.randn(*shape, generator=draws, dtype=torch.float64)

    shared = random(1, RANK, HIDDEN)
    return {
        "w1.lora_A": shared,
        "w3.lora_A": shared.clone(),
        "w1.lora_B": random(EXPERTS, WIDTH, RANK),
        "w3.lora_B": random(EXPERTS, WIDTH, RANK),
        "w2.lora_A": random(EXPERTS, RANK, WIDTH),
        "w2.lora_B": random(1, HIDDEN, RANK),
        "q_proj.lora_A": random(RANK, HIDDEN),
        "q_proj.lora_B": random(32, RANK),
        "unembed_tokens.lora_A": random(RANK, HIDDEN),
        "unembed_tokens.lora_B": random(64, RANK),
    }


def tinker(folder: Path, attention: str, **changed: Tensor) -> dict[str, Tensor]:
    """Write an adapter as Tinker does; give its factors."""
    folder.mkdir()
    held = factors() | {name.replace("_lora", ".lora"): each for name, each in changed.items()}
    owners = {"w": f"{PLACE}.mlp.experts.", "q": f"{PLACE}.{attention}.", "u": "base_model.model.model."}
    save_file(
        {f"{owners[name[0]]}{name}.weight": each for name, each in held.items()},
        folder / "adapter_model.safetensors",
    )
    config = {"r": RANK, "lora_alpha": ALPHA, "base_model_name_or_path": "a/model"}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return held


def change(held: dict[str, Tensor], name: str) -> Tensor:
    """ΔW by expert, as Tinker merges it: B @ A · alpha / r, (E, out, in)."""
    return ALPHA / RANK * held[f"{name}.lora_B"] @ held[f"{name}.lora_A"]


@pytest.mark.parametrize("model", MODELS)
def test_tinkers_factors_merge_as_tinker_merges_them(model: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    MODELS[model](WIDTH).double().save_pretrained(tmp_path / "base")
    held = tinker(tmp_path / "adapter", "attn" if model == "gpt-oss" else "self_attn")
    adapter = tmp_path / "adapter"
    if model == "gpt-oss":  # whose experts never had names of their own
        with pytest.raises(AlignmentError, match="pack='experts'"):
            merge(tmp_path / "base", [adapter], tmp_path / "merged", undo=False)
        adapter = Path(convert(adapter, tmp_path / "out", pack=["experts"], base=tmp_path / "base").output)
    merge(tmp_path / "base", [adapter], tmp_path / "merged", undo=False)
    before, after = (
        transformers.AutoModelForCausalLM.from_pretrained(tmp_path / name, dtype=torch.float64).state_dict()
        for name in ("base", "merged")
    )
    found = {name: after[name] - before[name] for name in after}
    layer = "model.layers.0"
    gate_up, down = found[f"{layer}.mlp.{GATE_UP}"], found[f"{layer}.mlp.{DOWN}"]
    if model == "gpt-oss":
        gate, up, down = gate_up[..., ::2].mT, gate_up[..., 1::2].mT, down.mT
    else:
        gate, up = gate_up.chunk(2, dim=1)
    for own, name in (
        (gate, "w1"),
        (up, "w3"),
        (down, "w2"),
        (found[f"{layer}.self_attn.q_proj.weight"], "q_proj"),
        (found["lm_head.weight"], "unembed_tokens"),
    ):
        assert torch.allclose(own, change(held, name).expand_as(own), atol=1e-12), name


def test_tinkers_factors_are_packed_for_peft(tmp_path: Path) -> None:
    torch.manual_seed(0)
    qwen3_moe(WIDTH).double().save_pretrained(tmp_path / "base")
    held = tinker(tmp_path / "adapter", "self_attn")
    out = convert(tmp_path / "adapter", tmp_path / "out", pack=["experts"], base=tmp_path / "base").output
    stored = load_file(Path(out) / "adapter_model.safetensors")
    A = stored[f"{PLACE}.mlp.experts.base_layer.lora_A.weight"]
    # Gate and up share one A: no more ranks.
    assert torch.equal(A.reshape(EXPERTS, RANK, HIDDEN), held["w1.lora_A"].expand(EXPERTS, -1, -1))


def test_tinkers_factors_of_two_numbers_of_experts_are_refused(tmp_path: Path) -> None:
    tinker(tmp_path / "adapter", "self_attn", w2_lora_B=torch.zeros(3, HIDDEN, RANK))
    with pytest.raises(DamagedFileError, match="3 and 4 experts"):
        convert(tmp_path / "adapter", tmp_path / "out")


@pytest.fixture
def made(tmp_path: Path) -> Trained:
    return trained(qwen3_moe(WIDTH), [GATE_UP, DOWN], tmp_path)


def test_vllms_three_dimensional_form_is_read_as_pefts(made: Trained, tmp_path: Path) -> None:
    file = made.adapter / "adapter_model.safetensors"
    held = load_file(file)
    for key in [key for key in held if "experts" in key]:
        each = held[key]
        shape = (EXPERTS, RANK, -1) if "lora_A" in key else (len(each), RANK, EXPERTS)
        held[key] = each.reshape(*shape)
    save_file(held, file)
    say(made.adapter, peft_version=None)
    merge(made.base, [made.adapter], tmp_path / "merged", undo=False)
    check(tmp_path / "merged", made)


def test_torchtunes_stacked_experts_merge_as_torchtune_applies_them(tmp_path: Path) -> None:
    torch.manual_seed(0)
    qwen3_moe(WIDTH).double().save_pretrained(tmp_path / "base")
    shapes = {"gate": (HIDDEN, WIDTH), "up": (HIDDEN, WIDTH), "down": (WIDTH, HIDDEN)}
    held: dict[str, Tensor] = {}
    for part, (width, out) in shapes.items():
        held[f"lora_{part}_a"] = torch.randn(EXPERTS, width, RANK, dtype=torch.float64)
        held[f"lora_{part}_b"] = torch.randn(EXPERTS, RANK, out, dtype=torch.float64)
    query = {"a": torch.randn(RANK, HIDDEN).double(), "b": torch.randn(32, RANK).double()}
    stored = {f"layers.0.mlp.experts.{name}": each for name, each in held.items()}
    stored |= {f"layers.0.attn.q_proj.lora_{side}.weight": each for side, each in query.items()}
    (tmp_path / "adapter").mkdir()
    torch.save(stored, tmp_path / "adapter" / "adapter_model.pt")
    config = {"r": RANK, "lora_alpha": ALPHA}
    (tmp_path / "adapter" / "adapter_config.json").write_text(json.dumps(config))
    file = tmp_path / "adapter" / "adapter_model.pt"
    merge(tmp_path / "base", [file], tmp_path / "merged", undo=False)
    before, after = (
        transformers.AutoModelForCausalLM.from_pretrained(tmp_path / name, dtype=torch.float64).state_dict()
        for name in ("base", "merged")
    )
    # x @ a @ b, added to x @ Wᵀ.
    change = {part: (ALPHA / RANK * held[f"lora_{part}_a"] @ held[f"lora_{part}_b"]).mT for part in shapes}
    wanted = {GATE_UP: torch.cat([change["gate"], change["up"]], dim=1), DOWN: change["down"]}
    for end, each in wanted.items():
        name = f"model.layers.0.mlp.{end}"
        assert torch.allclose(after[name] - before[name], each, atol=1e-12), name
    name = "model.layers.0.self_attn.q_proj.weight"
    assert torch.allclose(after[name] - before[name], ALPHA / RANK * query["b"] @ query["a"], atol=1e-12)

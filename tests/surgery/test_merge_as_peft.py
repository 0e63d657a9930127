"""What `merge` writes is what PEFT's merge makes, architecture by architecture.

And `unmerge` gives the base's bits back.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import peft
import pytest
import torch

from lorasurgery import merge, unmerge
from support.adapters import Made, adapt, bits
from support.tiny_models import FAMILIES, load

EXACT = 1e-12
MLP = ["gate_proj", "up_proj", "down_proj"]
ATTENTION = ["q_proj", "k_proj", "v_proj", "o_proj"]
TARGETS: dict[str, list[str]] = {
    "llama": [*ATTENTION, *MLP],
    "qwen3": [*ATTENTION, *MLP],
    "gemma": [*ATTENTION, *MLP],
    "gpt2": ["c_attn", "c_proj", "c_fc", "wpe"],
    "bert": ["query", "key", "value", "dense", "word_embeddings"],
    "t5-untied": ["q", "k", "v", "o", "wi_0", "wi_1", "wo"],
    "vit": ["q_proj", "v_proj", "fc1", "projection"],
    "whisper": ["q_proj", "v_proj", "fc1", "fc2"],
    "mixtral": ATTENTION,
    "qwen3-moe": ATTENTION,
}


def lora(name: str, **settings: Any) -> peft.LoraConfig:
    return peft.LoraConfig(r=4, lora_alpha=6, target_modules=TARGETS[name], **settings)


def difference(family: str, made: Made, folder: Path) -> float:
    """The largest difference of any tensor from PEFT's, relative to that tensor's largest element."""
    model = load(FAMILIES[family], folder, dtype=torch.float64)
    ours = model.state_dict()
    assert set(ours) == set(made.merged)
    return max(
        float((ours[name] - wanted).abs().max() / wanted.abs().max().clamp_min(1e-30))
        for name, wanted in made.merged.items()
    )


def check(family: str, made: Made, tmp_path: Path) -> None:
    merge(made.base, [made.adapter], tmp_path / "merged")
    assert difference(family, made, tmp_path / "merged") <= EXACT
    assert difference(family, made, made.base) > 1e-6, "the adapter changes nothing"
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert bits(tmp_path / "back") == bits(made.base)


@pytest.mark.parametrize("family", TARGETS)
def test_merge_equals_pefts_in_float64_and_unmerges_bit_for_bit(family: str, tmp_path: Path) -> None:
    check(family, adapt(FAMILIES[family], lora(family), tmp_path), tmp_path)


@pytest.mark.parametrize(
    "settings", [{"use_rslora": True}, {"use_dora": True}, {"bias": "all"}, {"bias": "lora_only"}]
)
@pytest.mark.parametrize("family", ["gpt2", "bert"])
def test_settings_of_lora_merge_as_in_peft(family: str, settings: dict[str, Any], tmp_path: Path) -> None:
    check(family, adapt(FAMILIES[family], lora(family, **settings), tmp_path), tmp_path)


@pytest.mark.parametrize(
    "parameters",
    [["experts.gate_up_proj", "experts.down_proj"], ["experts.down_proj"], ["experts.gate_up_proj"]],
)
@pytest.mark.parametrize("family", ["mixtral", "qwen3-moe"])
def test_fused_experts_merge_as_in_peft(family: str, parameters: list[str], tmp_path: Path) -> None:
    config = lora(family, target_parameters=parameters)
    check(family, adapt(FAMILIES[family], config, tmp_path), tmp_path)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("family", ["llama", "gpt2", "bert", "vit", "whisper"])
def test_rounding_peft_equals_peft_bit_for_bit(family: str, dtype: torch.dtype, tmp_path: Path) -> None:
    made = adapt(FAMILIES[family], lora(family), tmp_path, dtype, autocast=True)
    merge(made.base, [made.adapter], tmp_path / "merged", rounding="peft")
    ours = load(FAMILIES[family], tmp_path / "merged", dtype=dtype).state_dict()
    for name, wanted in made.merged.items():
        assert torch.equal(ours[name].view(torch.int16), wanted.view(torch.int16)), name
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert bits(tmp_path / "back") == bits(made.base)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
def test_a_merge_is_the_float64_sum_rounded_once(dtype: torch.dtype, tmp_path: Path) -> None:
    made = adapt(FAMILIES["llama"], lora("llama"), tmp_path, dtype, autocast=True)
    merge(made.base, [made.adapter], tmp_path / "merged")
    ours = load(FAMILIES["llama"], tmp_path / "merged", dtype=dtype).state_dict()
    off = sum(int((ours[name] != wanted).sum()) for name, wanted in made.merged.items())
    total = sum(wanted.numel() for wanted in made.merged.values())
    # PEFT rounds its float32 product; the true sum differs from that in few elements, in float32 in
    # many.
    assert off <= (0.5 if dtype == torch.float32 else 0.002) * total
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert bits(tmp_path / "back") == bits(made.base)

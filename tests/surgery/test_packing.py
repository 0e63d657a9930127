"""Projections taken apart and put together: the change to the model is the same, and so is the way back."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from peft import PeftModel
from safetensors.torch import load_file, save_file
from torch import Tensor

from lorasurgery.adapter import Adapter, Host
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import AlignmentError, UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.conversion import packing
from lorasurgery.surgery.convert import convert
from lorasurgery.surgery.merge import merge
from lorasurgery.variants.lora import LoraFactors
from support.adapters import deltas
from support.flawed_adapters import BASE, HEALTHY
from support.fused_experts import DOWN, GATE_UP, SIZES, check, trained
from support.tiny_models import DECODER

EXPERTS, LAYERS = 4, 2


def gpt_oss() -> Any:
    sizes = SIZES | {"intermediate_size": 24, "num_local_experts": EXPERTS}
    return transformers.GptOssForCausalLM(transformers.GptOssConfig(**sizes, layer_types=["full_attention"]))


def packed(folder: Path, **asked: Any) -> Path:
    return Path(convert(HEALTHY, folder / "packed", pack=["qkv"], **asked).output)


def rows_together(found: dict[str, Tensor], layer: int) -> Tensor:
    place = f"model.layers.{layer}.self_attn."
    return torch.cat([found[f"{place}{part}_proj"] for part in "qkv"])


def test_a_packed_projection_is_its_parts_one_below_the_other(tmp_path: Path) -> None:
    apart, together = deltas(HEALTHY), deltas(packed(tmp_path))
    whole = together["model.layers.1.self_attn.qkv_proj"]
    assert torch.allclose(whole, rows_together(apart, 1), rtol=0, atol=1e-15)
    assert not any(".q_proj" in name for name in together)
    assert any(".o_proj" in name for name in together)


@pytest.mark.parametrize(
    "asked",
    [{"split": ["qkv"], "base": BASE}, {"split": ["qkv_proj=q_proj:64,k_proj:32,v_proj:32"]}],
    ids=["rows from the model's heads", "rows as given"],
)
def test_apart_again_every_tensor_has_its_bits(asked: dict[str, Any], tmp_path: Path) -> None:
    back = Path(convert(packed(tmp_path), tmp_path / "back", **asked).output)
    before, after = (load_file(folder / "adapter_model.safetensors") for folder in (HEALTHY, back))
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_parts_of_two_half_precisions_keep_their_numbers(tmp_path: Path) -> None:
    """Neither of the two holds the other's."""
    mixed = tmp_path / "mixed"
    shutil.copytree(HEALTHY, mixed)
    held = load_file(mixed / "adapter_model.safetensors")
    dtypes = {"q_proj": torch.bfloat16, "k_proj": torch.float16}
    for name, tensor in held.items():
        dtype = next((dtype for part, dtype in dtypes.items() if part in name), tensor.dtype)
        held[name] = (tensor * (1 + 2.0**-9)).to(dtype)
    held = {name: tensor for name, tensor in held.items() if "v_proj" not in name}
    save_file(held, mixed / "adapter_model.safetensors")
    report = convert(mixed, tmp_path / "packed", pack=["qkv_proj=q_proj,k_proj,v_proj:32"])
    whole = deltas(Path(report.output))["model.layers.1.self_attn.qkv_proj"]
    apart = deltas(mixed)
    place = "model.layers.1.self_attn."
    assert torch.equal(whole[:64], apart[f"{place}q_proj"])
    assert torch.equal(whole[64:96], apart[f"{place}k_proj"])


def test_parts_that_share_one_a_are_packed_without_more_ranks(tmp_path: Path) -> None:
    halves = Path(convert(HEALTHY, tmp_path / "halves", split=["o_proj=upper:32,lower:32"]).output)
    report = convert(halves, tmp_path / "whole", pack=["o_proj=upper,lower"])
    after = load_file(Path(report.output) / "adapter_model.safetensors")
    before = load_file(HEALTHY / "adapter_model.safetensors")
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_part_that_is_not_adapted_changes_nothing_in_the_packed_one(tmp_path: Path) -> None:
    held = load_file(HEALTHY / "adapter_model.safetensors")
    few = tmp_path / "few"
    few.mkdir()
    save_file({k: v for k, v in held.items() if ".k_proj" not in k}, few / "adapter_model.safetensors")
    config = json.loads((HEALTHY / "adapter_config.json").read_text())
    config["target_modules"] = sorted(set(config["target_modules"]) - {"k_proj"})
    (few / "adapter_config.json").write_text(json.dumps(config))
    with pytest.raises(AlignmentError, match="'k_proj' that this adapter changes nowhere"):
        convert(few, tmp_path / "out", pack=["qkv"])
    out = Path(convert(few, tmp_path / "out", pack=["qkv_proj=q_proj,k_proj:32,v_proj"]).output)
    whole = deltas(out)["model.layers.0.self_attn.qkv_proj"]
    assert not whole[64:96].any()
    assert torch.allclose(whole[:64], deltas(HEALTHY)["model.layers.0.self_attn.q_proj"])


def test_a_whole_may_be_named_with_what_is_around_it(tmp_path: Path) -> None:
    out = Path(convert(HEALTHY, tmp_path / "out", pack=["self_attn.qkv_proj=q_proj,k_proj,v_proj"]).output)
    whole = deltas(out)["model.layers.1.self_attn.qkv_proj"]
    assert torch.allclose(whole, rows_together(deltas(HEALTHY), 1), rtol=0, atol=1e-15)


def test_parts_right_below_a_number_are_packed_too(tmp_path: Path) -> None:
    held = load_file(HEALTHY / "adapter_model.safetensors")
    bare = tmp_path / "bare"
    bare.mkdir()
    found = {k.replace(".self_attn.", "."): v for k, v in held.items() if ".self_attn." in k}
    save_file(found, bare / "adapter_model.safetensors")
    (bare / "adapter_config.json").write_bytes((HEALTHY / "adapter_config.json").read_bytes())
    out = Path(convert(bare, tmp_path / "out", pack=["qkv"]).output)
    assert "model.layers.0.qkv_proj" in deltas(out)


def test_the_last_rows_follow_from_the_others(tmp_path: Path) -> None:
    asked = ["qkv_proj=q_proj:64,k_proj:32,v_proj"]
    back = Path(convert(packed(tmp_path), tmp_path / "back", split=asked).output)
    assert deltas(back)["model.layers.0.self_attn.v_proj"].shape == (32, 64)


def test_a_whole_bias_of_a_part_is_not_left_without_its_module(tmp_path: Path) -> None:
    held = load_file(HEALTHY / "adapter_model.safetensors")
    biased = tmp_path / "biased"
    biased.mkdir()
    held["base_model.model.model.layers.0.self_attn.q_proj.bias"] = torch.ones(64)
    save_file(held, biased / "adapter_model.safetensors")
    config = json.loads((HEALTHY / "adapter_config.json").read_text()) | {"bias": "lora_only"}
    (biased / "adapter_config.json").write_text(json.dumps(config))
    with pytest.raises(UnsupportedError, match=r"q_proj\.bias.*outright"):
        convert(biased, tmp_path / "out", pack=["qkv"])


@pytest.mark.parametrize(
    ("asked", "error", "says"),
    [
        ({"split": ["qkv_proj=q_proj,k_proj,v_proj"]}, UnsupportedError, "begin is not in the adapter"),
        ({"split": ["qkv_proj=q_proj:64,k_proj:32,v_proj:16"]}, AlignmentError, "add up to 112"),
        ({"split": ["qkv_proj=q_proj:100,k_proj:40,v_proj"]}, AlignmentError, "add up to 140"),
        ({"split": ["qkv_proj=q_proj:10,k_proj,v_proj"]}, UnsupportedError, "begin is not in the adapter"),
        ({"split": ["gate_up"]}, AlignmentError, "No module of the adapter is called gate_up_proj"),
        ({"split": ["query_key_value=q,k,v"]}, UnsupportedError, "take turns"),
        ({"split": ["qkv_proj"]}, UnsupportedError, "is not a packing"),
        ({"pack": ["experts"]}, AlignmentError, "No module of the adapter is called"),
        ({"split": ["qkv"], "to": "dyn"}, UnsupportedError, "in a step before"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_what_is_not_known_is_refused(
    asked: dict[str, Any], error: type[Exception], says: str, tmp_path: Path
) -> None:
    source = packed(tmp_path)
    with pytest.raises(error, match=says):
        convert(source, tmp_path / "out", **asked)
    assert not (tmp_path / "out").exists()


@pytest.fixture(scope="module")
def moe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model whose class holds all experts in one parameter."""
    torch.manual_seed(0)
    sizes = {"num_experts": EXPERTS, "num_experts_per_tok": 2, "moe_intermediate_size": 24}
    config = transformers.Qwen3MoeConfig(**{**DECODER, "num_hidden_layers": LAYERS}, **sizes)
    folder = tmp_path_factory.mktemp("moe") / "base"
    transformers.Qwen3MoeForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def per_expert(moe: Path) -> Path:
    """An adapter of the time before transformers put experts together."""
    generator = torch.Generator().manual_seed(1)
    held = {}
    for layer in range(LAYERS):
        for expert in range(EXPERTS):
            for name, (out, width) in {
                "gate_proj": (24, 32),
                "up_proj": (24, 32),
                "down_proj": (32, 24),
            }.items():
                place = f"base_model.model.model.layers.{layer}.mlp.experts.{expert}.{name}"
                held[f"{place}.lora_A.weight"] = torch.randn(2, width, generator=generator)
                held[f"{place}.lora_B.weight"] = torch.randn(out, 2, generator=generator)
    folder = moe.parent / "adapter"
    folder.mkdir()
    save_file(held, folder / "adapter_model.safetensors")
    config = {
        "peft_type": "LORA",
        "r": 2,
        "lora_alpha": 4,
        "task_type": "CAUSAL_LM",
        "target_modules": ["down_proj", "gate_proj", "up_proj"],
    }
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return folder


def logits(base: Path, adapter: Path) -> Tensor:
    model = transformers.AutoModelForCausalLM.from_pretrained(base)
    with torch.no_grad():
        found: Tensor = PeftModel.from_pretrained(model, adapter).eval()(torch.arange(12)[None]).logits
    return found


def test_experts_put_together_load_in_peft_and_answer_as_before(
    moe: Path, per_expert: Path, tmp_path: Path
) -> None:
    together = Path(convert(per_expert, tmp_path / "together", pack=["experts"], base=moe).output)
    assert torch.allclose(logits(moe, together), logits(moe, per_expert), atol=1e-6)


def test_experts_taken_apart_again_have_their_bits(moe: Path, per_expert: Path, tmp_path: Path) -> None:
    together = Path(convert(per_expert, tmp_path / "together", pack=["experts"], base=moe).output)
    apart = Path(convert(together, tmp_path / "apart", split=["experts"], base=moe).output)
    before, after = (load_file(folder / "adapter_model.safetensors") for folder in (per_expert, apart))
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("kept", ["down_proj", "gate_proj|up_proj"])
def test_experts_of_which_some_matrices_are_not_changed_go_there_and_back(
    kept: str, moe: Path, per_expert: Path, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    shutil.copytree(per_expert, source)
    held = load_file(source / "adapter_model.safetensors")
    held = {name: each for name, each in held.items() if re.search(rf"\.({kept})\.", name)}
    save_file(held, source / "adapter_model.safetensors")
    config = json.loads((source / "adapter_config.json").read_text())
    (source / "adapter_config.json").write_text(json.dumps(config | {"target_modules": kept.split("|")}))
    together = Path(convert(source, tmp_path / "together", pack=["experts"], base=moe).output)
    apart = Path(convert(together, tmp_path / "apart", split=["experts"], base=moe).output)
    after = load_file(apart / "adapter_model.safetensors")
    assert held.keys() == after.keys()
    assert all(torch.equal(held[name], after[name]) for name in held)


def test_peft_is_not_given_single_experts_of_a_model_that_holds_them_together(
    moe: Path, per_expert: Path, tmp_path: Path
) -> None:
    with pytest.raises(UnsupportedError, match="--pack experts"):
        convert(per_expert, tmp_path / "out", base=moe, rank=1, max_loss=1.0)


def test_presets_are_packings() -> None:
    assert len(packing.parse(packing.PRESETS)) == sum(map(len, packing.PRESETS.values()))


def test_rows_of_experts_that_are_not_adapted_are_the_bases(
    moe: Path, per_expert: Path, tmp_path: Path
) -> None:
    held = load_file(per_expert / "adapter_model.safetensors")
    few, zero = tmp_path / "few", tmp_path / "zero"
    for folder in (few, zero):
        shutil.copytree(per_expert, folder)
    changed = {name: each for name, each in held.items() if ".up_proj." not in name}
    save_file(changed, few / "adapter_model.safetensors")
    nothing = {name: torch.zeros_like(each) for name, each in held.items() if ".up_proj." in name}
    save_file(changed | nothing, zero / "adapter_model.safetensors")
    together = Path(convert(few, tmp_path / "together", pack=["experts"], base=moe).output)
    assert torch.allclose(logits(moe, together), logits(moe, zero), atol=1e-6)


def test_rows_of_projections_that_are_not_adapted_follow_from_the_bases_heads(tmp_path: Path) -> None:
    held = load_file(HEALTHY / "adapter_model.safetensors")
    few = tmp_path / "few"
    few.mkdir()
    save_file({k: v for k, v in held.items() if ".k_proj" not in k}, few / "adapter_model.safetensors")
    config = json.loads((HEALTHY / "adapter_config.json").read_text())
    config["target_modules"] = sorted(set(config["target_modules"]) - {"k_proj"})
    (few / "adapter_config.json").write_text(json.dumps(config))
    out = Path(convert(few, tmp_path / "out", pack=["qkv"], base=BASE, format="mlx").output)
    assert any("qkv_proj" in name for name in load_file(out / "adapters.safetensors"))


def test_rows_in_turn_are_split_and_packed_in_turn(tmp_path: Path) -> None:
    """gpt-oss' gate and up, against what PEFT merges into the parameter."""
    made = trained(gpt_oss(), [GATE_UP, DOWN], tmp_path)
    apart = Path(convert(made.adapter, tmp_path / "apart", split=["experts"], base=made.base).output)
    base = transformers.AutoModelForCausalLM.from_pretrained(made.base, dtype=torch.float64).state_dict()
    name = "model.layers.0.mlp.experts.gate_up_proj"
    change = made.merged[name] - base[name]
    found = deltas(apart)
    for expert in range(len(change)):
        for start, part in enumerate(("gate_proj", "up_proj")):
            one = found[f"model.layers.0.mlp.experts.{expert}.{part}"]
            assert torch.allclose(one, change[expert, :, start::2].T, atol=1e-12)
    together = Path(convert(apart, tmp_path / "together", pack=["experts"], base=made.base).output)
    merge(made.base, [together], tmp_path / "merged", undo=False)
    check(tmp_path / "merged", made)


def test_a_stack_is_not_read_anew_for_every_expert() -> None:
    read = []

    def numbers() -> Tensor:
        read.append(1)
        return torch.ones(64, 8, 2)

    B = LazyTensor((64, 8, 2), Dtype.of(torch.float32), numbers)
    factors = LoraFactors(LazyTensor.of(torch.ones(64, 2, 8)), B)
    adapter = Adapter(host=Host(modules=()), modules={"mlp.experts.down_proj": factors})
    apart, _ = packing.split(adapter, packing.parse(["experts.down_proj=down_proj"]))
    assert len(apart.modules) == 64
    for each in apart.modules.values():
        assert isinstance(each, LoraFactors)
        each.B.read()
    assert len(read) == 1

"""Adapters on fused experts by every writer: PEFT before and after it turned their factors round, and Unsloth's own packing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
import transformers
from click.testing import CliRunner
from peft import PeftModel
from safetensors.torch import load_file, save_file
from torch import Tensor

from lorasurgery.cli.main import group
from lorasurgery.errors import UnsupportedError
from lorasurgery.surgery.convert import convert
from lorasurgery.surgery.fuse import fuse
from lorasurgery.surgery.inspect import inspect
from lorasurgery.surgery.merge import merge
from lorasurgery.surgery.rerank import rerank
from lorasurgery.surgery.subtract import subtract
from lorasurgery.surgery.verify import verify

EXPERTS, RANK, HIDDEN = 4, 3, 32
SIZES: dict[str, Any] = {
    "vocab_size": 64,
    "hidden_size": HIDDEN,
    "intermediate_size": 24,
    "num_hidden_layers": 1,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 64,
    "num_experts_per_tok": 2,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
    "tie_word_embeddings": False,
}


def qwen3_moe(width: int) -> Any:
    config = transformers.Qwen3MoeConfig(**SIZES, num_experts=EXPERTS, moe_intermediate_size=width)
    return transformers.Qwen3MoeForCausalLM(config)


def mixtral(width: int) -> Any:
    sizes = SIZES | {"intermediate_size": width, "num_local_experts": EXPERTS}
    return transformers.MixtralForCausalLM(transformers.MixtralConfig(**sizes))


def olmoe(width: int) -> Any:
    sizes = {key: value for key, value in SIZES.items() if key != "head_dim"} | {"intermediate_size": width}
    return transformers.OlmoeForCausalLM(transformers.OlmoeConfig(**sizes, num_experts=EXPERTS))


def glm4_moe(width: int) -> Any:
    sizes = SIZES | {"moe_intermediate_size": width, "n_routed_experts": EXPERTS, "n_shared_experts": 1}
    config = transformers.Glm4MoeConfig(**sizes, first_k_dense_replace=0, n_group=1, topk_group=1)
    return transformers.Glm4MoeForCausalLM(config)


def deepseek_v3(width: int) -> Any:
    sizes = {key: value for key, value in SIZES.items() if key != "head_dim"} | {
        "num_key_value_heads": 4,
        "moe_intermediate_size": width,
        "n_routed_experts": EXPERTS,
        "first_k_dense_replace": 0,
        "n_group": 1,
        "topk_group": 1,
        "q_lora_rank": None,
        "kv_lora_rank": 8,
        "qk_nope_head_dim": 8,
        "qk_rope_head_dim": 4,
        "v_head_dim": 8,
    }
    return transformers.DeepseekV3ForCausalLM(transformers.DeepseekV3Config(**sizes))


def minimax_m2(width: int) -> Any:
    sizes = SIZES | {"intermediate_size": width, "num_local_experts": EXPERTS}
    return transformers.MiniMaxM2ForCausalLM(transformers.MiniMaxM2Config(**sizes))


def qwen35_moe(width: int) -> Any:
    sizes = SIZES | {
        "moe_intermediate_size": width,
        "shared_expert_intermediate_size": 16,
        "num_experts": EXPERTS,
    }
    config = transformers.Qwen3_5MoeTextConfig(**sizes, layer_types=["full_attention"])
    return transformers.Qwen3_5MoeForCausalLM(config)


def llama4(width: int) -> Any:
    """Stored (in, out), and without the mark that says so."""
    sizes = SIZES | {"intermediate_size": width, "intermediate_size_mlp": 24, "num_local_experts": EXPERTS}
    config = transformers.Llama4TextConfig(
        **sizes, interleave_moe_layer_step=1, attn_temperature_tuning=False
    )
    return transformers.Llama4ForCausalLM(config)


def gpt_oss(width: int) -> Any:
    """Stored (in, out), with the mark."""
    sizes = SIZES | {"intermediate_size": width, "num_local_experts": EXPERTS}
    return transformers.GptOssForCausalLM(transformers.GptOssConfig(**sizes, layer_types=["full_attention"]))


MODELS: dict[str, Callable[[int], Any]] = {
    "qwen3-moe": qwen3_moe,
    "llama4": llama4,
    "gpt-oss": gpt_oss,
}
MORE_MODELS: dict[str, Callable[[int], Any]] = {
    "mixtral": mixtral,
    "olmoe": olmoe,
    "glm4-moe": glm4_moe,
    "deepseek-v3": deepseek_v3,
    "minimax-m2": minimax_m2,
    "qwen3.5-moe": qwen35_moe,
}
GATE_UP, DOWN = "experts.gate_up_proj", "experts.down_proj"
# The width of an expert, and what is adapted: at half the hidden size gate_up is square, at all of it down is.
CASES: dict[str, tuple[int, list[str]]] = {
    "square gate_up": (HIDDEN // 2, [GATE_UP]),
    "square down": (HIDDEN, [DOWN]),
    "square gate_up beside down": (HIDDEN // 2, [DOWN, GATE_UP]),
    "none square": (24, [GATE_UP, DOWN]),
}


@dataclass(frozen=True)
class Trained:
    """The base's folder, the adapter's, and the run-time tensors that today's PEFT makes of them."""

    base: Path
    adapter: Path
    merged: dict[str, Tensor]


def trained(model: Any, targets: list[str], folder: Path, **asked: Any) -> Trained:
    torch.manual_seed(0)
    model = model.double()
    for parameter in model.parameters():
        parameter.data = 0.1 * torch.randn_like(parameter)
    model.save_pretrained(folder / "base")
    config = peft.LoraConfig(
        r=RANK, lora_alpha=7, target_modules=["q_proj"], target_parameters=targets, **asked
    )
    adapted: Any = peft.get_peft_model(model, config, autocast_adapter_dtype=False)
    for name, parameter in adapted.named_parameters():
        if "lora_" in name:
            parameter.data = 0.1 * torch.randn_like(parameter)
    adapted.save_pretrained(folder / "adapter")
    merged = {name: tensor.clone() for name, tensor in adapted.merge_and_unload().state_dict().items()}
    return Trained(folder / "base", folder / "adapter", merged)


def swapped(A: Tensor, B: Tensor) -> tuple[Tensor, Tensor]:
    """The same change with A as wide as the other side of the parameter."""
    each_A = A.reshape(EXPERTS, RANK, -1)
    each_B = B.reshape(len(B), RANK, EXPERTS).permute(2, 0, 1)
    new_B = each_A.transpose(1, 2).permute(1, 2, 0).reshape(A.shape[1], -1)
    return each_B.transpose(1, 2).reshape(EXPERTS * RANK, -1).contiguous(), new_B.contiguous()


def grouped(A: Tensor, B: Tensor) -> tuple[Tensor, Tensor]:
    """The same change with B's columns expert after expert."""
    return A, B.reshape(len(B), RANK, EXPERTS).transpose(1, 2).reshape(len(B), -1).contiguous()


def laid_out(adapter: Path, *changes: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]) -> None:
    """Lay the experts' factors out anew."""
    file = adapter / "adapter_model.safetensors"
    held = load_file(file)
    for key in [key for key in held if "experts" in key and "lora_A" in key]:
        A, B = held[key], held[key.replace("lora_A", "lora_B")]
        for change in changes:
            A, B = change(A, B)
        held[key], held[key.replace("lora_A", "lora_B")] = A, B
    save_file(held, file, metadata={"format": "pt"})


def say(adapter: Path, **fields: Any) -> None:
    """Change the config; None takes a key out."""
    file = adapter / "adapter_config.json"
    config = json.loads(file.read_text()) | fields
    file.write_text(json.dumps({key: value for key, value in config.items() if value is not None}))


def check(found: Path, made: Trained) -> None:
    """The merged folder has today's PEFT's tensors, as transformers loads it."""
    model = transformers.AutoModelForCausalLM.from_pretrained(found, dtype=torch.float64)
    for name, tensor in model.state_dict().items():
        assert torch.allclose(tensor.double(), made.merged[name].double(), rtol=0, atol=1e-12), name


def read_as_written(build: Callable[[int], Any], case: str, version: str, folder: Path) -> None:
    width, targets = CASES[case]
    made = trained(build(width), targets, folder)
    # PEFT 0.19.0 turned just those round that no other version did.
    is_turned = {"0.18.1": build is not gpt_oss, "0.19.0": True, "0.21.2": False}[version]
    if is_turned:
        laid_out(made.adapter, swapped)
    say(made.adapter, peft_version=version)
    report = merge(made.base, [made.adapter], folder / "merged", undo=False)
    check(folder / "merged", made)
    assert any("the other way round" in note for note in report.plan.notes) == is_turned


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("build", MODELS.values(), ids=MODELS)
@pytest.mark.parametrize("version", ["0.18.1", "0.19.0", "0.21.2"])
def test_every_peft_is_read_as_it_wrote(
    version: str, build: Callable[[int], Any], case: str, tmp_path: Path
) -> None:
    read_as_written(build, case, version, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("build", MORE_MODELS.values(), ids=MORE_MODELS)
@pytest.mark.parametrize("version", ["0.18.1", "0.21.2"])
def test_every_peft_is_read_as_it_wrote_for_every_model(
    version: str, build: Callable[[int], Any], case: str, tmp_path: Path
) -> None:
    read_as_written(build, case, version, tmp_path)


@pytest.fixture
def made(tmp_path: Path) -> Trained:
    """Square gate_up, oblong down, by today's PEFT."""
    return trained(qwen3_moe(HIDDEN // 2), [GATE_UP, DOWN], tmp_path)


@pytest.fixture
def square(tmp_path: Path) -> Trained:
    return trained(qwen3_moe(HIDDEN // 2), [GATE_UP], tmp_path)


def test_a_file_of_peft_017_says_no_version_and_is_known_by_its_other_keys(
    square: Trained, tmp_path: Path
) -> None:
    laid_out(square.adapter, swapped)
    say(square.adapter, peft_version=None)
    config = square.adapter / "adapter_config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"megatron_core": "megatron.core"}))
    merge(square.base, [square.adapter], tmp_path / "merged", undo=False)
    check(tmp_path / "merged", square)


def test_a_file_of_another_writer_is_read_as_todays_peft_does(square: Trained, tmp_path: Path) -> None:
    kept = ("peft_type", "r", "lora_alpha", "target_modules", "target_parameters")
    config = json.loads((square.adapter / "adapter_config.json").read_text())
    (square.adapter / "adapter_config.json").write_text(json.dumps({key: config[key] for key in kept}))
    report = merge(square.base, [square.adapter], tmp_path / "merged", undo=False)
    check(tmp_path / "merged", square)
    assert not any("experts" in note for note in report.plan.notes)


@pytest.mark.parametrize("version", ["0.18.2.dev0@1234", "0.19.1.dev0", "yesterday's"])
def test_square_experts_of_a_version_that_does_not_tell_are_refused(version: str, square: Trained) -> None:
    say(square.adapter, peft_version=version)
    with pytest.raises(UnsupportedError, match=r"peft_version is .*[Ww]rite"):
        merge(square.base, [square.adapter], square.base.parent / "merged")


def test_shapes_overrule_the_version(tmp_path: Path) -> None:
    made = trained(qwen3_moe(24), [GATE_UP], tmp_path)
    say(made.adapter, peft_version="0.18.2.dev0")
    merge(made.base, [made.adapter], tmp_path / "merged", undo=False)
    check(tmp_path / "merged", made)


def test_a_scale_by_the_root_of_the_rank_is_that_of_one_expert(tmp_path: Path) -> None:
    made = trained(qwen3_moe(24), [GATE_UP, DOWN], tmp_path, use_rslora=True)
    laid_out(made.adapter, swapped)
    say(made.adapter, peft_version="0.18.0")
    merge(made.base, [made.adapter], tmp_path / "merged", undo=False)
    check(tmp_path / "merged", made)


# How a config or a model card may show that Unsloth was at work.
MARKS: dict[str, Callable[[Path], object]] = {
    "auto_mapping": lambda folder: say(
        folder, auto_mapping={"base_model_class": "Qwen3MoeForCausalLM", "unsloth_fixed": True}
    ),
    "base": lambda folder: say(folder, base_model_name_or_path="unsloth/Qwen3-30B-A3B"),
    "card": lambda folder: (folder / "README.md").write_text(
        "Trained 2x faster with [Unsloth](https://unsloth.ai)"
    ),
}


@pytest.mark.parametrize("mark", MARKS.values(), ids=MARKS)
def test_unsloths_mark_without_its_key_is_refused_with_the_way_out(
    mark: Callable[[Path], object], made: Trained, tmp_path: Path
) -> None:
    laid_out(made.adapter, grouped)
    (made.adapter / "README.md").unlink(missing_ok=True)
    mark(made.adapter)
    with pytest.raises(UnsupportedError, match="experts_order='grouped-by-expert'"):
        merge(made.base, [made.adapter], tmp_path / "merged")
    merge(made.base, [made.adapter], tmp_path / "merged", experts_order="grouped-by-expert", undo=False)
    check(tmp_path / "merged", made)


@pytest.mark.parametrize("layout", ["grouped_by_expert", "rank_major"])
def test_unsloths_key_is_obeyed(layout: str, made: Trained, tmp_path: Path) -> None:
    if layout == "grouped_by_expert":
        laid_out(made.adapter, grouped)
    MARKS["auto_mapping"](made.adapter)
    say(made.adapter, lora_B_layout=layout)
    report = merge(made.base, [made.adapter], tmp_path / "merged", undo=False)
    check(tmp_path / "merged", made)
    assert not any("experts" in note for note in report.plan.notes)


def test_unsloths_key_of_one_parameter_overrules_that_of_all(made: Trained, tmp_path: Path) -> None:
    laid_out(made.adapter, grouped)
    detail = {
        "parameters": {name: {"lora_B_layout": "grouped_by_expert"} for name in ("gate_up_proj", "down_proj")}
    }
    say(made.adapter, lora_B_layout="mixed", unsloth_fused_expert_lora=detail)
    merge(made.base, [made.adapter], tmp_path / "merged", undo=False)
    check(tmp_path / "merged", made)


def test_a_layout_of_another_name_is_refused_with_the_way_out(made: Trained, tmp_path: Path) -> None:
    say(made.adapter, lora_B_layout="by_moonlight")
    with pytest.raises(UnsupportedError, match=r"by_moonlight.*experts_order="):
        merge(made.base, [made.adapter], tmp_path / "merged")


def test_unsloths_packing_of_what_peft_018_laid_out(made: Trained, tmp_path: Path) -> None:
    laid_out(made.adapter, swapped, grouped)
    say(made.adapter, peft_version="0.18.1", lora_B_layout="grouped_by_expert")
    merge(made.base, [made.adapter], tmp_path / "merged", undo=False)
    check(tmp_path / "merged", made)


def test_an_order_taken_on_trust_is_noted_and_one_of_rank_one_needs_no_trust(
    made: Trained, tmp_path: Path
) -> None:
    report = merge(made.base, [made.adapter], tmp_path / "merged", undo=False)
    assert any("--experts-order grouped-by-expert" in note for note in report.plan.notes)
    said = merge(made.base, [made.adapter], tmp_path / "again", experts_order="peft", undo=False)
    assert not any("--experts-order" in note for note in said.plan.notes)


VERBS: dict[str, Callable[..., Any]] = {
    "verify": lambda made, folder, **asked: verify(made.base, [made.adapter], folder / "merged", **asked),
    "unmerge": lambda made, folder, **asked: subtract(
        folder / "merged", [made.adapter], folder / "out", **asked
    ),
    "inspect": lambda made, folder, **asked: inspect(made.base, made.adapter, **asked),
    "convert": lambda made, folder, **asked: convert(
        made.adapter, folder / "out", base=made.base, runtime="peft", **asked
    ),
    "rerank": lambda made, folder, **asked: rerank(
        made.adapter, folder / "out", base=made.base, rank=RANK, **asked
    ),
    "fuse": lambda made, folder, **asked: fuse([made.adapter], folder / "out", base=made.base, **asked),
}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_that_reads_an_adapter_takes_the_order(verb: str, made: Trained, tmp_path: Path) -> None:
    laid_out(made.adapter, swapped, grouped)
    say(made.adapter, peft_version="0.18.1", base_model_name_or_path="unsloth/Qwen3-30B-A3B")
    merge(made.base, [made.adapter], tmp_path / "merged", experts_order="grouped-by-expert", undo=False)
    with pytest.raises(UnsupportedError, match="experts_order="):
        VERBS[verb](made, tmp_path)
    report = VERBS[verb](made, tmp_path, experts_order="grouped-by-expert")
    if verb == "verify":
        assert report.is_exact
    if verb == "unmerge":
        assert report.expected_wrong < 1
    if verb in ("convert", "rerank", "fuse"):
        # What is written is in today's layout, and says so where it names Unsloth.
        say(made.adapter, base_model_name_or_path=None)
        assert any("the other way round" in note for note in report.notes)
        merge(made.base, [tmp_path / "out"], tmp_path / "merged-again", undo=False)
        check(tmp_path / "merged-again", made)


def test_todays_peft_loads_what_convert_makes_of_an_old_adapter(made: Trained, tmp_path: Path) -> None:
    laid_out(made.adapter, swapped)
    say(made.adapter, peft_version="0.18.1")
    convert(made.adapter, tmp_path / "out", base=made.base, runtime="peft")
    model = transformers.AutoModelForCausalLM.from_pretrained(made.base, dtype=torch.float64)
    adapted: Any = PeftModel.from_pretrained(model, str(tmp_path / "out"), autocast_adapter_dtype=False)
    for name, tensor in adapted.merge_and_unload().state_dict().items():
        assert torch.allclose(tensor.double(), made.merged[name].double(), rtol=0, atol=1e-12), name


def test_answers_are_not_compared_with_a_peft_that_reads_another_layout(
    made: Trained, tmp_path: Path
) -> None:
    laid_out(made.adapter, swapped)
    say(made.adapter, peft_version="0.18.1")
    merge(made.base, [made.adapter], tmp_path / "merged", undo=False)
    with pytest.raises(UnsupportedError, match="another layout"):
        verify(made.base, [made.adapter], tmp_path / "merged", answers=True)


def test_an_order_for_an_adapter_without_fused_experts_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="experts_order="):
        inspect("fixtures/llama-adapter", experts_order="peft")
    with pytest.raises(UnsupportedError, match="experts_order="):
        inspect("fixtures/llama-base", experts_order="peft")


def test_unmerge_by_the_record_takes_no_order() -> None:
    result = CliRunner().invoke(group, ["unmerge", "fixtures/llama-merged", "--experts-order", "peft"])
    assert result.exit_code == 2
    assert "--adapter" in result.output

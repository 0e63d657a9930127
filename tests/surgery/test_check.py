"""`check --for vllm`: reports of adapters that load and do nothing, each as it was filed."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from lorasurgery import SurgeryError, check, convert, convert_and_bake, merge, open_checkpoint
from lorasurgery.surgery.check import CheckReport
from support.fused_experts import qwen3_moe, trained
from support.multimodal_models import made, renamed, spelled
from support.paths import FIXTURES

Models = Callable[[str], tuple[Path, Path]]

BASE, ADAPTER = FIXTURES / "llama-base", FIXTURES / "llama-adapter"


@pytest.fixture(scope="module")
def model_of(tmp_path_factory: pytest.TempPathFactory) -> Models:
    """Give the base and the adapter of a model that also sees, made once."""
    return cache(lambda name: made(name, tmp_path_factory.mktemp(name)))


def with_keys(folder: Path, target: Path, rename: Callable[[str], str] = str, **config: Any) -> Path:
    return renamed(folder, target, rename, **config)


def fates(report: CheckReport) -> set[str]:
    return {each.fate for each in report.modules}


def test_a_plain_adapter_lands_whole() -> None:
    report = check(ADAPTER, base=BASE, runtime="vllm")
    assert report.all_land
    assert {"--enable-lora"} == set(report.options)
    served = {each.module: each.served for each in report.modules}
    assert served["model.layers.0.self_attn.q_proj"].endswith("in model.layers.0.self_attn.qkv_proj")


# https://github.com/vllm-project/vllm/issues/34186
def test_another_prefix_is_served_as_the_bare_base_and_mended(tmp_path: Path) -> None:
    wrong = with_keys(
        ADAPTER, tmp_path / "wrong", lambda key: key.replace("model.model.", "model.model.language_model.")
    )
    report = check(wrong, base=BASE, runtime="vllm")
    assert fates(report) == {"ignored"}
    assert "serves the bare base" in report.verdict
    convert(wrong, tmp_path / "mended", base=BASE, runtime="vllm")
    assert check(tmp_path / "mended", base=BASE, runtime="vllm").all_land


# https://github.com/vllm-project/vllm/issues/48019 and the pull requests 39369 and 48022 about it; 41754
# (Gemma 4) does not say which names its file has. SGLang's 21864, verl's 7285 and unsloth's 6930 could
# not be read.
@pytest.mark.parametrize("name", ["qwen3-vl", "gemma3", "llava"])
def test_a_text_adapter_on_a_model_that_also_sees_lands_only_since_it_does(
    name: str, model_of: Models, tmp_path: Path
) -> None:
    base, adapter = model_of(name)
    text = with_keys(adapter, tmp_path / "text", spelled(name, "model."))
    assert fates(check(text, base=base, runtime="vllm@0.29")) == {"ignored"}
    assert check(text, base=base, runtime="vllm@0.33").all_land
    convert(text, tmp_path / "mended", base=base, runtime="vllm")
    assert check(tmp_path / "mended", base=base, runtime="vllm@0.29").all_land


@pytest.mark.parametrize("name", ["qwen2.5-vl", "qwen3-vl", "gemma3", "llava"])
def test_todays_names_of_a_text_model_inside_another_land(name: str, model_of: Models) -> None:
    base, adapter = model_of(name)
    for version in ("0.20", "0.29", "0.33"):
        assert check(adapter, base=base, runtime=f"vllm@{version}").all_land, version


def test_a_tower_is_ignored_where_the_engine_cannot_adapt_it(model_of: Models, tmp_path: Path) -> None:
    base, adapter = model_of("qwen2.5-vl")
    tower = with_keys(
        adapter, tmp_path / "tower", lambda key: key.replace("language_model.layers", "visual.blocks")
    )
    names = {"self_attn.q_proj": "attn.proj", "self_attn.v_proj": "attn.qkv", "mlp.up_proj": "mlp.up_proj"}
    tensors = load_file(tower / "adapter_model.safetensors")
    for old, new in names.items():
        tensors = {key.replace(old, new): tensor for key, tensor in tensors.items()}
    save_file({k: t for k, t in tensors.items() if "mlp" not in k}, tower / "adapter_model.safetensors")
    report = check(tower, base=base, runtime="vllm")
    assert {each.option for each in report.modules if each.fate == "lands"} <= {
        "--enable-tower-connector-lora"
    }


def test_a_release_that_does_not_read_patterns_takes_another_scale(tmp_path: Path) -> None:
    uneven = with_keys(ADAPTER, tmp_path / "uneven", alpha_pattern={"q_proj": 64})
    report = check(uneven, base=BASE, runtime="vllm@0.29")
    altered = [each for each in report.modules if each.fate == "altered"]
    assert {each.module.rpartition(".")[2] for each in altered} == {"q_proj"}
    assert "scale" in altered[0].reason
    assert check(uneven, base=BASE, runtime="vllm@0.33").all_land


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"use_dora": True}, "DoRA"),
        ({"bias": "all"}, "biases"),
        ({"modules_to_save": ["lm_head"]}, "whole modules"),
        ({"init_lora_weights": "pissa"}, "changed base"),
        ({"layer_replication": [[0, 1]]}, "copied layers"),
    ],
)
def test_what_the_config_says_is_refused_with_all_reasons(
    config: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    report = check(with_keys(ADAPTER, tmp_path / "x", **config), base=BASE, runtime="vllm")
    assert not report.all_land
    assert reason in report.verdict


def test_a_key_that_a_release_does_not_read_alters_all(tmp_path: Path) -> None:
    report = check(with_keys(ADAPTER, tmp_path / "x", use_qalora=True), base=BASE, runtime="vllm@0.29")
    assert fates(report) == {"altered"}
    assert "without a word" in report.verdict


def test_an_ending_that_no_layer_has_refuses_the_file(tmp_path: Path) -> None:
    odd = with_keys(ADAPTER, tmp_path / "odd", lambda key: key.replace("q_proj", "query"))
    report = check(odd, base=BASE, runtime="vllm")
    assert fates(report) == {"lands", "refused"}
    assert "refuses" in report.verdict


def test_another_base_is_seen_by_its_shapes() -> None:
    report = check(ADAPTER, base=FIXTURES / "mixtral-base", runtime="vllm")
    assert any("matrix of" in each.reason for each in report.modules)


def test_a_target_or_version_without_facts_is_refused() -> None:
    with pytest.raises(SurgeryError, match="is not one of"):
        check(ADAPTER, base=BASE, runtime="nobody")
    with pytest.raises(SurgeryError, match="older than"):
        check(ADAPTER, base=BASE, runtime="vllm@0.1")


def test_a_version_between_two_is_judged_by_the_one_before_and_says_so() -> None:
    report = check(ADAPTER, base=BASE, runtime="vllm@0.31")
    assert report.target_version == "0.29.0"
    assert "those of 0.29.0" in report.notes[0]


def test_the_report_is_json() -> None:
    content = json.loads(json.dumps(check(ADAPTER, base=BASE, runtime="vllm").as_json()))
    assert content["all_land"] is True
    assert content["source"]["commit"]


# https://github.com/sgl-project/sglang/issues/25913: layers that share keys and values have only q_proj
def test_sglang_refuses_queries_without_values_next_to_them(tmp_path: Path) -> None:
    assert check(ADAPTER, base=BASE, runtime="sglang").all_land
    lone = with_keys(ADAPTER, tmp_path / "lone")
    weights = load_file(lone / "adapter_model.safetensors")
    kept = {key: each for key, each in weights.items() if not (".2." in key and "v_proj" in key)}
    save_file(kept, lone / "adapter_model.safetensors")
    report = check(lone, base=BASE, runtime="sglang")
    assert "model.layers.2.self_attn.q_proj has no v_proj" in report.verdict


def test_sglang_takes_no_expression_for_target_modules(model_of: Models) -> None:
    base, adapter = model_of("qwen2.5-vl")
    report = check(adapter, base=base, runtime="sglang")
    assert "target_modules is an expression" in report.verdict


@pytest.mark.parametrize(
    ("config", "reason"),
    [({"alpha_pattern": {"q_proj": 64}}, "its scale is"), ({"use_rslora": True}, "alpha / r")],
)
def test_sglang_reads_one_scale_and_no_root(config: dict[str, Any], reason: str, tmp_path: Path) -> None:
    report = check(with_keys(ADAPTER, tmp_path / "x", **config), base=BASE, runtime="sglang")
    assert "altered" in fates(report)
    assert any(reason in each.reason for each in report.modules)


def test_sglang_puts_two_modules_of_one_number_and_ending_into_one_slot(
    model_of: Models, tmp_path: Path
) -> None:
    base, adapter = model_of("gemma3")
    both = with_keys(adapter, tmp_path / "both", target_modules=["q_proj", "v_proj", "up_proj", "gate_proj"])
    weights = load_file(both / "adapter_model.safetensors")
    tower = {
        key.replace("language_model.layers", "vision_tower.encoder.layers"): w for key, w in weights.items()
    }
    save_file(weights | {key: w.clone() for key, w in tower.items()}, both / "adapter_model.safetensors")
    report = check(both, base=base, runtime="sglang")
    assert any("the same slot" in each.reason for each in report.modules)


def test_a_conversion_for_sglang_adds_zeros_next_to_queries_and_lists_its_targets(
    model_of: Models, tmp_path: Path
) -> None:
    lone = tmp_path / "lone"
    convert(ADAPTER, lone, base=BASE, exclude="*.2.self_attn.v_proj")
    report = convert(lone, tmp_path / "mended", base=BASE, runtime="sglang")
    assert any("zeros were added for 1 module " in note for note in report.notes)
    assert check(tmp_path / "mended", base=BASE, runtime="sglang").all_land
    merge(BASE, [lone], tmp_path / "one", undo=False)
    merge(BASE, [tmp_path / "mended"], tmp_path / "other", undo=False)
    one, other = (open_checkpoint(tmp_path / each).tensors for each in ("one", "other"))
    assert all(torch.equal(one[name].read(), other[name].read()) for name in one)
    base, adapter = model_of("qwen2.5-vl")
    convert(adapter, tmp_path / "listed", base=base, runtime="sglang")
    assert check(tmp_path / "listed", base=base, runtime="sglang").all_land


# vLLM refuses fused experts of a class that takes each expert's own, and a stack of which one part is
# missing. https://github.com/sgl-project/sglang/pull/25528: what PEFT writes of `target_parameters`
# (`experts.base_layer`, `experts`) is under names that SGLang has no expert for. vLLM's threads 52194 and
# 52198 could not be read.
@pytest.mark.parametrize("targets", [["gate_up_proj", "down_proj"], ["down_proj"]])
@pytest.mark.parametrize("runtime", ["vllm", "sglang"])
def test_fused_experts_are_taken_apart_for_a_server_that_wants_each(
    runtime: str, targets: list[str], tmp_path: Path
) -> None:
    trained_on = trained(qwen3_moe(32), [f"experts.{each}" for each in targets], tmp_path)
    base, adapter = trained_on.base, trained_on.adapter
    assert not check(adapter, base=base, runtime=runtime).all_land
    convert(adapter, tmp_path / "mended", base=base, runtime=runtime)
    assert check(tmp_path / "mended", base=base, runtime=runtime).all_land
    merge(base, [adapter], tmp_path / "one", undo=False)
    merge(base, [tmp_path / "mended"], tmp_path / "other", undo=False)
    one, other = (load_file(tmp_path / each / "model.safetensors") for each in ("one", "other"))
    for name in one:
        torch.testing.assert_close(one[name], other[name], rtol=1e-5, atol=1e-6)


def test_what_a_server_cannot_take_is_baked_into_a_base(tmp_path: Path) -> None:
    extra = {"base_model.model.model.norm.weight": torch.linspace(0.5, 1.5, 64)}
    both = with_keys(ADAPTER, tmp_path / "both", modules_to_save=["model.norm"])
    save_file(load_file(both / "adapter_model.safetensors") | extra, both / "adapter_model.safetensors")
    with pytest.raises(SurgeryError, match="convert_and_bake"):
        convert(both, tmp_path / "out", base=BASE, runtime="vllm")
    report = convert_and_bake(both, tmp_path / "out", base=BASE, runtime="vllm", out_base=tmp_path / "new")
    assert "merged into" in report.notes[-1]
    assert check(tmp_path / "out", base=tmp_path / "new", runtime="vllm").all_land
    merge(BASE, [both], tmp_path / "whole", undo=False)
    merge(tmp_path / "new", [tmp_path / "out"], tmp_path / "parts", undo=False)
    whole, parts = (open_checkpoint(tmp_path / each).tensors for each in ("whole", "parts"))
    assert all(torch.equal(whole[name].read(), parts[name].read()) for name in whole)
    with pytest.raises(SurgeryError, match="takes all of"):
        convert_and_bake(ADAPTER, tmp_path / "x", base=BASE, runtime="vllm", out_base=tmp_path / "y")


def test_a_stack_of_experts_in_another_order_of_columns_is_altered_and_mended(tmp_path: Path) -> None:
    class_name = "Qwen3VLMoeForConditionalGeneration"  # whose experts vLLM stacks
    trained_on = trained(qwen3_moe(32), ["experts.gate_up_proj", "experts.down_proj"], tmp_path)
    config = json.loads((trained_on.base / "config.json").read_text())
    base = tmp_path / "as-stacked"
    shutil.copytree(trained_on.base, base)
    (base / "config.json").write_text(json.dumps(config | {"architectures": [class_name]}))
    assert {each.fate for each in check(trained_on.adapter, base=base, runtime="vllm").modules} == {"lands"}
    other = with_keys(trained_on.adapter, tmp_path / "other", lora_B_layout="grouped_by_expert")
    report = check(other, base=base, runtime="vllm")
    altered = [each for each in report.modules if each.fate == "altered"]
    assert len(altered) == 2
    assert "ordered by expert" in altered[0].reason
    convert(other, tmp_path / "mended", base=trained_on.base, runtime="vllm")
    assert check(tmp_path / "mended", base=trained_on.base, runtime="vllm").all_land


def sparse(path: Path, shapes: dict[str, tuple[int, ...]]) -> None:
    """A safetensors file of bfloat16 that has its header alone; the numbers are a hole."""
    entries: dict[str, Any] = {}
    end = 0
    for name, shape in shapes.items():
        start, end = end, end + 2 * math.prod(shape)
        entries[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [start, end]}
    header = json.dumps({"__metadata__": {"format": "pt"}, **entries}).encode()
    with path.open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        file.truncate(8 + len(header) + end)


def test_every_module_of_a_7b_adapter_lands(tmp_path: Path) -> None:
    base, adapter = tmp_path / "base", tmp_path / "adapter"
    base.mkdir()
    adapter.mkdir()
    inner = {
        **{f"self_attn.{each}_proj": (4096, 4096) for each in "qkvo"},
        **dict.fromkeys(("mlp.gate_proj", "mlp.up_proj"), (11008, 4096)),
        "mlp.down_proj": (4096, 11008),
    }
    shapes = {f"model.layers.{i}.{name}": shape for i in range(32) for name, shape in inner.items()}
    top = {"model.embed_tokens.weight": (32000, 4096), "lm_head.weight": (32000, 4096)}
    sparse(base / "model.safetensors", {f"{name}.weight": shape for name, shape in shapes.items()} | top)
    config = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "num_hidden_layers": 32}
    (base / "config.json").write_text(json.dumps(config))
    factors = {f"base_model.model.{n}.lora_A.weight": (16, shape[1]) for n, shape in shapes.items()}
    factors |= {f"base_model.model.{n}.lora_B.weight": (shape[0], 16) for n, shape in shapes.items()}
    sparse(adapter / "adapter_model.safetensors", factors)
    asked = {"r": 16, "lora_alpha": 16, "target_modules": ["q_proj"], "peft_type": "LORA"}
    (adapter / "adapter_config.json").write_text(json.dumps(asked))
    report = check(adapter, base=base, runtime="vllm")
    assert report.all_land
    assert len(report.modules) == 7 * 32

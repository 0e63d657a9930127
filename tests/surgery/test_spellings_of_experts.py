"""Experts that an adapter names one by one, and layers that only a file has, find their weights in
the model.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from lorasurgery import check, convert, inspect, merge, unmerge
from lorasurgery.errors import UnsupportedError
from support.adapters import add, bits
from support.multimodal_models import PEFT, TEXT
from support.spellings import llama


def gemma4(folder: Path) -> tuple[Path, Path, list[str]]:
    """A base whose file has keys and values for layers that share another layer's, as Google's
    have, and an adapter on all.
    """
    config = transformers.Gemma4TextConfig(
        **TEXT
        | {
            "num_hidden_layers": 4,
            "sliding_window": 16,
            "layer_types": ["sliding_attention", "full_attention"] * 2,
            "hidden_size_per_layer_input": 8,
            "vocab_size_per_layer_input": 128,
            "num_kv_shared_layers": 2,
            "global_head_dim": 8,
        }
    )
    model = transformers.Gemma4ForCausalLM(config)
    model.save_pretrained(folder / "base")
    beside = [f"model.layers.{layer}.self_attn.{x}_proj" for layer in (2, 3) for x in "kv"]
    add(model, peft.LoraConfig(r=4, target_modules=["q_proj", "k_proj", "v_proj"]), folder / "adapter")
    weights = folder / "base" / "model.safetensors"
    save_file(load_file(weights) | {f"{path}.weight": torch.randn(16, 32) for path in beside}, weights)
    factors = folder / "adapter" / "adapter_model.safetensors"
    more = {f"base_model.model.{path}.lora_A.weight": torch.randn(4, 32) for path in beside}
    more |= {f"base_model.model.{path}.lora_B.weight": torch.randn(16, 4) for path in beside}
    save_file(load_file(factors) | more, factors)
    return folder / "base", folder / "adapter", beside


@pytest.mark.parametrize(
    "asked",
    [{"runtime": "vllm"}, {"runtime": "llamacpp"}, {"runtime": "mlx"}, {"format": "peft"}],
    ids=lambda asked: "-".join(asked.values()),
)
def test_modules_that_only_the_file_has_are_brought_along(asked: dict[str, str], tmp_path: Path) -> None:
    base, adapter, beside = gemma4(tmp_path)
    target = tmp_path / ("out.gguf" if "llamacpp" in asked.values() else "out")
    report = convert(adapter, target, base=base, **asked)  # type: ignore[arg-type]
    assert any(
        "4 of 12 modules) are in the base's file and not in Gemma4ForCausalLM" in n for n in report.notes
    )
    merge(base, [adapter], tmp_path / "one", undo=False)
    merge(base, [target], tmp_path / "other", undo=False)
    one, other = (load_file(tmp_path / each / "model.safetensors") for each in ("one", "other"))
    plain = load_file(base / "model.safetensors")
    for path in beside:
        assert not torch.equal(one[f"{path}.weight"], plain[f"{path}.weight"])
        torch.testing.assert_close(one[f"{path}.weight"], other[f"{path}.weight"])


def test_modules_that_pefts_class_lacks_are_refused_where_they_should_land(tmp_path: Path) -> None:
    base, adapter, _ = gemma4(tmp_path)
    with pytest.raises(
        UnsupportedError, match=r"layers\.2\.self_attn\.k_proj is ignored: the class has no such module"
    ):
        convert(adapter, tmp_path / "out", base=base, runtime="peft")


def gpt_oss(folder: Path) -> tuple[Path, Path, dict[str, torch.Tensor]]:
    """A base with fused experts, an adapter for each expert by itself as Unsloth trains it in 4
    bits, and what each weight becomes.
    """
    config = transformers.GptOssConfig(
        **TEXT
        | {
            "num_local_experts": 4,
            "num_experts_per_tok": 2,
            "sliding_window": 16,
            "layer_types": ["sliding_attention", "full_attention"],
            "intermediate_size": 32,
        }
    )
    torch.manual_seed(0)
    model = transformers.GptOssForCausalLM(config)
    model.save_pretrained(folder / "base")
    wanted = {name: tensor.double().clone() for name, tensor in model.state_dict().items()}
    add(model, peft.LoraConfig(r=2, lora_alpha=6, target_modules=["q_proj"]), folder / "adapter")
    file = folder / "adapter" / "adapter_model.safetensors"
    factors = load_file(file)
    for layer in range(2):
        for part, (out, width) in {"gate_up_proj": (64, 32), "down_proj": (32, 32)}.items():
            fused = wanted[f"model.layers.{layer}.mlp.experts.{part}"]
            for expert in (0, 1, 3):
                A, B = torch.randn(2, width), torch.randn(out, 2)
                path = f"{PEFT}model.layers.{layer}.mlp.experts.{part}s.{expert}"
                factors |= {f"{path}.lora_A.weight": A, f"{path}.lora_B.weight": B}
                fused[expert] += 3 * (B.double() @ A.double()).T
    save_file(factors, file)
    text = folder / "adapter" / "adapter_config.json"
    targets = ["q_proj", *(f"{part}s.{e}" for part in ("gate_up_proj", "down_proj") for e in (0, 1, 3))]
    text.write_text(json.dumps(json.loads(text.read_text()) | {"target_modules": targets}))
    return folder / "base", folder / "adapter", wanted


def test_experts_as_layers_of_their_own_merge_into_the_fused_ones(tmp_path: Path) -> None:
    base, adapter, wanted = gpt_oss(tmp_path)
    merge(base, [adapter], tmp_path / "merged")
    merged = load_file(tmp_path / "merged" / "model.safetensors")
    changed = [name for name in merged if ".experts." in name and "bias" not in name]
    assert len(changed) == 4
    for name in changed:
        torch.testing.assert_close(merged[name].double(), wanted[name], rtol=1e-6, atol=1e-6)
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert bits(tmp_path / "back") == bits(base)
    seen = {each.module: each for each in inspect(base, adapter).modules}
    assert seen["model.layers.0.mlp.experts.gate_up_projs.3"].shape == (64, 32)


def test_experts_as_layers_of_their_own_are_packed(tmp_path: Path) -> None:
    base, adapter, _ = gpt_oss(tmp_path)
    convert(adapter, tmp_path / "packed", pack=["experts"], format="peft", base=base)
    keys = load_file(tmp_path / "packed" / "adapter_model.safetensors")
    assert sum(".experts." in key for key in keys) == 8
    merge(base, [adapter], tmp_path / "one", undo=False)
    merge(base, [tmp_path / "packed"], tmp_path / "other", undo=False)
    one, other = (load_file(tmp_path / each / "model.safetensors") for each in ("one", "other"))
    for name in one:
        torch.testing.assert_close(one[name], other[name], rtol=1e-5, atol=1e-5)
    model = transformers.GptOssForCausalLM.from_pretrained(base)
    loaded: Any = peft.PeftModel.from_pretrained(model, tmp_path / "packed")
    merged = loaded.merge_and_unload().state_dict()
    for name in one:
        torch.testing.assert_close(one[name], merged[name], rtol=1e-5, atol=1e-5)


def test_experts_as_layers_of_their_own_are_refused_where_the_class_has_none(tmp_path: Path) -> None:
    base, adapter, _ = gpt_oss(tmp_path)
    with pytest.raises(UnsupportedError, match=r"down_projs\.0.*--pack"):
        convert(adapter, tmp_path / "out", base=base, format="peft")


def test_experts_as_layers_of_their_own_are_packed_for_a_server_that_stacks_them(tmp_path: Path) -> None:
    base, adapter, _ = gpt_oss(tmp_path)
    convert(adapter, tmp_path / "out", base=base, runtime="vllm")
    assert check(tmp_path / "out", base=base, runtime="vllm").all_land


@pytest.mark.parametrize("prefix", ["mtp.", "model.mtp."])
def test_layers_of_a_multi_token_prediction_that_no_class_has(prefix: str, tmp_path: Path) -> None:
    base, adapter = llama(tmp_path)
    shapes = {"mtp.fc": (32, 64), "mtp.layers.0.self_attn.q_proj": (32, 32)}
    file = base / "model.safetensors"
    save_file(
        load_file(file) | {f"{path}.weight": torch.randn(*shape) for path, shape in shapes.items()}, file
    )
    factors = load_file(adapter / "adapter_model.safetensors")
    for path, (out, width) in shapes.items():
        key = PEFT + path.replace("mtp.", prefix)
        factors |= {
            f"{key}.lora_A.weight": torch.randn(4, width),
            f"{key}.lora_B.weight": torch.randn(out, 4),
        }
    save_file(factors, adapter / "adapter_model.safetensors")
    report = convert(adapter, tmp_path / "out", base=base, runtime="vllm")
    assert any("'mtp.fc', 'mtp.layers.0.self_attn.q_proj' (2 of 6 modules)" in note for note in report.notes)
    keys = load_file(tmp_path / "out" / "adapter_model.safetensors")
    assert {key for key in keys if ".mtp." in key} == {
        f"{PEFT}{path}.lora_{side}.weight" for path in shapes for side in "AB"
    }
    merge(base, [tmp_path / "out"], tmp_path / "merged", undo=False)
    merged, plain = load_file(tmp_path / "merged" / "model.safetensors"), load_file(file)
    assert all(not torch.equal(merged[f"{path}.weight"], plain[f"{path}.weight"]) for path in shapes)

"""Checkpoints of which a part is quantised in a format that is read and a part in one that is not,
or that no adapter touches.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from lorasurgery import convert, extract, inspect, merge, unmerge, verify
from lorasurgery.errors import DamagedFileError, UnsupportedError
from lorasurgery.linalg.rounding import round_once
from lorasurgery.quantisation import open_model
from lorasurgery.surgery.subtract import subtract
from support.quantised_checkpoints import (
    FP8,
    LAYER,
    SHAPES,
    TINY,
    UP,
    Form,
    Q,
    adapter,
    config,
    groups,
    mark,
    plain,
    rows,
    unquantised,
    write,
)
from support.unread_quantisations import UNREAD

INT4 = UNREAD["compressed-tensors int4"]
MLP = [name for name in SHAPES if ".mlp." in name]
ATTENTION = [name for name in SHAPES if ".mlp." not in name]


def mixed(folder: Path, **settings: Any) -> dict[str, Any]:
    """Float8 attention and packed int4 in the MLP, as llm-compressor writes both in one checkpoint."""
    stated = groups("mixed-precision", num_bits=8, type="float", strategy="channel")
    stated["config_groups"]["group_1"] = {
        "targets": ["re:.*mlp.*"],
        "weights": {"num_bits": 4, "type": "int"},
    }
    cache = {f"{LAYER}.self_attn.k_scale": TINY}
    form = Form(rows("weight_scale"), "", {"quantization_config": stated | settings}, loose=cache)
    return write(folder, form, forms=dict.fromkeys(MLP, INT4))


def stated_by(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "config.json").read_text())["quantization_config"]
    return content


def test_what_became_numbers_is_left_out_of_the_config_that_stays(tmp_path: Path) -> None:
    numbers = mixed(tmp_path / "base")
    change = adapter(tmp_path / "adapter", Q)
    merge(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "merged")
    old, new = (load_file(tmp_path / each / "model.safetensors") for each in ("base", "merged"))
    for name in ATTENTION:
        wanted = round_once(numbers[name].float().double() + change.get(name, 0), torch.bfloat16)
        assert torch.equal(new[f"{name}.weight"], wanted)
        assert f"{name}.weight_scale" not in new
    for name in MLP:
        assert all(torch.equal(old[each], new[each]) for each in old if each.startswith(f"{name}."))
    # The scale of the cache has its own statement in the config, which stays.
    assert f"{LAYER}.self_attn.k_scale" in new
    before, after = stated_by(tmp_path / "base"), stated_by(tmp_path / "merged")
    assert after == before | {"ignore": ["lm_head", *sorted(ATTENTION)]}
    assert verify(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "merged").is_exact
    unmerge(tmp_path / "merged", tmp_path / "back")
    for path in (tmp_path / "base").iterdir():
        assert (tmp_path / "back" / path.name).read_bytes() == path.read_bytes()


def test_quantised_weights_that_no_adapter_changes_stay_quantised(tmp_path: Path) -> None:
    mixed(tmp_path / "base", quant_method="a method whose exceptions nobody knows")
    folder = tmp_path / "adapter"
    folder.mkdir()
    factors = {"lora_embedding_A": torch.ones(2, 40), "lora_embedding_B": torch.ones(64, 2)}
    save_file(
        {f"base_model.model.model.embed_tokens.{k}": v for k, v in factors.items()},
        folder / "adapter_model.safetensors",
    )
    settings = {"peft_type": "LORA", "r": 2, "lora_alpha": 2, "target_modules": ["embed_tokens"]}
    (folder / "adapter_config.json").write_text(json.dumps(settings))
    merge(tmp_path / "base", [folder], tmp_path / "merged")
    old, new = (load_file(tmp_path / each / "model.safetensors") for each in ("base", "merged"))
    assert set(old) == set(new)
    assert [k for k in old if not torch.equal(old[k].float(), new[k].float())] == [
        "model.embed_tokens.weight"
    ]
    assert (tmp_path / "merged" / "config.json").read_bytes() == (
        tmp_path / "base" / "config.json"
    ).read_bytes()


def test_a_config_that_cannot_say_so_refuses_the_merge(tmp_path: Path) -> None:
    mixed(tmp_path / "base", quant_method="quark")
    adapter(tmp_path / "adapter", Q)
    with pytest.raises(UnsupportedError, match=r"FP8 and in compressed-tensors pack-quantized.*\(quark\)"):
        merge(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "merged")


def test_the_part_that_is_not_read_is_refused_by_name_and_can_be_left_out(tmp_path: Path) -> None:
    mixed(tmp_path / "base")
    adapter(tmp_path / "adapter", UP)
    write(tmp_path / "tuned", Form(plain, ""), change=0.1)
    with pytest.raises(UnsupportedError, match=r"up_proj.weight' .* is quantised \(compressed-tensors pack"):
        merge(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "merged")
    report = extract(tmp_path / "base", tmp_path / "tuned", tmp_path / "out", rank=4, exclude=["*.mlp.*"])
    assert {each.module for each in report.modules} == set(ATTENTION)
    assert set(report.not_chosen) == {f"{name}.weight" for name in MLP}
    assert not report.lost
    assert {
        each.module for each in inspect(tmp_path / "base", tmp_path / "tuned", exclude=["*.mlp.*"]).modules
    }
    assert {each.has_spectrum for each in inspect(tmp_path / "base").modules if each.module in MLP} == {False}


def test_another_dtype_leaves_the_scales_of_what_stays_quantised_alone(tmp_path: Path) -> None:
    mixed(tmp_path / "base")
    adapter(tmp_path / "adapter", Q)
    merge(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "merged", dtype="float32")
    old, new = (load_file(tmp_path / each / "model.safetensors") for each in ("base", "merged"))
    of_mlp = [name for name in old if ".mlp." in name]
    assert all(torch.equal(old[name], new[name]) and old[name].dtype == new[name].dtype for name in of_mlp)
    assert new[f"{Q}.weight"].dtype == torch.float32


def test_only_the_float8_weights_are_written_again(tmp_path: Path) -> None:
    mixed(tmp_path / "base")
    adapter(tmp_path / "adapter", Q)
    merge(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "merged", requantise=True)
    old, new = (load_file(tmp_path / each / "model.safetensors") for each in ("base", "merged"))
    changed = {name for name in old if not torch.equal(old[name].double(), new[name].double())}
    assert changed == {f"{Q}.weight"}
    assert stated_by(tmp_path / "merged") == stated_by(tmp_path / "base")
    assert verify(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "merged").is_exact


def test_modelopt_lists_the_quantised_layers_and_the_others(tmp_path: Path) -> None:
    layers = {name: {"quant_algo": "NVFP4" if name in MLP else "FP8"} for name in SHAPES}
    stated = {"quant_algo": "MIXED_PRECISION", "quantized_layers": layers, "exclude_modules": ["lm_head"]}
    form = Form(FP8["ModelOpt"].make, "", files={"hf_quant_config.json": {"quantization": stated}})
    write(tmp_path / "base", form, forms=dict.fromkeys(MLP, UNREAD["ModelOpt NVFP4"]))
    adapter(tmp_path / "adapter", Q)
    merge(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "merged")
    after = json.loads((tmp_path / "merged" / "hf_quant_config.json").read_text())["quantization"]
    assert sorted(after["quantized_layers"]) == sorted(MLP)
    assert after["exclude_modules"] == ["lm_head", *sorted(ATTENTION)]
    unmerge(tmp_path / "merged", tmp_path / "back")
    for path in (tmp_path / "base").iterdir():
        assert (tmp_path / "back" / path.name).read_bytes() == path.read_bytes()


def test_marks_in_the_header_stay_for_what_stays_quantised(tmp_path: Path) -> None:
    """ComfyUI's marks may be in the file's header alone, which a file that is laid out anew would
    lose.
    """
    write(
        tmp_path / "base", FP8["compressed-tensors, rows"], forms=dict.fromkeys(MLP, UNREAD["ModelOpt NVFP4"])
    )
    held = load_file(tmp_path / "base" / "model.safetensors")
    layers = {name: {"format": "nvfp4" if name in MLP else "float8_e4m3fn"} for name in SHAPES}
    (tmp_path / "one").mkdir()
    file = tmp_path / "one" / "model.safetensors"
    save_file(held, file, {"_quantization_metadata": json.dumps({"layers": layers})})
    (tmp_path / "one" / "config.json").write_text(json.dumps(config()))
    adapter(tmp_path / "adapter", Q)
    merge(tmp_path / "one", [tmp_path / "adapter"], tmp_path / "merged")
    with safe_open(tmp_path / "merged" / "model.safetensors", "pt") as merged:
        kept = json.loads(merged.metadata()["_quantization_metadata"])["layers"]
    assert kept == {name: layers[name] for name in MLP}
    assert {
        each.quantised.label
        for name, each in open_model(file).tensors.items()
        if name.startswith(f"{LAYER}.mlp") and each.quantised
    } == {
        f"ComfyUI's nvfp4, uint8 codes with '{UP.replace('up_proj', part)}.weight_scale'"
        for part in ("up_proj", "gate_proj", "down_proj")
    }


def test_an_adapter_beside_experts_in_mxfp4_leaves_them_as_they_are(tmp_path: Path) -> None:
    """gpt-oss: the attention is bfloat16, the experts are not touched, and the config goes on
    saying MXFP4.
    """
    held = unquantised() | {f"{name}.weight": torch.ones(SHAPES[name]).bfloat16() for name in ATTENTION}
    experts = f"{LAYER}.mlp.experts"
    for part, (out, width) in {"gate_up_proj": (64, 32), "down_proj": (32, 32)}.items():
        held |= {
            f"{experts}.{part}_blocks": torch.zeros(2, out, width // 32, 16, dtype=torch.uint8),
            f"{experts}.{part}_scales": torch.zeros(2, out, width // 32, dtype=torch.uint8),
            f"{experts}.{part}_bias": torch.zeros(2, out).bfloat16(),
        }
    (tmp_path / "base").mkdir()
    save_file(held, tmp_path / "base" / "model.safetensors", {"format": "pt"})
    stated = {"quantization_config": {"quant_method": "mxfp4", "modules_to_not_convert": ["self_attn"]}}
    (tmp_path / "base" / "config.json").write_text(json.dumps({"model_type": "unknown", **stated}))
    seen = open_model(tmp_path / "base").tensors[f"{experts}.gate_up_proj"]
    assert seen.shape == (2, 32, 64)
    assert seen.quantised is not None
    adapter(tmp_path / "adapter", Q)
    merge(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "merged")
    new = load_file(tmp_path / "merged" / "model.safetensors")
    assert {name for name in held if not torch.equal(held[name], new[name])} == {f"{Q}.weight"}
    assert stated_by(tmp_path / "merged") == stated["quantization_config"]
    assert verify(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "merged").is_exact


def test_float8_without_companions_is_a_plain_cast(tmp_path: Path) -> None:
    write(tmp_path / "base", Form(lambda W: ({"weight": W.to(torch.float8_e4m3fn)}, None), ""))
    model = open_model(tmp_path / "base")
    assert model.tensors[f"{Q}.weight"].quantised is None
    adapter(tmp_path / "adapter", Q)
    merge(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "merged")
    assert load_file(tmp_path / "merged" / "model.safetensors")[f"{Q}.weight"].dtype == torch.float8_e4m3fn


@pytest.mark.parametrize(
    "companion", ["weight_scale_3", "weight_zero_point", "shift", "absmax", "SCB", "scales"]
)
def test_a_companion_that_nobody_knows_refuses_the_weight(companion: str, tmp_path: Path) -> None:
    codes = torch.float8_e4m3fn if companion != "SCB" else torch.uint8
    form = Form(lambda W: ({"weight": torch.zeros(W.shape).to(codes), companion: torch.ones(1)}, None), "")
    write(tmp_path / "base", form)
    write(tmp_path / "tuned", Form(plain, ""))
    adapter(tmp_path / "adapter", Q)
    said = f"is quantised .*{companion}"
    with pytest.raises(UnsupportedError, match=said):
        merge(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "merged")
    with pytest.raises(UnsupportedError, match=said):
        extract(tmp_path / "base", tmp_path / "tuned", tmp_path / "out")
    with pytest.raises(UnsupportedError, match=said):
        inspect(tmp_path / "tuned", tmp_path / "base")


def test_an_odd_weight_among_float8_refuses_the_merge_into_others(tmp_path: Path) -> None:
    odd = Form(lambda W: ({"weight": W.to(torch.float8_e4m3fn), "weight_scale_3": torch.ones(1)}, None), "")
    write(tmp_path / "base", FP8["DeepSeek's blocks"], forms={UP: odd})
    adapter(tmp_path / "adapter", Q)
    with pytest.raises(UnsupportedError, match=r"up_proj.weight' .*weight_scale_3"):
        merge(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "merged")


def test_what_depends_on_a_weight_that_is_not_read_says_why(tmp_path: Path) -> None:
    write(tmp_path / "base", UNREAD["GPTQ"])
    adapter(tmp_path / "adapter", Q)
    file = tmp_path / "adapter" / "adapter_model.safetensors"
    held = load_file(file) | {f"base_model.model.{Q}.lora_magnitude_vector.weight": torch.ones(64)}
    save_file(held, file, {"format": "pt"})
    settings = json.loads((tmp_path / "adapter" / "adapter_config.json").read_text())
    (tmp_path / "adapter" / "adapter_config.json").write_text(json.dumps(settings | {"use_dora": True}))
    with pytest.raises(UnsupportedError, match=r"quantised \(GPTQ, 4 bit.*Give the 16-bit original"):
        convert(
            tmp_path / "adapter", tmp_path / "lora", to="lora", base=tmp_path / "base", rank=4, max_loss=1.0
        )
    seen = inspect(tmp_path / "adapter", base=tmp_path / "base").modules[0]
    assert seen.has_spectrum or "GPTQ" in seen.reason


def test_a_damaged_mark_is_one_line(tmp_path: Path) -> None:
    write(tmp_path / "base", FP8["ComfyUI's files"])
    file = tmp_path / "base" / "model.safetensors"
    held = load_file(file)
    save_file(held | {f"{Q}.comfy_quant": torch.tensor([0xFF, 0x7B], dtype=torch.uint8)}, file)
    with pytest.raises(DamagedFileError, match="comfy_quant"):
        inspect(tmp_path / "base")
    save_file(held | {f"{Q}.comfy_quant": mark(format=["x"])}, file)
    stored = open_model(tmp_path / "base").tensors[f"{Q}.weight"].quantised
    assert stored is not None
    assert "an unnamed format" in stored.label


def test_quantised_weights_that_the_model_stores_transposed_are_not_checked_by_shape(tmp_path: Path) -> None:
    """GPT-2 stores (in, out), and quantisers put a Linear (out, in) in its place."""
    name, out, width = "transformer.h.0.attn.c_attn", 96, 32
    coded, _ = UNREAD["GPTQ"].make(torch.zeros(out, width))
    held = {f"{name}.{leaf}": tensor for leaf, tensor in coded.items()}
    held |= {f"{name}.bias": torch.zeros(out), "transformer.wte.weight": torch.zeros(40, width)}
    (tmp_path / "base").mkdir()
    save_file(held, tmp_path / "base" / "model.safetensors", {"format": "pt"})
    sizes = {"n_embd": width, "n_layer": 1, "n_head": 2, "vocab_size": 40, "n_positions": 16}
    stated = {"quantization_config": {"quant_method": "gptq", "bits": 4}}
    settings = {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], **sizes, **stated}
    (tmp_path / "base" / "config.json").write_text(json.dumps(settings))
    (tmp_path / "adapter").mkdir()
    factors = {"lora_A": torch.ones(2, width), "lora_B": torch.ones(out, 2)}
    save_file(
        {f"base_model.model.{name}.{side}.weight": each for side, each in factors.items()},
        tmp_path / "adapter" / "adapter_model.safetensors",
    )
    settings = {
        "peft_type": "LORA",
        "r": 2,
        "lora_alpha": 2,
        "target_modules": ["c_attn"],
        "fan_in_fan_out": True,
    }
    (tmp_path / "adapter" / "adapter_config.json").write_text(json.dumps(settings))
    convert(tmp_path / "adapter", tmp_path / "lora", to="lora", base=tmp_path / "base")
    written = load_file(tmp_path / "lora" / "adapter_model.safetensors")
    assert [tuple(each.shape) for _, each in sorted(written.items())] == [(2, width), (out, 2)]
    seen = inspect(tmp_path / "adapter", base=tmp_path / "base").modules[0]
    assert seen.shape == (out, width)


def test_an_adapter_is_subtracted_from_dequantised_weights(tmp_path: Path) -> None:
    numbers = write(tmp_path / "base", FP8["Mistral's own files"])
    change = adapter(tmp_path / "adapter", Q)
    report = subtract(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "out")
    got = load_file(tmp_path / "out" / "model.safetensors")[f"{Q}.weight"]
    assert torch.equal(got, round_once(numbers[Q].float().double() - change[Q], torch.bfloat16))
    assert 0 <= report.expected_wrong <= 1

"""Merges that keep a quantised weight quantised: codes move under the stored scales, and ΔW is kept."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import peft
import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file
from torch import Tensor

from lorasurgery import merge, plan_merge, unmerge, verify
from lorasurgery.checkpoint import open_checkpoint
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import AlignmentError, DamagedFileError, UnsupportedError
from lorasurgery.quantisation import open_model, quantised_model
from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.merge import MergePlan
from lorasurgery.surgery.merging.merge_forecast import working_bytes
from support.quantised_forms import configs, lora, write

# Formats that are read only.
READ_ONLY = [
    form for form in configs() if form.startswith(("hqq", "quanto", "torchao", "bitnet", "eetq", "comfyui"))
]
WRITTEN = [form for form in configs() if form not in READ_ONLY]
ONE_OF_EACH = [
    "bitsandbytes nf4, nested",
    "bitsandbytes fp4",
    "compressed-tensors int4 with zero points",
    "compressed-tensors nvfp4",
    "gptq v1 3 bit",
    "awq",
    "mlx 4 bit",
]


def numbers_of(folder: Path) -> Tensor:
    return open_model(folder).tensors["m.weight"].read().double()


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize("form", WRITTEN)
def test_codes_are_stored_as_they_were_read(form: str, tmp_path: Path) -> None:
    write(tmp_path / "base", form)
    model = quantised_model(open_checkpoint(tmp_path / "base"))
    weight = model.weights["m.weight"]
    encoding = weight.encoding
    assert encoding is not None
    rows = encoding.shape[0]
    stored = model.stored.tensors[weight.codes].raw()
    again = encoding.stored(0, encoding.codes(0, rows))
    assert StoredArray(again, stored.dtype).data == stored.data
    pieces = [encoding.codes(start, min(start + 3, rows)) for start in range(0, rows, 3)]
    assert (np.concatenate(pieces) == encoding.codes(0, rows)).all()


@pytest.mark.parametrize("form", WRITTEN)
def test_numbers_are_levels_times_scales_and_an_offset_of_the_group(form: str, tmp_path: Path) -> None:
    write(tmp_path / "base", form)
    weight = quantised_model(open_checkpoint(tmp_path / "base")).weights["m.weight"]
    encoding = weight.encoding
    assert encoding is not None
    assert weight.numbers is not None
    codes, groups = encoding.codes(0, encoding.shape[0]), torch.from_numpy(encoding.groups())
    scaled = encoding.grid.numbers[codes] * encoding.scales(0, encoding.shape[0])[:, groups]
    numbers = weight.numbers.read()
    offsets = numbers.reshape(encoding.shape) - torch.from_numpy(scaled)
    spread = [
        offsets[:, groups == group].amax(1) - offsets[:, groups == group].amin(1) for group in groups.unique()
    ]
    # bitsandbytes' numbers are rounded to bfloat16.
    tolerance = 2**-8 if "bitsandbytes" in form else 1e-6
    assert float(torch.stack(spread).max()) <= tolerance * float(numbers.abs().max())


@pytest.mark.parametrize("form", WRITTEN)
def test_the_change_is_kept_and_the_base_comes_back(form: str, tmp_path: Path) -> None:
    shape = write(tmp_path / "base", form).shape
    change = lora(tmp_path / "adapter", shape, rank=1)
    report = merge(tmp_path / "base", tmp_path / "adapter", tmp_path / "merged", requantise=True)
    before, after = (
        open_model(tmp_path / each).tensors["m.weight"].read().double() for each in ("base", "merged")
    )
    (stated,), (expected,) = report.requantised, report.forecast.requantised
    share = float(((after - before) * change).sum() / change.square().sum())
    assert stated.sums.share == pytest.approx(share, abs=2e-3)
    assert expected.sums.share == pytest.approx(share, abs=2e-3)  # all rows are few enough to be the sample
    assert stated.sums.error**0.5 == pytest.approx(float((after - before - change).norm()), rel=0.05)
    # Codes that were drawn evenly, or have two bits, are often at an end of the grid, and cannot move on.
    if not form.startswith(("gptq", "awq")) and "2 bit" not in form:
        assert 0.85 < share < 1.15
    old, new = (load_file(tmp_path / each / "model.safetensors") for each in ("base", "merged"))
    codes = quantised_model(open_checkpoint(tmp_path / "base")).weights["m.weight"].codes
    same = {name for name in old if torch.equal(old[name].view(torch.uint8), new[name].view(torch.uint8))}
    assert same == set(old) - {codes}
    assert (tmp_path / "merged" / "config.json").read_bytes() == (
        tmp_path / "base" / "config.json"
    ).read_bytes()
    assert verify(tmp_path / "base", tmp_path / "adapter", tmp_path / "merged").is_exact
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert bytes_of(tmp_path / "back") == bytes_of(tmp_path / "base")


# Prints after each form whether torch is loaded.
WITHOUT_TORCH = """
import sys
from pathlib import Path
import lorasurgery
for folder in map(Path, sys.argv[1:]):
    lorasurgery.merge(folder / "base", folder / "adapter", folder / "merged", requantise=True)
    lorasurgery.verify(folder / "base", folder / "adapter", folder / "merged")
    lorasurgery.unmerge(folder / "merged", folder / "back")
    print("torch" in sys.modules)
"""


def test_no_form_needs_torch_which_takes_a_second_to_load(tmp_path: Path) -> None:
    folders = [tmp_path / str(index) for index in range(len(WRITTEN))]
    for folder, form in zip(folders, WRITTEN, strict=True):
        folder.mkdir()
        lora(folder / "adapter", write(folder / "base", form).shape, rank=1)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, *map(str, folders)], capture_output=True, text=True, check=True
    )
    loads = dict(zip(WRITTEN, done.stdout.split(), strict=True))
    assert [form for form in WRITTEN if loads[form] == "True"] == []


@pytest.mark.parametrize("rounding", ["stochastic", "nearest"])
@pytest.mark.parametrize("form", ONE_OF_EACH)
def test_other_roundings_come_back_too_and_are_told_apart(rounding: str, form: str, tmp_path: Path) -> None:
    lora(tmp_path / "adapter", write(tmp_path / "base", form).shape, rank=1)
    merge(tmp_path / "base", tmp_path / "adapter", tmp_path / "merged", requantise=True, rounding=rounding)
    assert verify(tmp_path / "base", tmp_path / "adapter", tmp_path / "merged", rounding=rounding).is_exact
    assert not verify(tmp_path / "base", tmp_path / "adapter", tmp_path / "merged").is_exact
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert bytes_of(tmp_path / "back") == bytes_of(tmp_path / "base")


@pytest.mark.parametrize("form", ONE_OF_EACH)
def test_an_adapter_that_changes_nothing_changes_no_byte(form: str, tmp_path: Path) -> None:
    lora(tmp_path / "adapter", write(tmp_path / "base", form).shape)
    factors = load_file(tmp_path / "adapter" / "adapter_model.safetensors")
    nothing = {name: each * (0 if "lora_B" in name else 1) for name, each in factors.items()}
    save_file(nothing, tmp_path / "adapter" / "adapter_model.safetensors", {"format": "pt"})
    merge(tmp_path / "base", tmp_path / "adapter", tmp_path / "merged", requantise=True)
    names = ("model.safetensors", "config.json")
    assert all((tmp_path / "merged" / n).read_bytes() == (tmp_path / "base" / n).read_bytes() for n in names)


@pytest.mark.parametrize("form", ["compressed-tensors int4", "bitsandbytes nf4", "gptq v1 4 bit"])
def test_a_change_without_factors_is_rounded_without_bias_and_comes_back(form: str, tmp_path: Path) -> None:
    """DoRA scales whole rows: no subspace is small enough to keep the error out of."""
    shape = write(tmp_path / "base", form).shape
    lora(tmp_path / "adapter", shape)
    factors = load_file(tmp_path / "adapter" / "adapter_model.safetensors")
    W = open_model(tmp_path / "base").tensors["m.weight"].read()
    magnitude = {"base_model.model.m.lora_magnitude_vector": W.norm(dim=1) * 1.05}
    save_file(factors | magnitude, tmp_path / "adapter" / "adapter_model.safetensors", {"format": "pt"})
    settings = json.loads((tmp_path / "adapter" / "adapter_config.json").read_text()) | {"use_dora": True}
    (tmp_path / "adapter" / "adapter_config.json").write_text(json.dumps(settings))
    report = merge(tmp_path / "base", tmp_path / "adapter", tmp_path / "merged", requantise=True)
    (stated,) = report.requantised
    assert 0.75 < stated.sums.share < 1.1
    assert not report.forecast.requantised
    assert any("stated once they are written" in note for note in report.forecast.notes)
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert bytes_of(tmp_path / "back") == bytes_of(tmp_path / "base")


@pytest.mark.parametrize("form", ["compressed-tensors int4", "bitsandbytes nf4"])
def test_a_weight_that_an_adapter_brings_whole_is_written_in_the_base_s_codes(
    form: str, tmp_path: Path
) -> None:
    W = write(tmp_path / "base", form).float()
    lora(tmp_path / "adapter", W.shape, "unused")
    brought = W + torch.randn(W.shape, generator=torch.Generator().manual_seed(1)) * 0.1 * W.std()
    save_file({"base_model.model.m.weight": brought}, tmp_path / "adapter" / "adapter_model.safetensors")
    settings = json.loads((tmp_path / "adapter" / "adapter_config.json").read_text())
    settings |= {"modules_to_save": ["m"]}
    (tmp_path / "adapter" / "adapter_config.json").write_text(json.dumps(settings))
    plan = plan_merge(tmp_path / "base", tmp_path / "adapter", tmp_path / "merged", requantise=True)
    assert isinstance(plan, MergePlan)
    (job,) = plan.request.jobs.values()
    # The weight in float64, its change, and a copy for computing them.
    assert working_bytes(plan.request, job) - job.working_bytes >= 3 * 8 * W.numel()
    (stated,) = plan.run().requantised
    change = brought.double() - numbers_of(tmp_path / "base")
    moves = numbers_of(tmp_path / "merged") - numbers_of(tmp_path / "base")
    assert stated.sums.share == pytest.approx(float((moves * change).sum() / change.square().sum()), abs=5e-3)
    assert 0.85 < stated.sums.share < 1.15
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert bytes_of(tmp_path / "back") == bytes_of(tmp_path / "base")


@pytest.mark.parametrize("form", READ_ONLY[:1])
def test_a_format_that_is_read_only_is_refused_by_its_name(form: str, tmp_path: Path) -> None:
    lora(tmp_path / "adapter", write(tmp_path / "base", form).shape)
    with pytest.raises(UnsupportedError, match="does not write HQQ"):
        merge(tmp_path / "base", tmp_path / "adapter", tmp_path / "merged", requantise=True)


def test_a_rule_for_codes_needs_codes(tmp_path: Path) -> None:
    lora(tmp_path / "adapter", write(tmp_path / "base", "mlx 4 bit").shape)
    with pytest.raises(UnsupportedError, match=r"nearest.*requantise"):
        merge(tmp_path / "base", tmp_path / "adapter", tmp_path / "merged", rounding="nearest")


def test_much_that_is_lost_is_said_beforehand(tmp_path: Path) -> None:
    lora(tmp_path / "adapter", write(tmp_path / "base", "mlx 2 bit").shape)
    plan = merge(
        tmp_path / "base", tmp_path / "adapter", tmp_path / "merged", requantise=True, rounding="nearest"
    )
    assert any("of the change is kept" in note for note in plan.forecast.notes)


def test_scales_that_were_changed_since_are_no_base_to_go_back_from(tmp_path: Path) -> None:
    lora(tmp_path / "adapter", write(tmp_path / "base", "compressed-tensors int4").shape)
    merge(tmp_path / "base", tmp_path / "adapter", tmp_path / "merged", requantise=True)
    config = json.loads((tmp_path / "merged" / "config.json").read_text())
    del config["quantization_config"]
    file = tmp_path / "merged" / "model.safetensors"
    tensors = load_file(file)
    save_file(tensors | {"m.weight_scale": tensors["m.weight_scale"] * 2}, file, {"format": "pt"})
    with pytest.raises((AlignmentError, DamagedFileError)):
        unmerge(tmp_path / "merged", tmp_path / "back")
    assert not (tmp_path / "back").exists()


def gpt_oss(folder: Path) -> None:
    """Write a tiny gpt-oss whose experts are in MXFP4 blocks, drawn from the middle of the grid."""
    config = transformers.GptOssConfig(
        hidden_size=64, intermediate_size=32, num_hidden_layers=1, num_local_experts=3, num_experts_per_tok=2,
        num_attention_heads=2, num_key_value_heads=1, head_dim=32, vocab_size=96,
        layer_types=["full_attention"],
    )  # fmt: skip
    torch.manual_seed(0)
    transformers.GptOssForCausalLM(config).save_pretrained(folder)
    tensors = load_file(folder / "model.safetensors")
    for name in [name for name in tensors if name.endswith("_proj") and ".experts." in name]:
        experts, rows, columns = tensors.pop(name).shape
        codes = torch.randint(0, 6, (experts, columns, rows // 32, 16, 2), dtype=torch.uint8)
        signs = torch.randint(0, 2, codes.shape, dtype=torch.uint8)
        pairs = codes | (signs << 3)
        tensors[f"{name}_blocks"] = pairs[..., 0] | (pairs[..., 1] << 4)
        tensors[f"{name}_scales"] = torch.randint(118, 122, (experts, columns, rows // 32), dtype=torch.uint8)
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    stated = json.loads((folder / "config.json").read_text())
    stated["quantization_config"] = {"quant_method": "mxfp4", "modules_to_not_convert": ["lm_head"]}
    (folder / "config.json").write_text(json.dumps(stated))


def test_experts_that_are_stored_transposed_keep_the_change_of_each(tmp_path: Path) -> None:
    gpt_oss(tmp_path / "base")
    parameters = ["mlp.experts.gate_up_proj", "mlp.experts.down_proj"]
    config = peft.LoraConfig(r=4, target_modules=[], target_parameters=parameters)
    torch.manual_seed(1)
    numbers = open_model(tmp_path / "base").tensors
    model = transformers.GptOssForCausalLM(transformers.GptOssConfig.from_pretrained(tmp_path / "base"))
    adapted = peft.get_peft_model(model, config)
    for name, parameter in adapted.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(parameter, std=0.03)
    adapted.save_pretrained(tmp_path / "adapter")
    report = merge(tmp_path / "base", tmp_path / "adapter", tmp_path / "merged", requantise=True)
    assert {each.name.rpartition(".")[2] for each in report.requantised} == {"gate_up_proj", "down_proj"}
    merge(tmp_path / "base", tmp_path / "adapter", tmp_path / "exact", dtype="float32")
    merged, exact = (open_model(tmp_path / each).tensors for each in ("merged", "exact"))
    for stated in report.requantised:
        W = numbers[stated.name].read().double()
        change, moves = (each[stated.name].read().double() - W for each in (exact, merged))
        for expert in range(len(W)):
            share = float((moves[expert] * change[expert]).sum() / change[expert].square().sum())
            assert share == pytest.approx(1, abs=0.15)
        assert stated.sums.share == pytest.approx(
            float((moves * change).sum() / change.square().sum()), abs=1e-3
        )
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert bytes_of(tmp_path / "back") == bytes_of(tmp_path / "base")


def stack(folder: Path, form: str, count: int) -> None:
    """Write a checkpoint of several modules of one form, each in a block of its own."""
    folder.mkdir()
    tensors: dict[str, Tensor] = {}
    for index in range(count):
        write(folder / str(index), form, f"b{index}.m.q")
        tensors |= load_file(folder / str(index) / "model.safetensors")
        config = json.loads((folder / str(index) / "config.json").read_text())
        shutil.rmtree(folder / str(index))
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config))


def test_weights_that_lose_most_are_written_in_16_bits_within_a_size(tmp_path: Path) -> None:
    form, paths = "compressed-tensors int4", [f"b{index}.m.q" for index in range(3)]
    stack(tmp_path / "base", form, 3)
    W = open_model(tmp_path / "base").tensors["b0.m.q.weight"]
    generator, factors = torch.Generator().manual_seed(1), {}
    for path, strength in zip(paths, (0.02, 0.2, 0.05), strict=True):
        prefix = f"base_model.model.{path}.lora_"
        factors[f"{prefix}A.weight"] = torch.randn(2, W.shape[1], generator=generator) * strength
        factors[f"{prefix}B.weight"] = torch.randn(W.shape[0], 2, generator=generator) * 0.1
    (tmp_path / "adapter").mkdir()
    save_file(factors, tmp_path / "adapter" / "adapter_model.safetensors", {"format": "pt"})
    settings = {"peft_type": "LORA", "r": 2, "lora_alpha": 2, "target_modules": paths}
    (tmp_path / "adapter" / "adapter_config.json").write_text(json.dumps(settings))
    taken = sum(each.nbytes for each in open_checkpoint(tmp_path / "base").tensors.values())
    inputs = tmp_path / "base", tmp_path / "adapter"
    report = merge(*inputs, tmp_path / "merged", requantise=True, size=taken + 2 * W.numel)
    assert [each.name for each in report.requantised] == ["b0.m.q.weight", "b2.m.q.weight"]
    merged = open_checkpoint(tmp_path / "merged")
    assert merged.tensors["b1.m.q.weight"].dtype is Dtype.BF16
    assert sum(each.nbytes for each in merged.tensors.values()) <= taken + 2 * W.numel
    ignored = json.loads((tmp_path / "merged" / "config.json").read_text())["quantization_config"]["ignore"]
    assert "b1.m.q" in ignored
    assert open_model(tmp_path / "merged").tensors["b1.m.q.weight"].shape == W.shape
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert bytes_of(tmp_path / "back") == bytes_of(tmp_path / "base")
    with pytest.raises(UnsupportedError, match="less than the weights of the base take"):
        merge(*inputs, tmp_path / "small", requantise=True, size=taken // 2)

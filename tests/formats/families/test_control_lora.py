"""Black Forest Labs' control LoRAs for Flux: more inputs, norms that are replaced, biases beside factors.

The names are those that diffusers' converter of such files takes, which is for the widths of Flux; a small
model here has two heads of 16, and what is merged is held against diffusers' own loader.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from lorasurgery import convert, extract, fuse, merge, rerank, unmerge, verify
from lorasurgery.errors import AlignmentError, UnsupportedError
from lorasurgery.formats._image.families.flux import FAMILY
from lorasurgery.surgery.inspect import inspect

diffusers = pytest.importorskip("diffusers")

W, INPUTS = 32, 64
GENERATOR = torch.Generator().manual_seed(31)
# The modules of the file, with their outputs and inputs; of one block each.
LAYERS = {
    "img_in": (W, 2 * INPUTS),
    "txt_in": (W, 24),
    "time_in.in_layer": (W, 256),
    "time_in.out_layer": (W, W),
    "vector_in.in_layer": (W, 16),
    "vector_in.out_layer": (W, W),
    "guidance_in.in_layer": (W, 256),
    "guidance_in.out_layer": (W, W),
    **{f"double_blocks.0.{stream}_mod.lin": (6 * W, W) for stream in ("img", "txt")},
    **{f"double_blocks.0.{stream}_attn.qkv": (3 * W, W) for stream in ("img", "txt")},
    **{f"double_blocks.0.{stream}_attn.proj": (W, W) for stream in ("img", "txt")},
    **{f"double_blocks.0.{stream}_mlp.0": (4 * W, W) for stream in ("img", "txt")},
    **{f"double_blocks.0.{stream}_mlp.2": (W, 4 * W) for stream in ("img", "txt")},
    "single_blocks.0.linear1": (7 * W, W),
    "single_blocks.0.linear2": (W, 5 * W),
    "single_blocks.0.modulation.lin": (3 * W, W),
    "final_layer.linear": (INPUTS, W),
    "final_layer.adaLN_modulation.1": (2 * W, W),
}
NORMS = (
    *(
        f"double_blocks.0.{stream}_attn.norm.{side}_norm"
        for stream in ("img", "txt")
        for side in ("query", "key")
    ),
    *(f"single_blocks.0.norm.{side}_norm" for side in ("query", "key")),
)


def normal(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=GENERATOR) * 0.1


@pytest.fixture(scope="module")
def control(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tensors = {}
    for name, (rows, width) in LAYERS.items():
        tensors[f"{name}.lora_A.weight"] = normal(2, width)
        tensors[f"{name}.lora_B.weight"] = normal(rows, 2)
        tensors[f"{name}.lora_B.bias"] = normal(rows)
    tensors |= {f"{name}.scale": 1 + normal(16) for name in NORMS}
    file = tmp_path_factory.mktemp("control") / "depth.safetensors"
    save_file(tensors, file)
    return file


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(4)
    model = diffusers.FluxTransformer2DModel(
        in_channels=INPUTS,
        num_layers=1,
        num_single_layers=1,
        num_attention_heads=2,
        attention_head_dim=16,
        joint_attention_dim=24,
        pooled_projection_dim=16,
        guidance_embeds=True,
        axes_dims_rope=(4, 6, 6),
    )
    folder = tmp_path_factory.mktemp("flux") / "transformer"
    model.save_pretrained(folder)
    return folder


def original(folder: Path) -> dict[str, Tensor]:
    """The weights by the authors' names, packed as theirs, by the table that other tests hold."""
    tensors = load_file(folder / "diffusion_pytorch_model.safetensors")
    found = {}
    for rule in FAMILY.rules:
        name = rule.original.replace("#", "0")
        for end in ("weight", "bias"):
            parts = [each.replace("#", "0") + f".{end}" for each in rule.diffusers]
            if all(part in tensors for part in parts):
                whole = torch.cat([tensors[part] for part in parts])
                whole = torch.cat(whole.chunk(2)[::-1]) if rule.is_swapped else whole
                found[f"{name}.{'scale' if name in NORMS else end}"] = whole.contiguous()
    return found


def weights(folder: Path) -> dict[str, Tensor]:
    return load_file(next(folder.glob("*.safetensors")))


def test_a_merge_adds_factors_and_biases_widens_and_replaces(
    control: Path, pipeline: Path, tmp_path: Path
) -> None:
    base, tensors = original(pipeline), load_file(control)
    (tmp_path / "base").mkdir()
    save_file(base, tmp_path / "base" / "flux.safetensors")
    report = merge(tmp_path / "base" / "flux.safetensors", control, tmp_path / "m")
    merged = weights(tmp_path / "m")
    assert {name for name in base if not torch.equal(base[name], merged[name])} == {
        *(f"{name}.{end}" for name in LAYERS for end in ("weight", "bias")),
        *(f"{name}.scale" for name in NORMS),
    }
    for name, (rows, width) in LAYERS.items():
        before = torch.zeros(rows, width)
        before[:, : base[f"{name}.weight"].shape[1]] = base[f"{name}.weight"]
        change = tensors[f"{name}.lora_B.weight"] @ tensors[f"{name}.lora_A.weight"]
        torch.testing.assert_close(merged[f"{name}.weight"], before + change, rtol=1e-5, atol=1e-6)
        bias = base[f"{name}.bias"] + tensors[f"{name}.lora_B.bias"]
        torch.testing.assert_close(merged[f"{name}.bias"], bias, rtol=1e-6, atol=1e-7)
    assert all(torch.equal(merged[f"{name}.scale"], tensors[f"{name}.scale"]) for name in NORMS)
    words = "'img_in' has 128 inputs in .*depth.safetensors and 64 in the base"
    assert any(re.match(words, note) for note in report.forecast.notes)
    unmerge(tmp_path / "m", tmp_path / "back")
    assert all(torch.equal(each, base[name]) for name, each in weights(tmp_path / "back").items())


def test_a_merged_folder_is_what_diffusers_loads_and_fuses(
    control: Path, pipeline: Path, tmp_path: Path
) -> None:
    """From the authors' names into diffusers' folder, whose config gets the new number of channels."""
    merge(pipeline, control, tmp_path / "m")
    assert verify(pipeline, control, tmp_path / "m").is_exact
    config = json.loads((tmp_path / "m" / "config.json").read_text())
    assert (config["in_channels"], config["out_channels"]) == (2 * INPUTS, INPUTS)
    ours = diffusers.FluxTransformer2DModel.from_pretrained(tmp_path / "m").state_dict()
    convert(control, tmp_path / "diffusers.safetensors", format="diffusers", alpha=2)
    theirs = loaded_by_diffusers(pipeline, tmp_path / "diffusers.safetensors").state_dict()
    assert ours.keys() == theirs.keys()
    for name, each in ours.items():
        torch.testing.assert_close(each, theirs[name], rtol=1e-5, atol=1e-6)


def test_a_strength_is_of_all_but_the_norms_as_in_diffusers(
    control: Path, pipeline: Path, tmp_path: Path
) -> None:
    report = merge(pipeline, f"{control}:0.5", tmp_path / "m")
    assert any("replaced whole" in note for note in report.forecast.notes)
    assert verify(pipeline, f"{control}:0.5", tmp_path / "m").is_exact
    ours = diffusers.FluxTransformer2DModel.from_pretrained(tmp_path / "m").state_dict()
    convert(control, tmp_path / "diffusers.safetensors", format="diffusers", alpha=2)
    theirs = loaded_by_diffusers(pipeline, tmp_path / "diffusers.safetensors", 0.5).state_dict()
    for name, each in ours.items():
        torch.testing.assert_close(each, theirs[name], rtol=1e-5, atol=1e-6)
    unmerge(tmp_path / "m", tmp_path / "back")
    before = weights(pipeline)
    assert all(torch.equal(each, before[name]) for name, each in weights(tmp_path / "back").items())


def loaded_by_diffusers(folder: Path, lora: Path, strength: float = 1.0) -> Any:
    """The transformer with the control LoRA loaded and fused by diffusers' pipeline."""
    model = diffusers.FluxTransformer2DModel.from_pretrained(folder)
    pipe = diffusers.FluxControlPipeline(
        scheduler=None,
        vae=None,
        text_encoder=None,
        tokenizer=None,
        text_encoder_2=None,
        tokenizer_2=None,
        transformer=model,
    )
    pipe.load_lora_weights(str(lora))
    pipe.fuse_lora(lora_scale=strength)
    pipe.transformer.unload_lora()
    return pipe.transformer


@pytest.mark.parametrize("form", ["diffusers", "comfyui", "kohya"])
def test_a_converted_control_lora_does_the_same(
    form: str, control: Path, pipeline: Path, tmp_path: Path
) -> None:
    lora = tmp_path / "lora.safetensors"
    convert(control, lora, format=form, alpha=2)
    merge(pipeline, control, tmp_path / "one", undo=False)
    merge(pipeline, lora, tmp_path / "other", undo=False)
    one, other = weights(tmp_path / "one"), weights(tmp_path / "other")
    assert one.keys() == other.keys()
    for name, each in one.items():
        torch.testing.assert_close(other[name], each, rtol=1e-5, atol=1e-6)


def test_comfyui_gets_its_own_words_for_what_is_replaced(control: Path, tmp_path: Path) -> None:
    """As `comfy/lora_convert.py` of Comfy-Org/ComfyUI 2bffe2f renames such a file."""
    convert(control, tmp_path / "c.safetensors", format="comfyui", alpha=2)
    found, given = load_file(tmp_path / "c.safetensors"), load_file(control)
    assert found["diffusion_model.img_in.reshape_weight"].tolist() == [W, 2 * INPUTS]
    for name in NORMS:
        assert torch.equal(found[f"diffusion_model.{name}.set_weight"], given[f"{name}.scale"])
    for name in LAYERS:
        assert torch.equal(found[f"diffusion_model.{name}.diff_b"], given[f"{name}.lora_B.bias"])


def test_kohyas_names_carry_the_same_words(control: Path, tmp_path: Path) -> None:
    """Which `comfy/lora.py` (ec93dca) looks up under each name that it has for a module."""
    report = convert(control, tmp_path / "k.safetensors", format="kohya", alpha=2)
    assert any("sd-scripts and diffusers leave them out" in note for note in report.notes)
    convert(control, tmp_path / "c.safetensors", format="comfyui", alpha=2)
    found, same = load_file(tmp_path / "k.safetensors"), load_file(tmp_path / "c.safetensors")
    flat = {}
    for key, tensor in same.items():
        name, end = re.fullmatch(r"diffusion_model\.(.+?)\.(lora_.+|alpha|\w+_weight|diff_b)", key).groups()
        flat[f"lora_unet_{name.replace('.', '_')}.{end}"] = tensor
    assert found.keys() == flat.keys()
    assert all(torch.equal(each, flat[key]) for key, each in found.items())


def test_a_style_is_fused_into_it(control: Path, pipeline: Path, tmp_path: Path) -> None:
    name = "transformer.transformer_blocks.0.attn.to_q"
    style = {f"{name}.lora_A.weight": normal(2, W), f"{name}.lora_B.weight": normal(W, 2)}
    save_file(style, tmp_path / "style.safetensors")
    convert(control, tmp_path / "control.safetensors", format="comfyui", alpha=2)
    convert(tmp_path / "style.safetensors", tmp_path / "s.safetensors", format="comfyui", base=pipeline)
    both, given = [tmp_path / "control.safetensors", tmp_path / "s.safetensors"], load_file(control)
    fuse(both, tmp_path / "both.safetensors")
    found = load_file(tmp_path / "both.safetensors")
    for norm in NORMS:
        assert torch.equal(found[f"diffusion_model.{norm}.set_weight"], given[f"{norm}.scale"])
    merge(pipeline, tmp_path / "both.safetensors", tmp_path / "m", undo=False)
    merge(pipeline, [tmp_path / "control.safetensors", tmp_path / "style.safetensors"], tmp_path / "wanted")
    one, other = weights(tmp_path / "m"), load_file(next((tmp_path / "wanted").glob("diff*.safetensors")))
    for key, each in other.items():
        torch.testing.assert_close(one[key], each, rtol=1e-5, atol=1e-6)
    with pytest.raises(UnsupportedError, match=r"is replaced whole by .*, which cannot be added"):
        fuse([both[0], both[0]], tmp_path / "twice.safetensors")


def test_at_another_rank_norms_and_biases_stay(control: Path, tmp_path: Path) -> None:
    convert(control, tmp_path / "c.safetensors", format="comfyui", alpha=2)
    rerank(tmp_path / "c.safetensors", tmp_path / "r.safetensors", rank=1)
    given, found = load_file(control), load_file(tmp_path / "r.safetensors")
    for name in NORMS:
        assert torch.equal(found[f"diffusion_model.{name}.set_weight"], given[f"{name}.scale"])
    for name in LAYERS:
        assert torch.equal(found[f"diffusion_model.{name}.diff_b"], given[f"{name}.lora_B.bias"])
    name = "diffusion_model.img_in"
    assert found[f"{name}.reshape_weight"].tolist() == [W, 2 * INPUTS]
    kept = found[f"{name}.lora_up.weight"] @ found[f"{name}.lora_down.weight"]
    kept *= found[f"{name}.alpha"]
    U, S, V = torch.linalg.svd(given["img_in.lora_B.weight"] @ given["img_in.lora_A.weight"])
    torch.testing.assert_close(kept, S[0] * U[:, :1] @ V[:1], rtol=1e-4, atol=1e-5)


def test_a_control_lora_is_inspected_as_an_adapter(control: Path) -> None:
    report = inspect(control, alpha=2)
    assert report.kind == "adapter"
    assert len(report.modules) + len(report.others) >= len(LAYERS) + len(NORMS)


def test_the_base_is_read_for_all_but_the_wider_layer(control: Path, pipeline: Path, tmp_path: Path) -> None:
    report = inspect(control, base=pipeline, alpha=2)
    without = {each.module for each in report.modules if each.against is None}
    assert "x_embedder" in without
    assert any(each.module == "proj_out" and each.relative for each in report.modules)
    one, other = tmp_path / "one.safetensors", tmp_path / "other.safetensors"
    convert(control, one, format="diffusers", alpha=2, base=pipeline)
    convert(control, other, format="diffusers", alpha=2)
    found, alone = load_file(one), load_file(other)
    assert found.keys() == alone.keys()
    assert all(torch.equal(each, alone[name]) for name, each in found.items())


def test_what_such_a_file_cannot_do_is_said(control: Path, pipeline: Path, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match=r"-1 times.*out with exclude='single.*norm_k\*'"):
        merge(pipeline, f"{control}:-1", tmp_path / "m")
    merge(pipeline, f"{control}:-1", tmp_path / "m", exclude="*_norm")
    with pytest.raises(UnsupportedError, match=r"replaced whole.*write comfyui, kohya or diffusers"):
        convert(control, tmp_path / "peft", format="peft", alpha=2, base=pipeline)
    tensors = load_file(control)
    tensors["txt_in.lora_A.weight"] = normal(2, 48)
    save_file(tensors, tmp_path / "odd.safetensors")
    with pytest.raises(AlignmentError, match=r"txt_in|context_embedder"):
        merge(pipeline, tmp_path / "odd.safetensors", tmp_path / "n")


@pytest.mark.parametrize("form", ["diffusers", "comfyui", "kohya"])
@pytest.mark.parametrize("is_original", [False, True])
def test_a_wider_layer_is_extracted_and_merged_again(
    form: str, is_original: bool, control: Path, pipeline: Path, tmp_path: Path
) -> None:
    """From either naming into each format, with norms and biases."""
    base = pipeline
    if is_original:
        base = tmp_path / "flux.safetensors"
        save_file(original(pipeline), base)
    merge(base, control, tmp_path / "m", undo=False)
    report = extract(base, tmp_path / "m", tmp_path / "x.safetensors", rank=2, format=form)
    assert any("128 inputs and 64 in the base" in note for note in report.notes)
    if form != "diffusers":
        name = "diffusion_model.img_in" if form == "comfyui" else "lora_unet_img_in"
        shape = load_file(tmp_path / "x.safetensors")[f"{name}.reshape_weight"]
        assert shape.tolist() == [W, 2 * INPUTS]
    merge(pipeline, tmp_path / "x.safetensors", tmp_path / "again", undo=False)
    merge(pipeline, control, tmp_path / "wanted", undo=False)
    found, wanted = weights(tmp_path / "again"), weights(tmp_path / "wanted")
    assert found["x_embedder.weight"].shape == (W, 2 * INPUTS)
    for name in wanted:
        torch.testing.assert_close(found[name], wanted[name], rtol=1e-3, atol=1e-4)
    with pytest.raises(AlignmentError, match=r"64 in base and 32×128 in tuned.*format.*comfyui"):
        extract(base, tmp_path / "m", tmp_path / "p", rank=2, format="peft")

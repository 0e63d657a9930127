"""Files of several dialects at once, CLIP's two spellings, and what is packed and taken apart by rows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from lorasurgery import convert, merge, rerank
from lorasurgery.errors import UnsupportedError

W = 16
RANDOM = torch.Generator().manual_seed(29)
SHAPES = {
    "double_blocks.0.img_attn.qkv": (3 * W, W),
    "double_blocks.0.img_mlp.0": (4 * W, W),
    "single_blocks.0.linear1": (7 * W, W),
    "single_blocks.0.linear2": (W, 5 * W),
}


def noise(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=RANDOM) * 0.3


def saved(path: Path, tensors: dict[str, Tensor]) -> Path:
    save_file(tensors, path)
    return path


@pytest.fixture
def base(tmp_path: Path) -> Path:
    tensors = {f"{name}.weight": noise(*shape) for name, shape in SHAPES.items()}
    return saved(tmp_path / "flux.safetensors", tensors)


def lora(name: str, shape: tuple[int, int], ends: tuple[str, str]) -> tuple[dict[str, Tensor], Tensor]:
    down, up = noise(2, shape[1]), noise(shape[0], 2)
    return {f"{name}.{ends[0]}.weight": down, f"{name}.{ends[1]}.weight": up}, up @ down


KOHYA, PEFT = ("lora_down", "lora_up"), ("lora_A", "lora_B")


def named(prefix: str, name: str) -> str:
    return prefix + (name.replace(".", "_") if prefix.endswith("_") else name)


@pytest.mark.parametrize(
    ("prefixes", "ends"),
    [
        (("lora_unet_", "diffusion_model."), (KOHYA, KOHYA)),
        (("lora_unet_", "diffusion_model."), (KOHYA, PEFT)),
        (("lora_unet_", ""), (KOHYA, KOHYA)),
        (("lora_unet_", "transformer."), (KOHYA, PEFT)),
    ],
)
def test_names_of_several_dialects_are_read_in_one_file(
    prefixes: tuple[str, str], ends: tuple[tuple[str, str], tuple[str, str]], base: Path, tmp_path: Path
) -> None:
    tensors, wanted = {}, load_file(base)
    for index, (name, shape) in enumerate(SHAPES.items()):
        used, theirs = prefixes[index % 2], name
        if used == "transformer.":
            theirs, shape = (
                ("transformer_blocks.0.ff.net.0.proj", shape)
                if "mlp" in name
                else (
                    "single_transformer_blocks.0.proj_out",
                    shape,
                )
            )
        part, change = lora(named(used, theirs), shape, ends[index % 2])
        tensors |= part
        wanted[f"{name}.weight"] = wanted[f"{name}.weight"] + change
    file = saved(tmp_path / "mixed.safetensors", tensors)
    for lora_file in (file, tmp_path / "comfyui.safetensors", tmp_path / "kohya.safetensors"):
        if lora_file != file:
            convert(file, lora_file, format=lora_file.stem, base=base)
        merge(base, lora_file, tmp_path / f"m-{lora_file.stem}", undo=False)
        merged = load_file(tmp_path / f"m-{lora_file.stem}" / "flux.safetensors")
        for name, each in wanted.items():
            torch.testing.assert_close(merged[name], each, rtol=1e-5, atol=1e-6)


def test_flat_names_that_have_no_dots_yet_are_named(tmp_path: Path) -> None:
    tensors = lora("lora_unet_odd_layer", (W, W), KOHYA)[0]
    tensors |= lora("diffusion_model.double_blocks.0.img_mlp.0", (4 * W, W), KOHYA)[0]
    with pytest.raises(UnsupportedError, match=r"'lora_unet_odd_layer' are named without dots"):
        convert(saved(tmp_path / "l.safetensors", tensors), tmp_path / "d.safetensors", format="diffusers")


def test_kohyas_own_names_stay_where_two_unets_have_them(tmp_path: Path) -> None:
    """Of Stable Diffusion 1 and XL: sd-scripts has the original names for the latter alone."""
    name = "lora_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_q"
    rerank(
        saved(tmp_path / "l.safetensors", lora(name, (W, W), KOHYA)[0]), tmp_path / "r.safetensors", rank=1
    )
    assert {key.partition(".")[0] for key in load_file(tmp_path / "r.safetensors")} == {name}


def test_the_first_text_encoder_of_xl_has_a_number(tmp_path: Path) -> None:
    """Also without changes of the second: sd-scripts has `lora_te_` for Stable Diffusion 1 and 2 alone."""
    text = "text_encoder.text_model.encoder.layers.0.mlp.fc1"
    for blocks, start in ((1, "lora_te1_"), (0, "lora_te_")):
        unet = f"unet.down_blocks.1.attentions.0.transformer_blocks.{blocks}.attn1.to_q"
        tensors = lora(unet, (W, W), PEFT)[0] | lora(text, (W, W), PEFT)[0]
        file = saved(tmp_path / f"{blocks}.safetensors", tensors)
        convert(file, tmp_path / f"k{blocks}.safetensors", format="kohya")
        keys = load_file(tmp_path / f"k{blocks}.safetensors")
        assert any(key.startswith(f"{start}text_model") for key in keys)


def test_clip_is_read_as_transformers_5_has_it(tmp_path: Path) -> None:
    """Whose CLIPTextModel is its text model: names of diffusers' scripts lack `text_model.`."""
    layer = "encoder.layers.0.self_attn.q_proj"
    tensors, change = lora(f"text_encoder.{layer}", (W, W), PEFT)
    file = saved(tmp_path / "l.safetensors", tensors)
    convert(file, tmp_path / "k.safetensors", format="kohya")
    flat = {key.partition(".")[0] for key in load_file(tmp_path / "k.safetensors")}
    assert flat == {"lora_te_text_model_encoder_layers_0_self_attn_q_proj"}
    before = noise(W, W)
    for name in (f"cond_stage_model.transformer.text_model.{layer}", f"text_model.{layer}", layer):
        model = saved(tmp_path / "b.safetensors", {f"{name}.weight": before})
        merge(model, file, tmp_path / name, undo=False)
        merged = load_file(tmp_path / name / "b.safetensors")[f"{name}.weight"]
        torch.testing.assert_close(merged, before + change)


@pytest.fixture
def folder(base: Path, tmp_path: Path) -> Path:
    """The same model as diffusers has it, with biases of queries, keys and values."""
    whole = load_file(base)["double_blocks.0.img_attn.qkv.weight"]
    tensors = {f"transformer_blocks.0.attn.to_{x}.bias": torch.zeros(W) for x in "qkv"}
    for part, x in zip(whole.chunk(3), "qkv", strict=True):
        tensors[f"transformer_blocks.0.attn.to_{x}.weight"] = part.contiguous()
    (tmp_path / "transformer").mkdir()
    config = {"_class_name": "FluxTransformer2DModel", "_diffusers_version": "0.42.1"}
    (tmp_path / "transformer" / "config.json").write_text(json.dumps(config))
    saved(tmp_path / "transformer" / "diffusion_pytorch_model.safetensors", tensors)
    return tmp_path / "transformer"


BY_ROWS = {
    "glora": {"a1.weight": (W, 2), "a2.weight": (2, W), "b1.weight": (3 * W, 2), "b2.weight": (2, W)},
    "ia3 of outputs": {"weight": (3 * W, 1), "on_input": ()},
    "ia3 of inputs": {"weight": (1, W), "on_input": ()},
}


@pytest.mark.parametrize("method", BY_ROWS)
def test_what_changes_rows_alone_is_taken_apart(
    method: str, base: Path, folder: Path, tmp_path: Path
) -> None:
    name = "lora_unet_double_blocks_0_img_attn_qkv"
    tensors = {f"{name}.{end}": noise(*shape) for end, shape in BY_ROWS[method].items() if shape}
    if method.startswith("ia3"):
        tensors[f"{name}.on_input"] = torch.tensor(method.endswith("inputs"))
    file = saved(tmp_path / "l.safetensors", tensors)
    merge(base, file, tmp_path / "one", undo=False)
    merge(folder, file, tmp_path / "other", undo=False)
    one = load_file(tmp_path / "one" / "flux.safetensors")["double_blocks.0.img_attn.qkv.weight"]
    other = load_file(tmp_path / "other" / "diffusion_pytorch_model.safetensors")
    parts = torch.cat([other[f"transformer_blocks.0.attn.to_{x}.weight"] for x in "qkv"])
    torch.testing.assert_close(parts, one, rtol=1e-5, atol=1e-6)
    assert not torch.equal(one, load_file(base)["double_blocks.0.img_attn.qkv.weight"])


def test_a_bias_alone_is_taken_apart(folder: Path, tmp_path: Path) -> None:
    change = noise(3 * W)
    tensors = {"lora_unet_double_blocks_0_img_attn_qkv.diff_b": change}
    merge(folder, saved(tmp_path / "l.safetensors", tensors), tmp_path / "m", undo=False)
    merged = load_file(tmp_path / "m" / "diffusion_pytorch_model.safetensors")
    assert torch.equal(torch.cat([merged[f"transformer_blocks.0.attn.to_{x}.bias"] for x in "qkv"]), change)


def test_a_part_that_was_packed_without_a_change_is_left_out_again(base: Path, tmp_path: Path) -> None:
    name = "transformer.transformer_blocks.0.attn.to_k"
    file = saved(tmp_path / "l.safetensors", lora(name, (W, W), PEFT)[0])
    convert(file, tmp_path / "c.safetensors", format="comfyui", base=base)
    assert any("img_attn.qkv" in key for key in load_file(tmp_path / "c.safetensors"))
    convert(tmp_path / "c.safetensors", tmp_path / "d.safetensors", format="diffusers")
    assert {key.partition(".lora_")[0] for key in load_file(tmp_path / "d.safetensors")} == {name}

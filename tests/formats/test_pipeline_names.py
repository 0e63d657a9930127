"""What the files of image models call a base's modules.

By its config, by its own names, or by the part of an all-in-one checkpoint.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from lorasurgery import merge
from lorasurgery.adapter import Adapter, Host
from lorasurgery.errors import UnsupportedError
from lorasurgery.formats import comfyui, diffusers, kohya, read_adapter
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.convert import convert
from lorasurgery.surgery.fuse import fuse
from lorasurgery.surgery.rerank import rerank
from lorasurgery.variants.lora import LoraFactors

ATTENTION = "transformer_blocks.0.attn1.to_q"


def comfyui_name(adapter: Adapter) -> str:
    (path,) = adapter.modules
    return comfyui.name_of(path, adapter)


def on(path: str, **config: Any) -> Adapter:
    """An adapter of one module on a base without a class of transformers."""
    A, B = LazyTensor.of(torch.ones(2, 8)), LazyTensor.of(torch.ones(8, 2))
    return Adapter(Host(modules=(path,), kinds={path: "linear"}, config=config), {path: LoraFactors(A, B)})


UNET = {"_class_name": "UNet2DConditionModel"}
FLUX = {"_class_name": "FluxTransformer2DModel"}
NAMES = [
    # Bare original transformers, as their authors name them: sd-scripts' and musubi-tuner's prefix,
    # and ComfyUI's.
    (
        "double_blocks.0.img_attn.qkv",
        {},
        "lora_unet_double_blocks_0_img_attn_qkv",
        "diffusion_model.{}",
        None,
    ),
    ("blocks.0.self_attn.q", {}, "lora_unet_blocks_0_self_attn_q", "diffusion_model.{}", None),
    (
        "joint_blocks.3.x_block.attn.qkv",
        {},
        "lora_unet_joint_blocks_3_x_block_attn_qkv",
        "diffusion_model.{}",
        None,
    ),
    ("layers.0.attention.qkv", {}, "lora_unet_layers_0_attention_qkv", "diffusion_model.{}", None),
    # Folders of diffusers.
    (f"down_blocks.0.attentions.0.{ATTENTION}", UNET, "lora_unet_down_blocks_0_", None, "unet.{}"),
    (
        "transformer_blocks.0.attn.to_q",
        FLUX,
        "lora_transformer_transformer_blocks_0_attn_to_q",
        None,
        "transformer.{}",
    ),
    # All-in-one checkpoints.
    (
        "model.diffusion_model.double_blocks.0.img_attn.qkv",
        {},
        "lora_unet_double_blocks_0_img_attn_qkv",
        "diffusion_model.double_blocks.0.img_attn.qkv",
        None,
    ),
    (
        "cond_stage_model.transformer.text_model.encoder.layers.0.mlp.fc1",
        {},
        "lora_te_text_model_encoder_layers_0_mlp_fc1",
        "text_encoder.text_model.encoder.layers.0.mlp.fc1",
        "text_encoder.text_model.encoder.layers.0.mlp.fc1",
    ),
    (
        "conditioner.embedders.0.transformer.text_model.encoder.layers.0.mlp.fc1",
        {},
        "lora_te1_text_model_encoder_layers_0_mlp_fc1",
        "text_encoder.text_model.encoder.layers.0.mlp.fc1",
        "text_encoder.text_model.encoder.layers.0.mlp.fc1",
    ),
    # A model of another kind keeps LyCORIS's own prefix.
    ("model.layers.0.self_attn.q_proj", {}, "lycoris_model_layers_0_self_attn_q_proj", None, None),
]


@pytest.mark.parametrize(
    ("path", "config", "flat", "comfy", "diffused"), NAMES, ids=[row[0] for row in NAMES]
)
def test_each_program_finds_its_own_name(
    path: str, config: dict[str, str], flat: str, comfy: str | None, diffused: str | None
) -> None:
    adapter = on(path, **config)
    assert next(iter(kohya.plan(adapter)[1])).startswith(flat)
    refused = any("are not by ComfyUI's own names" in reason for reason in comfyui.refusals(adapter))
    assert refused == (comfy is None)
    if comfy is not None:
        assert comfyui_name(adapter) == comfy.format(path)
    if diffused is None:
        assert any("names of a pipeline's parts" in reason for reason in diffusers.refusals(adapter))
    else:
        assert next(iter(diffusers.plan(adapter)[1])).startswith(diffused.format(path))


# Of the modules of diffusers' classes, one that only the class has, and one that is adapted.
BARE = [
    ("up_blocks.0.resnets.0.conv1", f"down_blocks.0.attentions.0.{ATTENTION}", "unet", "lora_unet_"),
    (
        "single_transformer_blocks.0.attn.to_q",
        "transformer_blocks.0.attn.to_q",
        "transformer",
        "lora_transformer_",
    ),
    (
        "transformer_blocks.0.ff_context.net.2",
        "transformer_blocks.0.attn.to_q",
        "transformer",
        "lora_transformer_",
    ),
    (
        "context_embedder.token_refiner.refiner_blocks.0.attn.to_q",
        "transformer_blocks.0.attn.to_q",
        "transformer",
        "lycoris_",
    ),
    ("condition_embedder.time_proj", "blocks.0.attn1.to_q", "transformer", "lycoris_"),
    ("context_refiner.0.attn.to_q", "layers.0.attn.to_q", "transformer", "lycoris_"),
    ("patch_embed.proj", ATTENTION, None, "lycoris_"),
]


@pytest.mark.parametrize(("mark", "path", "part", "prefix"), BARE)
def test_diffusers_names_are_known_without_a_config(
    mark: str, path: str, part: str | None, prefix: str
) -> None:
    one = on(path)
    adapter = dataclasses.replace(one, host=dataclasses.replace(one.host, modules=(mark, path)))
    assert any("are not by ComfyUI's own names" in reason for reason in comfyui.refusals(adapter))
    assert next(iter(kohya.plan(adapter)[1])).startswith(f"{prefix}{path.replace('.', '_')}.")
    if part is not None:
        assert next(iter(diffusers.plan(adapter)[1])).startswith(f"{part}.{path}.")


TRANSFORMERS = [
    ("FluxTransformer2DModel", "lora_transformer_"),
    ("ChromaTransformer2DModel", "lora_transformer_"),
    ("SD3Transformer2DModel", "lora_transformer_"),
    ("QwenImageTransformer2DModel", "lora_unet_"),
    ("LTXVideoTransformer3DModel", "lora_unet_"),
    ("WanTransformer3DModel", "lycoris_"),
    ("Lumina2Transformer2DModel", "lycoris_"),
]


@pytest.mark.parametrize(("class_name", "prefix"), TRANSFORMERS)
def test_the_flat_name_is_one_that_a_program_has_for_this_transformer(class_name: str, prefix: str) -> None:
    (key, *_) = kohya.plan(on("transformer_blocks.0.attn.to_q", _class_name=class_name))[1]
    assert key.startswith(f"{prefix}transformer_blocks_0_attn_to_q.")


@pytest.mark.parametrize(
    ("class_name", "path", "name"),
    [
        ("Flux2Transformer2DModel", "transformer_blocks.0.attn.to_k", "double_blocks_0_img_attn_qkv"),
        ("ZImageTransformer2DModel", "layers.0.attention.to_k", "layers_0_attention_qkv"),
        ("HunyuanVideoTransformer3DModel", "transformer_blocks.0.attn.to_k", "double_blocks_0_img_attn_qkv"),
        ("WanTransformer3DModel", "blocks.0.attn1.to_k", "blocks_0_self_attn_k"),
    ],
)
def test_a_transformer_whose_names_no_program_has_flat_gets_the_authors(
    class_name: str, path: str, name: str
) -> None:
    """The class of the base says which family a name is of that several have."""
    (key, *_) = kohya.plan(kohya.recast(on(path, _class_name=class_name)))[1]
    assert key.startswith(f"lora_unet_{name}.")


def test_a_file_of_kohyas_keeps_the_prefix_that_it_had_for_a_transformer(tmp_path: Path) -> None:
    path = "layers.0.attention.to_q"
    base = saved(
        tmp_path / "transformer" / "diffusion_pytorch_model.safetensors", {f"{path}.weight": W}
    ).parent
    (base / "config.json").write_text(json.dumps({"_class_name": "ZImageTransformer2DModel"}))
    for prefix in ("lycoris_", "lora_unet_", "lora_transformer_"):
        name = f"{prefix}layers_0_attention_to_q"
        lora = saved(
            tmp_path / f"{prefix}.safetensors", {f"{name}.lora_down.weight": A, f"{name}.lora_up.weight": B}
        )
        rerank(lora, tmp_path / f"{prefix}1.safetensors", rank=1, base=base)
        convert(lora, tmp_path / f"{prefix}2.safetensors", dtype="float16", base=base)
        for i in (1, 2):
            assert all(key.startswith(f"{name}.") for key in load_file(tmp_path / f"{prefix}{i}.safetensors"))


@pytest.mark.parametrize(
    ("folder", "part"), [("text_encoder", "text_encoder."), ("text_encoder_2", "text_encoder_2.")]
)
def test_a_clip_with_a_projection_is_the_text_encoder_that_its_folder_says(folder: str, part: str) -> None:
    """Stable Diffusion 3's first text encoder is of the class of Stable Diffusion XL's second."""
    one = on("text_model.encoder.layers.0.mlp.fc1")
    host = dataclasses.replace(one.host, class_name="CLIPTextModelWithProjection", base_name=f"sd3/{folder}")
    assert next(iter(diffusers.plan(dataclasses.replace(one, host=host))[1])).startswith(part)


def saved(path: Path, tensors: dict[str, Tensor]) -> Path:
    path.parent.mkdir(exist_ok=True)
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path)
    return path


def test_comfyuis_file_begins_with_its_own_prefix(tmp_path: Path) -> None:
    for i, prefix in enumerate(("", "model.diffusion_model.")):
        path = tmp_path / f"{i}.safetensors"
        comfyui.write(on(f"{prefix}double_blocks.0.img_attn.qkv"), path)
        assert min(load_file(path)) == "diffusion_model.double_blocks.0.img_attn.qkv.alpha"


W, A, B = torch.linspace(-1, 1, 64).reshape(8, 8), torch.ones(2, 8) / 3, torch.ones(8, 2) / 7
PAIRS = [
    ("diffusion_model.{}", "model.diffusion_model.{}", "double_blocks.0.img_attn.proj"),
    ("diffusion_model.{}", "diffusion_model.{}", "double_blocks.0.img_attn.proj"),
    ("diffusion_model.{}", "{}", "double_blocks.0.img_attn.proj"),
    ("unet.{}", "model.diffusion_model.{}", f"output_blocks.5.1.{ATTENTION}"),  # OneTrainer
    ("lora_unet__{}", "{}", "blocks.0.cross_attn.k"),  # Wan-Fun's trainer
    (
        "transformer.{}",
        "model.diffusion_model.{}",
        "transformer_blocks.0.img_mlp.net.2",
    ),  # Qwen-Image's own names
    *(
        (name, stored, "text_model.encoder.layers.0.mlp.fc1")
        for name in ("text_encoder.{}", "lora_te1_{}", "lora_te_{}")
        for stored in (
            "cond_stage_model.transformer.{}",
            "conditioner.embedders.0.transformer.{}",
            "text_encoders.clip_l.transformer.{}",
        )
    ),
    ("lora_te3_{}", "text_encoders.t5xxl.transformer.{}", "encoder.block.0.layer.0.SelfAttention.q"),
]


@pytest.mark.parametrize(("name", "stored", "module"), PAIRS)
def test_a_file_finds_its_modules_in_each_layout_of_the_base(
    name: str, stored: str, module: str, tmp_path: Path
) -> None:
    flat = module.replace(".", "_") if name.startswith("lora_") else module
    key = name.format(flat)
    lora = saved(tmp_path / "lora.safetensors", {f"{key}.lora_down.weight": A, f"{key}.lora_up.weight": B})
    weight = f"{stored.format(module)}.weight"
    base = saved(
        tmp_path / "base.safetensors", {weight: W, "vae.decoder.conv_in.weight": torch.ones(4, 4, 3, 3)}
    )
    merge(base, [lora], tmp_path / "merged", undo=False)
    merged = load_file(tmp_path / "merged" / "base.safetensors")[weight]
    assert torch.allclose(merged, W + B @ A, rtol=0, atol=1e-6)


def test_original_names_become_diffusers_own(tmp_path: Path) -> None:
    """OneTrainer puts `unet.` in front of the original names."""
    for number, place in ((5, "up_blocks.1.attentions.2"), (77, None)):
        key = f"unet.output_blocks.{number}.1.{ATTENTION}"
        lora = saved(
            tmp_path / "lora.safetensors", {f"{key}.lora_down.weight": A, f"{key}.lora_up.weight": B}
        )
        if place is None:
            with pytest.raises(UnsupportedError, match="are not by the names of a pipeline's parts"):
                convert(lora, tmp_path / "none.safetensors", format="diffusers")
        else:
            convert(lora, tmp_path / "out.safetensors", format="diffusers")
            key = f"unet.{place}.{ATTENTION}"
            assert all(name.startswith(key) for name in load_file(tmp_path / "out.safetensors"))


def test_a_plain_to_out_stays_one(tmp_path: Path) -> None:
    """Flux.2's single blocks have one.

    A list of two modules is Stable Diffusion's, whose oldest files name it without its number.
    """
    for key, path in (
        ("transformer.single_transformer_blocks.0.attn.to_out.lora_{}.weight", "attn.to_out"),
        ("unet.mid_block.attentions.0.attn1.processor.to_out_lora.{}.weight", "attn1.to_out.0"),
    ):
        down, up = ("A", "B") if "lora_{" in key else ("down", "up")
        lora = saved(tmp_path / "lora.safetensors", {key.format(down): A, key.format(up): B})
        assert next(iter(read_adapter(str(lora))[1].modules)).endswith(path)


def test_kohyas_flat_names_need_no_base_to_be_written_again(tmp_path: Path) -> None:
    name = "lora_unet_double_blocks_0_img_attn_projection"
    files = [
        saved(tmp_path / f"{i}.safetensors", {f"{name}.lora_down.weight": A, f"{name}.lora_up.weight": B + i})
        for i in range(2)
    ]
    rerank(files[0], tmp_path / "smaller.safetensors", rank=1)
    fuse(files, tmp_path / "both.safetensors")
    convert(files[0], tmp_path / "half.safetensors", dtype="float16")
    for out in ("smaller", "both", "half"):
        assert all(key.startswith(f"{name}.") for key in load_file(tmp_path / f"{out}.safetensors"))
    with pytest.raises(UnsupportedError, match="only the base shows where the dots were"):
        convert(files[0], tmp_path / "dots.safetensors", format="comfyui")


def test_openclips_packed_layers_are_refused_and_not_misnamed() -> None:
    adapter = on("conditioner.embedders.1.model.transformer.resblocks.0.mlp.c_fc")
    assert any("OpenCLIP" in reason for reason in kohya.refusals(adapter))

"""Text encoders by the names of diffusers, ComfyUI and sd-scripts, and in transformers' own classes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from lorasurgery import convert, merge
from lorasurgery.errors import UnsupportedError
from support.comfyui_names import encoder_names_in_files

W = 8
CLIP = "text_model.encoder.layers.0.self_attn.q_proj"
T5 = ("encoder.block.1.layer.0.SelfAttention.q", "encoder.block.0.layer.1.DenseReluDense.wi_0")
LAYER = "layers.0.mlp.up_proj"
# For each family: modules of its denoiser with their rows, which show the family; the encoders by
# ComfyUI's names; and where diffusers has them.
FAMILIES: dict[str, tuple[dict[str, int], dict[str, str]]] = {
    "Flux.1": (
        {"double_blocks.0.img_attn.qkv": 3, "single_blocks.0.linear1": 7},
        {
            f"clip_l.transformer.{CLIP}": f"text_encoder.{CLIP}",
            **{f"t5xxl.transformer.{name}": f"text_encoder_2.{name}" for name in T5},
        },
    ),
    "Stable Diffusion 3": (
        {"joint_blocks.0.x_block.attn.qkv": 3, "joint_blocks.0.x_block.attn2.proj": 1},
        {
            f"clip_l.transformer.{CLIP}": f"text_encoder.{CLIP}",
            f"clip_g.transformer.{CLIP}": f"text_encoder_2.{CLIP}",
            **{f"t5xxl.transformer.{name}": f"text_encoder_3.{name}" for name in T5},
        },
    ),
    "Qwen-Image": (
        {"transformer_blocks.0.img_mlp.net.2": 1},
        {f"qwen25_7b.transformer.model.{LAYER}": f"text_encoder.model.{LAYER}"},
    ),
    "Lumina 2": (
        {"layers.0.feed_forward.w1": 1, "layers.0.adaLN_modulation.1": 4},
        {f"gemma2_2b.transformer.model.{LAYER}": f"text_encoder.model.{LAYER}"},
    ),
}


def comfyui_file(path: Path, family: str) -> Path:
    denoiser, encoders = FAMILIES[family]
    generator = torch.Generator().manual_seed(4)
    rows = {f"diffusion_model.{name}": W * times for name, times in denoiser.items()}
    rows |= {f"text_encoders.{name}": W for name in encoders}
    tensors = {}
    for name, height in rows.items():
        tensors[f"{name}.lora_down.weight"] = torch.randn(2, W, generator=generator)
        tensors[f"{name}.lora_up.weight"] = torch.randn(height, 2, generator=generator)
        tensors[f"{name}.alpha"] = torch.tensor(1.0)
    save_file(tensors, path)
    return path


def modules_in(path: Path) -> set[str]:
    return {key.partition(".lora_")[0].removesuffix(".alpha") for key in load_file(path)}


@pytest.mark.parametrize("family", FAMILIES)
def test_comfyui_finds_the_encoders_of_what_is_written(family: str, tmp_path: Path) -> None:
    encoders = FAMILIES[family][1]
    known = encoder_names_in_files(encoders)
    source = comfyui_file(tmp_path / "a.safetensors", family)
    for form in ("comfyui", "kohya"):
        convert(source, tmp_path / f"{form}.safetensors", format=form)
        written = {
            name
            for name in modules_in(tmp_path / f"{form}.safetensors")
            if "text" in name[:8] or "lora_te" in name
        }
        assert len(written) == len(encoders)
        assert written <= known


@pytest.mark.parametrize("family", FAMILIES)
def test_diffusers_counts_the_encoders_of_its_pipeline(family: str, tmp_path: Path) -> None:
    source = comfyui_file(tmp_path / "a.safetensors", family)
    convert(source, tmp_path / "b.safetensors", format="diffusers")
    found = {name for name in modules_in(tmp_path / "b.safetensors") if name.startswith("text_encoder")}
    assert found == {*FAMILIES[family][1].values()}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("first", ["kohya", "diffusers"])
@pytest.mark.parametrize("second", ["kohya", "diffusers"])
def test_names_come_back_from_other_formats(family: str, first: str, second: str, tmp_path: Path) -> None:
    source, once = comfyui_file(tmp_path / "a.safetensors", family), tmp_path / "once.safetensors"
    convert(source, once, format="comfyui")
    path = source
    for step, form in enumerate((first, second, "comfyui")):
        convert(path, tmp_path / f"{step}.safetensors", format=form)
        path = tmp_path / f"{step}.safetensors"
    wanted, found = load_file(once), load_file(path)
    encoders = {key for key in wanted if key.startswith("text_encoder")}
    assert encoders == {key for key in found if key.startswith("text_encoder")}
    assert all(torch.equal(found[key], wanted[key]) for key in encoders)


def test_sd_scripts_third_encoder_of_flux_goes_into_the_second_of_the_pipeline(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    config = transformers.T5Config(vocab_size=32, d_model=W, d_kv=4, d_ff=W, num_layers=2, num_heads=2)
    transformers.T5EncoderModel(config).save_pretrained(tmp_path / "flux" / "text_encoder_2")
    (tmp_path / "flux" / "model_index.json").write_text(
        '{"_class_name": "FluxPipeline", "text_encoder_2": ["transformers", "T5EncoderModel"]}'
    )
    for name in ("lora_te3_", "text_encoders.t5xxl.transformer."):
        inner = T5[0].replace(".", "_") if name.endswith("_") else T5[0]
        factors = {"lora_down.weight": torch.ones(1, W), "lora_up.weight": torch.ones(W, 1)}
        lora = tmp_path / "lora.safetensors"
        save_file({f"{name}{inner}.{end}": each for end, each in factors.items()}, lora)
        merge(tmp_path / "flux", lora, tmp_path / "merged", undo=False, force=True)
        before, after = (
            load_file(tmp_path / each / "text_encoder_2" / "model.safetensors") for each in ("flux", "merged")
        )
        assert {key for key in before if not torch.equal(before[key], after[key])} == {f"{T5[0]}.weight"}


SMALL: dict[str, Any] = {
    "hidden_size": W,
    "intermediate_size": W,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "head_dim": 4,
    "vocab_size": 32,
}


@pytest.mark.parametrize("class_name", ["Gemma2Model", "Qwen3ForCausalLM", "LlamaModel", "Qwen2Model"])
@pytest.mark.parametrize(
    "name", ["lora_te_layers_0_mlp_up_proj", f"text_encoders.x.transformer.model.{LAYER}"]
)
def test_a_language_model_is_found_in_every_class(class_name: str, name: str, tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    config = getattr(transformers, class_name).config_class(**SMALL)
    model: nn.Module = getattr(transformers, class_name)(config)
    model.save_pretrained(tmp_path / "text_encoder")  # type: ignore[operator]
    factors: dict[str, Tensor] = {"lora_down.weight": torch.ones(1, W), "lora_up.weight": torch.ones(W, 1)}
    save_file({f"{name}.{end}": each for end, each in factors.items()}, tmp_path / "lora.safetensors")
    merge(tmp_path / "text_encoder", tmp_path / "lora.safetensors", tmp_path / "merged", undo=False)
    before, after = (load_file(tmp_path / each / "model.safetensors") for each in ("text_encoder", "merged"))
    (changed,) = (key for key in before if not torch.equal(before[key], after[key]))
    assert changed.endswith(f"{LAYER}.weight")


def test_an_encoder_of_no_known_family_is_not_written_where_comfyui_would_pass_it_over(
    tmp_path: Path,
) -> None:
    name = f"text_encoder.model.{LAYER}"
    factors = {"lora_A.weight": torch.ones(1, W), "lora_B.weight": torch.ones(W, 1)}
    lora = tmp_path / "lora.safetensors"
    save_file({f"{name}.{end}": each for end, each in factors.items()}, lora)
    with pytest.raises(UnsupportedError, match="ComfyUI's own names"):
        convert(lora, tmp_path / "out.safetensors", format="comfyui")

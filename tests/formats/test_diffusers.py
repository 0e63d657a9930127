"""diffusers' files: diffusers reads from ours what is meant, all that it ever wrote is read, and
one adapter is the same in both layouts.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import StableDiffusionPipeline, UNet2DConditionModel
from diffusers.loaders.lora_base import LORA_ADAPTER_METADATA_KEY
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel

from lorasurgery.adapter import Adapter, Host
from lorasurgery.errors import DamagedFileError
from lorasurgery.formats import diffusers, find_adapter, kohya
from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.dora import DoraFactors
from lorasurgery.variants.lora import LoraFactors
from support.image_adapters import (
    TINY_CLIP,
    TINY_UNET,
    adapter_for,
    changed,
    changed_bias,
    data,
    factors_of,
    layers_of,
    needs_data,
    random,
    same,
    saved,
    written,
)

IN_FLOAT32 = 1e-5
UNET = "unet.mid_block.attentions.0.transformer_blocks.0.attn1"
CLIP = "text_encoder.text_model.encoder.layers.0"
# Names as diffusers has written them, and the modules that they are of.
SPELLINGS = [
    (f"{UNET}.to_q.lora_A.weight", f"{UNET}.to_q.lora_B.weight", f"{UNET}.to_q"),
    (f"{UNET}.to_q.lora_A.default.weight", f"{UNET}.to_q.lora_B.default.weight", f"{UNET}.to_q"),
    (f"{UNET}.to_q.lora.down.weight", f"{UNET}.to_q.lora.up.weight", f"{UNET}.to_q"),
    (f"{UNET}.to_out.0.lora.down.weight", f"{UNET}.to_out.0.lora.up.weight", f"{UNET}.to_out.0"),
    (f"{UNET}.processor.to_q_lora.down.weight", f"{UNET}.processor.to_q_lora.up.weight", f"{UNET}.to_q"),
    (
        f"{UNET}.processor.to_out_lora.down.weight",
        f"{UNET}.processor.to_out_lora.up.weight",
        f"{UNET}.to_out.0",
    ),
    (
        "mid_block.attentions.0.transformer_blocks.0.attn1.processor.to_k_lora.down.weight",
        "mid_block.attentions.0.transformer_blocks.0.attn1.processor.to_k_lora.up.weight",
        f"{UNET}.to_k",
    ),
    (
        f"{CLIP}.self_attn.q_proj.lora_linear_layer.down.weight",
        f"{CLIP}.self_attn.q_proj.lora_linear_layer.up.weight",
        f"{CLIP}.self_attn.q_proj",
    ),
    (
        f"{CLIP}.self_attn.to_out_lora.down.weight",
        f"{CLIP}.self_attn.to_out_lora.up.weight",
        f"{CLIP}.self_attn.out_proj",
    ),
    (
        f"{CLIP}.self_attn.to_k_lora.down.weight",
        f"{CLIP}.self_attn.to_k_lora.up.weight",
        f"{CLIP}.self_attn.k_proj",
    ),
    ("transformer.proj_out.lora_A.weight", "transformer.proj_out.lora_B.weight", "transformer.proj_out"),
]


def fused(model: Any) -> dict[str, Tensor]:
    model.fuse_lora()
    layers = {name: getattr(module, "base_layer", module) for name, module in model.named_modules()}
    return {
        name: layer.weight.detach().double() for name, layer in layers.items() if hasattr(layer, "weight")
    }


def weights(model: nn.Module) -> dict[str, Tensor]:
    return {name: layer.weight.detach().clone() for name, layer in layers_of(model).items()}


def scaled_differently(adapter: Adapter) -> Adapter:
    """Other scales and ranks for some."""
    modules: dict[str, Any] = dict(adapter.modules)
    for index, (path, each) in enumerate(sorted(modules.items())):
        out, width = each.shape
        modules[path] = factors_of(
            out, width, 2 + index % 3, scale=(0.3, 1.0, 2.5, 1 / 3)[index % 4], seed=index
        )
    return replace(adapter, modules=modules)


def as_dora(adapter: Adapter, model: nn.Module) -> Adapter:
    modules = {}
    for name, W in weights(model).items():
        each: Any = adapter.modules[f"unet.{name}"]
        magnitude = LazyTensor.of(W.flatten(1).norm(dim=1) * (1 + 0.2 * random(len(W))))
        modules[f"unet.{name}"] = DoraFactors(each.A, each.B, magnitude, each.scale)
    return replace(adapter, modules=modules)


CHANGES: dict[str, Callable[[Adapter, nn.Module], Adapter]] = {
    "plain": lambda adapter, _: adapter,
    "scales": lambda adapter, _: scaled_differently(adapter),
    "dora": lambda adapter, model: as_dora(adapter, model),
    "dora with scales": lambda adapter, model: as_dora(scaled_differently(adapter), model),
}


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES)
def test_diffusers_reads_from_ours_what_is_meant(change: str, tmp_path: Path) -> None:
    unet = UNet2DConditionModel(**TINY_UNET)
    adapter = CHANGES[change](adapter_for("unet", unet), unet)
    file = written(diffusers, adapter, tmp_path / "a.safetensors")
    tensors, alphas, metadata = StableDiffusionPipeline.lora_state_dict(str(file), return_lora_metadata=True)
    assert alphas is None
    before = weights(unet)
    unet.load_lora_adapter(tensors, metadata=metadata, prefix="unet")
    after = fused(unet)
    for path, factors in adapter.modules.items():
        name = path.removeprefix("unet.")
        torch.testing.assert_close(
            after[name], changed(factors, before[name]), rtol=IN_FLOAT32, atol=IN_FLOAT32
        )
    assert same(diffusers.read(file), adapter)


def test_transformers_reads_a_text_encoders_part_of_ours(tmp_path: Path) -> None:
    encoder = CLIPTextModel(CLIPTextConfig(**TINY_CLIP))
    adapter = scaled_differently(adapter_for("text_encoder.text_model", encoder))
    file = written(diffusers, adapter, tmp_path / "a.safetensors")
    tensors, _, metadata = StableDiffusionPipeline.lora_state_dict(str(file), return_lora_metadata=True)
    before = weights(encoder)
    StableDiffusionPipeline.load_lora_into_text_encoder(tensors, None, encoder, metadata=metadata)
    for name, W in before.items():
        layer: Any = encoder.get_submodule(name)
        wanted = changed(adapter.modules[f"text_encoder.text_model.{name}"], W)
        layer.merge()
        torch.testing.assert_close(layer.base_layer.weight.double(), wanted, rtol=IN_FLOAT32, atol=IN_FLOAT32)


def test_what_diffusers_writes_is_read(tmp_path: Path) -> None:
    from peft import LoraConfig

    unet = UNet2DConditionModel(**TINY_UNET)
    before = weights(unet)
    config = LoraConfig(
        r=3,
        lora_alpha=5,
        target_modules=["time_emb_proj", "conv1", "proj_in"],
        alpha_pattern={"conv1": 2},
        rank_pattern={"time_emb_proj": 2},
        use_rslora=True,
        lora_bias=True,
        init_lora_weights=False,
    )
    unet.add_adapter(config)
    layers = {name: each for name, each in unet.named_modules() if hasattr(each, "lora_B")}
    with torch.no_grad():
        for seed, each in enumerate(layers.values()):
            bias = each.lora_B["default"].bias
            bias.copy_(random(*bias.shape, seed=seed))
    unet.save_lora_adapter(tmp_path, weight_name="alone.safetensors")
    # As a pipeline saves it, with the part's name everywhere.
    alone = tmp_path / "alone.safetensors"
    with safe_open(alone, "pt") as opened:
        metadata = json.loads(opened.metadata()[LORA_ADAPTER_METADATA_KEY])
    tensors = {f"unet.{key}": each for key, each in load_file(alone).items()}
    named = {f"unet.{key}": value for key, value in metadata.items()}
    file = saved(tmp_path / "a.safetensors", tensors, {diffusers.METADATA: json.dumps(named)})
    adapter = diffusers.read(file)
    assert {f"unet.{name}" for name in layers} == adapter.modules.keys()
    biases = {name: each.base_layer.bias for name, each in layers.items()}
    before_bias = {name: None if bias is None else bias.detach().clone() for name, bias in biases.items()}
    after = fused(unet)
    for name, layer in layers.items():
        factors = adapter.modules[f"unet.{name}"]
        torch.testing.assert_close(
            after[name], changed(factors, before[name]), rtol=IN_FLOAT32, atol=IN_FLOAT32
        )
        old = before_bias[name]
        if old is not None:
            wanted = changed_bias(factors, old, before[name].shape)
            new = layer.base_layer.bias.detach().double()
            torch.testing.assert_close(new, wanted, rtol=IN_FLOAT32, atol=IN_FLOAT32)
    assert same(diffusers.read(written(diffusers, adapter, tmp_path / "b.safetensors")), adapter)


def test_a_unet_saved_by_itself_has_its_config_without_a_part(tmp_path: Path) -> None:
    name = "mid_block.resnets.0.conv1"
    tensors = {
        f"{name}.lora_A.weight": torch.ones(2, 3, 3, 3),
        f"{name}.lora_B.weight": torch.ones(4, 2, 1, 1),
    }
    file = saved(
        tmp_path / "a.safetensors", tensors, {diffusers.METADATA: json.dumps({"r": 2, "lora_alpha": 6})}
    )
    assert diffusers.recognise(tmp_path) == file
    adapter = diffusers.read(file)
    assert adapter.modules[f"unet.{name}"].scale == 3  # type: ignore[attr-defined]
    assert adapter.host.kernels == {f"unet.{name}": (3, 3)}


@pytest.mark.parametrize(("down", "up", "path"), SPELLINGS)
def test_all_names_that_diffusers_had_are_read(down: str, up: str, path: str, tmp_path: Path) -> None:
    A, B = random(2, 6), random(4, 2, seed=1)
    file = saved(tmp_path / "a.safetensors", {down: A, up: B})
    assert diffusers.recognise(file) == file
    ((found, factors),) = diffusers.read(file).modules.items()
    assert found == path
    assert isinstance(factors, LoraFactors)
    assert torch.equal(factors.A.read(), A)
    assert torch.equal(factors.B.read(), B)
    assert factors.scale == 1


def test_an_alpha_beside_the_factors_is_divided_by_the_rank(tmp_path: Path) -> None:
    tensors = {
        "transformer.x.lora_A.weight": torch.ones(4, 6),
        "transformer.x.lora_B.weight": torch.ones(3, 4),
    }
    alpha = {"transformer.x.alpha": torch.tensor(2.0)}
    (factors,) = diffusers.read(saved(tmp_path / "a.safetensors", tensors | alpha)).modules.values()
    assert factors.scale == 0.5  # type: ignore[attr-defined]
    same, other = ({diffusers.METADATA: json.dumps({"transformer.lora_alpha": each})} for each in (2, 4))
    (factors,) = diffusers.read(saved(tmp_path / "same.safetensors", tensors | alpha, same)).modules.values()
    assert factors.scale == 0.5  # type: ignore[attr-defined]
    with pytest.raises(DamagedFileError, match="has an alpha, and the header has another"):
        diffusers.read(saved(tmp_path / "b.safetensors", tensors | alpha, other))


def test_the_header_is_written_only_where_a_scale_needs_it() -> None:
    plain = Adapter(Host(modules=()), {"unet.a": factors_of(4, 6), "unet.b": factors_of(4, 6, 3)})
    assert diffusers.plan(plain)[0] == {"format": "pt"}
    scaled = replace(plain, modules={**plain.modules, "text_encoder.c": factors_of(4, 6, 4, scale=0.5)})
    config = json.loads(diffusers.plan(scaled)[0][diffusers.METADATA])
    assert config["text_encoder.lora_alpha"] == 2
    assert (config["unet.r"], config["unet.rank_pattern"]) == (2, {"b": 3})
    assert config["unet.alpha_pattern"] == {"b": 3}


def test_where_one_module_has_a_bias_all_of_its_part_have_one() -> None:
    bias = LazyTensor.of(random(4))
    modules = {
        "unet.a": replace(factors_of(4, 6), bias=bias),
        "unet.b": factors_of(4, 6),
        "prior.c": factors_of(4, 6),
    }
    tensors = diffusers.plan(Adapter(Host(modules=()), modules))[1]
    assert {key for key in tensors if key.endswith(".bias")} == {"unet.a.lora_B.bias", "unet.b.lora_B.bias"}
    assert not tensors["unet.b.lora_B.bias"].read().any()


@needs_data
def test_one_adapter_in_two_layouts_converts_into_each_other(tmp_path: Path) -> None:
    one, other = (data(name) for name in ("diffusers_timohavdk_2100", "kohyalike_timohavdk_new"))
    assert find_adapter(str(one)) == (one / "2100-lora.safetensors", "diffusers")
    first = diffusers.read(one / "2100-lora.safetensors")
    second = kohya.read(other / "new.safetensors")
    assert len(first.modules) == 128
    assert same(first, second)
    to_kohya = load_file(written(kohya, first, tmp_path / "k.safetensors"))
    to_diffusers = load_file(written(diffusers, second, tmp_path / "d.safetensors"))
    theirs = load_file(other / "new.safetensors")
    equal = 0
    for key, tensor in theirs.items():
        ours = key.replace("lora_unet_unet_", "lora_unet_").replace("_lora_", ".lora_")
        equal += torch.equal(to_kohya[ours], tensor)
    for key, tensor in load_file(one / "2100-lora.safetensors").items():
        ours = key.replace(".lora.down.", ".lora_A.").replace(".lora.up.", ".lora_B.")
        equal += torch.equal(to_diffusers[ours], tensor)
    assert equal == 2 * 256
    assert len(to_diffusers) == 256
    assert {key.partition(".")[2] for key in to_kohya} == {"lora_down.weight", "lora_up.weight", "alpha"}
    again = kohya.read(tmp_path / "k.safetensors")
    assert (
        written(diffusers, again, tmp_path / "e.safetensors").read_bytes()
        == (tmp_path / "d.safetensors").read_bytes()
    )

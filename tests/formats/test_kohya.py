"""kohya's files: names find their modules or say that they cannot.

The programs that read such files find in ours what is meant.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import StableDiffusionPipeline, UNet2DConditionModel
from lycoris import LycorisNetwork, create_lycoris
from torch import nn
from transformers import (
    AutoModelForCausalLM,
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    LlamaConfig,
    LlamaForCausalLM,
    T5Config,
    T5EncoderModel,
)

from lorasurgery import merge
from lorasurgery.adapter import Adapter, Host, TokenRows
from lorasurgery.errors import AlignmentError, DamagedFileError, UnsupportedError
from lorasurgery.formats import find_adapter, kohya
from lorasurgery.formats._image.flat_names import PARTS, dotted, flattened
from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.lora import LoraFactors
from support.image_adapters import (
    TINY_CLIP,
    TINY_T5,
    TINY_UNET,
    TINY_XL,
    adapter_for,
    changed,
    data,
    factors_of,
    layers_of,
    lora,
    needs_data,
    random,
    same,
    saved,
    written,
)
from support.paths import FIXTURES


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.WARNING)
    torch.manual_seed(0)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize(
    ("part", "model"),
    [
        ("unet", lambda: UNet2DConditionModel(**TINY_UNET)),
        ("unet", lambda: UNet2DConditionModel(**TINY_XL)),
        ("text_encoder", lambda: CLIPTextModelWithProjection(CLIPTextConfig(**TINY_CLIP))),
        ("text_encoder_3", lambda: T5EncoderModel(T5Config(**TINY_T5))),
        (
            "text_encoder_3",
            lambda: T5EncoderModel(T5Config(**TINY_T5, feed_forward_proj="gated-gelu")),
        ),
    ],
)
def test_the_names_of_all_layers_are_read_without_the_model(part: str, model: Any, tmp_path: Path) -> None:
    adapter = adapter_for(part, model())
    read = kohya.read(written(kohya, adapter, tmp_path / "a.safetensors"))
    assert read.unresolved == ""
    assert same(read, adapter)
    assert read.host.kernels == adapter.host.kernels
    kernels = adapter.host.kernels
    assert read.host.kinds == {path: "conv" if path in kernels else "linear" for path in adapter.modules}


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("input_blocks_0_0", "input_blocks.0.0"),
        ("input_blocks_3_0_op", "input_blocks.3.0.op"),
        (
            "input_blocks_4_1_transformer_blocks_1_attn2_to_out_0",
            "input_blocks.4.1.transformer_blocks.1.attn2.to_out.0",
        ),
        (
            "middle_block_1_transformer_blocks_9_ff_net_0_proj",
            "middle_block.1.transformer_blocks.9.ff.net.0.proj",
        ),
        ("middle_block_0_emb_layers_1", "middle_block.0.emb_layers.1"),
        ("output_blocks_5_2_conv", "output_blocks.5.2.conv"),
        ("output_blocks_8_0_skip_connection", "output_blocks.8.0.skip_connection"),
        ("label_emb_0_2", "label_emb.0.2"),
        ("out_2", "out.2"),
    ],
)
def test_the_original_unets_names_are_read_too(name: str, path: str, tmp_path: Path) -> None:
    file = saved(tmp_path / "a.safetensors", lora(f"lora_unet_{name}"))
    adapter = kohya.read(file)
    assert [*adapter.modules] == [f"diffusion_model.{path}"]
    assert adapter.unresolved == ""
    assert same(kohya.read(written(kohya, adapter, tmp_path / "b.safetensors")), adapter)


def test_no_flat_name_has_two_readings() -> None:
    for names in PARTS.values():
        assert {flattened(template): template for template in names.values()} == names
    assert not PARTS["unet"].keys() & PARTS["diffusion_model"].keys()


@pytest.mark.parametrize(
    "name",
    [
        "lora_unet_double_blocks_0_img_attn_projection",
        "lora_unet_conv_in_extra",
        "lora_unet_down_blocks_a_resnets_0_conv1",
        "lora_te_text_model_encoder_layers_0_self_attn",
        "lora_te1_down_blocks_0_resnets_0_conv1",
        "lora_prior_te_text_projection",
        "lycoris_model_layers_0_self_attn_q_proj",
        "something_else",
    ],
)
def test_a_name_that_may_be_read_otherwise_is_kept(name: str, tmp_path: Path) -> None:
    file = saved(tmp_path / "a.safetensors", lora(name) | lora("lora_unet_conv_in"))
    assert kohya.recognise(file) == file
    adapter = kohya.read(file)
    assert sorted(adapter.modules) == sorted([name, "unet.conv_in"])
    assert adapter.unresolved.startswith(f"1 of 2 modules are named without dots ('{name}')")
    assert "--base" in adapter.unresolved
    again = kohya.read(written(kohya, adapter, tmp_path / "b.safetensors"))
    assert same(again, adapter)


def test_text_encoders_have_numbers_where_there_are_several() -> None:
    q, conv = "text_model.encoder.layers.0.self_attn.q_proj", "conv_in"
    flat = flattened(q)

    def names(*paths: str) -> set[str]:
        adapter = Adapter(Host(modules=()), {path: factors_of(4, 6) for path in paths})
        return {key.partition(".")[0] for key in kohya.plan(adapter)[1]}

    assert names(f"unet.{conv}", f"text_encoder.{q}") == {"lora_unet_conv_in", f"lora_te_{flat}"}
    assert names(f"text_encoder.{q}", f"text_encoder_2.{q}") == {f"lora_te1_{flat}", f"lora_te2_{flat}"}
    assert names("diffusion_model.out.2", f"text_encoder.{q}") == {"lora_unet_out_2", f"lora_te1_{flat}"}
    assert names("transformer.proj_out", f"text_encoder.{q}") == {
        "lora_transformer_proj_out",
        f"lora_te1_{flat}",
    }
    assert names(f"text_encoders.clip_g.transformer.{q}") == {f"lora_te2_{flat}"}
    assert names("model.layers.0.mlp.up_proj") == {"lycoris_model_layers_0_mlp_up_proj"}


def host_of(model: nn.Module, *, named: bool = True) -> Host:
    modules = tuple(name for name, _ in model.named_modules() if name)
    return Host(modules=modules, class_name=type(model).__name__ if named else None)


@pytest.mark.parametrize(
    ("part", "model"),
    [
        ("unet", lambda: UNet2DConditionModel(**TINY_UNET)),
        ("text_encoder", lambda: CLIPTextModel(CLIPTextConfig(**TINY_CLIP))),
        ("text_encoder_2", lambda: CLIPTextModelWithProjection(CLIPTextConfig(**TINY_CLIP))),
    ],
)
def test_a_base_that_is_a_part_of_a_pipeline_has_its_own_names(part: str, model: Any, tmp_path: Path) -> None:
    """CLIP's text model is `text_model` in files, and since transformers 5 the whole of its class."""
    base = model()
    inner = "text_model." if isinstance(base, CLIPTextModel) else ""
    adapter = adapter_for(f"{part}.{inner}".removesuffix("."), base)
    file = written(kohya, adapter, tmp_path / "a.safetensors")
    found = kohya.read(file, host_of(base))
    assert sorted(found.modules) == sorted(layers_of(base))
    again = kohya.read(written(kohya, found, tmp_path / "b.safetensors"))
    assert same(again, adapter)


def test_clips_text_model_of_older_bases_is_not_named_twice() -> None:
    path = "text_model.encoder.layers.0.mlp.fc1"
    for name in (path, path.removeprefix("text_model.")):
        adapter = Adapter(Host(modules=(), class_name="CLIPTextModel"), {name: factors_of(4, 6)})
        assert "lora_te_text_model_encoder_layers_0_mlp_fc1.alpha" in kohya.plan(adapter)[1]


def test_names_are_found_in_the_base_however_its_underscores_lie(tmp_path: Path) -> None:
    host = Host(modules=("double_blocks", "double_blocks.0.img_attn_proj", "double_blocks.0.img_attn.qkv"))
    tensors = lora("lora_unet_double_blocks_0_img_attn_proj") | lora("lora_unet_double_blocks_0_img_attn_qkv")
    adapter = kohya.read(saved(tmp_path / "a.safetensors", tensors), host)
    assert sorted(adapter.modules) == ["double_blocks.0.img_attn.qkv", "double_blocks.0.img_attn_proj"]
    assert adapter.unresolved == ""


MISPLACED: list[tuple[tuple[str, ...], tuple[str, ...], str]] = [
    (("x_y", "x_z"), ("x.y",), "1 of its 2 modules are not in the base: 'lycoris_x_z'"),
    (("x_y",), ("x.y", "x_y"), "'lycoris_x_y' may be 'x.y' and 'x_y' in the base"),
]


@pytest.mark.parametrize(("names", "modules", "reason"), MISPLACED)
def test_names_that_fit_nowhere_or_twice_are_refused(
    names: tuple[str, ...], modules: tuple[str, ...], reason: str, tmp_path: Path
) -> None:
    tensors = {key: each for name in names for key, each in lora(f"lycoris_{name}").items()}
    with pytest.raises(AlignmentError, match=reason):
        kohya.read(saved(tmp_path / "a.safetensors", tensors), Host(modules=modules))


def test_two_names_of_one_module_are_refused(tmp_path: Path) -> None:
    path = "text_model_encoder_layers_0_mlp_fc1"
    file = saved(tmp_path / "a.safetensors", lora(f"lora_te_{path}") | lora(f"lora_te1_{path}"))
    for host in (None, host_of(CLIPTextModel(CLIPTextConfig(**TINY_CLIP)))):
        with pytest.raises(AlignmentError, match=f"'lora_te1_{path}', 'lora_te_{path}' are one module"):
            kohya.read(file, host)


@pytest.mark.parametrize("algorithm", ["lora", "loha", "lokr", "full"])
def test_an_adapter_that_lycoris_trained_for_a_llama_merges_into_it(algorithm: str, tmp_path: Path) -> None:
    settings = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    model = LlamaForCausalLM(LlamaConfig(vocab_size=40, num_key_value_heads=1, **settings))
    model.save_pretrained(tmp_path / "base")
    LycorisNetwork.apply_preset({"target_module": ["LlamaAttention", "LlamaMLP"]})
    network = create_lycoris(model, 1.0, linear_dim=2, linear_alpha=1.5, algo=algorithm)
    network.apply_to()
    with torch.no_grad():
        for seed, parameter in enumerate(network.parameters()):
            parameter.add_(0.3 * random(*parameter.shape, seed=seed))
    network.save_weights(str(tmp_path / "a.safetensors"), torch.float32, {})
    tokens = torch.arange(12)[None]
    wanted = model(tokens).logits
    merge(tmp_path / "base", [tmp_path / "a.safetensors"], tmp_path / "merged")
    merged = AutoModelForCausalLM.from_pretrained(tmp_path / "merged")
    torch.testing.assert_close(merged(tokens).logits, wanted, rtol=1e-4, atol=1e-5)
    base = AutoModelForCausalLM.from_pretrained(tmp_path / "base")
    assert not torch.allclose(base(tokens).logits, wanted, rtol=0.1)


def test_diffusers_reads_from_ours_what_is_meant(tmp_path: Path) -> None:
    unet = UNet2DConditionModel(**TINY_UNET)
    adapter = adapter_for("unet", unet, scale=0.75)
    file = written(kohya, adapter, tmp_path / "a.safetensors")
    tensors, alphas = StableDiffusionPipeline.lora_state_dict(str(file))
    before = {name: layer.weight.detach().clone() for name, layer in layers_of(unet).items()}
    unet.load_lora_adapter(tensors, network_alphas=alphas, prefix="unet")
    unet.fuse_lora()
    for name, W in before.items():
        layer = unet.get_submodule(name)
        wanted = changed(adapter.modules[f"unet.{name}"], W)
        torch.testing.assert_close(layer.base_layer.weight.double(), wanted, rtol=1e-5, atol=1e-5)


@needs_data
def test_a_file_that_a_converter_left_with_odd_names_is_read() -> None:
    file = data("kohyalike_timohavdk_new") / "new.safetensors"
    assert find_adapter(str(file.parent)) == (file, "kohya")
    adapter = kohya.read(file)
    assert len(adapter.modules) == 128
    assert "unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_out.0" in adapter.modules
    assert all(each.scale == 1 for each in adapter.modules.values())  # type: ignore[attr-defined]
    assert adapter.unresolved == ""


def test_a_doubled_tensor_is_refused(tmp_path: Path) -> None:
    tensors = lora("lora_unet_conv_in") | {"lora_unet_conv_in_lora_down.weight": torch.ones(2, 6)}
    with pytest.raises(
        DamagedFileError, match=r"two tensors that are lora_down.weight of 'lora_unet_conv_in'"
    ):
        kohya.read(saved(tmp_path / "a.safetensors", tensors))


def test_a_tensor_that_is_nothing_is_refused(tmp_path: Path) -> None:
    file = saved(
        tmp_path / "a.safetensors", lora("lora_unet_conv_in") | {"lora_unet_conv_in.lora_new": torch.ones(2)}
    )
    with pytest.raises(
        UnsupportedError, match=r"1 tensors .*'lora_unet_conv_in.lora_new' of no method that this"
    ):
        kohya.read(file)


def test_a_folder_is_an_adapter_where_it_holds_one_file_and_no_config_of_peft(tmp_path: Path) -> None:
    file = saved(tmp_path / "a.safetensors", lora("lora_unet_conv_in"))
    (tmp_path / "README.md").touch()
    assert kohya.recognise(tmp_path) == file
    (tmp_path / "adapter_config.json").touch()
    assert kohya.recognise(tmp_path) is None
    (tmp_path / "adapter_config.json").unlink()
    saved(tmp_path / "b.safetensors", lora("lora_unet_conv_in"))
    assert kohya.recognise(tmp_path) is None
    found = saved(tmp_path / "pytorch_lora_weights.safetensors", lora("lora_unet_conv_in"))
    assert kohya.recognise(tmp_path) == found


def test_a_pickle_is_read_as_well(tmp_path: Path) -> None:
    torch.save(lora("lora_unet_conv_in"), tmp_path / "a.pt")
    assert kohya.recognise(tmp_path / "a.pt") == tmp_path / "a.pt"
    assert [*kohya.read(tmp_path / "a.pt").modules] == ["unet.conv_in"]


def test_what_a_file_cannot_carry_is_refused_in_sentences() -> None:
    tensor = LazyTensor.of(torch.ones(4))
    known = Host(modules=("model.a_b",))
    plain = Adapter(known, {"model.a_b": factors_of(4, 6)})
    cases = [
        (replace(plain, replaced={"norm.weight": tensor}), "replaces 'norm.weight' as well"),
        (
            replace(plain, token_rows={"embed": TokenRows((1,), tensor)}),
            "rows of tokens, as this adapter does in 'embed'",
        ),
        (replace(plain, host=replace(known, kinds={"model.a_b": "embedding"})), "change an embedding"),
        (replace(plain, host=replace(known, kinds={"model.a_b": "experts"})), "all experts of a layer"),
        (
            replace(plain, modules={**plain.modules, "model.a.b": factors_of(4, 6)}),
            "would have the same name without their dots, 'lycoris_model_a_b'",
        ),
        (replace(plain, host=Host(modules=())), "'model.a_b' would lose their dots"),
    ]
    stacked = LoraFactors(LazyTensor.of(torch.ones(3, 2, 6)), LazyTensor.of(torch.ones(3, 4, 2)))
    cases.append((replace(plain, modules={"model.experts": stacked}), "all experts of a layer"))
    assert kohya.refusals(plain) == []
    for adapter, reason in cases:
        (sentence,) = kohya.refusals(adapter)
        assert reason in sentence


def test_the_header_says_what_other_programs_list() -> None:
    one, other = factors_of(4, 6, 2, scale=0.5), factors_of(4, 6, 3, scale=0.5)
    assert kohya.plan(Adapter(Host(modules=()), {"a": one}))[0] == {
        "format": "pt",
        "ss_network_module": "networks.lora",
        "ss_network_dim": "2",
        "ss_network_alpha": "1.0",
    }
    assert kohya.plan(Adapter(Host(modules=()), {"a": one, "b": other}))[0]["ss_network_dim"] == "Dynamic"


def test_nothing_else_among_the_fixtures_is_taken_for_an_adapter() -> None:
    files = [path for path in FIXTURES.rglob("*") if ".git" not in path.parts]
    assert len(files) > 30
    assert [path for path in files if kohya.recognise(path) is not None] == []


def test_a_placeholder_in_a_flat_name_is_not_an_index() -> None:
    assert dotted("down_blocks_1_resnets_0_conv1", "unet") == "unet.down_blocks.1.resnets.0.conv1"
    assert dotted("down_blocks_#_resnets_0_conv1", "unet") is None

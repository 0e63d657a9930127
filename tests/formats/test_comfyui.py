"""ComfyUI's files: the same modules as in kohya's, by their own names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from lorasurgery.adapter import Adapter, Host, TokenRows
from lorasurgery.errors import AlignmentError, DamagedFileError, UnsupportedError
from lorasurgery.formats import comfyui, kohya, load, names
from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.dora import DoraFactors
from lorasurgery.variants.loha import LohaFactors
from lorasurgery.variants.lokr import LokrFactors
from support.image_adapters import changed_bias, factors_of, lora, random, same, saved, written

CLIP = "text_encoders.clip_l.transformer.text_model.encoder.layers.0.mlp.fc1"


def lazy(*shape: int, seed: int = 0) -> LazyTensor:
    return LazyTensor.of(random(*shape, seed=seed))


def adapter_of_all_kinds() -> Adapter:
    plain = factors_of(4, 54, scale=0.5)
    modules = {
        "diffusion_model.input_blocks.1.1.proj_in": plain,
        "diffusion_model.input_blocks.3.0.op": plain,
        "diffusion_model.middle_block.1.proj_out": DoraFactors(plain.A, plain.B, lazy(4), 0.25),
        "diffusion_model.out.2": LohaFactors(
            lazy(4, 2), lazy(2, 6), lazy(4, 2, seed=1), lazy(2, 6, seed=1), 0.5
        ),
        "diffusion_model.time_embed.0": LokrFactors(0.5, w1=lazy(2, 2), w2_a=lazy(2, 1), w2_b=lazy(1, 3)),
        CLIP: plain,
        "text_encoder.text_model.encoder.layers.0.mlp.fc2": plain,
    }
    return Adapter(Host(modules=(), kernels={"diffusion_model.input_blocks.3.0.op": (3, 3)}), modules)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    adapter = adapter_of_all_kinds()
    file = written(comfyui, adapter, tmp_path / "a.safetensors")
    assert comfyui.recognise(file) == comfyui.recognise(tmp_path) == file
    again = comfyui.read(file)
    assert same(again, adapter)
    assert again.host.kernels == adapter.host.kernels
    assert again.unresolved == ""
    assert written(comfyui, again, tmp_path / "b.safetensors").read_bytes() == file.read_bytes()


def test_the_original_names_convert_into_kohyas_and_back(tmp_path: Path) -> None:
    adapter = adapter_of_all_kinds()
    models = {path: each for path, each in adapter.modules.items() if path.startswith("diffusion_model.")}
    adapter = replace(adapter, modules=models)
    file = written(kohya, adapter, tmp_path / "a.safetensors")
    assert comfyui.recognise(file) is None
    back = written(comfyui, kohya.read(file), tmp_path / "b.safetensors")
    assert kohya.recognise(back) is None
    assert same(comfyui.read(back), adapter)


@pytest.mark.parametrize(
    "ends", [("lora_A.weight", "lora_B.weight"), ("lora_A.default.weight", "lora_B.default.weight")]
)
def test_pefts_names_of_the_factors_are_read(ends: tuple[str, str], tmp_path: Path) -> None:
    name = "diffusion_model.double_blocks.0.img_attn.qkv"
    A, B = random(2, 6), random(4, 2, seed=1)
    file = saved(tmp_path / "a.safetensors", {f"{name}.{ends[0]}": A, f"{name}.{ends[1]}": B})
    assert comfyui.recognise(file) == file
    ((path, factors),) = comfyui.read(file).modules.items()
    assert path == name
    assert torch.equal(factors.A.read(), A)  # type: ignore[attr-defined]
    assert factors.scale == 1  # type: ignore[attr-defined]


def test_a_bias_is_written_as_what_is_added(tmp_path: Path) -> None:
    path = "diffusion_model.out.2"
    for scale in (1.0, 0.3):
        factors = replace(factors_of(4, 6, scale=scale), bias=lazy(4))
        adapter = Adapter(Host(modules=()), {path: factors})
        file = written(comfyui, adapter, tmp_path / f"{scale}.safetensors")
        added = changed_bias(factors, torch.zeros(4), (4, 6))
        assert torch.equal(load_file(file)[f"{path}.diff_b"].double(), added)
        again = changed_bias(comfyui.read(file).modules[path], torch.zeros(4), (4, 6))
        torch.testing.assert_close(again, added, rtol=1e-15, atol=0)


def test_a_host_gives_its_own_names_or_the_file_is_refused(tmp_path: Path) -> None:
    file = saved(tmp_path / "a.safetensors", lora("diffusion_model.out.2"))
    for name in ("out.2", "model.diffusion_model.out.2", "diffusion_model.out.2"):
        if name.startswith("model."):
            other = saved(tmp_path / "b.safetensors", lora(name))
            assert [*comfyui.read(other, Host(modules=("out.2",))).modules] == ["out.2"]
        else:
            assert [*comfyui.read(file, Host(modules=("out", name))).modules] == [name]
    with pytest.raises(
        AlignmentError, match=r"1 of its 1 modules are not in the base: 'diffusion_model\.out\.2'"
    ):
        comfyui.read(file, Host(modules=("out.3",)))


WRONG: list[tuple[dict[str, Tensor], type[Exception], str]] = [
    (
        {"diffusion_model.x.lora_B.weight": torch.ones(4, 2)},
        DamagedFileError,
        "two tensors that are lora_up.weight",
    ),
    (
        {"diffusion_model.x.lora_new": torch.ones(4)},
        UnsupportedError,
        "'diffusion_model.x.lora_new' of no method",
    ),
    (
        {"diffusion_model.y.w_norm": torch.ones(4), "diffusion_model.y.b_norm": torch.ones(3)},
        DamagedFileError,
        "a norm has vectors of one length",
    ),
    (
        {"diffusion_model.y.bm.weight": torch.ones(4, 2)},
        UnsupportedError,
        "bm.weight' of a Tucker form of GLoRA",
    ),
    ({"diffusion_model.y.set_weight": torch.ones(4, 2)}, UnsupportedError, "only the vectors of norms"),
    (
        {"diffusion_model.y.set_weight": torch.ones(4), "diffusion_model.y.diff_b": torch.ones(4)},
        DamagedFileError,
        "what replaces a norm is alone",
    ),
    (
        lora("diffusion_model.img_in") | {"diffusion_model.img_in.reshape_weight": torch.tensor([4, 7])},
        DamagedFileError,
        "reshape_weight is another shape than",
    ),
    ({"diffusion_model.y.diff": torch.tensor(4.0)}, DamagedFileError, "a number for each row at least"),
]


@pytest.mark.parametrize(("tensors", "error", "reason"), WRONG)
def test_wrong_files_are_refused(
    tensors: dict[str, Tensor], error: type[Exception], reason: str, tmp_path: Path
) -> None:
    file = saved(tmp_path / "a.safetensors", lora("diffusion_model.x") | tensors)
    with pytest.raises(error, match=f"a.safetensors.*{reason}"):
        comfyui.read(file)


def test_what_a_file_cannot_carry_is_refused_in_sentences() -> None:
    name = "diffusion_model.out.2"
    plain = Adapter(Host(modules=()), {name: factors_of(4, 6)})
    tensor = LazyTensor.of(torch.ones(4))
    cases = [
        (replace(plain, replaced={"norm.weight": tensor}), "replaces 'norm.weight'"),
        (replace(plain, token_rows={"embed": TokenRows((1,), tensor)}), "rows of tokens"),
        (replace(plain, modules={"unet.conv_in": factors_of(4, 6)}), "write kohya for these"),
        (replace(plain, modules={"lora_unet_x": factors_of(4, 6)}), "are not by ComfyUI's own names"),
        (replace(plain, modules={name: factors_of(4, 6, scale=0.0)}), "its scale is 0"),
    ]
    assert comfyui.refusals(plain) == []
    for adapter, reason in cases:
        (sentence,) = comfyui.refusals(adapter)
        assert reason in sentence


KINDS = {
    "kohya": "lora_unet_conv_in.lora_down.weight",
    "comfyui": "diffusion_model.out.2.lora_down.weight",
    "diffusers": "unet.conv_in.lora_A.weight",
    "cloneofsimo": "unet:0:down",
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_is_taken_by_one_format_only(kind: str, tmp_path: Path) -> None:
    file = saved(tmp_path / "a.safetensors", {KINDS[kind]: torch.ones(2, 6)})
    forms = {name: load(name) for name in names()}
    assert [name for name, form in forms.items() if form.recognise(file) is not None] == [kind]


@pytest.mark.parametrize(
    "key",
    [
        "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight",
        "model.layers.0.self_attn.q_proj.lora_A.weight",
        "model.layers.0.self_attn.q_proj.lora_a",
        "base_model.model.x.lokr_w1",
        "layers.0.attn.q_proj.lora_a.weight",
        "model.layers.0.self_attn.q_proj.weight",
        "diffusion_model.out.2.weight",
        "unet.conv_in.weight",
        "text_model.encoder.layers.0.alpha",
    ],
)
def test_nothing_else_is_taken_for_an_adapter_of_an_image_model(key: str, tmp_path: Path) -> None:
    file = saved(tmp_path / "a.safetensors", {key: torch.ones(2, 6)})
    assert [name for name in KINDS if load(name).recognise(file) is not None] == []

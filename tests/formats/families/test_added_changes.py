"""What is added to norms, biases and bare parameters: extracted, converted, re-ranked, fused.

The names are those that `comfy/lora.py` looks up for each name of a module (w_norm, b_norm, diff, diff_b,
set_weight); `X.diff_m`, which is added to `X.modulation`, is of LightX2V's files.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from lorasurgery import convert, extract, fuse, merge, rerank
from lorasurgery.errors import UnsupportedError

diffusers = pytest.importorskip("diffusers")

W = 16
RANDOM = torch.Generator().manual_seed(17)


def noise(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=RANDOM) * 0.3


# Of Wan: a module with a bias, one whose bias alone changes, two norms; and two bare parameters.
Q, K, FF = "blocks.0.self_attn.q", "blocks.0.self_attn.k", "blocks.0.ffn.0"
NORM, NORM_Q = "blocks.0.norm3", "blocks.0.self_attn.norm_q"
LAYERS = {f"{Q}.weight": (W, W), f"{Q}.bias": (W,), f"{K}.weight": (W, W), f"{K}.bias": (W,)}
LAYERS |= {f"{FF}.weight": (2 * W, W)}
NORMS = {f"{NORM}.weight": (W,), f"{NORM}.bias": (W,), f"{NORM_Q}.weight": (W,)}
BARE = {"blocks.0.modulation": (1, 6, W), "head.modulation": (1, 2, W)}


def pair(folder: Path, shapes: dict[str, tuple[int, ...]]) -> tuple[Path, Path]:
    """A base and a fine-tune in bfloat16, in which all but one matrix changed, at full rank."""
    base = {name: noise(*shape).bfloat16() for name, shape in shapes.items()}
    tuned = {name: (each.float() + 0.1 * noise(*each.shape)).bfloat16() for name, each in base.items()}
    if f"{K}.weight" in base:
        tuned[f"{K}.weight"] = base[f"{K}.weight"].clone()
    for name, tensors in (("base", base), ("tuned", tuned)):
        save_file(tensors, folder / f"{name}.safetensors")
    return folder / "base.safetensors", folder / "tuned.safetensors"


def ends(file: Path, name: str) -> set[str]:
    """How the tensors of one module in a file are called."""
    return {key.removeprefix(f"{name}.") for key in load_file(file) if key.startswith(f"{name}.")}


@pytest.mark.parametrize("form", ["comfyui", "kohya"])
def test_norms_and_biases_are_extracted_as_what_is_added(form: str, tmp_path: Path) -> None:
    shapes = LAYERS | NORMS | (BARE if form == "comfyui" else {})
    base, tuned = pair(tmp_path, shapes)
    report = extract(base, tuned, tmp_path / "x.safetensors", rank=W, format=form)
    assert {each.form for each in report.kept} == {"change"}
    assert {each.name for each in report.kept} == {*NORMS, f"{Q}.bias", f"{K}.bias", *(shapes.keys() & BARE)}

    def named(module: str) -> str:
        return f"diffusion_model.{module}" if form == "comfyui" else f"lora_unet_{module.replace('.', '_')}"

    assert ends(tmp_path / "x.safetensors", named(NORM)) == {"w_norm", "b_norm"}
    assert ends(tmp_path / "x.safetensors", named(NORM_Q)) == {"w_norm"}
    assert ends(tmp_path / "x.safetensors", named(K)) == {"diff_b"}
    assert ends(tmp_path / "x.safetensors", named(Q)) == {
        "lora_down.weight",
        "lora_up.weight",
        "alpha",
        "diff_b",
    }
    assert any("as ComfyUI reads them" in note for note in report.notes) == (form == "kohya")
    merge(base, tmp_path / "x.safetensors", tmp_path / "m")
    merged, wanted = load_file(tmp_path / "m" / "base.safetensors"), load_file(tuned)
    for name, each in wanted.items():
        if each.ndim == 2:
            torch.testing.assert_close(merged[name], each, rtol=1e-2, atol=1e-2)
        else:
            assert torch.equal(merged[name], each), name


def test_what_a_format_has_no_place_for_is_refused_with_the_way_out(tmp_path: Path) -> None:
    base, tuned = pair(tmp_path, LAYERS | NORMS | BARE)
    with pytest.raises(UnsupportedError, match=r"'blocks.0.modulation'.*by kohya's names.*rest='drop'"):
        extract(base, tuned, tmp_path / "k.safetensors", rank=2, format="kohya")
    with pytest.raises(UnsupportedError, match=r"replaces 'blocks.0.modulation'.*drop.*format='comfyui'"):
        extract(base, tuned, tmp_path / "d.safetensors", rank=2, format="diffusers")
    base, tuned = pair(tmp_path, LAYERS | {f"{NORM_Q}.weight": (W,)})
    with pytest.raises(UnsupportedError, match=r"norms of queries and keys of Flux.1's.*and no others"):
        extract(base, tuned, tmp_path / "d.safetensors", rank=2, format="diffusers")


@pytest.mark.parametrize("name", ["Flux", "HunyuanVideo"])
def test_the_class_says_whether_diffusers_replaces_norms(name: str, tmp_path: Path) -> None:
    """Flux.1 and HunyuanVideo have such names alike, and diffusers' loader of the latter leaves norms out."""
    block = "transformer_blocks.0.attn"
    base, tuned = pair(tmp_path, {f"{block}.to_q.weight": (W, W), f"{block}.norm_q.weight": (W,)})
    config = {"_class_name": f"{name}Transformer2DModel", "_diffusers_version": "0.42.1"}
    for side in (base, tuned):
        (tmp_path / f"{side.stem}-model").mkdir()
        (tmp_path / f"{side.stem}-model" / "config.json").write_text(json.dumps(config))
        side.rename(tmp_path / f"{side.stem}-model" / "diffusion_pytorch_model.safetensors")
    models = tmp_path / "base-model", tmp_path / "tuned-model"
    if name == "Flux":
        extract(*models, tmp_path / "x.safetensors", rank=2, format="diffusers")
        assert f"transformer.{block}.norm_q.weight" in load_file(tmp_path / "x.safetensors")
        return
    with pytest.raises(UnsupportedError, match=r"Flux.1's transformer, and no others"):
        extract(*models, tmp_path / "x.safetensors", rank=2, format="diffusers")


def test_comfyui_gets_its_own_words_for_what_it_has_of_clip_by_no_other(tmp_path: Path) -> None:
    """`comfy/lora.py` has six layers of a block of CLIP by diffusers' names, and all by its own."""
    part, layer = "conditioner.embedders.0.transformer", "text_model.encoder.layers.0"
    shapes = {f"{part}.{layer}.mlp.fc1.weight": (2 * W, W), f"{part}.{layer}.mlp.fc1.bias": (2 * W,)}
    shapes |= {f"{part}.{layer}.layer_norm1.{end}": (W,) for end in ("weight", "bias")}
    shapes |= {f"{part}.text_model.embeddings.token_embedding.weight": (3 * W, W)}
    shapes |= {"model.diffusion_model.input_blocks.4.1.proj_in.weight": (W, W)}
    base, tuned = pair(tmp_path, shapes)
    with pytest.raises(UnsupportedError, match=r"token_embedding.*such modules out by exclude="):
        extract(base, tuned, tmp_path / "x.safetensors", rank=W, format="comfyui")
    extract(base, tuned, tmp_path / "x.safetensors", rank=W, format="comfyui", exclude="*token_embedding*")
    factors = {"lora_up.weight", "lora_down.weight", "alpha"}
    assert ends(tmp_path / "x.safetensors", f"text_encoder.{layer}.mlp.fc1") == {*factors, "diff_b"}
    norm = f"text_encoders.clip_l.transformer.{layer}.layer_norm1"
    assert ends(tmp_path / "x.safetensors", norm) == {"w_norm", "b_norm"}
    report = convert(tmp_path / "x.safetensors", tmp_path / "k.safetensors", format="kohya")
    assert any("norms of text encoders are read by LyCORIS alone" in note for note in report.notes)
    for file in (tmp_path / "x.safetensors", tmp_path / "k.safetensors"):
        merge(base, file, tmp_path / file.stem, undo=False)
        merged, wanted = load_file(tmp_path / file.stem / "base.safetensors"), load_file(tuned)
        assert all(torch.equal(merged[name], wanted[name]) for name in shapes if "layer_norm" in name)


@pytest.mark.parametrize("form", ["comfyui", "kohya"])
def test_what_did_not_change_needs_no_place(form: str, tmp_path: Path) -> None:
    """An all-in-one checkpoint has an autoencoder, for which no LoRA file has names."""
    part, vae = "model.diffusion_model.input_blocks.4.1", "first_stage_model.encoder.conv_in.weight"
    shapes = {f"{part}.proj_in.weight": (W, W), f"{part}.proj_in.bias": (W,), f"{part}.norm.weight": (W,)}
    base, tuned = pair(tmp_path, shapes | {vae: (W, 3)})
    changed = load_file(tuned)
    save_file(changed | {vae: load_file(base)[vae]}, tuned)
    extract(base, tuned, tmp_path / "x.safetensors", rank=W, format=form)
    merge(base, tmp_path / "x.safetensors", tmp_path / "m", undo=False)
    merged = load_file(tmp_path / "m" / "base.safetensors")
    assert all(torch.equal(merged[name], changed[name]) for name in shapes if "proj_in.weight" not in name)
    save_file(changed, tuned)
    with pytest.raises(UnsupportedError, match=r"first_stage_model.encoder.conv_in.*out by exclude="):
        extract(base, tuned, tmp_path / "y.safetensors", rank=W, format=form)


def test_modulation_is_read_as_lightx2v_and_as_comfyui_name_it(tmp_path: Path) -> None:
    base = {f"{Q}.weight": noise(W, W), **{name: noise(*shape) for name, shape in BARE.items()}}
    save_file(base, tmp_path / "base.safetensors")
    down, up, change = noise(2, W), noise(W, 2), {name: noise(*shape) for name, shape in BARE.items()}
    factors = {f"diffusion_model.{Q}.lora_down.weight": down, f"diffusion_model.{Q}.lora_up.weight": up}
    for form, ending in (("lightx2v", ".diff_m"), ("comfyui", ".modulation.diff")):
        lora = tmp_path / f"{form}.safetensors"
        added = {
            f"diffusion_model.{name.removesuffix('.modulation')}{ending}": t for name, t in change.items()
        }
        save_file(factors | added, lora)
        merge(tmp_path / "base.safetensors", f"{lora}:0.5", tmp_path / form)
        merged = load_file(tmp_path / form / "base.safetensors")
        for name, each in change.items():
            torch.testing.assert_close(merged[name], base[name] + 0.5 * each)
        convert(lora, tmp_path / f"{form}-c.safetensors", format="comfyui")
        assert "diffusion_model.head.modulation.lora_up.weight" in load_file(
            tmp_path / f"{form}-c.safetensors"
        )
        with pytest.raises(UnsupportedError, match=r"no place for parameters without a layer.*Write comfyui"):
            convert(lora, tmp_path / "d.safetensors", format="diffusers")


def test_modulation_goes_into_diffusers_folder(tmp_path: Path) -> None:
    model = diffusers.WanTransformer3DModel(
        num_attention_heads=2, attention_head_dim=16, num_layers=1, ffn_dim=64
    )
    model.save_pretrained(tmp_path / "transformer")
    change = {"blocks.0": noise(1, 6, 32), "head": noise(1, 2, 32)}
    save_file(
        {f"diffusion_model.{name}.diff_m": each for name, each in change.items()}
        | {
            f"diffusion_model.{Q}.lora_A.weight": noise(2, 32),
            f"diffusion_model.{Q}.lora_B.weight": noise(32, 2),
        },
        tmp_path / "l.safetensors",
    )
    merge(tmp_path / "transformer", tmp_path / "l.safetensors", tmp_path / "m")
    merged = diffusers.WanTransformer3DModel.from_pretrained(tmp_path / "m").state_dict()
    before = model.state_dict()
    for name, theirs in (("blocks.0", "blocks.0.scale_shift_table"), ("head", "scale_shift_table")):
        torch.testing.assert_close(merged[theirs], before[theirs] + change[name])


def test_a_size_holds_what_is_added_too(tmp_path: Path) -> None:
    """Sixty norms, whose changes take twice the bytes of their new values."""
    wide = {f"blocks.{i}.norm3.weight": (64,) for i in range(60)}
    base, tuned = pair(tmp_path, {f"{Q}.weight": (512, 256)} | wide)
    extract(base, tuned, tmp_path / "x.safetensors", size="100kB", format="comfyui")
    assert 80_000 < (tmp_path / "x.safetensors").stat().st_size < 100_000


def biased(file: Path, prefix: str, *, seed: int = 0) -> dict[str, Tensor]:
    """A file with a strong module and a weak one that have biases, and a bias alone."""
    RANDOM.manual_seed(seed)
    tensors = {}
    for index, (name, scale) in enumerate(((Q, 10.0), (K, 1e-3))):
        tensors[f"{prefix}{name}.lora_A.weight"] = noise(4, W)
        tensors[f"{prefix}{name}.lora_B.weight"] = scale * noise(W, 4)
        tensors[f"{prefix}{name}.diff_b"] = noise(W) + index
    tensors[f"{prefix}{FF}.diff_b"] = noise(2 * W)
    save_file(tensors, file)
    return tensors


def test_a_budget_keeps_biases_without_the_base(tmp_path: Path) -> None:
    """Of modules that get no rank, too, and of those that have none."""
    tensors = biased(tmp_path / "l.safetensors", "diffusion_model.")
    rerank(tmp_path / "l.safetensors", tmp_path / "r.safetensors", size="1600B")
    found = load_file(tmp_path / "r.safetensors")
    assert not any(f"{K}.lora" in key for key in found)
    assert any(f"{Q}.lora" in key for key in found)
    for name in (Q, K, FF):
        key = f"diffusion_model.{name}.diff_b"
        assert torch.equal(found[key], tensors[key])


def test_biases_stay_when_numbers_are_stored_otherwise(tmp_path: Path) -> None:
    tensors = biased(tmp_path / "l.safetensors", "diffusion_model.")
    convert(tmp_path / "l.safetensors", tmp_path / "c.safetensors", dtype="float16")
    found = load_file(tmp_path / "c.safetensors")
    key = f"diffusion_model.{FF}.diff_b"
    assert torch.equal(found[key], tensors[key])


def test_biases_alone_add_up_when_files_are_fused(tmp_path: Path) -> None:
    one = biased(tmp_path / "1.safetensors", "diffusion_model.", seed=1)
    other = biased(tmp_path / "2.safetensors", "diffusion_model.", seed=2)
    fuse([f"{tmp_path / '1.safetensors'}:0.5", tmp_path / "2.safetensors"], tmp_path / "f.safetensors")
    found = load_file(tmp_path / "f.safetensors")
    for name in (Q, K, FF):
        key = f"diffusion_model.{name}.diff_b"
        torch.testing.assert_close(found[key], 0.5 * one[key] + other[key])


def flux(folder: Path) -> Path:
    torch.manual_seed(4)
    model = diffusers.FluxTransformer2DModel(
        num_layers=1,
        num_single_layers=1,
        num_attention_heads=2,
        attention_head_dim=16,
        joint_attention_dim=24,
        pooled_projection_dim=16,
        axes_dims_rope=(4, 6, 6),
    )
    model.save_pretrained(folder)
    return folder


def test_diffusers_loads_the_norms_and_biases_that_are_extracted_for_it(tmp_path: Path) -> None:
    base, tuned = flux(tmp_path / "transformer"), flux(tmp_path / "tuned")
    file = tuned / "diffusion_pytorch_model.safetensors"
    before = load_file(file)
    save_file({name: each + 0.05 * noise(*each.shape) for name, each in before.items()}, file)
    extract(base, tuned, tmp_path / "l.safetensors", rank=256, format="diffusers")
    pipe = diffusers.FluxPipeline(
        scheduler=None,
        vae=None,
        text_encoder=None,
        tokenizer=None,
        text_encoder_2=None,
        tokenizer_2=None,
        transformer=diffusers.FluxTransformer2DModel.from_pretrained(base),
    )
    pipe.load_lora_weights(str(tmp_path / "l.safetensors"))
    pipe.fuse_lora()
    pipe.transformer.unload_lora()
    fused, wanted = pipe.transformer.state_dict(), load_file(file)
    assert fused.keys() == wanted.keys()
    for name, each in wanted.items():
        torch.testing.assert_close(fused[name], each, rtol=1e-4, atol=1e-5)

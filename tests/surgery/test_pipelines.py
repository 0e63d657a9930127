"""Pipelines of diffusers as bases, in the shape of Stable Diffusion XL: a UNet and two text encoders."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from lorasurgery import extract, merge, unmerge, verify
from lorasurgery.errors import AlignmentError, NotACheckpointError, NothingToDoError, UnsupportedError
from lorasurgery.surgery.convert import convert
from lorasurgery.surgery.inspect import inspect

PARTS = ("unet", "text_encoder", "text_encoder_2")
CLIP = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "vocab_size": 64,
    "max_position_embeddings": 16,
    "projection_dim": 16,
}


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A seeded pipeline as diffusers saves it, without its tokenizers."""
    diffusers = pytest.importorskip("diffusers")
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(3)
    unet = diffusers.UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(8, 16, 16),
        layers_per_block=2,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        transformer_layers_per_block=(1, 1, 1),
        attention_head_dim=(1, 2, 2),
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=4,
        projection_class_embeddings_input_dim=40,
        cross_attention_dim=32,
        norm_num_groups=2,
    )
    config = transformers.CLIPTextConfig(**CLIP)
    vae = diffusers.AutoencoderKL(block_out_channels=(8,), norm_num_groups=2, latent_channels=4)
    whole = diffusers.StableDiffusionXLPipeline(
        vae=vae,
        text_encoder=transformers.CLIPTextModel(config),
        text_encoder_2=transformers.CLIPTextModelWithProjection(config),
        tokenizer=None,
        tokenizer_2=None,
        unet=unet,
        scheduler=diffusers.EulerDiscreteScheduler(),
    )
    folder = tmp_path_factory.mktemp("pipeline") / "xl"
    whole.save_pretrained(folder)
    return folder


def loaded(folder: Path) -> Any:
    import diffusers

    return diffusers.StableDiffusionXLPipeline.from_pretrained(folder, tokenizer=None, tokenizer_2=None)


def linears(model: nn.Module) -> dict[str, nn.Linear]:
    found = {name: each for name, each in model.named_modules() if isinstance(each, nn.Linear)}
    return {name: each for name, each in found.items() if name.endswith(("to_q", "q_proj", "fc1"))}


@pytest.fixture(scope="module")
def lora(pipeline: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Factors for some layers of all three models, as diffusers names them."""
    generator = torch.Generator().manual_seed(5)
    whole, tensors = loaded(pipeline), {}
    for part in PARTS:
        for name, layer in linears(getattr(whole, part)).items():
            key = f"{part}.{name.removeprefix('text_model.')}" if part == "unet" else f"{part}.{_clip(name)}"
            rows, width = layer.weight.shape
            tensors[f"{key}.lora_A.weight"] = torch.randn(2, width, generator=generator) * 0.1
            tensors[f"{key}.lora_B.weight"] = torch.randn(rows, 2, generator=generator) * 0.1
    file = tmp_path_factory.mktemp("lora") / "style.safetensors"
    save_file(tensors, file)
    return file


@pytest.fixture(scope="module")
def merged(pipeline: Path, lora: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pipeline with the factors in all three models."""
    folder = tmp_path_factory.mktemp("merged") / "m"
    merge(pipeline, lora, folder)
    return folder


def _clip(name: str) -> str:
    return f"text_model.{name.removeprefix('text_model.')}"


def weights(folder: Path, part: str) -> dict[str, Tensor]:
    return load_file(next((folder / part).glob("*model.safetensors")))


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_merge_is_what_diffusers_fuses(pipeline: Path, lora: Path, tmp_path: Path) -> None:
    report = merge(pipeline, f"{lora}:0.5", tmp_path / "merged")
    whole = loaded(pipeline)
    whole.load_lora_weights(str(lora.parent), weight_name=lora.name)
    whole.fuse_lora(lora_scale=0.5)
    whole.unload_lora_weights()
    fused = {part: getattr(whole, part).state_dict() for part in PARTS}
    ours, count = loaded(tmp_path / "merged"), 0
    for part in PARTS:
        before = weights(pipeline, part)
        for name, weight in getattr(ours, part).state_dict().items():
            torch.testing.assert_close(weight, fused[part][name], rtol=1e-5, atol=1e-6)
        count += sum(
            not torch.equal(before[name], each) for name, each in weights(tmp_path / "merged", part).items()
        )
    assert len(report.forecast.tensors) == count == len(load_file(lora)) // 2
    assert verify(pipeline, f"{lora}:0.5", tmp_path / "merged").is_exact


def test_kohyas_file_for_all_three_models_does_the_same(
    pipeline: Path, lora: Path, merged: Path, tmp_path: Path
) -> None:
    kohya = tmp_path / "kohya.safetensors"
    convert(lora, kohya, format="kohya")
    starts = {key.split("_")[1] for key in load_file(kohya)}
    assert starts == {"unet", "te1", "te2"}
    merge(pipeline, kohya, tmp_path / "other")
    for part in PARTS:
        one, other = weights(merged, part), weights(tmp_path / "other", part)
        assert all(torch.equal(one[name], other[name]) for name in one)


def test_merges_are_undone_to_the_byte_in_their_order(
    pipeline: Path, lora: Path, merged: Path, tmp_path: Path
) -> None:
    """The first changes all three models, the second the UNet alone."""
    of_unet = tmp_path / "unet.safetensors"
    save_file({key: each for key, each in load_file(lora).items() if key.startswith("unet.")}, of_unet)
    merge(merged, f"{of_unet}:-2", tmp_path / "two")
    report = unmerge(tmp_path / "two", tmp_path / "back")
    assert report.left == 1
    assert files_of(tmp_path / "back") == files_of(merged)
    unmerge(tmp_path / "back", tmp_path / "base")
    assert files_of(tmp_path / "base") == files_of(pipeline)
    with pytest.raises(NothingToDoError, match="by the name of its folder"):
        unmerge(tmp_path / "base", tmp_path / "none")


@pytest.mark.parametrize("format", ["diffusers", "kohya"])
def test_an_extraction_finds_what_was_merged(
    format: str, pipeline: Path, lora: Path, merged: Path, tmp_path: Path
) -> None:
    report = extract(pipeline, merged, tmp_path / "found.safetensors", rank=2, format=format)
    assert len(report.modules) == len(load_file(lora)) // 2
    assert report.accounted == pytest.approx(1, abs=1e-5)
    merge(pipeline, tmp_path / "found.safetensors", tmp_path / "again")
    for part in PARTS:
        one, other = weights(merged, part), weights(tmp_path / "again", part)
        for name, weight in one.items():
            torch.testing.assert_close(weight, other[name], rtol=1e-4, atol=1e-6)


def test_an_extraction_of_one_model_names_the_others_that_changed(
    pipeline: Path, merged: Path, tmp_path: Path
) -> None:
    shutil.copytree(merged, tmp_path / "m")
    file = tmp_path / "m" / "vae" / "diffusion_pytorch_model.safetensors"
    tensors = load_file(file)
    save_file(tensors | {"quant_conv.bias": tensors["quant_conv.bias"] + 1}, file, {"format": "pt"})
    found = tmp_path / "f.safetensors"
    report = extract(pipeline, tmp_path / "m", found, rank=2, include="unet/*attn1*")
    assert {key.partition(".")[0] for key in load_file(found)} == {"unet"}
    assert [each.name for each in report.lost if "/" not in each.name] == ["vae"]
    with pytest.raises(UnsupportedError, match="Put its folder in front"):
        extract(pipeline, tmp_path / "m", tmp_path / "g", include="*.to_q")


def test_modules_for_a_model_that_is_not_there_are_refused(
    pipeline: Path, lora: Path, tmp_path: Path
) -> None:
    tensors = load_file(lora) | {
        "text_encoder_3.encoder.block.0.layer.0.SelfAttention.q.lora_A.weight": torch.ones(1, 8),
        "text_encoder_3.encoder.block.0.layer.0.SelfAttention.q.lora_B.weight": torch.ones(8, 1),
    }
    more = tmp_path / "more.safetensors"
    save_file(tensors, more)
    with pytest.raises(AlignmentError, match=r"1 modules for text_encoder_3/"):
        merge(pipeline, more, tmp_path / "m")
    assert not (tmp_path / "m").exists()
    merge(pipeline, more, tmp_path / "m", exclude="text_encoder_*")
    before = weights(pipeline, "text_encoder_2")
    assert all(
        torch.equal(each, before[name]) for name, each in weights(tmp_path / "m", "text_encoder_2").items()
    )


def test_a_changed_tensor_is_found_in_any_model(pipeline: Path, lora: Path, tmp_path: Path) -> None:
    merge(pipeline, lora, tmp_path / "m", exclude="text_encoder*")
    file = tmp_path / "m" / "text_encoder" / "model.safetensors"
    tensors = load_file(file)
    name = min(tensors)
    tensors[name] = tensors[name] + 1
    save_file(tensors, file, {"format": "pt"})
    report = verify(pipeline, lora, tmp_path / "m", exclude="text_encoder*")
    assert [each.name for each in report.differing] == [f"text_encoder/{name}"]


def test_a_component_is_merged_and_extracted_alone(
    pipeline: Path, lora: Path, merged: Path, tmp_path: Path
) -> None:
    merge(pipeline, lora, tmp_path / "m", component="unet")
    for part in PARTS:
        wanted = weights(merged if part == "unet" else pipeline, part)
        assert all(torch.equal(each, wanted[name]) for name, each in weights(tmp_path / "m", part).items())
    assert verify(pipeline, lora, tmp_path / "m", component="unet").is_exact
    assert not verify(pipeline, lora, tmp_path / "m").is_exact
    found = tmp_path / "found.safetensors"
    extract(pipeline, merged, found, rank=2, component=["text_encoder", "text_encoder_2"])
    assert {key.partition(".")[0] for key in load_file(found)} == {"text_encoder", "text_encoder_2"}
    with pytest.raises(UnsupportedError, match="has no component 'transformer'; it has text_encoder, "):
        merge(pipeline, lora, tmp_path / "n", component="transformer")
    with pytest.raises(UnsupportedError, match="is for pipelines of diffusers"):
        merge(pipeline / "unet", lora, tmp_path / "n", component="unet")
    with pytest.raises(NothingToDoError, match="hold no factors for vae"):
        merge(pipeline, lora, tmp_path / "n", component="vae")
    with pytest.raises(NothingToDoError, match="No adapter is for vae of"):
        extract(pipeline, merged, tmp_path / "n", component="vae")


def test_blocks_of_all_models_have_weights_of_their_own(pipeline: Path, lora: Path, tmp_path: Path) -> None:
    weight = ["text_encoder_2/*=0", "mlp.fc1=-2", "unet.*.attn1.*=0.5"]
    merge(pipeline, lora, tmp_path / "m", weight=weight)
    tensors = load_file(lora)
    factor = {"unet": {"attn1": 0.5, "attn2": 1.0}, "text_encoder": {"fc1": -2.0, "q_proj": 1.0}}
    factor["text_encoder_2"] = {"fc1": -2.0, "q_proj": 0.0}
    for part, factors in factor.items():
        before = weights(pipeline, part)
        for name, after in weights(tmp_path / "m", part).items():
            inside = name if part == "unet" else _clip(name)
            key = f"{part}.{inside.removesuffix('.weight')}"
            expected = before[name]
            if f"{key}.lora_B.weight" in tensors:
                times = next(each for word, each in factors.items() if word in key)
                change = tensors[f"{key}.lora_B.weight"] @ tensors[f"{key}.lora_A.weight"]
                expected = expected + times * change
            torch.testing.assert_close(after, expected, rtol=1e-5, atol=1e-6)
    report = verify(pipeline, lora, tmp_path / "m", weight=weight)
    assert report.is_exact
    assert "text_encoder_2: 2 modules of 'text_encoder_2/*' times 0" in report.notes
    assert not verify(pipeline, lora, tmp_path / "m", weight=weight[:2]).is_exact
    refusal = r"'up\.\*' matches no module. Names look like 'text_encoder\."
    with pytest.raises(NothingToDoError, match=refusal):
        verify(pipeline, lora, tmp_path / "m", weight="up.*=2")
    with pytest.raises(NothingToDoError, match=refusal):
        merge(pipeline, lora, tmp_path / "n", weight="up.*=2")


def test_one_size_is_spent_on_all_models(pipeline: Path, lora: Path, tmp_path: Path) -> None:
    """The change of one text encoder is much larger, so that its ranks come first."""
    merge(pipeline, lora, tmp_path / "m", weight="text_encoder.*=20")
    size = 78_000
    report = extract(pipeline, tmp_path / "m", tmp_path / "found.safetensors", size=size)
    ranks = {each.module: each.rank for each in report.modules}
    strong = {rank for name, rank in ranks.items() if name.startswith("text_encoder/")}
    assert strong == {2}
    assert 0 < sum(ranks.values()) < 2 * len(ranks)
    assert (tmp_path / "found.safetensors").stat().st_size <= size
    merge(pipeline, tmp_path / "found.safetensors", tmp_path / "again")
    one, other = weights(tmp_path / "m", "text_encoder"), weights(tmp_path / "again", "text_encoder")
    assert all(torch.allclose(each, other[name], rtol=1e-4, atol=1e-5) for name, each in one.items())


@pytest.mark.parametrize("format", ["diffusers", "kohya", "comfyui"])
def test_a_pipeline_is_the_base_of_a_conversion(
    format: str, pipeline: Path, lora: Path, tmp_path: Path
) -> None:
    """It has the names that LoRA files have, of CLIP too, whose class is its text model."""
    with_base, alone = tmp_path / "with.safetensors", tmp_path / "alone.safetensors"
    convert(lora, with_base, format=format, base=pipeline)
    convert(lora, alone, format=format)
    assert with_base.read_bytes() == alone.read_bytes()
    convert(with_base, tmp_path / "back.safetensors", format="diffusers", base=pipeline)
    back, tensors = load_file(tmp_path / "back.safetensors"), load_file(lora)
    assert back.keys() == tensors.keys()
    assert all(torch.equal(each, tensors[name]) for name, each in back.items())
    report = inspect(lora, base=pipeline)
    assert len(report.modules) == len(tensors) // 2
    assert all(each.relative for each in report.modules)


def test_what_is_not_there_is_said_of_the_path_that_is_missing(pipeline: Path, tmp_path: Path) -> None:
    with pytest.raises(NotACheckpointError, match="missing' does not exist"):
        extract(pipeline, tmp_path / "missing", tmp_path / "n")
    with pytest.raises(NotACheckpointError, match="is a pipeline of several models"):
        extract(pipeline, pipeline / "unet", tmp_path / "n")


def test_a_size_is_that_of_the_whole_pipeline(pipeline: Path, lora: Path, tmp_path: Path) -> None:
    """Of one quantised model: what the others take is subtracted, and they stay as they are."""
    base = tmp_path / "base"
    shutil.copytree(pipeline, base)
    with pytest.raises(UnsupportedError, match=r"no model of .* that changes has quantised weights"):
        merge(base, lora, tmp_path / "m", requantise=True)
    file = base / "unet" / "diffusion_pytorch_model.safetensors"
    quantised = quantised_in_8_bits(load_file(file))
    save_file(quantised, file, {"format": "pt"})
    merge(base, lora, tmp_path / "narrow", requantise=True)
    least = sum(nbytes_of(each) for each in base.rglob("*.safetensors"))
    merge(base, lora, tmp_path / "m", requantise=True, size=least + 600)
    sizes = sum(nbytes_of(each) for each in (tmp_path / "m").rglob("*.safetensors"))
    assert least < sizes <= least + 600
    kinds = {each.dtype for each in weights(tmp_path / "m", "unet").values()}
    assert torch.float8_e4m3fn in kinds
    with pytest.raises(UnsupportedError, match=rf"is less than the weights of .* take .{least:,}"):
        merge(base, lora, tmp_path / "n", requantise=True, size=least - 1)


def test_a_pipeline_is_not_done_in_parts(pipeline: Path, lora: Path, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedError, match="a pipeline of several: name the folder of one of its models"):
        merge(pipeline, lora, tmp_path / "m", part="1/2")
    assert not any(tmp_path.iterdir())


def nbytes_of(file: Path) -> int:
    return sum(each.numel() * each.element_size() for each in load_file(file).values())


def quantised_in_8_bits(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The projections of attention in float8, with a scale for each."""
    found = dict(tensors)
    for name, weight in tensors.items():
        if name.endswith(("to_q.weight", "to_k.weight")):
            scale = weight.abs().max() / 448
            found[name] = (weight / scale).to(torch.float8_e4m3fn)
            found[name.removesuffix("weight") + "weight_scale"] = scale.reshape(1)
    return found

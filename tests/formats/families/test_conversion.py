"""Adapters between the namings of a family: converted, merged into either base, there and back."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from lorasurgery import convert, merge, unmerge
from lorasurgery.errors import AlignmentError, SurgeryError, UnsupportedError

W = 24
GENERATOR = torch.Generator().manual_seed(20)


def normal(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=GENERATOR)


# A family's packed module, its parts with their rows, and a module that is only renamed.
PACKED = {
    "flux": (
        "single_blocks.3.linear1",
        {f"single_transformer_blocks.3.attn.to_{x}": W for x in "qkv"}
        | {"single_transformer_blocks.3.proj_mlp": 4 * W},
        ("double_blocks.1.txt_attn.proj", "transformer_blocks.1.attn.to_add_out"),
    ),
    "sd3": (
        "joint_blocks.2.context_block.attn.qkv",
        {f"transformer_blocks.2.attn.add_{x}_proj": W for x in "qkv"},
        ("joint_blocks.2.x_block.attn2.proj", "transformer_blocks.2.attn2.to_out.0"),
    ),
    "z_image": (
        "layers.0.attention.qkv",
        {f"layers.0.attention.to_{x}": W for x in "qkv"},
        ("layers.0.attention.out", "layers.0.attention.to_out.0"),
    ),
    "lumina2": (
        "layers.0.attention.qkv",
        {"layers.0.attn.to_q": W, "layers.0.attn.to_k": W // 3, "layers.0.attn.to_v": W // 3},
        ("layers.0.feed_forward.w1", "layers.0.feed_forward.linear_1"),
    ),
}


def saved(path: Path, tensors: dict[str, Tensor]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path)
    return path


def factors(
    name: str, rows: int, rank: int = 2, ends: tuple[str, str] = ("lora_down", "lora_up")
) -> dict[str, Tensor]:
    return {f"{name}.{ends[0]}.weight": normal(rank, W), f"{name}.{ends[1]}.weight": normal(rows, rank)}


def kohya_file(path: Path, family: str) -> Path:
    whole, parts, (renamed, _) = PACKED[family]
    tensors: dict[str, Tensor] = {}
    for name, rows in ((whole, sum(parts.values())), (renamed, W)):
        flat = f"lora_unet_{name.replace('.', '_')}"
        tensors |= factors(flat, rows) | {f"{flat}.alpha": torch.tensor(1.0)}
    return saved(path, tensors)


def change(file: Path, name: str) -> Tensor:
    """ΔW of a module, by whatever its factors are called."""
    tensors = {key: tensor.double() for key, tensor in load_file(file).items()}
    down = next(
        tensors[key] for key in tensors if key in (f"{name}.lora_down.weight", f"{name}.lora_A.weight")
    )
    up = next(tensors[key] for key in tensors if key in (f"{name}.lora_up.weight", f"{name}.lora_B.weight"))
    alpha = tensors.get(f"{name}.alpha")
    return up @ down * (1.0 if alpha is None else float(alpha) / len(down))


def original_change(file: Path, name: str) -> Tensor:
    return change(file, f"lora_unet_{name.replace('.', '_')}")


@pytest.mark.parametrize("family", PACKED)
def test_a_packed_module_is_taken_apart_and_put_together_again(family: str, tmp_path: Path) -> None:
    whole, parts, (renamed, name) = PACKED[family]
    lora = kohya_file(tmp_path / "kohya.safetensors", family)
    convert(lora, tmp_path / "diffusers.safetensors", format="diffusers")
    convert(tmp_path / "diffusers.safetensors", tmp_path / "comfyui.safetensors", format="comfyui")
    there = load_file(tmp_path / "diffusers.safetensors")
    expected = {f"transformer.{each}" for each in (*parts, name)}
    assert {key.rpartition(".lora_")[0] for key in there} == expected
    bits = load_file(lora)
    down = bits[f"lora_unet_{whole.replace('.', '_')}.lora_down.weight"]
    assert all(torch.equal(there[f"transformer.{part}.lora_A.weight"], down) for part in parts)
    for each in (whole, renamed):
        wanted = original_change(lora, each)
        torch.testing.assert_close(
            change(tmp_path / "comfyui.safetensors", f"diffusion_model.{each}"), wanted
        )
    back = load_file(tmp_path / "comfyui.safetensors")
    assert torch.equal(back[f"diffusion_model.{whole}.lora_down.weight"], down)


@pytest.mark.parametrize("family", PACKED)
@pytest.mark.parametrize("prefix", ["", "model.diffusion_model."])
def test_an_adapter_merges_into_a_base_of_the_other_naming(family: str, prefix: str, tmp_path: Path) -> None:
    whole, parts, (renamed, name) = PACKED[family]
    lora = kohya_file(tmp_path / "kohya.safetensors", family)
    delta = {each: original_change(lora, each) for each in (whole, renamed)}
    split = dict(zip(parts, delta[whole].split(list(parts.values())), strict=True))
    base = {part: normal(rows, W) for part, rows in parts.items()} | {name: normal(W, W)}
    merge(
        saved(tmp_path / "apart" / "b.safetensors", {f"{key}.weight": each for key, each in base.items()}),
        lora,
        tmp_path / "m",
    )
    merged = load_file(tmp_path / "m" / "b.safetensors")
    for each, wanted in (split | {name: delta[renamed]}).items():
        torch.testing.assert_close(merged[f"{each}.weight"], (base[each].double() + wanted).float())
    # And parts, of which one is missing, into the packed base.
    tensors = {}
    for part in list(parts)[1:]:
        tensors |= factors(f"transformer.{part}", parts[part], ends=("lora_A", "lora_B"))
    some = saved(tmp_path / "some.safetensors", tensors)
    before = normal(sum(parts.values()), W)
    merge(
        saved(tmp_path / "one" / "b.safetensors", {f"{prefix}{whole}.weight": before}), some, tmp_path / "n"
    )
    after = load_file(tmp_path / "n" / "b.safetensors")[f"{prefix}{whole}.weight"]
    rows = [torch.zeros(next(iter(parts.values())), W, dtype=torch.float64)]
    rows += [change(some, f"transformer.{part}") for part in list(parts)[1:]]
    torch.testing.assert_close(after, (before.double() + torch.cat(rows)).float())


@pytest.mark.parametrize("kind", ["lokr", "loha", "dora"])
def test_other_variants_are_packed_and_sliced_in_a_merge(kind: str, tmp_path: Path) -> None:
    whole, parts, _ = PACKED["flux"]
    rows = sum(parts.values())
    flat = f"lora_unet_{whole.replace('.', '_')}"
    made = {
        # Its blocks of 56 rows do not end where the parts do.
        "lokr": {"lokr_w1": normal(3, 4), "lokr_w2": normal(56, 6)},
        "loha": {
            **{f"hada_w{i}_a": normal(rows, 2) for i in (1, 2)},
            **{f"hada_w{i}_b": normal(2, W) for i in (1, 2)},
        },
        "dora": {
            "lora_down.weight": normal(2, W),
            "lora_up.weight": normal(rows, 2),
            "dora_scale": normal(rows, 1).abs(),
        },
    }[kind]
    lora = saved(tmp_path / "l.safetensors", {f"{flat}.{key}": each for key, each in made.items()})
    before = normal(rows, W)
    packed = saved(tmp_path / "one" / "b.safetensors", {f"{whole}.weight": before})
    pieces = {
        f"{part}.weight": each for part, each in zip(parts, before.split(list(parts.values())), strict=True)
    }
    merge(packed, lora, tmp_path / "m")
    merge(saved(tmp_path / "apart" / "b.safetensors", pieces), lora, tmp_path / "n")
    one, apart = (load_file(tmp_path / name / "b.safetensors") for name in "mn")
    together = torch.cat([apart[f"{part}.weight"] for part in parts])
    torch.testing.assert_close(together, one[f"{whole}.weight"], rtol=1e-6, atol=1e-6)
    assert not torch.equal(before, together)
    unmerge(tmp_path / "m", tmp_path / "u")
    assert (tmp_path / "u" / "b.safetensors").read_bytes() == packed.read_bytes()


def test_a_conversion_says_what_it_recognised_and_counts_both_sides(tmp_path: Path) -> None:
    lora = kohya_file(tmp_path / "kohya.safetensors", "sd3")
    report = convert(lora, tmp_path / "d.safetensors", format="diffusers")
    assert list(report.notes[:2]) == [
        "Stable Diffusion 3: lora, kohya naming, 2 modules, rank 2, from 6 tensors",
        "2 modules became 4 in the diffusers naming, where packed ones are taken apart",
    ]


RECOGNISED = {
    "lora_unet_double_blocks_0_img_attn_proj": "Flux.1, Flux.2 or HunyuanVideo: lora, kohya naming, 1 module",
    "lora_te_text_model_encoder_layers_0_mlp_fc1": "text encoders: lora, kohya naming, 1 module",
}


@pytest.mark.parametrize("name", RECOGNISED)
def test_names_of_several_families_and_text_encoders_are_recognised_as_such(
    name: str, tmp_path: Path
) -> None:
    lora = saved(tmp_path / "l.safetensors", factors(name, W))
    report = convert(lora, tmp_path / "c.safetensors", format="comfyui")
    assert report.notes[0].startswith(RECOGNISED[name])
    assert report.notes[0].endswith(f", from {len(load_file(lora))} tensors")


def test_rows_that_do_not_divide_are_no_packed_module(tmp_path: Path) -> None:
    """Seventeen more rows than queries, keys and values have: of no family that has this name."""
    tensors = factors("lora_unet_joint_blocks_0_x_block_attn_qkv", 3 * W + 17)
    lora = saved(tmp_path / "l.safetensors", tensors)
    with pytest.raises(UnsupportedError, match="where the dots were"):
        convert(lora, tmp_path / "out.safetensors", format="diffusers")
    base = {f"transformer_blocks.0.attn.to_{x}.weight": normal(W, W) for x in "qkv"}
    with pytest.raises(AlignmentError, match="are not in the base"):
        merge(saved(tmp_path / "b.safetensors", base), lora, tmp_path / "m")


def test_names_of_two_families_are_not_guessed(tmp_path: Path) -> None:
    """Z-Image and Lumina 2 have this layer under one name in the original and two in diffusers."""
    lora = saved(tmp_path / "l.safetensors", factors("lora_unet_layers_0_feed_forward_w1", W))
    with pytest.raises(SurgeryError):
        convert(lora, tmp_path / "out.safetensors", format="diffusers")


def test_an_adapter_that_does_nothing_is_said_to(tmp_path: Path) -> None:
    tensors = factors("transformer.transformer_blocks.0.attn.to_q", W, ends=("lora_A", "lora_B"))
    some = saved(tmp_path / "some.safetensors", tensors)
    words = "the adapter does nothing: ΔW is zero in all of its 1 module"
    assert not any(words in note for note in convert(some, tmp_path / "a", format="peft").notes)
    nothing = {key: each * ("lora_A" in key) for key, each in tensors.items()}
    none = saved(tmp_path / "none.safetensors", nothing)
    assert any(words in note for note in convert(none, tmp_path / "b", format="peft").notes)


def test_a_kohya_file_stays_one_that_programs_read_with_the_base_of_diffusers(tmp_path: Path) -> None:
    name = "lora_unet_blocks_0_self_attn_q"
    lora = saved(tmp_path / "wan.safetensors", factors(name, W))
    base = tmp_path / "wan"
    saved(base / "w.safetensors", {"blocks.0.attn1.to_q.weight": normal(W, W)})
    (base / "config.json").write_text('{"_class_name": "WanTransformer3DModel"}')
    convert(lora, tmp_path / "k.safetensors", format="kohya", base=base)
    assert {key.partition(".")[0] for key in load_file(tmp_path / "k.safetensors")} == {name}

"""Changes of vectors in image models' files: a norm's weight, and biases beside factors and alone."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from lycoris.modules.norms import NormModule
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from lorasurgery import merge, unmerge
from lorasurgery.errors import DamagedFileError, OutputError, UnsupportedError
from lorasurgery.formats import read_adapter
from lorasurgery.formats._image import lycoris_writer
from lorasurgery.surgery.convert import convert
from lorasurgery.surgery.fuse import fuse

PREFIX = "diffusion_model."
Q, NORM, FF = "blocks.0.self_attn.q", "blocks.0.norm3", "blocks.0.ff"


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed + sum(shape))) / 4


BASE = {
    f"{Q}.weight": noise(16, 16),
    f"{NORM}.weight": noise(16),
    f"{NORM}.bias": noise(16, seed=1),
    f"{FF}.weight": noise(8, 16),
    f"{FF}.bias": noise(8),
}
LORA = {f"{Q}.lora_down.weight": noise(2, 16), f"{Q}.lora_up.weight": noise(16, 2)}
DIFF = {f"{NORM}.diff": noise(16, seed=2), f"{NORM}.diff_b": noise(16, seed=3)}
W_NORM = {f"{NORM}.w_norm": DIFF[f"{NORM}.diff"], f"{NORM}.b_norm": DIFF[f"{NORM}.diff_b"]}


def saved(path: Path, tensors: dict[str, Tensor], prefix: str = "") -> Path:
    save_file({prefix + name: tensor.clone() for name, tensor in tensors.items()}, path)
    return path


@pytest.mark.parametrize("of_norm", [DIFF, W_NORM], ids=["diff", "w_norm"])
def test_a_norm_and_a_bias_alone_change_by_what_the_file_adds(
    of_norm: dict[str, Tensor], tmp_path: Path
) -> None:
    lora = saved(tmp_path / "lora.safetensors", {**LORA, **of_norm, f"{FF}.diff_b": noise(8, seed=5)}, PREFIX)
    base = saved(tmp_path / "base.safetensors", BASE)
    merge(base, [lora], tmp_path / "merged")
    merged = load_file(tmp_path / "merged" / "base.safetensors")
    wanted = BASE | {
        f"{Q}.weight": BASE[f"{Q}.weight"] + LORA[f"{Q}.lora_up.weight"] @ LORA[f"{Q}.lora_down.weight"],
        f"{NORM}.weight": BASE[f"{NORM}.weight"] + DIFF[f"{NORM}.diff"],
        f"{NORM}.bias": BASE[f"{NORM}.bias"] + DIFF[f"{NORM}.diff_b"],
        f"{FF}.bias": BASE[f"{FF}.bias"] + noise(8, seed=5),
    }
    for name, tensor in wanted.items():
        assert torch.allclose(merged[name], tensor, rtol=0, atol=1e-6), name
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert (tmp_path / "back" / "base.safetensors").read_bytes() == base.read_bytes()


@pytest.mark.parametrize("bias", ["b_norm", "diff_b"])
def test_a_norm_keeps_its_bias_when_the_file_is_written_again(bias: str, tmp_path: Path) -> None:
    of_norm = {f"{NORM}.w_norm": DIFF[f"{NORM}.diff"], f"{NORM}.{bias}": DIFF[f"{NORM}.diff_b"]}
    lora = saved(tmp_path / "lora.safetensors", {**LORA, **of_norm}, PREFIX)
    convert(lora, tmp_path / "again.safetensors")
    again = load_file(tmp_path / "again.safetensors")
    for name, tensor in W_NORM.items():
        assert torch.equal(again[PREFIX + name], tensor)
    both = saved(tmp_path / "both.safetensors", {**W_NORM, f"{NORM}.diff_b": noise(16)}, PREFIX)
    with pytest.raises(DamagedFileError, match="b_norm and diff_b are both added to the bias"):
        read_adapter(str(both))


def test_a_bias_that_does_not_read_back_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lora = saved(tmp_path / "lora.safetensors", {**LORA, f"{Q}.diff_b": noise(16)}, PREFIX)
    monkeypatch.setattr(lycoris_writer, "_bias", lambda *_: {})
    with pytest.raises(OutputError, match="reads back with another change of"):
        convert(lora, tmp_path / "again.safetensors")


def test_peft_refuses_magnitudes_by_column(tmp_path: Path) -> None:
    """Where a layer is as wide as it is high, PEFT would take them for those of the rows."""
    dora = {**LORA, f"{Q}.dora_scale": noise(1, 16).abs()}
    lora = saved(tmp_path / "lora.safetensors", dora, PREFIX)
    base = saved(tmp_path / "base.safetensors", BASE)
    with pytest.raises(
        UnsupportedError, match="a magnitude for each column, and PEFT's has one for each row"
    ):
        convert(lora, tmp_path / "out", base=base, format="peft")


@pytest.mark.parametrize("shape", [(16,), (1, 16, 1, 1)])
def test_pefts_magnitudes_under_comfyuis_names_are_those_of_rows(
    shape: tuple[int, ...], tmp_path: Path
) -> None:
    """Diffusion-pipe's and ai-toolkit's files have them; ComfyUI's own word is dora_scale, (out, 1)."""
    wanted = noise(16).abs()
    kernel = tuple(1 for _ in shape[2:])
    factors = {
        f"{Q}.lora.down.weight": noise(2, 16).reshape(2, 16, *kernel),
        f"{Q}.lora.up.weight": noise(16, 2).reshape(16, 2, *kernel),
    }
    lora = saved(
        tmp_path / "lora.safetensors",
        {**factors, f"{Q}.lora_magnitude_vector": wanted.reshape(shape)},
        PREFIX,
    )
    base = saved(
        tmp_path / "base.safetensors", {f"{Q}.weight": noise(16, 16, seed=1).reshape(16, 16, *kernel)}
    )
    merge(base, [lora], tmp_path / "merged", undo=False)
    merged = load_file(tmp_path / "merged" / "base.safetensors")[f"{Q}.weight"]
    assert torch.allclose(merged.flatten(1).norm(dim=1), wanted, rtol=1e-5, atol=0)


def test_lycoris_norm_is_what_its_module_makes(tmp_path: Path) -> None:
    layer = nn.LayerNorm(16)
    module = NormModule("lora_unet_norm", layer)
    with torch.no_grad():
        module.w_norm.copy_(noise(16))
        module.b_norm.copy_(noise(16, seed=1))
    file = saved(
        tmp_path / "lora.safetensors",
        {f"lora_unet_norm.{part}": t.detach() for part, t in module.named_parameters()},
    )
    base = saved(tmp_path / "base.safetensors", {f"norm.{name}": t for name, t in layer.state_dict().items()})
    merge(base, [file], tmp_path / "merged", undo=False)
    merged = load_file(tmp_path / "merged" / "base.safetensors")
    x = noise(3, 16, seed=4)
    theirs = module(x)
    ours = nn.functional.layer_norm(x, (16,), merged["norm.weight"], merged["norm.bias"])
    assert torch.allclose(ours, theirs, rtol=0, atol=1e-6)


def test_biases_and_norms_add_up_when_files_are_fused(tmp_path: Path) -> None:
    one = {**LORA, f"{Q}.diff_b": noise(16, seed=7), f"{NORM}.diff": noise(16, seed=8)}
    other = {**LORA, f"{Q}.diff_b": noise(16, seed=9), f"{NORM}.diff": noise(16, seed=10)}
    files = [saved(tmp_path / f"{i}.safetensors", each, PREFIX) for i, each in enumerate((one, other))]
    fuse([f"{files[0]}:0.5", files[1]], tmp_path / "both.safetensors")
    both = load_file(tmp_path / "both.safetensors")
    for name, written in ((f"{Q}.diff_b", f"{Q}.diff_b"), (f"{NORM}.diff", f"{NORM}.w_norm")):
        wanted = 0.5 * one[name] + other[name]
        assert torch.allclose(both[PREFIX + written], wanted, rtol=0, atol=1e-6), name
    with pytest.raises(UnsupportedError, match="only method='cat' can fuse"):
        fuse(files, tmp_path / "ties.safetensors", method="ties", rank=4)


def test_a_format_without_a_word_for_norms_refuses_them(tmp_path: Path) -> None:
    """As factors of a linear layer PEFT would fail on them, and others would leave them out."""
    lora = saved(tmp_path / "lora.safetensors", {**LORA, f"{NORM}.diff": noise(16)}, PREFIX)
    base = saved(tmp_path / "base.safetensors", BASE)
    with pytest.raises(
        UnsupportedError, match="is a change of a vector, a norm's weight, for which peft has no place"
    ):
        convert(lora, tmp_path / "out", base=base, format="peft")


def test_embeddings_for_the_prompt_are_left_out_with_a_note(tmp_path: Path) -> None:
    """OneTrainer and A1111 keep textual inversions in a LoRA's file (`bundle_emb`)."""
    for prefix, module in ((PREFIX, Q), ("", "lora_unet_blocks_0_self_attn_q"), ("transformer.", Q)):
        ends = ("lora_A", "lora_B") if prefix == "transformer." else ("lora_down", "lora_up")
        tensors = {f"{prefix}{module}.{end}.weight": t for end, t in zip(ends, LORA.values(), strict=True)}
        file = saved(
            tmp_path / f"{len(prefix)}.safetensors", tensors | {"bundle_emb.mytoken.clip_l": noise(2, 12)}
        )
        adapter = read_adapter(str(file))[1]
        assert len(adapter.modules) == 1
        assert "embeddings of the tokens 'mytoken' (bundle_emb)" in adapter.notes[0]

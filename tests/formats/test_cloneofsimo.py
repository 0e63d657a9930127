"""cloneofsimo's files.

Numbers become names where the widths of all layers prove which model was counted, and stay numbers
otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from lorasurgery.adapter import Host
from lorasurgery.errors import AlignmentError, DamagedFileError, UnsupportedError
from lorasurgery.formats import cloneofsimo, diffusers, find_adapter, kohya
from support.image_adapters import data, needs_data, saved, written

USUAL = {
    "unet": json.dumps(["CrossAttention", "Attention", "GEGLU"]),
    "text_encoder": json.dumps(["CLIPAttention"]),
}


class CrossAttention(nn.Module):
    def __init__(self, width: int, context: int) -> None:
        super().__init__()
        self.to_q = nn.Linear(width, width, bias=False)
        self.to_k = nn.Linear(context, width, bias=False)
        self.to_v = nn.Linear(context, width, bias=False)
        self.to_out = nn.ModuleList([nn.Linear(width, width)])


class GEGLU(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.proj = nn.Linear(width, 8 * width)


class Block(nn.Module):
    """diffusers 0.10's `BasicTransformerBlock`, as far as it is counted."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.attn1 = CrossAttention(width, width)
        self.ff = nn.Module()
        self.ff.net = nn.ModuleList([GEGLU(width), nn.Identity(), nn.Linear(4 * width, width)])
        self.attn2 = CrossAttention(width, 768)


def part(width: int, count: int) -> nn.Module:
    """A block of the UNet with so many transformers."""
    block = nn.Module()
    block.attentions = nn.ModuleList()
    for _ in range(count):
        transformer = nn.Module()
        transformer.transformer_blocks = nn.ModuleList([Block(width)])
        block.attentions.append(transformer)
    return block


def unet() -> nn.Module:
    """Stable Diffusion 1's UNet in the order of diffusers 0.10, which sets its middle block last."""
    model = nn.Module()
    model.down_blocks = nn.ModuleList([part(320, 2), part(640, 2), part(1280, 2), nn.Module()])
    model.up_blocks = nn.ModuleList([nn.Module(), part(1280, 3), part(640, 3), part(320, 3)])
    model.mid_block = part(1280, 1)
    return model


def counted(model: nn.Module) -> Iterator[tuple[str, nn.Linear]]:
    """The layers as lora_diffusion's `_find_modules_v2` finds them."""
    for path, ancestor in model.named_modules():
        if type(ancestor).__name__ in ("CrossAttention", "Attention", "GEGLU"):
            for name, layer in ancestor.named_modules():
                if isinstance(layer, nn.Linear):
                    yield f"{path}.{name}", layer


def small(count: int = 2) -> dict[str, Tensor]:
    tensors = {}
    for number in range(count):
        tensors[f"unet:{number}:down"] = torch.ones(2, 6)
        tensors[f"unet:{number}:up"] = torch.full((4, 2), float(number))
    return tensors


def test_the_layers_of_stable_diffusion_1_are_named_in_the_order_in_which_they_were_counted() -> None:
    with torch.device("meta"):
        layers = [(path, tuple(layer.weight.shape)) for path, layer in counted(unet())]
    assert len(layers) == 144
    assert [*cloneofsimo._unet()] == layers


@needs_data
def test_a_published_file_gets_its_names_and_converts(tmp_path: Path) -> None:
    file = data("cloneofsimo_svd_rank4") / "analog_svd_rank4.safetensors"
    assert find_adapter(str(file.parent)) == (file, "cloneofsimo")
    adapter = cloneofsimo.read(file)
    assert (len(adapter.modules), adapter.unresolved) == (192, "")
    theirs = load_file(file)
    factors: Any = adapter.modules["unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_k"]
    assert torch.equal(factors.A.read(), theirs["unet:141:down"])
    assert torch.equal(factors.B.read(), theirs["unet:141:up"])
    assert factors.scale == 1
    first: Any = adapter.modules["text_encoder.text_model.encoder.layers.0.self_attn.k_proj"]
    assert torch.equal(first.A.read(), theirs["text_encoder:0:down"])
    for form in (diffusers, kohya):
        again = form.read(written(form, adapter, tmp_path / f"{form.__name__}.safetensors"))
        assert again.modules.keys() == adapter.modules.keys()


@pytest.mark.parametrize(
    "metadata", [USUAL, {}, {"unet": "nonsense"}, {"unet": json.dumps(["ResnetBlock2D"])}]
)
def test_other_layers_keep_their_numbers(metadata: dict[str, str], tmp_path: Path) -> None:
    file = saved(tmp_path / "a.safetensors", small(11), metadata)
    assert cloneofsimo.recognise(file) == file
    adapter = cloneofsimo.read(file)
    assert len(adapter.modules) == 11
    factors: Any = adapter.modules["unet.10"]
    assert torch.equal(factors.B.read(), torch.full((4, 2), 10.0))
    assert "counted and not named" in adapter.unresolved
    with pytest.raises(AlignmentError, match="counts the modules of 'unet' and does not name them"):
        cloneofsimo.read(file, Host(modules=("down_blocks",)))


@needs_data
def test_a_host_must_have_all_parts() -> None:
    file = data("cloneofsimo_svd_rank4") / "analog_svd_rank4.safetensors"
    paths = list(cloneofsimo.read(file).modules)
    assert [*cloneofsimo.read(file, Host(modules=tuple(paths))).modules] == paths
    encoder = tuple(path.removeprefix("text_encoder.") for path in paths if path.startswith("text_encoder."))
    with pytest.raises(AlignmentError, match="144 of its 192 modules are not in the base"):
        cloneofsimo.read(file, Host(modules=encoder))


WRONG: list[tuple[dict[str, Tensor], type[Exception], str]] = [
    (
        {"unet:3:down": torch.ones(2, 6), "unet:3:up": torch.ones(4, 2)},
        DamagedFileError,
        "3 modules of 'unet', numbered up to 3",
    ),
    ({"unet:2:down": torch.ones(2, 6)}, DamagedFileError, "'unet:2' has down, and no up"),
    ({"unet:1:up": torch.ones(4, 3)}, DamagedFileError, r"their ranks differ: down \[2, 6\]"),
    ({"<token>": torch.ones(768)}, UnsupportedError, "that are not factors: '<token>'"),
]


@pytest.mark.parametrize(("tensors", "error", "reason"), WRONG)
def test_wrong_files_are_refused(
    tensors: dict[str, Tensor], error: type[Exception], reason: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=f"a.safetensors.*{reason}"):
        cloneofsimo.read(saved(tmp_path / "a.safetensors", small() | tensors))

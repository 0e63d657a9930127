"""Small models of every family, in every dialect: what programs write of one change."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from lorasurgery import convert
from lorasurgery.errors import UnsupportedError
from support.image_dialects import DIALECTS, DIFFUSERS_IN_KOHYA, MODELS, OF_ONE_NAME, PEFT, Dialect

diffusers = pytest.importorskip("diffusers")

# Of a UNet's layers, which are many of a kind, a few of each attention.
OF_UNET = re.compile(r".*attentions\.\d+\.(proj_in|.*attn2\.to_k|.*ff\.net\.2)")


def family_in(folder: Path, family: str) -> Family:
    """A small model of a family, and seeded factors for its layers by both of its namings."""
    class_name, config = MODELS[family]
    with torch.device("meta"):
        model = getattr(diffusers, class_name)(**config)
    part = "unet" if class_name.startswith("UNet") else "transformer"
    generator = torch.Generator().manual_seed(11)
    factors = {}
    for name, layer in model.named_modules():
        if (
            isinstance(layer, nn.Linear)
            and "norm" not in name
            and re.search(r"(blocks|layers|block)\.", name)
            and (part != "unet" or OF_UNET.fullmatch(name))
        ):
            rows, width = layer.weight.shape
            pair = [torch.randn(shape, generator=generator) for shape in ((2, width), (rows, 2))]
            factors[name] = (pair[0], pair[1])
    save_file(
        {
            f"{part}.{name}.{end}": each
            for name, pair in factors.items()
            for end, each in zip(PEFT, pair, strict=True)
        },
        folder / "lora.safetensors",
    )
    save_file(
        {f"{name}.weight": torch.zeros(b.shape[0], a.shape[1]) for name, (a, b) in factors.items()},
        folder / "names.safetensors",
    )
    (folder / "config.json").write_text(f'{{"_class_name": "{class_name}"}}')
    convert(
        folder / "lora.safetensors",
        folder / "comfyui.safetensors",
        format="comfyui",
        base=folder / "names.safetensors",
    )
    keys = load_file(folder / "comfyui.safetensors")
    names = [key.removesuffix(".lora_up.weight") for key in keys if key.endswith(".lora_up.weight")]
    original = {
        name.removeprefix("diffusion_model."): (
            keys[f"{name}.lora_down.weight"],
            keys[f"{name}.lora_up.weight"],
        )
        for name in names
    }
    return Family(family, part, factors, original, folder)


@dataclass(frozen=True)
class Family:
    """One change of a model, as factors by both of its namings."""

    name: str
    part: str
    diffusers: dict[str, tuple[Tensor, Tensor]]
    original: dict[str, tuple[Tensor, Tensor]]
    folder: Path

    def lora(self, dialect: Dialect) -> Path:
        tensors = {}
        is_original = dialect.is_original and not (dialect.is_flat and self.name in DIFFUSERS_IN_KOHYA)
        for name, pair in (self.original if is_original else self.diffusers).items():
            inside = name.replace(".", "_") if dialect.is_flat else name
            module = dialect.prefix.replace("PART", "unet" if self.part == "unet" else self.part) + inside
            tensors |= {f"{module}.{end}": each for end, each in zip(dialect.ends, pair, strict=True)}
            if dialect.has_alpha:
                tensors[f"{module}.alpha"] = torch.tensor(0.5 * len(pair[0]))
        save_file(tensors, self.folder / "dialect.safetensors")
        return self.folder / "dialect.safetensors"

    def written(self, source: str, form: str, target: Path) -> dict[str, Tensor]:
        """What is written of a file in a dialect; nothing where it is refused."""
        base = self.folder / "names.safetensors" if self.name in OF_ONE_NAME else None
        try:
            convert(self.lora(DIALECTS[source]), target, format=form, base=base)
        except UnsupportedError:
            return {}
        return load_file(target)

    def base(self, layout: str) -> tuple[Path, dict[str, Tensor], dict[str, Tensor]]:
        """A seeded base, its weights, and what each gets of the change; diffusers has a folder."""
        pairs = self.diffusers if layout == "diffusers" else self.original
        prefix = "model.diffusion_model." if layout == "all-in-one" else ""
        change = {f"{prefix}{name}.weight": b @ a for name, (a, b) in pairs.items()}
        generator = torch.Generator().manual_seed(23)
        weights = {name: 0.1 * torch.randn(each.shape, generator=generator) for name, each in change.items()}
        folder = self.folder / layout
        folder.mkdir(exist_ok=True)
        file = folder / "diffusion_pytorch_model.safetensors"
        save_file(weights, file)
        if layout != "diffusers":
            return file, weights, change
        shutil.copy(self.folder / "config.json", folder)
        return folder, weights, change

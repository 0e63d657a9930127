"""More good files of kinds that are read: configs, variants, records, what runtimes and runs leave."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch

from lorasurgery.errors import NotACheckpointError
from support.good_files import read_whole_adapter
from support.paths import FIXTURES

# Variants of PEFT with readers of their own, as `support.peft_cases` names them.
VARIANTS = (
    *(
        "lora-bias",
        "dora",
        "adalora",
        "loha",
        "lokr",
        "vera",
        "pvera",
        "randlora",
        "ia3",
        "oft",
        "boft",
        "hra",
    ),
    *("hira", "bdlora", "kasa", "beft", "c3a", "fourierft", "waveft-sparse", "delora", "frod", "gralora"),
    *("miss", "osf", "peanut", "shira", "supra", "unilora", "vblora", "deft-without-alpha"),
    *("ia3-inputs", "road-1", "glora-lora-constant", "gralora-hybrid", "supertuning", "tinylora-0.5"),
)
CONFIGS = ("llama-base", "bert-base", "gpt2-base", "mixtral-base")


def good_variants(folder: Path) -> list[Path]:
    """Adapters of PEFT's methods, each as PEFT saved it."""
    from support import peft_cases, peft_methods

    configs = {name: config for name, config, _ in peft_cases.CASES}
    for name in VARIANTS:
        peft_methods.make(configs[name], folder / name, dtype=torch.float32)
    return sorted(
        path for path in folder.rglob("adapter_*") if path.suffix == ".json" or path.suffix == ".safetensors"
    )


SMALL = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
# Configs without weights, two of classes that have convolutions.
ALONE: dict[str, dict[str, Any]] = {
    "vit": {"architectures": ["ViTModel"], "image_size": 8, "patch_size": 4, **SMALL},
    "convnext": {"architectures": ["ConvNextModel"], "hidden_sizes": [4, 4, 8, 8], "depths": [1, 1, 1, 1]},
    "nextmodel": {"architectures": ["NextModel"]},
}


def good_configs(folder: Path) -> list[Path]:
    """Models of several types, with weights and without, of which only the configs are damaged."""
    for name in CONFIGS:
        shutil.copytree(FIXTURES / name, folder / name)
    for name, config in ALONE.items():
        (folder / name).mkdir()
        (folder / name / "config.json").write_text(json.dumps({"model_type": name, **config}))
    return [folder / name / "config.json" for name in (*CONFIGS, *ALONE)]


def read_config(folder: Path) -> None:
    """Find the modules that a config says a model has: in its weights, and where only the config is there."""
    from lorasurgery.architecture import architecture_of
    from lorasurgery.architecture.config_alone import note_on_missing_weights, open_or_describe
    from lorasurgery.architecture.quantisable import quantisable_layers
    from lorasurgery.architecture.towers import has_towers, text_model, towers
    from lorasurgery.architecture.transformers_class import UnknownClassError, completed_config
    from lorasurgery.surgery.base.host import host_of

    opened = open_or_describe(folder)
    _has_model_type(opened.config.get("model_type"))
    if not opened.files:
        with suppress(NotACheckpointError):
            next(iter(opened.tensors.values())).read()
    architecture = architecture_of(opened)
    host_of(architecture, opened)
    has_towers(opened.config)
    text_model(architecture)
    towers(architecture.modules)
    for asked in (quantisable_layers, completed_config):
        with suppress(UnknownClassError):
            asked(opened.config)
    note_on_missing_weights(open_or_describe(folder / "config.json"))


def _has_model_type(said: object) -> None:
    """Ask whether transformers has a model type before it is loaded, where the answer does not load it."""
    from lorasurgery.architecture import model_types

    if not model_types._is_named(said):
        with patch.dict(sys.modules):
            sys.modules.pop("transformers", None)
            assert not model_types.has_model_type(said)


def each_of(read: Callable[[Path], None]) -> Callable[[Path], None]:
    """Read every folder in a folder."""

    def read_all(folder: Path) -> None:
        for path in sorted(path for path in folder.iterdir() if path.is_dir()):
            read(path)

    return read_all


def read_file(name: str, read: Callable[[Path], None] = read_whole_adapter) -> Callable[[Path], None]:
    return lambda folder: read(folder / name)

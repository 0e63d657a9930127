"""More good files of kinds that are read: configs, variants, records, what runtimes and runs leave."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from unittest.mock import patch

import torch
from safetensors.torch import save_file

from lorasurgery.checkpoint import open_checkpoint
from lorasurgery.errors import SurgeryError
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


def good_configs(folder: Path) -> list[Path]:
    """Models of several types, of which only the configs are damaged."""
    for name in CONFIGS:
        shutil.copytree(FIXTURES / name, folder / name)
    return [folder / name / "config.json" for name in CONFIGS]


def read_config(folder: Path) -> None:
    """Find the modules that a config says a model has: in its weights, and where only the config is there."""
    from lorasurgery.architecture import architecture_of
    from lorasurgery.architecture.config_alone import note_on_missing_weights, open_or_describe
    from lorasurgery.architecture.quantisable import quantisable_layers
    from lorasurgery.architecture.towers import has_towers, text_model, towers
    from lorasurgery.architecture.transformers_class import UnknownClassError, completed_config
    from lorasurgery.surgery.base.host import host_of

    opened = open_checkpoint(folder)
    architecture = architecture_of(opened)
    host_of(architecture, opened)
    has_towers(opened.config)
    text_model(architecture)
    towers(architecture.modules)
    for asked in (quantisable_layers, completed_config):
        with suppress(UnknownClassError):
            asked(opened.config)
    note_on_missing_weights(open_or_describe(folder / "config.json"))


def each_of(read: Callable[[Path], None]) -> Callable[[Path], None]:
    """Read every folder in a folder."""

    def read_all(folder: Path) -> None:
        for path in sorted(path for path in folder.iterdir() if path.is_dir()):
            read(path)

    return read_all


def read_file(name: str, read: Callable[[Path], None] = read_whole_adapter) -> Callable[[Path], None]:
    return lambda folder: read(folder / name)


def good_inputs(folder: Path) -> list[Path]:
    """What command lines are about: a tiny base, a fine-tune of it and an adapter."""
    draws = torch.Generator().manual_seed(0)
    names = [f"layers.{layer}.q_proj.weight" for layer in (0, 1)]
    base = {name: torch.randn(8, 6, generator=draws) for name in names}
    moved = {
        name: each + torch.randn(8, 1, generator=draws) * torch.ones(1, 6) for name, each in base.items()
    }
    for folder_name, tensors in (("base", base), ("tuned", moved)):
        (folder / folder_name).mkdir()
        save_file(tensors, folder / folder_name / "model.safetensors", {"format": "pt"})
    (folder / "adapter").mkdir()
    pair = {}
    for name in names:
        module = f"base_model.model.{name.removesuffix('.weight')}"
        pair |= {f"{module}.lora_A.weight": torch.ones(2, 6), f"{module}.lora_B.weight": torch.ones(8, 2)}
    save_file(pair, folder / "adapter" / "adapter_model.safetensors")
    config = {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "target_modules": ["q_proj"]}
    (folder / "adapter" / "adapter_config.json").write_text(json.dumps(config))
    (folder / "words.json").write_text(json.dumps(["help"]))
    return [folder / "words.json"]


def any_words(chance: random.Random) -> dict[str, bytes]:
    """A command line as JSON."""
    from support.any_words import VERBS, words

    return {"words.json": json.dumps(words(chance.choice(VERBS), chance)).encode()}


def run_words(folder: Path) -> None:
    """Run a command line: it ends with 0, or with a line that says why not."""
    from lorasurgery.cli.main import main

    line = json.loads((folder / "words.json").read_bytes())
    before, kept = Path.cwd(), {path.name for path in folder.iterdir()}
    said, out = io.StringIO(), io.StringIO()
    (folder / "home").mkdir()  # what `~` means is in the folder too, and small
    os.chdir(folder)
    try:
        with (
            patch.object(sys, "argv", ["lorasurgery", *line]),
            patch.dict(os.environ, HOME=str(folder / "home")),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(said),
        ):
            main()
    except SystemExit as ended:
        code = ended.code
    finally:
        os.chdir(before)
        for path in folder.iterdir():
            if path.name not in kept:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert code in (0, 1, 2), code
    assert "Traceback" not in said.getvalue()
    if code and line[0] not in ("diff", "check", "verify"):
        raise SurgeryError(_error_in(said.getvalue()))


def _error_in(said: str) -> str:
    """The first line of error; there is one for each input that could not be read."""
    # As standard error does of names that are no UTF-8.
    spelled = said.encode(errors="backslashreplace").decode()
    lines = [each for each in spelled.splitlines() if each.lower().startswith("error:")]
    assert lines, said[:300]
    assert all(each.isprintable() for each in lines)
    return lines[0]

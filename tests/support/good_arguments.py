"""Command lines of random words over small files, and arguments of any kind given to the library."""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import random
import shutil
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from safetensors.torch import save_file

from lorasurgery.errors import SurgeryError


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
    from support.any_words import VERBS, begun, words

    verb = chance.choice([*VERBS, "train", "evaluate"])
    # A shell asks for what may follow.
    said = {"begun": begun(verb, chance)} if chance.random() < 0.15 else words(verb, chance)
    return {"words.json": json.dumps(said).encode()}


def run_words(folder: Path) -> None:
    """Run a command line: it ends with 0, or with a line that says why not."""
    from lorasurgery.cli.main import main

    line, asked = json.loads((folder / "words.json").read_bytes()), {}
    if isinstance(line, dict):
        line = line["begun"]
        quoted = " ".join(each.replace("\0", "").replace("'", "") for each in line)
        asked = {"COMP_WORDS": f"lorasurgery {quoted}", "COMP_CWORD": str(len(line))}
        asked |= {"_LORASURGERY_COMPLETE": "bash_complete"}
    before, kept = Path.cwd(), {path.name for path in folder.iterdir()}
    said, out = io.StringIO(), io.TextIOWrapper(io.BytesIO(), "utf-8", "replace")
    (folder / "home").mkdir()  # what `~` means is in the folder too, and small
    os.chdir(folder)
    try:
        with (
            patch.object(sys, "argv", ["lorasurgery", *line]),
            patch("click.core._detect_program_name", lambda: "lorasurgery"),
            patch.dict(os.environ, HOME=str(folder / "home"), **_environment(asked)),
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


def _environment(words: dict[str, str]) -> dict[str, str]:
    """What a shell can put into the environment."""
    return {name: text.encode(errors="replace").decode() for name, text in words.items()}


GIVEN: tuple[Any, ...] = (
    *(None, True, 0, 1, 4, -1, 10**400, 0.5, -0.5, 4.0, 1e308, math.nan, math.inf, "4", "4.0", "x", "", " "),
    *("40kB", "1.5GiB", "9" * 400, "1e400", "٣", "adapter", "adapter:0.5", "adapter:x", ":0.5", "x" * 5000),
    *("adapter:nan", "adapter:1e400", "nowhere:2", "hf://", "s3://", "a\0b", "float32", [], {}, ["x"], [1]),
    *(["adapter", "tuned"], {"adapter": 0.5}, {"adapter": "x"}, {"pair": ["adapter", 0.5]}, {"pair": [1, 2]}),
    *({"pair": ["adapter", 1e400]}, {"pair": ["adapter", True]}, {"path": "adapter"}, {"path": "base"}),
)
FUNCTIONS = (
    "several",
    "adapters_of",
    "split_weight",
    "whole",
    "real",
    "share",
    "nbytes_of",
    "one_of",
    "parse_size",
)


def good_arguments(folder: Path) -> list[Path]:
    (folder / "adapter").mkdir()
    (folder / "arguments.json").write_text(json.dumps(["whole", 4]))
    return [folder / "arguments.json"]


def any_arguments(chance: random.Random) -> dict[str, bytes]:
    """A function of `lorasurgery.arguments` and what it is given, as JSON."""
    given = chance.choice(GIVEN)
    if chance.random() < 0.2:
        given = [given, chance.choice(GIVEN)]
    return {"arguments.json": json.dumps([chance.choice(FUNCTIONS), given]).encode()}


def read_arguments(folder: Path) -> None:
    """Give a function what it takes, or anything: what comes of it is of the kind that it promises."""
    from lorasurgery import arguments

    name, said = json.loads((folder / "arguments.json").read_bytes())
    given = _as_python(said, folder)
    function = getattr(arguments, name)
    if name == "several":
        assert all(isinstance(each, str) for each in function(given, name))
    elif name == "adapters_of":
        assert isinstance(function(given), tuple)
    elif name == "split_weight":
        path, weight = function(given)
        assert isinstance(path, str)
        assert math.isfinite(weight)
    elif name == "parse_size":
        assert function(str(given)) >= 0
    elif name == "one_of":
        assert function(str(given), ("float32", "4"), name) in ("float32", "4")
    else:
        number = function(given, name)
        least, most = RANGES.get(name, (-math.inf, math.inf))
        assert number is None or (math.isfinite(number) and least <= number <= most)


RANGES = {"whole": (1, math.inf), "nbytes_of": (1, math.inf), "share": (0, 1)}


def _as_python(said: Any, folder: Path) -> Any:
    """A value of JSON with pairs and paths in it."""
    if isinstance(said, dict) and said.keys() == {"pair"}:
        return tuple(said["pair"])
    if isinstance(said, dict) and said.keys() == {"path"}:
        return folder / said["path"]
    return [_as_python(each, folder) for each in said] if isinstance(said, list) else said

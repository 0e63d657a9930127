"""A config that no program can read is reported or refused, and no traceback, for every target."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from lorasurgery import targets
from lorasurgery.errors import SurgeryError
from lorasurgery.surgery.check import check
from support.paths import FIXTURES

ODD: tuple[dict[str, Any], ...] = (
    {"r": "8"},
    {"r": 0},
    {"r": None},
    {"lora_alpha": [1]},
    {"lora_alpha": float("nan")},
    {"alpha_pattern": {"q_proj": "x"}},
    {"rank_pattern": [1]},
    {"target_modules": {"a": 1}},
    {"target_modules": 3},
    {"modules_to_save": 1},
    {"peft_type": None},
)


@pytest.mark.parametrize("name", targets.names())
def test_a_config_of_other_kinds_of_values_is_no_traceback(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "adapter"
    shutil.copytree(FIXTURES / "llama-adapter", folder)
    path = folder / "adapter_config.json"
    config = json.loads(path.read_text())
    without = ({key: each for key, each in config.items() if key != gone} for gone in ("lora_alpha", "r"))
    for changed in (*({**config, **odd} for odd in ODD), *without):
        path.write_text(json.dumps(changed))
        with suppress(SurgeryError):
            check(folder, base=FIXTURES / "llama-base", runtime=name)

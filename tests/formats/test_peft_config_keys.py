"""Keys of PEFT's config that are not known are named, and PEFT's own are all known."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import peft
import pytest
from peft.mapping import PEFT_TYPE_TO_CONFIG_MAPPING

from lorasurgery import formats
from lorasurgery.formats.peft.config_keys import OF_ALL, OF_METHOD, PEFT_VERSION
from lorasurgery.formats.peft.variant_readers import VARIANTS
from support.flawed_adapters import HEALTHY

CONFIGS = {each.value: config for each, config in PEFT_TYPE_TO_CONFIG_MAPPING.items()}


def test_the_methods_are_those_that_are_read() -> None:
    assert OF_METHOD.keys() == VARIANTS.keys()
    assert peft.__version__ == PEFT_VERSION, "compare the keys with the new version, and say which it is"


@pytest.mark.parametrize("method", OF_METHOD)
def test_every_key_of_peft_is_known(method: str) -> None:
    keys = {field.name for field in dataclasses.fields(CONFIGS[method])}
    assert keys <= {*OF_ALL.split(), *OF_METHOD[method].split()}
    assert {*OF_METHOD[method].split()} <= keys


def notes(folder: Path, **keys: Any) -> str:
    shutil.copytree(HEALTHY, folder)
    file = folder / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | keys))
    return " ".join(formats.read_adapter(str(folder))[1].notes)


def test_a_key_that_peft_does_not_have_is_named(tmp_path: Path) -> None:
    said = notes(tmp_path / "adapter", lora_C_layout="by_moonlight", lora_dtype=None, use_magic=False)
    assert "'lora_C_layout'" in said
    assert "lora_dtype" not in said
    assert "use_magic" not in said


def test_a_key_of_another_method_is_named(tmp_path: Path) -> None:
    assert "'boft_block_num'" in notes(tmp_path / "adapter", boft_block_num=4)


def test_what_is_known_of_other_programs_keys_is_said(tmp_path: Path) -> None:
    said = notes(tmp_path / "adapter", nvfp4_merge_aware={"scale_mode": "fresh"}, lora_B_layout="rank_major")
    assert "quantised to NVFP4 again" in said
    assert "does not have" not in said


def test_our_own_note_and_the_keys_of_peft_are_no_news(tmp_path: Path) -> None:
    own = {"version": 1, "variant": "dyn", "form": "svd", "ranks": [1, 2, 4]}
    assert notes(tmp_path / "adapter", lorasurgery=own, use_rslora=False, megatron_core="megatron.core") == ""

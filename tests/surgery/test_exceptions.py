"""The side file of a recovered adapter is used where it belongs, and elsewhere never without a word."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from lorasurgery import convert, fuse, merge, plan_merge, recover, rerank
from lorasurgery.checkpoint.folder import EXCEPTIONS_FILE
from lorasurgery.checkpoint.safetensors_file import header_text
from lorasurgery.errors import AlignmentError, DamagedFileError, NotACheckpointError
from lorasurgery.surgery.exceptions import ModelExceptions, read_exceptions, write_exceptions
from support.gguf_models import tiny_llama, write_gguf
from support.seeded_merges import lora_merge

SHAPE = (160, 128)


@pytest.fixture
def recovered_pair(tmp_path: Path) -> Path:
    """A base, a model with a LoRA merged into it, and the adapter that was recovered from both."""
    pairs = {"up": lora_merge(SHAPE, 3, 0.02), "down": lora_merge(SHAPE, 2, 0.02)}
    for side in ("base", "merged"):
        tensors = {f"layers.0.{name}.weight": getattr(pair, side) for name, pair in pairs.items()}
        save_file(tensors, tmp_path / f"{side}.safetensors", {"format": "pt"})
    recover(tmp_path / "base.safetensors", tmp_path / "merged.safetensors", tmp_path / "recovered")
    return tmp_path


@pytest.mark.parametrize("verb", [convert, rerank, fuse])
def test_factors_that_are_written_anew_leave_the_exceptions_behind_with_a_note(
    verb: Any, recovered_pair: Path
) -> None:
    adapter: Any = recovered_pair / "recovered"
    options = {"rank": 1} if verb is rerank else {}
    given = [adapter, adapter] if verb is fuse else adapter
    report = verb(given, recovered_pair / "anew", **options)
    assert any("does not give back that model" in note for note in report.notes)
    assert not (recovered_pair / "anew" / EXCEPTIONS_FILE).exists()


@pytest.mark.parametrize("kind", ["link", "folder"])
def test_a_side_file_that_is_not_there_is_not_passed_over(kind: str, recovered_pair: Path) -> None:
    path = recovered_pair / "recovered" / EXCEPTIONS_FILE
    path.unlink()
    path.mkdir() if kind == "folder" else path.symlink_to("gone")
    with pytest.raises(NotACheckpointError, match="leads nowhere, or no file"):
        merge(recovered_pair / "base.safetensors", recovered_pair / "recovered", recovered_pair / "again")


@pytest.mark.parametrize("kind", ["headers", "indexes"])
@pytest.mark.parametrize(
    "name",
    ["..", "../x.safetensors", "config.json", "undo.json", "undo.safetensors", ".x.safetensors", "a\0b"],
)
def test_names_of_files_that_no_recovery_writes_are_refused(
    kind: str, name: str, recovered_pair: Path
) -> None:
    check_forged(recovered_pair, **{kind: {name: b"{}"}})


def test_an_index_that_is_no_text_is_refused(recovered_pair: Path) -> None:
    check_forged(recovered_pair, indexes={"model.safetensors.index.json": b"\xff"})


@pytest.mark.parametrize("announced", [0, 199, 200 + (58 << 40), 2**64 - 1])
def test_a_header_that_announces_another_length_is_refused(announced: int, recovered_pair: Path) -> None:
    header = header_text(recovered_pair / "merged.safetensors")
    assert len(header) == 208
    check_forged(
        recovered_pair,
        match="merged.safetensors: the header .* has 200",
        headers={"merged.safetensors": announced.to_bytes(8, "little") + header[8:]},
    )


@pytest.mark.parametrize(
    "index", [{}, {"weight_map": []}, {"weight_map": {"layers.0.up.weight": "x"}}, {"weight_map": {"y": "x"}}]
)
def test_an_index_that_contradicts_the_headers_is_refused(index: Any, recovered_pair: Path) -> None:
    parts = {"indexes": {"model.safetensors.index.json": json.dumps(index).encode()}}
    check_forged(recovered_pair, match="put tensors into different files", **parts)


def check_forged(folder: Path, match: str = "do not belong together", **parts: Any) -> None:
    model = read_exceptions(folder / "recovered")
    assert model is not None
    header = {"model.safetensors": header_text(folder / "merged.safetensors")}
    forged = folder / "forged"
    shutil.copytree(folder / "recovered", forged, ignore=shutil.ignore_patterns(EXCEPTIONS_FILE))
    write_exceptions(forged, dataclasses.replace(model, **{"headers": header, **parts}))
    with pytest.raises(DamagedFileError, match=match):
        merge(folder / "base.safetensors", forged, folder / "again")
    assert not (folder / "again").exists()


def test_exceptions_beside_an_adapter_that_is_no_lora_are_refused(recovered_pair: Path) -> None:
    adapter = recovered_pair / "recovered"
    sparse = {
        f"base_model.model.layers.0.{name}.shira_weight": torch.ones(256) for name in ("up", "down")
    } | {
        f"base_model.model.layers.0.{name}.shira_indices": torch.arange(256).repeat(2, 1) % 128
        for name in ("up", "down")
    }
    save_file(sparse, adapter / "adapter_model.safetensors")
    config = json.loads((adapter / "adapter_config.json").read_text())
    kept = {key: config[key] for key in ("target_modules", "base_model_name_or_path") if key in config}
    (adapter / "adapter_config.json").write_text(json.dumps({**kept, "peft_type": "SHIRA", "r": 1}))
    with pytest.raises(AlignmentError, match="was recovered from"):
        merge(recovered_pair / "base.safetensors", adapter, recovered_pair / "again")


def test_a_gguf_base_takes_the_factors_alone_and_a_note_says_so(tmp_path: Path) -> None:
    base = write_gguf(tiny_llama(tmp_path / "hf"), tmp_path / "base.gguf", "F16")
    adapter = tmp_path / "adapter"
    name = "base_model.model.model.layers.0.self_attn.q_proj"
    width = json.loads((tmp_path / "hf" / "config.json").read_text())["hidden_size"]
    factors = {f"{name}.lora_A.weight": torch.ones(1, width), f"{name}.lora_B.weight": torch.ones(width, 1)}
    adapter.mkdir()
    save_file(factors, adapter / "adapter_model.safetensors")
    config = {
        "peft_type": "LORA",
        "r": 1,
        "lora_alpha": 1,
        "target_modules": ["q_proj"],
        "layers_to_transform": [0],
    }
    (adapter / "adapter_config.json").write_text(json.dumps(config))
    write_exceptions(adapter, ModelExceptions({}))
    notes = plan_merge(base, adapter, tmp_path / "merged.gguf").forecast().notes
    assert any("exceptions that come with it are not used" in note for note in notes)

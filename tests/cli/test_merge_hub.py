"""Bases, adapters and merged models by their names on the Hub, from its cache and without a network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lorasurgery import merge
from lorasurgery.checkpoint.hub import _is_side_file
from support.paths import FIXTURES, ROOT

SHA = "0123456789abcdef0123456789abcdef01234567"


def cached(cache: Path, name: str, source: Path) -> None:
    """Put a folder into a cache as `huggingface_hub` does: bytes under `blobs`, links in a snapshot."""
    repository = cache / f"models--org--{name}"
    snapshot = repository / "snapshots" / SHA
    snapshot.mkdir(parents=True)
    (repository / "blobs").mkdir()
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(SHA)
    for number, path in enumerate(sorted(source.iterdir())):
        (repository / "blobs" / str(number)).write_bytes(path.read_bytes())
        (snapshot / path.name).symlink_to(f"../../blobs/{number}")


def run(cache: Path, folder: Path, *arguments: str) -> None:
    environment = os.environ | {"HF_HUB_CACHE": str(cache), "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "lorasurgery", *arguments]
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True)


def state(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_merge_of_cached_repositories_comes_apart_again(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cached(cache, "base", FIXTURES / "llama-base")
    cached(cache, "adapter", FIXTURES / "llama-adapter")
    run(cache, tmp_path, "merge", "org/base", "org/adapter:0.5")
    merged = tmp_path / "base-with-adapter"
    merge(FIXTURES / "llama-base", [f"{FIXTURES / 'llama-adapter'}:0.5"], tmp_path / "local")
    weights = [name for name in state(merged) if name.startswith("model-")]
    assert len(weights) == 3
    assert all(state(merged)[name] == state(tmp_path / "local")[name] for name in weights)
    assert json.loads((merged / "undo.json").read_text())["operations"][0]["base"] == "org/base"
    cached(cache, "merged", merged)
    run(cache, tmp_path, "unmerge", "org/merged", "-o", "back")
    assert state(tmp_path / "back") == state(FIXTURES / "llama-base")


@pytest.mark.parametrize(
    ("file", "is_fetched"),
    [
        ("config.json", True),
        ("tokenizer.model", True),
        ("1_Pooling/config.json", True),
        ("undo.json", True),
        ("undo.safetensors", True),
        ("undo.tensors", True),
        ("pytorch_model.bin", False),
        ("onnx/model.onnx", False),
        ("model.safetensors.index.json", False),
        (".gitattributes", False),
    ],
)
def test_of_a_repository_what_is_no_weights_is_fetched(file: str, is_fetched: bool) -> None:
    assert _is_side_file(file) == is_fetched

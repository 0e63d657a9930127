"""Models on the Hub by ranges, against a server that speaks as the Hub does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.fake_hub import TOKEN, fake_hub
from support.paths import FIXTURES, ROOT
from support.range_server import RangeServer
from support.remote_files import EXTRA_BYTES, many_tensors

ONE_TENSOR = """
import sys
from lorasurgery import open_checkpoint
opened, local = open_checkpoint(sys.argv[1]), open_checkpoint(sys.argv[2])
assert opened.config == local.config, opened.config
name = sys.argv[3]
assert (opened.tensors[name].raw().bits == local.tensors[name].raw().bits).all()
print(opened.name, opened.repository, opened.revision)
"""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hub")
    many_tensors(folder / "org/many")
    shutil.copytree(FIXTURES / "llama-base", folder / "org/llama-base")
    shutil.copytree(FIXTURES / "llama-adapter", folder / "org/llama-adapter")
    return folder


def run(server: RangeServer, home: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run Python with this Hub and a cache of its own."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "HUGGINGFACE_"))}
    own = {"HF_ENDPOINT": server.url, "HF_HOME": str(home), "HF_TOKEN": TOKEN, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, *command],
        env=kept | own | {"HF_HUB_DISABLE_XET": "1"},
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )


def cached(home: Path) -> list[str]:
    return sorted(path.name for path in home.rglob("*.safetensors"))


@pytest.mark.parametrize("name", ["org/many", "hf://org/many@main"])
def test_one_tensor_of_a_model_on_the_hub_moves_little_more_than_itself(
    models: Path, tmp_path: Path, name: str
) -> None:
    with fake_hub(models) as server:
        done = run(server, tmp_path, "-c", ONE_TENSOR, name, str(models / "org/many"), "m020.weight")
        assert done.returncode == 0, done.stderr
        revision = name.partition("@")[2] or None
        assert done.stdout.strip() == f"{name} org/many {revision}"
        assert server.nbytes <= 160 * 160 * 4 + EXTRA_BYTES
    assert cached(tmp_path) == []


def test_a_signature_that_runs_out_is_asked_for_again(models: Path, tmp_path: Path) -> None:
    with fake_hub(models, uses=1) as server:
        done = run(server, tmp_path, "-c", ONE_TENSOR, "org/many", str(models / "org/many"), "m020.weight")
        assert done.returncode == 0, done.stderr


def test_a_merge_of_names_on_the_hub_is_that_of_folders(models: Path, tmp_path: Path) -> None:
    """The adapter comes into the cache; the base is streamed, and its side files are copied."""
    with fake_hub(models) as server:
        names = [
            "-m",
            "lorasurgery",
            "merge",
            "org/llama-base",
            "org/llama-adapter",
            "-o",
            "by-name",
            "--json",
        ]
        done = run(server, tmp_path, *names)
        assert done.returncode == 0, done.stderr
        assert cached(tmp_path / "hub") == ["adapter_model.safetensors"]
        paths = [str(models / "org/llama-base"), str(models / "org/llama-adapter"), "-o", "by-path"]
        assert run(server, tmp_path, "-m", "lorasurgery", "merge", *paths).returncode == 0
    by_name, by_path = tmp_path / "by-name", tmp_path / "by-path"
    files = {path.name for path in by_path.iterdir()}
    assert {path.name for path in by_name.iterdir()} == files
    for file in files - {"undo.json"}:  # it has the names that were given
        assert (by_name / file).read_bytes() == (by_path / file).read_bytes(), file
    said = done.stdout + done.stderr + (by_name / "undo.json").read_text(encoding="utf-8")
    assert "SIGNED" not in said
    assert TOKEN not in said

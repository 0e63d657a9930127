"""Names on the Hub, from a cache folder as `huggingface_hub` lays it, without a network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from lorasurgery.checkpoint import hub
from lorasurgery.checkpoint.hub_names import is_hub_name, split_name
from lorasurgery.errors import HubError
from support.paths import ROOT

SHA = "0123456789abcdef0123456789abcdef01234567"
OTHER_SHA = "89abcdef0123456789abcdef0123456789abcdef"
OPEN = """
import json, sys, time
from lorasurgery import SurgeryError, open_checkpoint
for name in sys.argv[1:]:
    start = time.monotonic()
    try:
        checkpoint = open_checkpoint(name)
        sums = {key: float(lazy.read().sum()) for key, lazy in checkpoint.tensors.items()}
        said = {"sums": sums, "config": dict(checkpoint.config)}
    except SurgeryError as error:
        said = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(said | {"seconds": time.monotonic() - start}))
"""
# An offline answer comes from the disk alone; this leaves room for importing huggingface_hub on a
# busy machine.
QUICK_S = 30.0
AT_MAIN = {"sums": {"a": 2.0, "b": 4.0}, "config": {"model_type": "x"}}
AT_V1 = {"sums": {"a": 14.0}, "config": {}}
CACHED = {
    "org/name": AT_MAIN,
    "hf://org/name": AT_MAIN,
    "org/name@main": AT_MAIN,
    "org/name@v1": AT_V1,
    f"hf://org/name@{OTHER_SHA}": AT_V1,
}
ABSENT = ["org/absent", "hf://org/absent", "org/name@absent", "models/llama"]


def add_blob(repository: Path, sha: str, name: str, source: Path) -> None:
    """Put a file into a cached repository.

    Its bytes under `blobs`, a link to them in the snapshot.
    """
    (repository / "blobs").mkdir(parents=True, exist_ok=True)
    (repository / "snapshots" / sha).mkdir(parents=True, exist_ok=True)
    blob = f"{sha[:8]}{name.encode().hex()}"
    source.rename(repository / "blobs" / blob)
    (repository / "snapshots" / sha / name).symlink_to(f"../../blobs/{blob}")


def fill(folder: Path) -> Path:
    """Make a cache: a model of two shards at `main` with another state, one file, under `v1`.

    One that lacks a shard; and, beside the cache's own, a plain folder that is called as a model
    might be.
    """
    shards = {"model-00001-of-00002.safetensors": "a", "model-00002-of-00002.safetensors": "b"}
    index = {"metadata": {}, "weight_map": {name: file for file, name in shards.items()}}
    staged = folder / "staged"
    for repository in (folder / "models--org--name", folder / "models--org--holed"):
        for value, (file, name) in enumerate(shards.items(), start=1):
            save_file({name: torch.full((2,), float(value))}, staged)
            add_blob(repository, SHA, file, staged)
        for name, content in (("model.safetensors.index.json", index), ("config.json", {"model_type": "x"})):
            staged.write_text(json.dumps(content), encoding="utf-8")
            add_blob(repository, SHA, name, staged)
        (repository / "refs").mkdir()
        (repository / "refs" / "main").write_text(SHA, encoding="utf-8")
    (repository / "snapshots" / SHA / "model-00002-of-00002.safetensors").unlink()
    whole = folder / "models--org--name"
    save_file({"a": torch.full((2,), 7.0)}, staged)
    add_blob(whole, OTHER_SHA, "model.safetensors", staged)
    (whole / "refs" / "v1").write_text(OTHER_SHA, encoding="utf-8")
    (folder / "org" / "here").mkdir(parents=True)
    save_file({"here": torch.ones(2)}, folder / "org" / "here" / "model.safetensors")
    return folder


def opened(folder: Path, names: Sequence[str], **environment: str) -> dict[str, dict[str, Any]]:
    """Open names in a process of its own.

    Huggingface_hub reads its environment when it is imported.
    """
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "HUGGINGFACE_"))}
    done = subprocess.run(
        [sys.executable, "-c", OPEN, *names],
        env=kept | {"HF_HUB_OFFLINE": "1", "PYTHONPATH": str(ROOT)} | environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return {name: json.loads(line) for name, line in zip(names, done.stdout.splitlines(), strict=True)}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What comes of every name, all tried in one process."""
    cache = fill(tmp_path_factory.mktemp("cache"))
    return opened(cache, [*CACHED, *ABSENT, "org/holed", "org/here"], HF_HUB_CACHE=str(cache))


@pytest.mark.parametrize("name", CACHED)
def test_a_cached_model_opens_by_its_name_and_revision(said: dict[str, dict[str, Any]], name: str) -> None:
    assert {key: said[name].get(key) for key in ("sums", "config")} == CACHED[name], said[name]


@pytest.mark.parametrize("name", ABSENT)
def test_what_the_cache_lacks_is_said_quickly_with_the_way_to_get_it(
    said: dict[str, dict[str, Any]], name: str
) -> None:
    repository = name.removeprefix("hf://").partition("@")[0]
    assert said[name]["error"].startswith(f"HubError: '{name}' is not a path here, the Hub is out of reach")
    assert f"`hf download {repository}`" in said[name]["error"]
    assert said[name]["seconds"] < QUICK_S


def test_a_shard_that_the_cache_lacks_is_named(said: dict[str, dict[str, Any]]) -> None:
    assert "model-00002-of-00002.safetensors" in said["org/holed"]["error"]


def test_a_folder_of_that_name_goes_before_the_hub(said: dict[str, dict[str, Any]]) -> None:
    assert said["org/here"]["sums"] == {"here": 2.0}


def test_the_cache_is_found_below_the_home_of_huggingface(tmp_path: Path) -> None:
    (tmp_path / "hub").mkdir()
    fill(tmp_path / "hub")
    said = opened(tmp_path, ["org/name"], HF_HOME=str(tmp_path))
    assert said["org/name"]["sums"] == AT_MAIN["sums"]


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("org/name", True),
        ("hf://org/name", True),
        ("meta-llama/Llama-3.2-1B@refs/pr/3", True),
        ("name", False),
        ("a/b/c", False),
        ("./org/name", False),
        ("../name", False),
        (".hidden/name", False),
        ("org/model.safetensors", False),
        ("out/ft.pt", False),
        ("org/name@", False),
        ("org/na me", False),
        ("org/name\n", False),
        ("", False),
    ],
)
def test_names_of_the_hub_are_told_from_paths(name: str, is_one: bool) -> None:
    assert is_hub_name(name) == is_one


@pytest.mark.parametrize(
    ("name", "repository", "revision"),
    [
        ("gpt2", "gpt2", None),
        ("hf://bert-base-uncased@main", "bert-base-uncased", "main"),
        ("https://huggingface.co/org/name", "org/name", None),
        ("https://huggingface.co/gpt2/", "gpt2", None),
        ("huggingface.co/org/name/tree/v1.0", "org/name", "v1.0"),
        ("https://hf.co/org/name?library=peft", "org/name", None),
        ("https://huggingface.co/org/name/tree/main/sub-folder", "org/name", "main"),
        ("org/name@refs/pr/1", "org/name", "refs/pr/1"),
    ],
)
def test_a_name_without_an_owner_and_the_address_of_a_page_are_hub_names(
    name: str, repository: str, revision: str | None
) -> None:
    assert is_hub_name(name)
    assert split_name(name) == (repository, revision)


@pytest.mark.parametrize(
    "name", ["absent", "out", "bert", "https://huggingface.co/datasets/a/b", "https://example.org/a/b", "0.5"]
)
def test_other_words_are_no_hub_names(name: str) -> None:
    assert not is_hub_name(name)


def test_the_address_of_a_file_is_refused_with_the_way_to_get_it() -> None:
    with pytest.raises(HubError, match=r"`hf download org/name x/lora\.safetensors` and give its path"):
        split_name("https://huggingface.co/org/name/blob/main/x/lora.safetensors")


def test_an_adapter_is_fetched_with_its_card(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Which names who trained it; pictures and checkpoints of the training stay where they are."""
    files = ["adapter_config.json", "adapter_model.safetensors", "README.md", "loss.png", "optimizer.pt"]
    listed = hub.HubListing(dict.fromkeys(files, 1), "main")
    fetched: list[str] = []

    def download(_repo: str, _revision: str | None, file: str) -> Path:
        fetched.append(file)
        return tmp_path / file

    monkeypatch.setattr(hub, "_list_files", lambda *_: listed)
    monkeypatch.setattr(hub, "_download", download)
    assert hub.fetch_adapter("org/adapter") == tmp_path
    assert fetched == ["adapter_config.json", "adapter_model.safetensors", "README.md"]

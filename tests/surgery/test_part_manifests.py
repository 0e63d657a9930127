"""A part whose manifest a forger signed anew is refused in one line, and no file outside is looked at."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lorasurgery import assemble
from lorasurgery.errors import SurgeryError
from lorasurgery.surgery.parts.manifest import MANIFEST, _hash, read_manifest
from support.damaged_files import READERS, made

Change = Callable[[dict[str, Any]], object]
CHANGES: dict[str, Change] = {
    "no part": lambda content: content.pop("part"),
    "a part of another form": lambda content: content.update(part=[1, 2]),
    "no whole numbers": lambda content: content["part"].update(index=1.5),
    "billions of parts": lambda content: content["identity"].update(count=2**40),
    "a call of no options": lambda content: content["identity"]["call"].update(options=3),
    "no version": lambda content: content["identity"].update(tool=None),
    "inputs of no text": lambda content: content["identity"].update(inputs={"base": [1]}),
    "a file above": lambda content: content["files"].update({"../../secret": "0"}),
    "a file anywhere": lambda content: content["files"].update({"/etc/passwd": "0"}),
    "weights above": lambda content: content["tensors"].update({"../model.safetensors": {}}),
    "hashes that are numbers": lambda content: content["tensors"].update({"model.safetensors": {"a": 1}}),
    "bytes of no number": lambda content: content["content"].update(nbytes="many"),
    "less than nothing": lambda content: content["content"].update(items=-1),
    "waiting for no part": lambda content: content["content"].update(waits_for=["x"]),
    "no content": lambda content: content.update(content=None),
}
# What only shows when the run is planned or joined again.
LATER: dict[str, Change] = {
    "an option that there is not": lambda content: content["identity"]["call"]["options"].update(nonsense=1),
    "an option of another kind": lambda content: content["identity"]["call"]["options"].update(base=3),
    "sums of another kind": lambda content: content["content"].update(kept={"a": {"x": 1}}),
    "no sums": lambda content: content["content"].pop("kept"),
}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(READERS["parts"], tmp_path_factory.mktemp("parts") / "good")


@pytest.fixture
def output(good: Path, tmp_path: Path) -> Path:
    shutil.copytree(good / "out.parts", tmp_path / "out.parts")
    return tmp_path / "out"


def forged(output: Path, change: Change) -> Path:
    """Change all manifests, and give each the hash that fits."""
    for folder in output.with_name("out.parts").iterdir():
        path = folder / MANIFEST
        content = json.loads(path.read_bytes())
        del content["hash"]
        change(content)
        path.write_text(json.dumps({**content, "hash": _hash(content)}))
    return next(iter(sorted(output.with_name("out.parts").iterdir())))


@pytest.mark.parametrize("name", CHANGES)
def test_a_manifest_of_another_form_is_no_manifest(output: Path, name: str) -> None:
    folder = forged(output, CHANGES[name])
    with pytest.raises(SurgeryError, match=r"part\.json"):
        read_manifest(folder)


def test_a_manifest_that_was_changed_since_is_refused(output: Path) -> None:
    path = next(iter(sorted(output.with_name("out.parts").iterdir()))) / MANIFEST
    content = json.loads(path.read_bytes())
    content["content"]["nbytes"] += 1
    path.write_text(json.dumps(content))
    with pytest.raises(SurgeryError, match=r"part\.json was changed since it was written"):
        read_manifest(path.parent)


@pytest.mark.parametrize("name", CHANGES | LATER)
def test_forged_parts_are_not_joined(output: Path, name: str) -> None:
    forged(output, (CHANGES | LATER)[name])
    with pytest.raises(SurgeryError):
        assemble(output)
    assert not output.exists()


def test_parts_that_nobody_changed_are_joined(output: Path) -> None:
    forged(output, lambda _: None)
    assemble(output)
    assert (output / "model.safetensors").is_file()

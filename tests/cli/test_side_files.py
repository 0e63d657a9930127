"""Files copied with weights: nothing that a link shows of other folders, and with no more rights."""

from __future__ import annotations

import errno
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from lorasurgery.surgery.pipelines.pipeline_folder import pipeline_at
from support import one_layer_bert
from support.command_line import Run
from support.paths import FIXTURES
from support.slow import slow_but

ADAPTER = FIXTURES / "llama-adapter"
SECRET = "-----BEGIN OPENSSH PRIVATE KEY-----"


@pytest.fixture
def model(request: pytest.FixtureRequest, work: Path) -> Path:
    """A model's folder, as a clone of somebody's repository; of few layers where a verb traces it."""
    (work.parent / "secret").mkdir()
    (work.parent / "secret" / "id_rsa").write_text(SECRET, encoding="utf-8")
    (work.parent / "secret" / "config.json").write_text(json.dumps({"auths": SECRET}), encoding="utf-8")
    call = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    if call.get("verb") in TRACED:
        one_layer_bert.write_adapter(work.parent / "adapter")
        return one_layer_bert.write_base(work / "model")
    return Path(shutil.copytree(FIXTURES / "llama-base", work / "model"))


TRACED = ("export-onnx", "export merged", "swappable", "graft")
VERBS: dict[str, tuple[object, ...]] = {
    "merge": ("merge", "model", ADAPTER, "-o", "out"),
    "unmerge": ("unmerge", "model", "-o", "out"),
    "subtract": ("unmerge", "model", "--adapter", ADAPTER, "-o", "out"),
    "export-onnx": ("export-onnx", "model", "-o", "out", "--no-verify"),
    "export merged": ("export-onnx", "model", "../adapter", "-o", "out", "--no-verify"),
    "swappable": ("export-onnx", "model", "../adapter", "--swappable", "-o", "out", "--no-verify"),
    "graft": ("export-onnx", "model/model.onnx", "../adapter", "-o", "out", "--no-verify"),
}


def prepare(run: Run, verb: str, model: Path) -> None:
    """Put what the verb works on into the model's folder."""
    if verb in ("unmerge", "graft"):
        made = ("merge", model, ADAPTER) if verb == "unmerge" else ("export-onnx", model, "--no-verify")
        assert run(*made, "-o", "made").code == 0
        shutil.rmtree(model)
        Path("made").rename(model)


def everything(folder: Path) -> str:
    return "".join(path.read_bytes().decode("latin-1") for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("verb", slow_but({*VERBS} - {"export-onnx", "export merged", "graft"}, VERBS))
def test_a_link_out_of_the_model_s_folder_is_not_copied_and_named(run: Run, model: Path, verb: str) -> None:
    prepare(run, verb, model)
    (model / "notes.md").symlink_to("../../secret/id_rsa")
    (model / "1_Pooling").symlink_to("../../secret")
    (model / "absent.md").symlink_to("../../secret/absent")
    (model / "card.md").symlink_to("config.json")
    done = run(*VERBS[verb])
    assert done.code == 0, done.err
    said = " ".join(done.out.split())
    assert "a link there leads out of" in said
    assert "1_Pooling, absent.md, notes.md. If they belong to the model" in said
    assert SECRET not in everything(Path("out"))
    assert not (Path("out") / "notes.md").exists()
    assert (Path("out") / "card.md").read_bytes() == (model / "config.json").read_bytes()


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != "graft"])
def test_a_config_that_is_a_link_out_of_the_model_s_folder_is_refused(
    run: Run, model: Path, verb: str
) -> None:
    prepare(run, verb, model)
    (model / "config.json").unlink()
    (model / "config.json").symlink_to("../../secret/config.json")
    done = run(*VERBS[verb])
    assert (done.code, done.out) == (1, "")
    assert "config.json is a link that leads out of" in done.err
    assert "(cp -rL model COPY), and use the copy" in done.err
    assert SECRET not in done.err
    assert not Path("out").exists()


def test_a_model_s_folder_may_itself_be_a_link_and_hold_links_to_its_own_files(run: Run, model: Path) -> None:
    (model / "store").mkdir()
    (model / "config.json").rename(model / "store" / "config.json")
    (model / "config.json").symlink_to("store/config.json")
    Path("linked").symlink_to(model)
    done = run("merge", "linked", ADAPTER, "-o", "out")
    assert done.code == 0, done.err
    assert "leads out" not in done.out
    assert (Path("out") / "config.json").read_bytes() == (model / "store" / "config.json").read_bytes()


@pytest.mark.parametrize("inside", ["", "text_encoder"])
def test_the_links_of_the_hub_s_cache_are_its_own_files(
    run: Run, model: Path, work: Path, inside: str
) -> None:
    """A pipeline's model is a folder of its revision; its files are the repository's blobs."""
    repository = work / "models--org--name"
    snapshot = repository / "snapshots" / "1" / inside
    for folder in (snapshot, repository / "blobs"):
        folder.mkdir(parents=True)
    for path in model.iterdir():
        path.rename(repository / "blobs" / f"hash-of-{path.name}")
        (snapshot / path.name).symlink_to(
            os.path.relpath(repository / "blobs" / f"hash-of-{path.name}", snapshot)
        )
    done = run("merge", snapshot, ADAPTER, "-o", "out")
    assert done.code == 0, done.err
    assert "leads out" not in done.out
    assert (Path("out") / "config.json").read_bytes() == (snapshot / "config.json").read_bytes()


def test_blobs_that_are_not_the_hub_s_are_elsewhere(run: Run, model: Path, work: Path) -> None:
    """Only `blobs` beside `snapshots` are a cache's, and only while they are no link themselves."""
    (work / "cache" / "snapshots").mkdir(parents=True)
    model.rename(work / "cache" / "snapshots" / "1")
    (work / "cache" / "blobs").symlink_to(work.parent / "secret")
    (work / "cache" / "snapshots" / "1" / "notes.md").symlink_to("../../blobs/id_rsa")
    assert run("merge", "cache/snapshots/1", ADAPTER, "-o", "out").code == 0
    assert SECRET not in everything(Path("out"))


def modes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}


@pytest.mark.parametrize("laid_out", [(), ("--dtype", "float32")])
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o400, 0o444])
def test_others_may_read_of_a_merge_what_they_may_read_of_the_base(
    run: Run, model: Path, mode: int, laid_out: tuple[str, ...]
) -> None:
    for path in model.iterdir():
        path.chmod(mode)
    assert run("merge", model, ADAPTER, "-o", "out", *laid_out).code == 0
    assert run("unmerge", "out", "-o", "back").code == 0
    for folder in ("out", "back"):
        found = modes(Path(folder))
        assert len(found) >= 3
        assert found == dict.fromkeys(found, mode | 0o600)


@pytest.mark.parametrize("private", ["base", "tuned", "adapter"])
def test_what_is_made_of_private_weights_is_private(run: Run, work: Path, private: str) -> None:
    for name in ("base", "tuned", "adapter"):
        shutil.copytree(FIXTURES / f"llama-{name}", work / name)
    for path in (work / private).glob("*.safetensors"):
        path.chmod(0o600)
    commands: dict[str, tuple[object, ...]] = {
        "extracted": ("extract", "base", "tuned", "--rank", "2"),
        "reranked": ("rerank", "adapter", "--rank", "2"),
        "converted.pt": ("convert", "adapter", "--format", "loralib"),
        "merged": ("merge", "base", "adapter"),
    }
    made_of = {"base": {"extracted", "merged"}, "tuned": {"extracted"}}
    made_of["adapter"] = {"reranked", "converted.pt", "merged"}
    for name, command in commands.items():
        assert run(*command, "-o", name).code == 0
        weights = [Path(name)] if Path(name).is_file() else list(Path(name).glob("*.safetensors"))
        wanted = 0o600 if name in made_of[private] else 0o644
        assert {path.stat().st_mode & 0o777 for path in weights} == {wanted}, name


def test_nobody_else_looks_on_while_an_output_is_built(work: Path) -> None:
    from lorasurgery.checkpoint import output_folder

    with output_folder(work / "out", []) as partial:
        assert partial.parent.stat().st_mode & 0o777 == 0o700
        umask = os.umask(0)
        os.umask(umask)
        assert partial.stat().st_mode & 0o777 == 0o777 & ~umask


@pytest.mark.parametrize("verb", slow_but({"merge", "unmerge"}, VERBS))
def test_what_is_neither_file_nor_folder_is_not_copied_and_named(run: Run, model: Path, verb: str) -> None:
    prepare(run, verb, model)
    os.mkfifo(model / "chat.jinja")
    (model / "card.md").symlink_to("absent.md")
    done = run(*VERBS[verb])
    assert done.code == 0, done.err
    said = " ".join(done.out.split())
    assert "card.md (a link that leads nowhere), chat.jinja (a named pipe). If it belongs" in said
    assert not (Path("out") / "chat.jinja").exists()


def test_a_pipeline_names_what_it_does_not_copy(tmp_path: Path) -> None:
    (tmp_path / "unet").mkdir()
    save_file({"a.weight": torch.ones(2, 3)}, tmp_path / "unet" / "model.safetensors")
    (tmp_path / "model_index.json").write_text('{"_class_name": "X", "unet": ["diffusers", "Y"]}')
    os.mkfifo(tmp_path / "unet" / "notes.md")
    found = pipeline_at(tmp_path)
    assert found is not None
    assert [note for note in found.notes() if "unet/notes.md (a named pipe)" in note]


def test_a_delta_of_what_is_no_file_is_refused(run: Run, model: Path) -> None:
    shutil.copytree(model, "other")
    os.mkfifo(Path("other") / "notes.md")
    done = run("diff", "model", "other", "-o", "delta.safetensors")
    assert done.code == 2, done.err
    assert "notes.md is a named pipe, and a delta holds files" in done.err
    assert not Path("delta.safetensors").exists()


def test_a_folder_that_cannot_be_listed_is_an_error(
    run: Run, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may list everything; a disk may refuse it as well."""
    (model / "1_Pooling").mkdir()
    (model / "1_Pooling" / "config.json").write_text("{}")
    scandir = os.scandir

    def failing(path: Any = ".") -> Any:
        if os.fspath(path).endswith("1_Pooling"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), os.fspath(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", failing)
    done = run(*VERBS["merge"])
    assert done.code == 1
    assert "1_Pooling: Permission denied." in done.err
    assert not Path("out").exists()

"""Verbs on addresses give what they give on paths, fetch what they use, and say nothing that is secret."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import lorasurgery
from lorasurgery import SurgeryError
from lorasurgery.errors import OutputError, PartsError, RemoteError, UnsupportedError
from lorasurgery.remote import request
from lorasurgery.surgery.engines import resume
from lorasurgery.surgery.parts.part_plan import PartPlan
from support.paths import ROOT
from support.range_server import RangeServer
from support.remote_files import EXTRA_BYTES, SHARE, start_anew, stores_at, write_pair

pytestmark = pytest.mark.slow

Verb = Callable[..., object]

ALL, NONE = 1.0, 0.0
# What is called on base, tuned, adapter and an output, and the share of each one's weights that it uses.
VERBS: dict[str, tuple[Verb, tuple[float, float, float]]] = {
    "inspect the adapter": (lambda _b, _t, a, _: lorasurgery.inspect(a), (NONE, NONE, ALL)),
    "inspect the adapter on its base": (
        lambda b, _t, a, _: lorasurgery.inspect(a, base=b),
        (0.52, NONE, ALL),
    ),
    "inspect the model": (lambda b, _t, _a, _: lorasurgery.inspect(b), (ALL, NONE, NONE)),
    "extract": (lambda b, t, _a, o: lorasurgery.extract(b, t, rank=4, output=o), (ALL, ALL, NONE)),
    "extract, planned": (
        lambda b, t, _a, o: lorasurgery.plan_extract(b, t, rank=4, output=o).forecast(),
        (NONE, NONE, NONE),
    ),
    "merge": (lambda b, _t, a, o: lorasurgery.merge(b, a, output=o), (ALL, NONE, ALL)),
    "merge, planned": (
        lambda b, _t, a, o: lorasurgery.plan_merge(b, a, output=o).forecast(),
        (0.1, NONE, ALL),
    ),
    "convert on the base": (
        lambda b, _t, a, o: lorasurgery.convert(a, o.with_suffix(".safetensors"), base=b, format="kohya"),
        (NONE, NONE, ALL),
    ),
    "diff": (lambda b, t, _a, _: lorasurgery.diff(b, t), (ALL, ALL, NONE)),
    "rerank": (lambda _b, _t, a, o: lorasurgery.rerank(a, output=o, rank=2), (NONE, NONE, ALL)),
    "fuse": (lambda _b, _t, a, o: lorasurgery.fuse([a, f"{a}:0.5"], output=o), (NONE, NONE, ALL)),
}


def in_parts(verb: Callable[..., object]) -> Callable[..., object]:
    """Do a verb in two parts, the second one first, and join them."""

    def call(*inputs: str, output: Path, **options: object) -> None:
        for index in (2, 1):
            verb(*inputs, output=output, part=f"{index}/2", **options)
        lorasurgery.assemble(output)

    return call


RESUMED: dict[str, Verb] = {
    "merge": lambda b, _t, a, o, **resume: lorasurgery.merge(b, a, output=o, **resume),
    "extract": lambda b, t, _a, o, **resume: lorasurgery.extract(b, t, rank=4, output=o, **resume),
    "diff -o": lambda b, t, _a, o, **resume: lorasurgery.make_delta(b, t, o, **resume),
}


PARTED: dict[str, tuple[Verb, Verb]] = {
    "merge": (
        lambda b, _t, a, o: lorasurgery.merge(b, a, output=o),
        lambda b, _t, a, o: in_parts(lorasurgery.merge)(b, a, output=o),
    ),
    "extract": (
        lambda b, t, _a, o: lorasurgery.extract(b, t, rank=4, output=o),
        lambda b, t, _a, o: in_parts(lorasurgery.extract)(b, t, rank=4, output=o),
    ),
}


VERIFIED = ("base", "adapter", "merged")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    write_pair(folder)
    return folder


@pytest.fixture
def server(models: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RangeServer]:
    with stores_at(models, monkeypatch) as running:
        yield running


def contents(output: Path) -> dict[str, object]:
    """The files of an output, without the names of the inputs."""
    with_names = ("undo.json", "README.md", "adapter_config.json", "lorasurgery.json")
    files = [output] if output.is_file() else sorted(output.rglob("*")) if output.is_dir() else []
    return {path.name: without_base(path) for path in files if path.is_file() and path.name not in with_names}


def without_base(path: Path) -> object:
    """A file's bytes; of safetensors, the header without the name of the base, and the numbers."""
    data = path.read_bytes()
    if path.suffix != ".safetensors":
        return data
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    header.get("__metadata__", {}).pop("lorasurgery.base_name", None)
    return header, data[start:]


@pytest.mark.parametrize("verb", PARTED)
def test_parts_of_work_on_addresses_give_the_local_run(
    models: Path, server: RangeServer, tmp_path: Path, verb: str
) -> None:
    local, remote = PARTED[verb]
    local(*(str(models / name) for name in ("base", "tuned", "adapter")), tmp_path / "local/out")
    remote("s3://base", f"{server.url}/tuned", "gs://adapter", tmp_path / "remote/out")
    assert contents(tmp_path / "remote/out") == contents(tmp_path / "local/out")


@pytest.mark.parametrize("verb", RESUMED)
def test_a_run_whose_server_broke_off_fetches_what_is_finished_once(
    models: Path, server: RangeServer, tmp_path: Path, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resume, "PART_BYTES", 400_000)
    monkeypatch.setattr(resume, "PARTS_IN_A_FILE", 1)
    monkeypatch.setattr(request, "ATTEMPTS", 2)
    call = RESUMED[verb]
    call(*(str(models / name) for name in ("base", "tuned", "adapter")), tmp_path / "local/out")
    names, output = ("s3://base", f"{server.url}/tuned", "gs://adapter"), tmp_path / "remote/out"
    run, done = PartPlan.run, []

    def broken_after_two(plan: PartPlan, progress: Any = None) -> Any:
        if len(done) == 2:
            server.broken, server.faults = 1.0, ("cut",)
        done.append(str(plan.part))
        return run(plan, progress)

    monkeypatch.setattr(PartPlan, "run", broken_after_two)
    with pytest.raises(RemoteError, match=r"could not be read: .* What is finished is kept: 2 of \d+ parts"):
        call(*names, output, resume=True, workers=1)
    assert not output.exists()
    server.broken = 0.0
    monkeypatch.setattr(PartPlan, "run", run)
    start_anew(monkeypatch)
    server.forget()
    call(*names, output, resume=True, workers=1)
    resumed = server.nbytes
    assert contents(output) == contents(tmp_path / "local/out")
    start_anew(monkeypatch)
    server.forget()
    call(*names, output, resume=True, workers=1, force=True)
    assert resumed < server.nbytes


def test_a_file_in_a_bucket_that_changed_since_is_another_input(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(models, tmp_path / "served")
    path = tmp_path / "served/base/model.safetensors"
    with stores_at(tmp_path / "served", monkeypatch):
        lorasurgery.merge("s3://base", "gs://adapter", tmp_path / "out", part="1/2")
        os.utime(path, ns=(0, path.stat().st_mtime_ns + 10**9))  # and so its ETag is another one
        start_anew(monkeypatch)
        with pytest.raises(PartsError, match="was made from another base"):
            lorasurgery.merge("s3://base", "gs://adapter", tmp_path / "out", part="2/2")


@pytest.mark.parametrize("how", [{"part": "1/2"}, {"resume": True}])
def test_an_address_with_a_signature_is_not_recorded(
    server: RangeServer, tmp_path: Path, how: dict[str, Any]
) -> None:
    signed = f"{server.url}/base/model.safetensors?X-Amz-Signature=SECRET"
    with pytest.raises(UnsupportedError, match="may be a signature, and parts record") as refused:
        lorasurgery.merge(signed, "gs://adapter", tmp_path / "out", **how)
    assert "SECRET" not in str(refused.value)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_on_addresses_gives_the_same_and_fetches_what_it_uses(
    models: Path, server: RangeServer, tmp_path: Path, verb: str
) -> None:
    call, shares = VERBS[verb]
    names = ("base", "tuned", "adapter")
    call(*(str(models / name) for name in names), tmp_path / "local/out")
    call("s3://base", f"{server.url}/tuned", "gs://adapter", tmp_path / "remote/out")
    local, remote = (
        {path.name: contents(path) for path in (tmp_path / kind).glob("out*")} for kind in ("local", "remote")
    )
    assert local == remote
    for name, share in zip(names, shares, strict=True):
        weights = next((models / name).glob("*.safetensors")).stat().st_size
        beside = (
            (models / name / "tokenizer.json").stat().st_size if verb == "merge" and name == "base" else 0
        )
        sent = sum(each.nbytes for each in server.answers if each.path.startswith(f"/{name}/"))
        assert sent <= SHARE * share * weights + EXTRA_BYTES + beside, (name, sent, weights)


def test_a_merge_is_verified_and_undone_from_a_bucket(
    models: Path, server: RangeServer, tmp_path: Path
) -> None:
    lorasurgery.merge(models / "base", models / "adapter", output=models / "merged")
    assert not lorasurgery.verify("s3://base", "s3://adapter", "s3://merged").differing
    used = sum(path.stat().st_size for name in VERIFIED for path in (models / name).glob("*.safetensors"))
    assert server.nbytes <= SHARE * used + len(VERIFIED) * EXTRA_BYTES
    lorasurgery.unmerge(f"{server.url}/merged", output=tmp_path / "undone")
    file = "model.safetensors"
    assert (tmp_path / "undone" / file).read_bytes() == (models / "base" / file).read_bytes()


def test_an_output_is_named_after_an_address_and_stays_on_this_machine(
    server: RangeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    report = lorasurgery.extract("s3://base", f"{server.url}/tuned", rank=2)
    assert Path(report.output).name == "tuned-lora-r2"
    with pytest.raises(OutputError, match="outputs are written to this machine"):
        lorasurgery.extract("s3://base", "s3://tuned", rank=2, output="s3://out")


def test_no_secret_reaches_a_screen_a_log_or_a_file(server: RangeServer, tmp_path: Path) -> None:
    """The signature of an address is in no output; its place is shown without it."""
    signed = [f"{server.url}/{name}/model.safetensors?X-Amz-Signature=SECRET" for name in ("base", "tuned")]
    adapter = f"{server.url}/adapter/adapter_model.safetensors?X-Amz-Signature=SECRET"
    signed_absent = f"{server.url}/none?X-Amz-Signature=SECRET"
    runs = [
        ["extract", *signed, "--rank", "2", "-o", "out", "-v"],
        ["inspect", signed[0], "-v", "--json"],
        ["merge", signed[0], "s3://adapter", "-o", "merged", "-v"],
        ["inspect", adapter],
        ["extract", signed[0], signed_absent],
    ]
    said = ""
    for words in runs:
        done = subprocess.run(
            [sys.executable, "-m", "lorasurgery", *words],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode == 0) == (words[-1] != signed_absent), done.stderr
        said += done.stdout + done.stderr
    assert f"{server.url}/base/model.safetensors" in said
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert json.loads((tmp_path / "out/adapter_config.json").read_bytes())["base_model_name_or_path"] == (
        f"{server.url}/base/model.safetensors"
    )
    for secret in ("SECRET", "secret-of-the-test", "lorasurgery-remote-"):
        assert secret not in said, secret
        assert secret.encode() not in written, secret


def test_a_model_that_transformers_runs_is_brought_whole(server: RangeServer) -> None:
    """What another program reads in its own way has to be here; the tensors that are open stay so."""
    from lorasurgery.remote import bring, remote_file

    opened = lorasurgery.open_checkpoint("s3://base")
    (file,) = opened.files
    assert remote_file(file) is not None
    bring(opened.folder)
    assert remote_file(file) is None
    sent = server.nbytes
    assert file.read_bytes() == (server.folder / "base/model.safetensors").read_bytes()
    assert len(opened.tensors["model.embed_tokens.weight"].raw().data) == 4096 * 192 * 2
    assert server.nbytes == sent


def test_an_error_names_the_address(server: RangeServer) -> None:
    with pytest.raises(SurgeryError, match="s3://adapter holds an adapter, and a full checkpoint is needed"):
        lorasurgery.open_checkpoint("s3://adapter")
    assert server.answers

"""An export in parts gives the files of a single run, and ONNX Runtime runs them."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

import lorasurgery
from lorasurgery.errors import DamagedFileError, PartsError, UnsupportedError
from lorasurgery.onnx import export
from lorasurgery.onnx.export import plan_export_onnx
from lorasurgery.onnx.exporting import build
from lorasurgery.onnx.exporting import forecast as forecasts
from lorasurgery.surgery.engines import resume
from lorasurgery.surgery.parts.part import Part
from lorasurgery.surgery.parts.parts_folder import stored_passes
from support.merged_models import files
from support.onnx_models import adapted, answer, apart, saved, text
from support.paths import FIXTURES

Models = tuple[Path, Any]
BASE, ADAPTER = (str(FIXTURES / f"llama-{name}") for name in ("base", "adapter"))


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    """A folder with a base and an adapter, and PEFT's model of both."""
    folder = tmp_path_factory.mktemp("models")
    return folder, adapted("bert", saved("bert", folder / "base"), folder / "adapter")


def exported(models: Models, output: str | Path = "out", **options: Any) -> Any:
    folder, _ = models
    return lorasurgery.export_onnx(
        folder / "base", [folder / "adapter"], output, **{"verify": False, **options}
    )


@pytest.fixture(scope="module")
def single(models: Models, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a run that is not divided."""
    folder = tmp_path_factory.mktemp("single")
    with contextlib.chdir(folder):
        exported(models)
    return files(folder)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def plan_of(models: Models, output: str | Path = "out", **options: Any) -> Any:
    folder, _ = models
    return plan_export_onnx(folder / "base", [folder / "adapter"], output, **{"verify": False, **options})


def test_parts_in_any_order_one_of_them_killed_give_the_single_run(
    models: Models, single: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert exported(models, part="3/3").is_new
    pid = os.fork()
    if not pid:
        monkeypatch.setattr(os, "fsync", lambda _: os.kill(os.getpid(), 9))
        exported(models, part="1/3")
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(pid, 0)[1]) == 9
    assert not Path("out.parts/1-of-3").exists()
    exported(models, part="2/3")
    with pytest.raises(PartsError, match=r"1 of 3 parts are absent \(1/3\)"):
        lorasurgery.assemble("out")
    assert not exported(models, part="2/3").is_new
    assert exported(models, part="1/3").is_complete
    sizes = [path.stat().st_size for path in sorted(Path("out.parts").glob("*/weights.safetensors"))]
    assert len(sizes) == 3
    assert max(sizes) < 1.5 * min(sizes)
    assert not Path("out").exists()
    lorasurgery.assemble("out")
    assert files(Path.cwd()) == single
    given = text(2, 7)
    given["token_type_ids"] = torch.zeros(2, 7, dtype=torch.long)
    with torch.inference_mode():
        said = models[1](**given).logits
    assert apart(answer(Path("out/model.onnx"), given)["logits"], said) < 1e-4


@pytest.mark.slow
def test_more_parts_than_tensors_give_the_single_run(models: Models, single: dict[str, bytes]) -> None:
    plan = plan_of(models, part="1/60")
    for index in range(60, 0, -1):
        plan.of_part(Part(index, 60)).run()
    lorasurgery.assemble("out")
    assert files(Path.cwd()) == single


@pytest.mark.slow
def test_a_part_of_another_run_is_refused(models: Models) -> None:
    exported(models, part="1/2")
    with pytest.raises(PartsError, match="has dtype as by default and not 'float16'"):
        exported(models, part="2/2", dtype="float16")
    exported(models, "other", part="2/2", dtype="float16")
    shutil.copytree("other.parts/2-of-2", "out.parts/2-of-2")
    with pytest.raises(PartsError, match="has dtype 'float16'"):
        lorasurgery.assemble("out")
    assert not Path("out").exists()


@pytest.mark.slow
def test_a_part_for_another_layout_of_the_graph_is_refused(
    models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As another version of torch may trace it."""
    exported(models, part="1/2")
    monkeypatch.setattr(build, "transpose_weights", lambda *_: frozenset())
    with pytest.raises(PartsError, match="was made from another layout of the weights"):
        exported(models, part="2/2")


def test_a_base_that_changes_while_a_part_is_written_is_refused(
    models: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of the weights would be of one model, and half of another."""
    base, adapter = shutil.copytree(models[0] / "base", tmp_path / "base"), models[0] / "adapter"
    write = export.write_pieces

    def changed(*arguments: Any) -> dict[str, str]:
        hashes = write(*arguments)
        (weights,) = base.glob("*.safetensors")
        os.utime(weights, ns=(0, weights.stat().st_mtime_ns + 10**9))
        return hashes

    monkeypatch.setattr(export, "write_pieces", changed)
    with pytest.raises(DamagedFileError, match=r"model\.safetensors was changed while"):
        lorasurgery.export_onnx(base, [adapter], "out", verify=False, part="1/2")
    assert not [*tmp_path.glob("out.parts/*-of-*")]


@pytest.mark.slow
def test_a_byte_that_changed_in_a_part_is_found(models: Models) -> None:
    for part in ("1/2", "2/2"):
        exported(models, part=part)
    path = Path("out.parts/2-of-2/weights.safetensors")
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(PartsError, match=r"in out\.parts/2-of-2/weights\.safetensors was changed"):
        lorasurgery.assemble("out")
    assert not Path("out").exists()


@pytest.mark.slow
def test_a_run_that_broke_off_is_gone_on_with(
    models: Models, single: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resume, "PART_BYTES", 30_000)
    plan = plan_of(models, resume=True)
    count = plan.wanted_count()
    assert count > 1
    plan.single.of_part(Part(2, count)).run()
    assert type(exported(models, resume=True)).__name__ == "ExportReport"
    assert files(Path.cwd()) == single


@pytest.mark.slow
@pytest.mark.parametrize("name", ["t5", "llama-deep"])
def test_graphs_with_several_data_files_and_copied_layers_are_those_of_the_single_run(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapted(name, saved(name, tmp_path / "base", torch.bfloat16), tmp_path / "adapter")
    models = tmp_path, None
    options = {"dtype": "float16"}
    exported(models, tmp_path / "single/out", **options)
    plan = plan_of(models, tmp_path / "parts/out", part="1/3", **options)
    for index in (2, 1, 3):
        plan.of_part(Part(index, 3)).run()
    monkeypatch.chdir(tmp_path / "parts")
    lorasurgery.assemble("out")
    joined, whole = files(tmp_path / "parts"), files(tmp_path / "single")
    assert joined.keys() == whole.keys()
    differing = [path for path in whole if joined[path] != whole[path] and path.endswith(("onnx", "_data"))]
    assert not differing


def test_assemble_compares_with_torch(models: Models) -> None:
    for part in ("1/2", "2/2"):
        exported(models, part=part, verify=True)
    report: Any = lorasurgery.assemble("out")
    assert report.report.check.graphs[0].max_difference < 1e-4


def test_an_export_that_writes_no_weights_is_not_divided() -> None:
    for options in ({"part": "1/2"}, {"resume": True}, {"engine": "ray"}):
        with pytest.raises(UnsupportedError, match="and there is no work to divide"):
            lorasurgery.export_onnx(BASE, ADAPTER, reuse_shards=True, **options)


def test_a_part_announces_its_share_and_its_memory(models: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecasts, "CHECK_LIBRARY_BYTES", 10**9)  # as of a model that is not tiny
    plan = plan_of(models, part="1/4", verify=True)
    forecast = plan.forecast()
    exported(models, part="1/4", verify=True)
    (stored,) = stored_passes(Path("out.parts")).found
    assert forecast.items == stored.manifest.content["items"]
    assert forecast.nbytes == stored.manifest.content["nbytes"]
    assert plan.peak_nbytes < plan.plan.forecast().peak_nbytes  # the check's process takes more

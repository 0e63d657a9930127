"""Plans of ONNX exports: what they forecast is what their runs write, and a forecast writes nothing."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

import lorasurgery
from lorasurgery.errors import NoSpaceError, OutputError, UnsupportedError
from lorasurgery.onnx.export import export_onnx, plan_export_onnx
from lorasurgery.onnx.graft import graft_onnx, plan_graft_onnx
from lorasurgery.onnx.swappable import export_swappable, plan_export_swappable, swappable
from support.onnx_models import adapted, built, saved
from support.shared_folders import Shared

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Files:
    """A small ViT, a LoRA for it, and its graph; nobody writes to them."""

    base: Path
    adapter: Path
    graph: Path


@pytest.fixture
def files(shared: Shared) -> Files:
    def make(place: Path) -> None:
        adapted("vit", saved("vit", place / "vit"), place / "style", modules_to_save=None)
        export_onnx(place / "vit", (), place / "plain", verify=False)

    place = shared("planned-vit", make)
    return Files(place / "vit", place / "style", place / "plain" / "model.onnx")


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def is_empty() -> bool:
    return not any(Path().iterdir())


def about(nbytes: int) -> object:
    return pytest.approx(nbytes, rel=0.01)


def test_an_export_writes_what_its_plan_forecasts(files: Files) -> None:
    plan = plan_export_onnx(files.base, files.adapter, "out", verify=False)
    forecast = plan.forecast()
    assert is_empty()
    report = plan.run()
    assert list(forecast.graphs) == list(report.graphs)
    assert (forecast.task, forecast.model_class, forecast.changed) == (
        report.task,
        report.model_class,
        report.changed,
    )
    assert forecast.output == report.output == "out"
    assert forecast.nbytes == about(report.nbytes)


def test_an_export_beside_the_shards_writes_what_its_plan_forecasts(files: Files) -> None:
    shutil.copytree(files.base, Path("base"))
    before = sorted((Path("base")).iterdir())
    plan = plan_export_onnx(Path("base"), files.adapter, reuse_shards=True, verify=False)
    forecast = plan.forecast()
    assert sorted((Path("base")).iterdir()) == before
    report = plan.run()
    assert forecast.output == report.output
    assert forecast.referred_nbytes == report.referred_nbytes > 0
    assert forecast.nbytes == about(report.nbytes)


def test_a_graft_writes_what_its_plan_forecasts(files: Files) -> None:
    plan = plan_graft_onnx(files.graph, files.adapter)
    forecast = plan.forecast()
    assert is_empty()
    report = plan.run()
    assert forecast.output == report.output == "model-with-style"
    forecast_tensors = [
        (each.parameter, each.found_by, each.transposed, each.shape, each.dtype) for each in forecast.tensors
    ]
    assert forecast_tensors == [
        (each.parameter, each.found_by, each.turned, each.shape, each.dtype) for each in report.tensors
    ]
    assert forecast.changed_nbytes == report.changed_nbytes
    assert report.nbytes <= forecast.nbytes


def test_a_swappable_graph_is_what_its_plan_forecasts(files: Files) -> None:
    plan = plan_export_swappable(files.graph, [files.adapter], verify=False)
    forecast = plan.forecast()
    assert is_empty()
    report = plan.run()
    assert forecast.output == report.output == "model-swappable"
    assert list(forecast.modules) == [each.module for each in report.modules]
    assert [(each.file, each.modules, each.ranks, each.nbytes) for each in forecast.adapters] == [
        (each.file, each.modules, each.ranks, each.nbytes) for each in report.adapters
    ]


def test_a_swappable_checkpoint_is_what_its_plan_forecasts(files: Files) -> None:
    plan = plan_export_swappable(files.base, [files.adapter], "served", verify=False)
    forecast = plan.forecast()
    assert is_empty()
    report = plan.run()
    assert sorted(forecast.modules) == sorted(each.module for each in report.modules)
    assert (forecast.dtype, forecast.base, forecast.graph) == (report.dtype, report.base, report.graph)
    assert [(each.file, each.modules, each.ranks, each.nbytes) for each in forecast.adapters] == [
        (each.file, each.modules, each.ranks, each.nbytes) for each in report.adapters
    ]
    assert forecast.nbytes == pytest.approx(report.nbytes, rel=0.05)  # the branches are nodes, too


@pytest.mark.parametrize("source", ["graph", "base"])
def test_the_check_of_a_swappable_graph_is_announced_with_two_graphs_in_memory(
    files: Files, source: str
) -> None:
    checked, unchecked = (
        plan_export_swappable(getattr(files, source), [files.adapter], "served", verify=verify).forecast()
        for verify in (True, False)
    )
    assert checked.peak_nbytes - unchecked.peak_nbytes == 2 * checked.nbytes
    assert unchecked.peak_nbytes > 500e6
    assert checked.as_json()["peak_nbytes"] == checked.peak_nbytes


def test_a_plan_can_be_run_twice(files: Files) -> None:
    graft = plan_graft_onnx(files.graph, files.adapter, "graft", verify=False)
    swap = plan_export_swappable(files.graph, files.adapter, "swap", verify=False)
    for plan, folder in ((graft, "graft"), (swap, "swap")):
        plan.run()
        first = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
        shutil.rmtree(folder)
        assert plan.forecast().output == folder
        plan.run()
        assert {path.name: path.read_bytes() for path in Path(folder).iterdir()} == first


def test_an_output_that_is_there_is_refused_before_anything_is_traced(files: Files) -> None:
    Path("out").mkdir()
    (Path("out") / "thesis.txt").touch()
    with pytest.raises(OutputError, match="exists already"):
        plan_export_onnx(files.base, (), "out")
    with pytest.raises(OutputError, match="exists already"):
        plan_graft_onnx(files.graph, files.adapter, "out")
    with pytest.raises(OutputError, match="exists already"):
        plan_export_swappable(files.graph, files.adapter, "out")
    with pytest.raises(OutputError, match="exists already"):
        plan_export_swappable(files.base, files.adapter, "out")


def test_a_forecast_says_that_the_disk_is_full(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    for plan in (
        plan_export_onnx(files.base),
        plan_graft_onnx(files.graph, files.adapter),
        plan_export_swappable(files.graph, files.adapter),
    ):
        assert "MB are free" in plan.forecast().notes[-1]
        with pytest.raises(NoSpaceError, match="MB are free"):
            plan.run()


def test_an_adapter_that_cannot_be_an_input_is_refused_by_the_plan(files: Files) -> None:
    adapted("vit", built("vit"), Path("head"))
    for model in (files.base, files.graph):
        with pytest.raises(UnsupportedError, match=r"head cannot be swapped: it replaces 'classifier"):
            plan_export_swappable(model, "head")


def test_a_forecast_is_plain_json_and_its_repr_is_one_line(files: Files) -> None:
    for plan in (
        plan_export_onnx(files.base),
        plan_graft_onnx(files.graph, files.adapter),
        plan_export_swappable(files.graph, files.adapter),
    ):
        forecast = plan.forecast()
        content = json.loads(json.dumps(forecast.to_dict()))
        assert content["dry_run"] is True
        assert content["output"] == forecast.output
        assert len(repr(forecast)) < 200
        assert "\n" not in repr(forecast)


def test_progress_is_told_of_a_graft_too(files: Files) -> None:
    seen: list[tuple[int, int]] = []
    plan_graft_onnx(files.graph, files.adapter, verify=False).run(
        lambda done, total: seen.append((done, total))
    )
    assert seen[0][0] == 0
    assert seen[-1][0] == seen[-1][1] > 0


def test_the_first_names_of_the_functions_stay(files: Files) -> None:
    assert lorasurgery.export is lorasurgery.export_onnx is export_onnx
    assert lorasurgery.graft is lorasurgery.graft_onnx is graft_onnx
    assert lorasurgery.export_swappable is export_swappable
    old = swappable(graph=files.graph, adapters=[str(files.adapter)], output="old", verify=False)
    new = export_swappable(str(files.graph), files.adapter, "new", verify=False)
    assert (old.output, new.output) == ("old", "new")
    assert old.adapters == new.adapters
    assert Path("old/model.onnx").read_bytes() == Path("new/model.onnx").read_bytes()

"""What export-onnx prints, whole, at a fixed width, and what it refuses before anything is loaded."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from support.command_line import Run
from support.paths import FIXTURES

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")


def test_an_export_says_how_close_it_is_and_where_it_went(run: Run) -> None:
    done = run("export-onnx", FIXTURES / "bert-tuned", "-o", "out")
    assert (done.code, done.err) == (0, "")
    shown = [line.rstrip() for line in done.out.splitlines()]
    assert re.split(r"  +", shown[0]) == [
        "graph",
        "nodes",
        "weights",
        "max |graph − torch|",
        "max |output|",
        "argmax agreement",
    ]
    assert re.fullmatch(r"model\.onnx +\d+ +41 +< 1e-05 +0\.468 +100 %", shown[2])
    assert shown[4] == "BertForSequenceClassification for text-classification, float32, opset 20"
    assert shown[5] == "compared with torch in 4 runs"
    assert re.fullmatch(r"wrote  out/  5\d\d kB", shown[6])


def test_json_has_every_figure(run: Run) -> None:
    done = run("export-onnx", FIXTURES / "bert-base", "--no-verify", "--json")
    assert done.code == 0
    report = json.loads(done.out)
    assert report["output"] == "bert-base-onnx"
    assert report["check"] is None
    assert report["graphs"][0]["inputs"] == ["input_ids", "attention_mask", "token_type_ids"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["model.onnx"], "An .onnx file needs at least one ADAPTER"),
        (["base", "--swappable"], "--swappable needs at least one ADAPTER"),
        (["base", "--base", "other"], "--base is for an .onnx file"),
        (["base", "adapter", "--swappable", "--int8"], "--int8 is for a checkpoint"),
        (["model.onnx", "adapter", "--task", "fill-mask"], "--task is for a checkpoint"),
        (["model.onnx", "adapter", "--dtype", "fp16"], "--dtype is for a checkpoint"),
        (["model.onnx", "adapter", "--opset", "20"], "--opset is for a checkpoint"),
        (["base", "--opset", "26"], "18<=x<=25"),
        (["base", "--no-verify", "--atol", "0.1"], "--no-verify leaves it out"),
        (["base", "--take", "score=style"], "there is no ADAPTER"),
    ],
)
def test_options_that_would_do_nothing_are_refused(run: Run, arguments: list[str], said: str) -> None:
    done = run("export-onnx", *arguments)
    assert done.code == 2
    assert said in done.err


def test_an_unknown_task_is_one_line(run: Run) -> None:
    done = run("export-onnx", FIXTURES / "bert-base", "--task", "translation")
    assert done.code == 1
    assert done.err.startswith("error: --task 'translation' is not one of automatic-speech-recognition, ")
    assert len(done.err.splitlines()) == 1
    assert not any(Path().iterdir())


def test_a_nan_tolerance_is_refused_in_one_line(run: Run) -> None:
    done = run("export-onnx", FIXTURES / "bert-base", "--atol", "nan")
    assert (done.code, done.out) == (2, "")
    assert "Invalid value for '--atol': 'nan' is not a finite number." in done.err


def test_an_interrupted_export_leaves_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("lorasurgery.onnx.export.check", interrupted)
    done = run("export-onnx", FIXTURES / "bert-base", "-o", "inner/out")
    assert (done.code, done.out) == (130, "")
    assert done.err.strip() == "interrupted; no output was written"
    assert not any(Path().iterdir())


def test_a_dry_run_says_what_would_be_exported_and_writes_nothing(run: Run) -> None:
    done = run("export-onnx", FIXTURES / "bert-tuned", "-o", "out", "--dry-run")
    assert (done.code, done.err) == (0, "")
    shown = [line.rstrip() for line in done.out.splitlines()]
    assert shown[0].split() == ["graph", "nodes", "weights", "inputs", "outputs"]
    assert re.fullmatch(r"model\.onnx +\d+ +41 +3 +1", shown[2])
    assert shown[4] == "BertForSequenceClassification for text-classification, float32, opset 20"
    assert re.fullmatch(r"would be compared with torch; peak memory about \d+ MB", shown[5])
    assert re.fullmatch(r"would write out/  5\d\d kB", shown[6])
    assert not any(Path().iterdir())
    Path("out").mkdir()
    (Path("out") / "thesis.tex").touch()
    refused = run("export-onnx", FIXTURES / "bert-tuned", "-o", "out", "--dry-run")
    assert (refused.code, refused.out) == (1, "")
    assert "out exists already" in refused.err


def test_dry_runs_of_swappable_graphs_and_grafts_write_nothing(run: Run) -> None:
    base, adapter = FIXTURES / "llama-base", FIXTURES / "llama-adapter"
    swap = run("export-onnx", base, adapter, "--swappable", "-o", "swap", "--dry-run")
    assert (swap.code, swap.err) == (0, "")
    lines = [line.rstrip() for line in swap.out.splitlines()]
    assert lines[0].split() == ["adapter", "modules", "rank", "size"]
    assert re.fullmatch(r"llama-adapter\.onnx_adapter +21 +4 +53\.8 kB", lines[2])
    assert lines[-1].startswith("would write swap/  1.0")
    assert not any(Path().iterdir())
    assert run("export-onnx", base, "-o", "plain", "--no-verify").code == 0
    graft = run("export-onnx", "plain/model.onnx", adapter, "-o", "grafted", "--dry-run", "--json")
    assert (graft.code, graft.err) == (0, "")
    assert len(json.loads(graft.out)["tensors"]) == 21
    screen = run("export-onnx", "plain/model.onnx", adapter, "-o", "grafted", "--dry-run")
    assert "would write grafted/  1.55 MB, 516 kB of it changed" in screen.out
    assert [path.name for path in Path().iterdir()] == ["plain"]


def test_swappable_and_graft_are_reached_by_the_same_command(run: Run) -> None:
    base, adapter = FIXTURES / "llama-base", FIXTURES / "llama-adapter"
    done = run("export-onnx", base, adapter, "--swappable", "-o", "swap")
    assert (done.code, done.err) == (0, "")
    assert "llama-adapter.onnx_adapter" in done.out
    assert done.out.splitlines()[-1].startswith("wrote  swap/")
    assert sorted(path.name for path in Path().iterdir()) == ["swap"]
    assert run("export-onnx", base, "-o", "plain", "--no-verify").code == 0
    grafted = run("export-onnx", "plain/model.onnx", adapter, "-o", "grafted")
    assert (grafted.code, grafted.err) == (0, "")
    assert "merged into 21 initializers" in grafted.out

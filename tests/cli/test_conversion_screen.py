"""What rerank, fuse and convert print, at several widths, and how slips are told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.command_line import Run
from support.paths import FIXTURES

BASE, ADAPTER = FIXTURES / "llama-base", FIXTURES / "llama-adapter"


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip("\n").splitlines()]


@pytest.mark.parametrize("columns", [60, 80, 200])
@pytest.mark.parametrize(
    "arguments",
    [
        ["rerank", ADAPTER, "--rank", "2", "-o", "out"],
        ["fuse", f"{ADAPTER}:0.5", ADAPTER, "-o", "out"],
        ["convert", ADAPTER, "--for", "vllm", "-o", "out"],
    ],
    ids=["rerank", "fuse", "convert"],
)
def test_no_line_is_wider_than_the_screen(
    run: Run, arguments: list[object], columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    done = run(*arguments)
    assert (done.code, done.err) == (0, "")
    assert max(map(len, lines(done.out))) <= columns


def test_a_rerank_tells_ranks_and_errors(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = lines(run("rerank", ADAPTER, "--rank", "2", "--base", BASE).out)
    assert shown[0].split() == ["module", "shape", "rank", "energy", "kept", "error/ΔW", "error/W"]
    assert shown[2].split()[:5] == ["model.layers.0.mlp.down_proj", "64×160", "4", "→", "2"]
    assert shown[-2] == "peft: lora, energy kept 79.8 %, relative error 44.9 % of ‖ΔW‖"
    assert shown[-1] == "wrote  llama-adapter-r2/  26.9 kB, from 53.8 kB"
    assert (Path("llama-adapter-r2") / "adapter_config.json").is_file()


def test_a_fuse_tells_beforehand_whether_it_will_hurt(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "88")
    shown = lines(run("fuse", ADAPTER, f"{ADAPTER}:0.5", "--rank", "4", "-o", "out").out)
    assert shown[0].split("  ")[0] == "overlap before fusing"
    assert shown[0].split()[3:] == ["cosine", "common", "by", "chance", "conflicts"]
    assert "+1.000" in shown[2]
    assert "× the sum of the adapters' ‖ΔW‖²" in shown[3]


@pytest.mark.parametrize("columns", [60, 80, 200])
@pytest.mark.parametrize(
    "arguments",
    [
        ["rerank", ADAPTER, "--energy", "0.9", "-o", "out"],
        ["fuse", f"{ADAPTER}:0.5", ADAPTER, "--method", "ties", "-o", "out"],
        ["convert", ADAPTER, "--pack", "qkv", "-o", "out"],
    ],
    ids=["rerank", "fuse", "convert"],
)
def test_a_dry_run_fits_the_screen_and_writes_nothing(
    run: Run, arguments: list[object], columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    done = run(*arguments, "--dry-run")
    assert (done.code, done.err) == (0, "")
    assert max(map(len, lines(done.out))) <= columns
    assert not Path("out").exists()


def test_a_dry_run_says_ranks_and_bytes_at_most(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = lines(run("rerank", ADAPTER, "--energy", "0.7", "--dry-run").out)
    assert shown[0].split() == ["module", "shape", "rank", "size"]
    assert shown[2].split() == [
        "model.layers.0.mlp.down_proj",
        "64×160",
        "4",
        "→",
        "at",
        "most",
        "3",
        "2.69",
        "kB",
    ]
    assert shown[-2] == "peft: lora, peak memory about 120 MB"
    assert shown[-1] == "would write llama-adapter-e0.7/  at most 40.3 kB, from 53.8 kB"
    exact = lines(run("convert", ADAPTER, "--format", "mlx", "--dry-run").out)
    assert exact[2].split() == ["model.layers.0.mlp.down_proj", "64×160", "4", "3.58", "kB"]
    assert exact[-1] == "would write llama-adapter-mlx/  53.8 kB, from 53.8 kB"


def test_a_dry_run_as_json_is_the_whole_forecast(run: Run) -> None:
    forecast = json.loads(run("fuse", ADAPTER, ADAPTER, "--rank", "2", "--dry-run", "--json").out)
    assert (forecast["version"], forecast["verb"], forecast["is_exact"]) == (1, "fuse", False)
    assert {each["rank"] for each in forecast["modules"]} == {2}
    assert forecast["nbytes"] == sum(each["nbytes"] for each in forecast["modules"])
    assert forecast["peak_nbytes"] > 0


def test_json_is_the_whole_report(run: Run) -> None:
    report = json.loads(run("convert", ADAPTER, "--to", "adalora", "-o", "out", "--json").out)
    assert (report["version"], report["verb"], report["variant"], report["format"]) == (
        1,
        "convert",
        "adalora",
        "peft",
    )
    assert len(report["modules"]) == 21
    assert report["loss"] < 1e-6
    fused = json.loads(run("fuse", ADAPTER, ADAPTER, "-o", "both", "--json").out)
    assert fused["interference"]["pairs"][0]["cosine"] == pytest.approx(1)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["rerank", ADAPTER, "--rank", "2", "--energy", "0.5"], 2, "Choose one of"),
        (["rerank", ADAPTER, "--rank", "0"], 2, "Invalid value"),
        (["rerank", BASE, "--rank", "2"], 1, "holds no adapter"),
        (["fuse", ADAPTER, "--method", "mean"], 2, "Invalid value for '--method'"),
        (["fuse", "nothing"], 1, "does not exist"),
        (["fuse", ADAPTER, "--noise-edge"], 2, "No such option '--noise-edge'"),
        (["convert", ADAPTER, "--to", "loha"], 2, "Invalid value for '--to'"),
        (["convert", ADAPTER, "--format", "gguf"], 1, "--base"),
        (["convert", ADAPTER, "--format", "litgpt"], 1, "are read and not written"),
        (["rerank", ADAPTER, "--size", "1KB"], 1, "raise it"),
    ],
)
def test_a_wrong_argument_is_refused_in_one_line(
    run: Run, work: Path, arguments: list[object], code: int, words: str
) -> None:
    done = run(*arguments)
    assert (done.code, done.out) == (code, "")
    assert words in done.err
    assert "Traceback" not in done.err
    assert not list(work.iterdir())

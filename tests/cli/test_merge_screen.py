"""What merge, unmerge and verify print, whole, at a fixed width; the README shows more of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.command_line import Run
from support.paths import FIXTURES
from support.quantised_forms import lora, write

BASE, ADAPTER, MERGED = (FIXTURES / f"llama-{name}" for name in ("base", "adapter", "merged"))


@pytest.fixture(autouse=True)
def width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip("\n").splitlines()]


def test_a_merge_says_what_changes_and_where_it_went(run: Run) -> None:
    done = run("merge", BASE, ADAPTER, "-o", "merged")
    assert (done.code, done.err) == (0, "")
    shown = lines(done.out)
    assert shown[0].split() == ["tensor", "shape", "‖ΔW‖", "rounding"]
    assert shown[2].split()[:3] == ["model.layers.*.mlp.down_proj.weight", "3×", "64×160"]
    assert shown[-4].startswith("21 tensors to change, 9 to copy, peak memory about 0.1 GB")
    assert shown[-3].startswith("signal-to-rounding ratio ")
    assert shown[-2] == "wrote  merged/  344 kB"
    assert shown[-1].startswith("undo record ")
    assert all(len(line) <= 80 for line in shown)


def test_colons_in_names_are_no_pictures(run: Run, work: Path) -> None:
    (work / ":fire:").symlink_to(BASE)
    done = run("merge", ":fire:", ADAPTER, "-o", "a:snake:b")
    assert done.code == 0
    assert "a:snake:b" in done.out


@pytest.mark.parametrize(("columns", "figures"), [(50, 3), (80, 4), (200, 4)])
def test_names_keep_their_room_at_every_width(
    run: Run, columns: int, figures: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    shown = lines(run("merge", BASE, ADAPTER, "-o", "merged").out)
    assert len(shown[0].split()) == figures
    for row in shown[2:9]:
        assert "_proj.weight  3×" in row
        assert len(row) <= columns


def test_the_default_name_is_made_from_the_inputs(run: Run) -> None:
    assert run("merge", BASE, ADAPTER).code == 0
    assert run("unmerge", "llama-base-with-llama-adapter").code == 0
    assert sorted(path.name for path in Path().iterdir()) == [
        "llama-base-with-llama-adapter",
        "llama-base-with-llama-adapter-unmerged",
    ]


def test_a_dry_run_writes_nothing(run: Run) -> None:
    done = run("merge", BASE, f"{ADAPTER}:0.01", "--dry-run")
    assert done.code == 0
    assert "much of the adapter will be lost" in done.out
    assert "\nwould write llama-base-with-llama-adapter/" in done.out
    assert list(Path().iterdir()) == []


def test_a_dry_run_of_an_unmerge_says_what_the_unmerge_does(run: Run) -> None:
    run("merge", BASE, ADAPTER, "-o", "merged")
    shown = lines(run("unmerge", "merged", "-o", "base", "--dry-run").out)
    assert shown[0] == "would write base/  344 kB"
    assert shown[2].startswith("21 tensors to restore, 9 to copy, peak memory about 0.")
    forecast = json.loads(run("unmerge", "merged", "-o", "base", "--dry-run", "--json").out)
    assert sorted(path.name for path in Path().iterdir()) == ["merged"]
    done = json.loads(run("unmerge", "merged", "-o", "base", "--json").out)
    assert forecast.pop("peak_nbytes") > 0
    assert forecast == done


def test_a_dry_run_of_a_subtraction_says_what_the_subtraction_does(run: Run) -> None:
    words = ("unmerge", MERGED, "--adapter", ADAPTER, "-o", "near")
    shown = lines(run(*words, "--dry-run").out)
    assert shown[0] == "would write near/  344 kB"
    assert shown[-1].startswith("21 tensors to change, 9 to copy, peak memory about 0.")
    forecast = json.loads(run(*words, "--dry-run", "--json").out)
    assert list(Path().iterdir()) == []
    done = json.loads(run(*words, "--json").out)
    assert {**done, **forecast} == {**forecast, **done}
    assert forecast["changed"] == done["changed"] == 21


@pytest.mark.parametrize("words", [(), ("--adapter", ADAPTER)])
def test_a_dry_run_refuses_what_the_run_would_refuse(run: Run, words: tuple[str | Path, ...]) -> None:
    run("merge", BASE, ADAPTER, "-o", "merged")
    Path("there").mkdir()
    Path("there", "file").touch()
    done = run("unmerge", "merged", *words, "-o", "there", "--dry-run")
    assert done.code == 1
    assert "there exists already" in done.err


def test_json_has_what_the_screen_has(run: Run) -> None:
    merged = json.loads(run("merge", BASE, ADAPTER, "-o", "merged", "--json").out)
    assert (merged["version"], len(merged["tensors"]), merged["copied"]) == (2, 21, 9)
    assert merged["undo_bytes"] > 0
    undone = json.loads(run("unmerge", "merged", "--json").out)
    assert (undone["restored"], undone["copied"], undone["left"]) == (21, 9, 0)
    assert json.loads(run("verify", BASE, ADAPTER, MERGED, "--json").out)["is_exact"] is True


def test_verify_ends_in_1_where_something_differs(run: Run) -> None:
    assert lines(run("verify", BASE, ADAPTER, MERGED).out) == ["exact: all 30 tensors have the expected bits"]
    done = run("verify", BASE, f"{ADAPTER}:2", MERGED)
    assert done.code == 1
    assert lines(done.out)[-1] == "21 of 30 tensors differ"
    assert lines(done.out)[2].split()[:2] == ["model.layers.0.mlp.down_proj.weight", "differs"]


def test_an_adapter_is_subtracted_where_there_is_no_record(run: Run) -> None:
    done = run("unmerge", MERGED, "--adapter", ADAPTER, "-o", "near")
    assert done.code == 0
    assert "\napproximate: expect" in done.out
    assert run("unmerge", MERGED, "--adapter", ADAPTER, "--record", "x").code == 2


def test_a_tensor_larger_than_a_shard_may_be_is_noted(run: Run) -> None:
    said = run("merge", BASE, ADAPTER, "--max-shard-size", "20k", "--dry-run").out
    assert "11 tensors are larger than a shard may be" in " ".join(said.split())
    assert "larger" not in run("merge", BASE, ADAPTER, "--max-shard-size", "200k", "--dry-run").out


def test_what_codes_keep_is_said_before_and_after(run: Run, tmp_path: Path) -> None:
    lora(tmp_path / "adapter", write(tmp_path / "base", "compressed-tensors int4").shape)
    inputs = ("merge", tmp_path / "base", tmp_path / "adapter", "--requantise")
    done = run(*inputs, "-o", tmp_path / "merged")
    shown = " ".join(done.out.split())
    assert shown.count("quantised again under the same scales") == 2
    assert "of ΔW will be kept (least" in shown
    assert "of ΔW kept (least" in shown
    report = json.loads(run(*inputs, "-o", tmp_path / "again", "--json").out)
    (weight,) = report["requantised"]
    assert weight["name"] == "m.weight"
    assert 0.8 < weight["kept"] < 1.2
    assert report["requantised_in_all"]["moved"] == weight["moved"]

"""What `diff` prints, whole, at a fixed width, and how it exits."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from lorasurgery.cli.screens.console import size
from support.command_line import Run
from support.paths import FIXTURES

BASE, MERGED, TUNED = (FIXTURES / f"llama-{name}" for name in ("base", "merged", "tuned"))
ADAPTER = FIXTURES / "llama-adapter"


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip("\n").splitlines()]


def test_the_changed_tensors_stand_in_a_table_and_the_verdict_last(run: Run) -> None:
    done = run("diff", BASE, MERGED)
    shown = lines(done.out)
    assert done.code == 1
    assert shown[0].split() == ["tensor", "shape", "what", "differ", "ulps", "‖ΔW‖/‖W‖"]
    first = "model.layers.*.mlp.down_proj.weight 3× 64×160 rank 4 79 % 2 1.1 %"
    assert shown[2].split() == first.split()
    assert shown[-2:] == [
        "9 tensors equal: lm_head.weight …",
        "a merged LoRA of rank 4 on 21 modules (‖ΔW‖/‖W‖ 1.1 %)",
    ]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((BASE, BASE), 0),
        ((BASE, MERGED), 1),
        ((BASE, MERGED, "--quick"), 1),
        ((BASE, MERGED, "--expect", "changed"), 0),
        ((BASE, MERGED, "--expect", "lora"), 0),
        ((BASE, MERGED, "--expect", "equal"), 1),
        ((BASE, TUNED, "--expect", "lora"), 1),
        ((BASE, BASE, "--expect", "changed"), 1),
        ((BASE, BASE, "--expect", "equal"), 0),
        ((ADAPTER, ADAPTER), 0),
        ((ADAPTER, BASE), 2),
        ((BASE, "nowhere"), 2),
        ((BASE,), 2),
        ((BASE, MERGED, "--expect", "nothing"), 2),
        ((BASE, MERGED, "--base", BASE), 2),
    ],
)
def test_the_exit_code_is_that_of_diff_and_cmp(words: tuple[str | Path, ...], code: int, run: Run) -> None:
    done = run("diff", *words)
    assert done.code == code
    assert "Traceback" not in done.err


def test_a_damaged_file_is_trouble(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    file.write_bytes((BASE / "model-00001-of-00003.safetensors").read_bytes()[:-10])
    done = run("diff", BASE, file)
    assert done.code == 2
    assert len(lines(done.err)) == 1


def test_json_has_a_line_for_each_tensor(run: Run) -> None:
    report = json.loads(run("diff", BASE, MERGED, "--json").out)
    assert (report["relation"], report["is_equal"], len(report["tensors"])) == ("lora", False, 30)
    changed = [each for each in report["tensors"] if each["state"] == "changed"]
    assert {each["rank"] for each in changed} == {4}
    assert all(0 < each["ratio"] < 0.1 for each in changed)


def test_a_delta_is_written_and_applied_both_ways(run: Run) -> None:
    done = run("diff", BASE, TUNED, "-o", "tuned.delta")
    assert done.code == 0
    assert "".join(lines(done.out)[0].split()) == "methodtensorsandfilesbytesinthedeltashare"
    assert lines(done.out)[-1].startswith("wrote  tuned.delta  ")
    assert run("apply", BASE, "tuned.delta", "--dry-run").code == 0
    assert not Path("llama-tuned").exists()
    done = run("apply", BASE, "tuned.delta")
    assert done.code == 0
    assert lines(done.out)[0].startswith("byte for byte: all ")
    assert run("apply", "llama-tuned", "tuned.delta", "--revert", "-o", "base").code == 0
    for path in BASE.iterdir():
        assert Path("base", path.name).read_bytes() == path.read_bytes()
    report = json.loads(run("diff", BASE, TUNED, "-o", "again.delta", "--json").out)
    assert report["nbytes"] == Path("again.delta").stat().st_size


def test_the_wrong_side_of_a_delta_is_told_how_many_tensors_it_lacks_and_the_other_way(run: Run) -> None:
    assert run("diff", BASE, TUNED, "-o", "x.delta").code == 0
    forward, back = "with --revert, this one leads from", "without --revert, this one leads from"
    for wrong, words, way in (
        (TUNED, (), f"{forward} llama-tuned to llama-base"),
        (BASE, ("--revert",), f"{back} llama-base to llama-tuned"),
    ):
        done = run("apply", wrong, "x.delta", *words, "-o", "y")
        said = " ".join(done.err.split())
        assert done.code == 1
        assert re.search(r"\(as it does 29 more of 3\d tensors and files\)", said)
        assert way in said
        assert not Path("y").exists()


def test_a_delta_that_is_larger_than_its_target_says_so_in_a_plain_number(run: Run) -> None:
    Path("a").write_bytes(bytes(10))
    Path("b").write_bytes(bytes(range(10)))
    assert re.search(r", \d+ % of B$", run("diff", "a", "b", "-o", "x.delta").out.strip())


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("diff", BASE, TUNED, "-o", "x", "--quick"), 2),
        (("diff", BASE, TUNED, "--force"), 2),
        (("diff", BASE, "nowhere", "-o", "x"), 2),
        (("apply", BASE, "nowhere"), 1),
        (("apply", BASE, TUNED), 1),
        (("apply", BASE, BASE / "config.json"), 1),
        (("apply", BASE, BASE / "model-00001-of-00003.safetensors"), 1),
    ],
)
def test_trouble_with_deltas_is_one_line(words: tuple[str | Path, ...], code: int, run: Run) -> None:
    done = run(*words)
    assert done.code == code
    assert "Traceback" not in done.err
    assert code == 2 or len(lines(done.err)) == 1


def test_columns_that_only_checkpoints_have_are_not_drawn_of_adapters(run: Run) -> None:
    run("rerank", FIXTURES / "llama-adapter", "--rank", "1", "-o", "smaller")
    head = lines(run("diff", FIXTURES / "llama-adapter", "smaller").out)[0]
    assert head.split() == ["module", "shape", "what", "‖ΔW‖/‖W‖"]


@pytest.mark.parametrize(
    ("nbytes", "words"),
    [(999, "999 B"), (999_499, "999 kB"), (999_700, "1 MB"), (1_700_000_000_000, "1,700 GB")],
)
def test_a_size_is_never_written_with_a_power_of_ten(nbytes: int, words: str) -> None:
    assert size(nbytes) == words


@pytest.mark.parametrize("columns", ["60", "80", "120"])
def test_no_figure_is_cut_on_a_narrow_screen(columns: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    table = run("diff", FIXTURES / "bert-base", FIXTURES / "bert-tuned").out.partition("\n\n")[0]
    rows = [line for line in table.splitlines() if line.endswith("%")]
    assert len(rows) > 8
    assert len(rows) == len(table.splitlines()) - 2
    assert all(re.search(r"(changed|rank \d+|sparse) .*\d %$", line) for line in rows), table


@pytest.mark.parametrize("words", [("inspect",), ("merge", BASE), ("diff", BASE)])
def test_a_delta_in_the_place_of_a_model_is_called_a_delta(words: tuple[str | Path, ...], run: Run) -> None:
    assert run("diff", BASE, BASE, "-o", "x.delta").code == 0
    done = run(*words, "x.delta")
    assert done.code in (1, 2)
    assert "x.delta is a delta (x.delta), which is no model alone; `lorasurgery apply A DELTA`" in done.err

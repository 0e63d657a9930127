"""The screens of `inspect`, whole, at three widths, without colour; and the pictures that it writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from lorasurgery.checkpoint import output
from lorasurgery.cli.screens.inspect_map import _columns_that_fit
from support.command_line import Run
from support.paths import FIXTURES

BASE, ADAPTER, MERGED = (FIXTURES / f"llama-{name}" for name in ("base", "adapter", "merged"))
SCREENS = Path(__file__).with_name("screens")
WIDTHS = (60, 80, 200)
CASES = {
    "adapter": ["llama-adapter"],
    "adapter-on-base": ["llama-base", "llama-adapter", "--by", "kind"],
    "pair": ["llama-base", "llama-merged", "--by", "layer"],
    "pair-by-share": ["bert-base", "bert-tuned", "--sort", "share", "--heat", "rank"],
    "checkpoint": ["gpt2-base"],
    "listed": ["llama-base", "llama-adapter", "--no-spectra"],
    "module": ["llama-base", "llama-merged", "--module", "*.0.*.q_proj"],
}


def shown(text: str) -> str:
    """A screen as it is kept: no blanks at the ends of lines, and no path but the fixtures' own names."""
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("name", CASES)
def test_the_whole_screen_is_as_it_was_looked_at(
    run: Run, name: str, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To accept a new screen, delete the file, run the test, and look at what it wrote."""
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.chdir(FIXTURES)
    done = run("inspect", *CASES[name])
    assert (done.code, done.err) == (0, "")
    kept = SCREENS / f"inspect-{name}-{columns}.txt"
    if not kept.exists():
        kept.write_text(shown(done.out), encoding="utf-8")
        pytest.fail(f"{kept} was not there; look at it, and keep it")
    assert shown(done.out) == kept.read_text(encoding="utf-8")


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("name", CASES)
def test_no_line_is_wider_than_the_screen(
    run: Run, name: str, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.chdir(FIXTURES)
    assert max(map(len, shown(run("inspect", *CASES[name]).out).splitlines())) <= columns


def test_json_says_what_a_cut_keeps_in_both_figures(run: Run) -> None:
    report = json.loads(run("inspect", ADAPTER, "--rank", "2", "--json").out)
    cut = report["totals"]["cut"]
    assert (cut["rank"], round(cut["energy_kept"], 3), round(cut["relative_error"], 3)) == (2, 0.798, 0.449)
    for each in report["modules"]:
        assert each["energy_kept"] + each["relative_error"] ** 2 == pytest.approx(1)
    assert "cut" not in json.loads(run("inspect", ADAPTER, "--json").out)["totals"]


def test_json_holds_the_screen_and_more(run: Run) -> None:
    done = run("inspect", BASE, ADAPTER, "--json")
    report = json.loads(done.out)
    assert (report["version"], report["kind"], len(report["modules"])) == (1, "adapter", 21)
    first = report["modules"][0]
    assert len(first["sigma"]) == first["rank"] == 4
    assert first["against"]["intruders"] == 0
    assert report["totals"]["rank_for"] == {"0.9": 3, "0.99": 4}


def test_the_screen_can_be_had_as_a_picture(run: Run, work: Path) -> None:
    done = run("inspect", ADAPTER, "--svg", "a.svg", "--html", "a.html")
    assert (done.code, done.err) == (0, "")
    for file in (work / "a.svg", work / "a.html"):
        assert "down_proj" in file.read_text(encoding="utf-8")
    again = run("inspect", ADAPTER, "--svg", "a.svg")
    assert (again.code, again.out) == (1, "")
    assert "exists already" in again.err
    assert run("inspect", ADAPTER, "--svg", "a.svg", "--force").code == 0


@pytest.mark.parametrize("suffix", ["png", "pdf"])
@pytest.mark.parametrize("more", [[], ["--module", "*.0.*.q_proj"]])
def test_a_figure_is_written_the_same_each_time(run: Run, work: Path, suffix: str, more: list[str]) -> None:
    pytest.importorskip("matplotlib")
    for name in ("one", "two"):
        assert run("inspect", ADAPTER, *more, "--plot", f"{name}.{suffix}").code == 0
    one, two = (work / f"{name}.{suffix}" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    assert one.read_bytes()[:4] in (b"\x89PNG", b"%PDF")
    assert sorted(path.name for path in work.iterdir()) == [one.name, two.name]


def test_a_name_with_dollar_signs_is_no_formula_in_a_figure(run: Run, work: Path) -> None:
    pytest.importorskip("matplotlib")
    names = ("layers.0.a$\\frac{$", "layers.1.a$\\frac{$")
    tensors = {
        f"base_model.model.{n}.lora_{x}.weight": torch.ones(*s)
        for n in names
        for x, s in (("A", (2, 4)), ("B", (4, 2)))
    }
    (work / "a").mkdir()
    save_file(tensors, work / "a" / "adapter_model.safetensors")
    config = {"peft_type": "LORA", "r": 2, "lora_alpha": 2, "target_modules": ["x"]}
    (work / "a" / "adapter_config.json").write_text(json.dumps(config))
    for name, more in (("one.svg", ["--module", names[0]]), ("all.svg", [])):
        assert run("inspect", "a", *more, "--plot", name).code == 0
        assert "svg" in (work / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["nothing"], 1, "does not exist"),
        ([ADAPTER, "--plot", "a.jpeg"], 1, "has to end in .png or .pdf or .svg."),
        ([ADAPTER, "--svg", "no/a.svg"], 1, "is not a folder"),
        ([ADAPTER, "--svg", "a.png"], 1, "--plot draws a figure as .png"),
        ([ADAPTER, "--svg", "a.html"], 1, "has to end in .svg."),
        ([ADAPTER, ADAPTER, "--compare", "--plot", "a.pdf"], 2, "a comparison is drawn by --svg and --html"),
        ([ADAPTER, "--compare"], 2, "two adapters"),
        ([ADAPTER, ADAPTER, "--compare", "--sort", "share"], 2, "--compare shows no spectra"),
        ([ADAPTER, "--full"], 2, "--full would do nothing"),
        ([ADAPTER, "--no-spectra", "--full"], 2, "--no-spectra decomposes nothing"),
        ([ADAPTER, "--sort", "relative"], 2, "--sort relative is by"),
        ([ADAPTER, ADAPTER, "--compare", "--full"], 2, "--compare shows no spectra"),
        ([ADAPTER, "--by", "shape"], 2, "Invalid value for '--by'"),
        ([ADAPTER, "--module", "*.0.*", "--by", "kind"], 2, "--by would do nothing: --module draws single"),
        ([ADAPTER, "--json", "--sort", "share"], 2, "--sort would do nothing: --json holds all modules"),
        ([ADAPTER, "--json", "--svg", "a.svg"], 2, "--svg would do nothing: --json takes the place"),
        ([ADAPTER, "--force"], 2, "--force would do nothing: nothing is written without"),
        ([BASE, MERGED, "--alpha", "8"], 1, "--alpha is for adapters"),
        ([ADAPTER, "--module", "*.none"], 1, "matches no parameter"),
    ],
)
def test_a_wrong_argument_is_refused_in_one_line(
    run: Run, work: Path, arguments: list[object], code: int, words: str
) -> None:
    done = run("inspect", *arguments)
    assert (done.code, done.out) == (code, "")
    assert words in done.err
    assert not list(work.iterdir())


def test_a_picture_that_cannot_be_put_in_place_leaves_nothing(
    run: Run, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(output, "file_appears", full)
    done = run("inspect", ADAPTER, "--svg", "a.svg")
    assert done.code == 1
    assert (
        done.err.splitlines()[-1]
        == "error: The disk is full: a.svg could not be written. Free some space, or choose another place."
    )
    assert not list(work.iterdir())


def test_the_picture_of_a_pair_names_both(run: Run, tmp_path: Path) -> None:
    assert run("inspect", BASE, MERGED, "--svg", tmp_path / "pair.svg").code == 0
    drawn = (tmp_path / "pair.svg").read_text(encoding="utf-8").replace("&#160;", " ")
    assert f"lorasurgery inspect {BASE} {MERGED}" in drawn


def test_a_narrow_map_keeps_the_largest_kinds() -> None:
    """A file whose first kinds are all in the text encoder had empty rows for everything else."""
    cells = [[1.0, 2.0, None, None], [None, None, 40.0, 3.0]]
    assert _columns_that_fit(cells, [7, 7, 7, 7], 40) == [0, 1, 2, 3]
    assert _columns_that_fit(cells, [7, 7, 7, 7], 30) == [1, 2, 3]
    assert _columns_that_fit(cells, [7, 7, 7, 7], 20) == [2, 3]
    assert _columns_that_fit(cells, [7, 7, 7, 7], 5) == [2]

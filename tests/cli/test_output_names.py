"""Where outputs go: `~` is the home folder everywhere, and a file's name is refused for a folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import lorasurgery
from lorasurgery.checkpoint import written
from lorasurgery.checkpoint.workplace import WORK_MARK
from lorasurgery.cli.interrupts import outputs_in_place
from support import one_layer_bert
from support.command_line import Run
from support.paths import FIXTURES
from support.slow import slow_but

BASE, TUNED, ADAPTER = (FIXTURES / f"llama-{name}" for name in ("base", "tuned", "adapter"))
# What comes before -o for each verb that writes a folder.
FOLDERS: dict[str, tuple[object, ...]] = {
    "extract": ("extract", BASE, TUNED, "--rank", "2"),
    "rerank": ("rerank", ADAPTER, "--rank", "2"),
    "fuse": ("fuse", ADAPTER, ADAPTER),
    "convert": ("convert", ADAPTER, "--to", "lora"),
    "merge": ("merge", BASE, ADAPTER),
    "unmerge": ("unmerge", "merged"),
    "subtract": ("unmerge", "merged", "--adapter", ADAPTER),
    "export-onnx": ("export-onnx", "../bert", "--no-verify"),
    "swappable": ("export-onnx", "../bert", "../bert-adapter", "--swappable", "--no-verify"),
    "train": ("train", FIXTURES / "bert-base", "--data", "films.tsv", "--steps", "1", "--rank", "1"),
}


@pytest.fixture
def home(work: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = work.parent / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    return folder


@pytest.fixture
def inputs(work: Path, run: Run) -> None:
    one_layer_bert.write_base(work.parent / "bert")
    one_layer_bert.write_adapter(work.parent / "bert-adapter")
    rows = "\n".join(f"a film {number}\t{number % 2}" for number in range(16))
    Path("films.tsv").write_text(f"text\tlabel\n{rows}\n", encoding="utf-8")
    assert run("merge", BASE, ADAPTER, "-o", "merged").code == 0


@pytest.mark.parametrize("verb", slow_but({*FOLDERS} - {"swappable"}, FOLDERS))
@pytest.mark.usefixtures("inputs")
def test_a_tilde_is_the_home_folder_for_every_verb(verb: str, run: Run, work: Path, home: Path) -> None:
    done = run(*FOLDERS[verb], "--output=~/out")
    assert done.code == 0, done.err
    assert (home / "out").is_dir()
    assert sorted(path.name for path in work.iterdir()) == ["films.tsv", "merged"]


def test_a_tilde_is_the_home_folder_for_files_and_pictures(run: Run, work: Path, home: Path) -> None:
    assert run("convert", ADAPTER, "--format", "loralib", "-o", "~/out").code == 0
    assert run("inspect", ADAPTER, "--svg", "~/screen.svg", "--html", "~/screen.html").code == 0
    assert run("inspect", ADAPTER, "--plot", "~/plot.svg").code == 0
    written = sorted(path.name for path in home.iterdir() if not path.name.startswith("."))  # but for caches
    assert written == ["out.pt", "plot.svg", "screen.html", "screen.svg"]
    assert list(work.iterdir()) == []


CALLS: dict[str, Callable[[str], object]] = {
    "extract": lambda output: lorasurgery.extract(str(BASE), str(TUNED), output),
    "merge": lambda output: lorasurgery.merge(BASE, [ADAPTER], output),
    "rerank": lambda output: lorasurgery.rerank(str(ADAPTER), output, rank=2),
    "fuse": lambda output: lorasurgery.fuse([str(ADAPTER)] * 2, output),
    "convert": lambda output: lorasurgery.convert(str(ADAPTER), output, to="lora"),
}


@pytest.mark.parametrize("verb", CALLS)
def test_a_tilde_is_the_home_folder_in_python(verb: str, work: Path, home: Path) -> None:
    CALLS[verb]("~/out")
    assert (home / "out").is_dir()
    assert list(work.iterdir()) == []


def test_the_tilde_of_nobody_is_a_name_like_any_other(run: Run, work: Path) -> None:
    assert run("rerank", ADAPTER, "--rank", "2", "-o", "~nobody-of-this-name").code == 0
    assert (work / "~nobody-of-this-name" / "adapter_config.json").is_file()


SUFFIXES = (".safetensors", ".bin", ".pt", ".gguf", ".onnx", ".SafeTensors")


@pytest.mark.parametrize(
    ("verb", "suffix"), [*((verb, ".pt") for verb in FOLDERS), *(("merge", each) for each in SUFFIXES)]
)
@pytest.mark.usefixtures("inputs")
def test_a_file_s_name_for_a_folder_is_refused_with_the_way_out(
    verb: str, suffix: str, run: Run, work: Path
) -> None:
    done = run(*FOLDERS[verb], "-o", f"small{suffix}")
    assert (done.code, done.out) == (1, "")
    assert f"small{suffix} is a file's name, and " in done.err
    assert f"are folders: name it small, or write small{suffix}/ if" in done.err
    assert sorted(path.name for path in work.iterdir()) == ["films.tsv", "merged"]


def test_a_slash_at_the_end_says_that_a_folder_is_meant(run: Run) -> None:
    assert run("rerank", ADAPTER, "--rank", "2", "-o", "v1.bin/").code == 0
    assert Path("v1.bin/adapter_config.json").is_file()


def test_a_dot_in_a_folder_s_name_is_no_suffix(run: Run) -> None:
    assert run("rerank", ADAPTER, "--rank", "2", "-o", "style-v1.5").code == 0
    assert Path("style-v1.5/adapter_config.json").is_file()


@pytest.mark.parametrize("name", ["small.safetensors", "small.bin", "small.PT", "small.gguf"])
def test_another_file_s_suffix_is_refused_with_the_way_out(name: str, run: Run, work: Path) -> None:
    done = run("convert", ADAPTER, "--format", "loralib", "-o", name)
    assert (done.code, done.out) == (1, "")
    assert (
        f"{name} ends in {Path(name).suffix}, and loralib adapters are .pt files: name it small.pt."
        in done.err
    )
    assert list(work.iterdir()) == []


def test_a_folder_s_name_for_a_file_is_refused(run: Run) -> None:
    done = run("convert", ADAPTER, "--format", "loralib", "-o", "small/")
    assert done.code == 1
    assert "small/ is a folder's name, and loralib adapters are single files: name it small.pt." in done.err


@pytest.mark.parametrize(("name", "file"), [("small", "small.pt"), ("v1.5", "v1.5.pt"), ("a.pt", "a.pt")])
def test_the_suffix_of_a_file_is_added_where_none_is_given(
    name: str, file: str, run: Run, work: Path
) -> None:
    assert run("convert", ADAPTER, "--format", "loralib", "-o", name).code == 0
    assert [path.name for path in work.iterdir()] == [file]


def test_a_picture_is_not_written_through_a_link_or_over_a_file_of_the_working_name(
    run: Run, work: Path
) -> None:
    (work / "precious").write_text("x", encoding="utf-8")
    (work / "s.svg.partial").symlink_to("precious")
    done = run("inspect", ADAPTER, "--svg", "s.svg")
    assert done.code == 1
    assert "s.svg.partial is in the way" in done.err
    (work / "s.svg.partial").unlink()
    shutil.copy(work / "precious", work / "s.svg.partial")
    assert run("inspect", ADAPTER, "--svg", "s.svg").code == 1
    for name in ("precious", "s.svg.partial"):
        assert (work / name).read_text(encoding="utf-8") == "x"
    (work / "s.svg.partial").unlink()
    assert run("inspect", ADAPTER, "--svg", "s.svg").code == 0
    assert sorted(path.name for path in work.iterdir()) == ["precious", "s.svg"]


def test_what_a_killed_run_left_beside_a_whole_picture_is_cleared(run: Run, work: Path) -> None:
    assert run("inspect", ADAPTER, "--svg", "s.svg").code == 0
    (work / "s.svg.partial").mkdir()
    (work / "s.svg.partial" / WORK_MARK).touch()
    done = run("inspect", ADAPTER, "--svg", "s.svg")
    assert (done.code, done.out) == (1, "")
    assert "s.svg exists already" in done.err
    assert [path.name for path in work.iterdir()] == ["s.svg"]


def test_a_picture_replaces_nothing_that_appears_meanwhile(
    run: Run, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lorasurgery.cli.screens import pictures

    check = pictures.check

    def check_and_appear(*arguments: object, **options: object) -> None:
        check(*arguments, **options)  # type: ignore[arg-type]
        (work / "s.svg").write_text("precious", encoding="utf-8")

    monkeypatch.setattr(pictures, "check", check_and_appear)
    assert run("inspect", ADAPTER, "--svg", "s.svg").code == 1
    assert (work / "s.svg").read_text(encoding="utf-8") == "precious"


@pytest.mark.parametrize("option", ["--svg", "--html", "--plot"])
def test_a_picture_never_takes_the_place_of_a_file_of_a_model(run: Run, work: Path, option: str) -> None:
    shutil.copytree(BASE, work / "base")
    for name in ("model.safetensors", "config.json", "chat_template.jinja"):
        (work / "base" / name).touch()
        before = (work / "base" / name).read_bytes()
        done = run("inspect", ADAPTER, option, f"base/{name}", "--force")
        assert done.code == 1
        assert "has to end in ." in done.err
        assert (work / "base" / name).read_bytes() == before


def test_of_many_outputs_in_place_the_first_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run with --resume may have put 128 parts in place before its error, which is one line."""
    for count, said in ((0, ""), (1, "p0 was written"), (4, "p0, p1, p2, p3 were written")):
        monkeypatch.setattr(written, "written", lambda count=count: [Path(f"p{n}") for n in range(count)])
        assert outputs_in_place() == said
    monkeypatch.setattr(written, "written", lambda: [Path(f"p{n}") for n in range(128)])
    assert outputs_in_place() == "p0, p1, p2, p3 and 124 more were written"


def test_an_error_after_the_output_is_in_place_says_that_it_is(
    run: Run, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("rich.console.Console.print", full)  # of the screen, which is shown at the end
    done = run("rerank", ADAPTER, "--rank", "2", "-o", "out")
    assert done.code == 1
    assert done.err.splitlines()[-1] == "error: No space left on device. out was written before that."
    assert (work / "out" / "adapter_config.json").is_file()

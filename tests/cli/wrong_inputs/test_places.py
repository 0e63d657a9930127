"""Outputs that cannot be written, full disks and killed runs leave nothing behind and touch no input."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.command_line import Run
from support.paths import ROOT
from support.slow import slow_but
from support.wrong_inputs import BERT, LLAMA, Refused, state_of


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("base", "is, contains or is inside the input"),
        ("tuned/", "is, contains or is inside the input"),
        ("base/out", "is, contains or is inside the input"),
        ("tuned/new/out", "is, contains or is inside the input"),
        ("base/../tuned/out", "is, contains or is inside the input"),
        (".", "is, contains or is inside the input"),
        ("", "A path is empty"),
        ("..", "is, contains or is inside the input"),
        ("/", "is, contains or is inside the input"),
        ("file", "is not a plain folder"),
        ("file/out", "is not a folder"),
        ("loop", "is not a plain folder"),
        ("x" * 300, "File name too long"),
        ("new/" + "x" * 250, "File name too long"),
    ],
    ids=lambda each: str(each)[:30],
)
@pytest.mark.parametrize("force", [[], ["--force"]], ids=["", "force"])
def test_a_place_that_cannot_be_taken_is_refused(
    refused: Refused, pair: tuple[str, str], output: str, said: str, force: list[str]
) -> None:
    Path("file").touch()
    Path("loop").symlink_to("loop")
    assert said in refused("extract", *pair, "-o", output, *force)


def test_an_earlier_output_is_kept_unless_forced(refused: Refused, run: Run, pair: tuple[str, str]) -> None:
    assert run("extract", *pair, "-o", "out", "--rank", "2").code == 0
    assert "exists already" in refused("extract", *pair, "-o", "out", "--rank", "1")
    assert run("extract", *pair, "-o", "out", "--rank", "1", "--force").code == 0
    assert json.loads(Path("out/adapter_config.json").read_text(encoding="utf-8"))["r"] == 1


@pytest.mark.parametrize("suffix", ["partial", "replaced"])
def test_an_input_called_like_our_own_work_is_safe(
    refused: Refused, run: Run, pair: tuple[str, str], suffix: str
) -> None:
    assert run("extract", *pair, "-o", "out").code == 0
    shutil.copytree("base", f"out.{suffix}")
    assert "is in the way" in refused(
        "extract", f"out.{suffix}", "tuned", "-o", "out", "--force", "--rank", "1"
    )


@pytest.mark.usefixtures("pair")
def test_an_empty_current_folder_is_not_taken_away(refused: Refused) -> None:
    Path("here").mkdir()
    os.chdir("here")
    assert "current folder" in refused("extract", "../base", "../tuned", "-o", ".")


@pytest.mark.parametrize("name", ["out", "new/deep/out", "with space", "[red]bold[/]", "ünï-名", "-", "~odd"])
def test_any_other_name_will_do(run: Run, pair: tuple[str, str], name: str) -> None:
    done = run("extract", *pair, "-o", name)
    assert (done.code, done.err) == (0, "")
    assert f"{name}/" in done.out
    assert (Path(name) / "adapter_config.json").exists()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 kB."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def test_a_disk_that_fills_up_under_the_factors_leaves_nothing(refused: Refused, small_disk: Path) -> None:
    assert "The disk is full" in refused("extract", *LLAMA, "--energy", "0.999", "-o", small_disk / "out")
    assert list(small_disk.iterdir()) == []


def test_a_disk_too_small_for_the_output_is_known_before_it_is_written(
    refused: Refused, small_disk: Path
) -> None:
    assert "MB are free" in refused("extract", *LLAMA, "--rank", "32", "-o", small_disk / "out")
    assert "MB are free" in refused("extract", *BERT, "--rank", "4", "-o", small_disk / "out")
    assert list(small_disk.iterdir()) == []


def test_a_disk_that_is_large_enough_is_enough(run: Run, small_disk: Path) -> None:
    assert run("extract", *BERT, "--rank", "1", "--rest", "drop", "-o", small_disk / "out").code == 0


def test_a_disk_that_fills_up_half_way_through_the_output_leaves_nothing(
    refused: Refused, pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from lorasurgery.checkpoint import write

    def fill_up(*_: object) -> None:
        assert Path("new/out.partial").exists()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(write, "_write_all", fill_up)
    assert "The disk is full" in refused("extract", *pair, "-o", "new/out")


# Runs a command in a process that does something to itself when a function is called for the nth
# time.
AT_THE_NTH_CALL = """
import os, signal, sys, time
from importlib import import_module
owner, name, nth, fate = sys.argv[1:5]
module, _, inner = owner.partition(":")
place = import_module(module)
place = getattr(place, inner) if inner else place
original, calls = getattr(place, name), []
def hit(*arguments, **options):
    calls.append(None)
    if len(calls) == int(nth):
        os.kill(os.getpid(), getattr(signal, fate))
        time.sleep(0.2)
    return original(*arguments, **options)
setattr(place, name, hit)
sys.argv = ["lorasurgery", *sys.argv[5:]]
from lorasurgery.cli.main import main
main()
"""
SPOTS = {
    "before anything": ("lorasurgery.checkpoint.workplace", "_locked", 1),
    "among the factors": ("lorasurgery.checkpoint.spill:Spill", "put", 3),
    "in the weights": ("lorasurgery.checkpoint.write", "_write_all", 2),
    "before it is put in place": ("lorasurgery.checkpoint.output", "folder_appears", 1),
}


def hit(spot: str, fate: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    owner, name, nth = SPOTS[spot]
    return subprocess.run(
        [sys.executable, "-c", AT_THE_NTH_CALL, owner, name, str(nth), fate, *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("spot", slow_but({"among the factors", "before it is put in place"}, SPOTS))
def test_a_killed_run_leaves_no_output_and_the_next_one_completes(
    run: Run, pair: tuple[str, str], spot: str
) -> None:
    inputs = state_of(Path("base")), state_of(Path("tuned"))
    killed = hit(spot, "SIGKILL", "extract", *pair, "-o", "out")
    assert killed.returncode == -signal.SIGKILL
    assert not Path("out").exists()
    assert run("extract", *pair, "-o", "out").code == 0
    assert run("extract", *pair, "-o", "again").code == 0
    for name in ("adapter_model.safetensors", "adapter_config.json"):
        assert (Path("out") / name).read_bytes() == (Path("again") / name).read_bytes()
    assert state_of(Path("out")).keys() == state_of(Path("again")).keys()
    assert sorted(path.name for path in Path().iterdir()) == ["again", "base", "out", "tuned"]
    assert (state_of(Path("base")), state_of(Path("tuned"))) == inputs


def test_an_interrupted_run_says_so_and_leaves_nothing(work: Path, pair: tuple[str, str]) -> None:
    before = state_of(work)
    done = hit("among the factors", "SIGINT", "extract", *pair, "-o", "out")
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.strip() == "interrupted; no output was written"
    assert state_of(work) == before

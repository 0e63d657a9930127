"""The long runs of `python -m fuzzing` work, and see what is wrong."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from fuzzing.campaign import run
from fuzzing.shrink import shrunk
from fuzzing.trial import CHANGED, Bench, Outcome, judged
from lorasurgery.errors import SurgeryError
from support.damaged_files import READERS, Reader
from support.paths import ROOT

CORPUS = Path(__file__).parent / "corpus"
# Inputs that were once wrong, shrunk: READER/NAME/ and the files that were damaged.
KEPT = sorted(path for path in CORPUS.glob("*/*") if path.is_dir())


@pytest.mark.parametrize("kept", KEPT, ids=lambda path: path.relative_to(CORPUS).as_posix())
def test_an_input_that_was_once_wrong_is_no_more(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        path.relative_to(kept).as_posix(): path.read_bytes() for path in kept.rglob("*") if path.is_file()
    }
    bench = Bench(READERS[kept.parent.name], tmp_path, "0")
    monkeypatch.setattr("tempfile.tempdir", str(bench.scratch))
    assert files.keys() <= bench.good.keys()
    found = bench.outcome(files)
    assert not found.is_wrong, found
    assert bench.state() == bench.before


def test_the_corpus_is_there() -> None:
    assert len(KEPT) >= 4


def test_a_run_counts_what_became_of_its_inputs() -> None:
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    command = [sys.executable, "-P", "-m", "fuzzing", "--reader", "parallel", "--inputs", "300"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("parallel: 300 inputs, ")
    assert ", 0 wrong; " in done.stdout


def _open_another(_: Path) -> None:
    with suppress(OSError):
        Path("/root-of-somebody-else/weights").read_bytes()


def _refuse(message: str) -> Callable[[Path], None]:
    def read(_: Path) -> None:
        error = SurgeryError()
        error.args = (message,)
        raise error

    return read


def _spin(_: Path) -> None:
    end = time.process_time() + 60
    while time.process_time() < end:
        pass


WRONG: dict[str, tuple[Callable[[Path], object], str]] = {
    "a traceback": (lambda _: {}["x"], "KeyError in "),
    "a path outside": (_open_another, "outside of the folder"),
    "an endless line": (_refuse("x" * 5000), "a long line"),
    "an escape code": (_refuse("\x1b[31m"), "a line with control characters"),
    "no word": (_refuse(" "), "an empty line"),
    "memory": (lambda _: bytearray(400 << 20), "memory"),
    "a hang": (_spin, "too long"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_no_reader_may_do_is_seen(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fuzzing.trial.MOST_SECONDS", 0.2)
    read, outcome = WRONG[name]
    good = READERS["parallel"]
    bench = Bench(good, tmp_path, "0")
    bench.reader = Reader(good.make, read)
    found = bench.outcome(bench.input(0))
    assert found.is_wrong
    assert found.name.startswith(outcome)


def test_a_right_result_and_a_readable_line_are_right() -> None:
    assert not Outcome("right").is_wrong
    assert not judged("x.safetensors is truncated.").is_wrong


def test_inputs_are_the_same_for_a_seed_and_leave_the_folder_as_it_was(tmp_path: Path) -> None:
    one, other = (tmp_path / name for name in "ab")
    for folder in (one, other):
        folder.mkdir()
    first, second = (Bench(READERS["parallel"], folder, "7") for folder in (one, other))
    assert [first.input(index) for index in range(20)] == [second.input(index) for index in range(20)]
    for index in range(20):
        first.outcome(first.input(index))
    assert first.state() == first.before


def test_the_input_that_left_a_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fuzzing.campaign.INPUTS_BETWEEN_LOOKS", 20)
    good = READERS["parallel"]
    wanted = Bench(good, tmp_path, "7").input(13)

    def read(folder: Path) -> None:
        if (folder / "parallel.json").read_bytes() == wanted.get("parallel.json"):
            (folder / "left").write_text("x")

    totals = run(Reader(good.make, read), 21, "7")
    assert {name: [index for index, _ in found] for name, found in totals.examples.items()} == {CHANGED: [13]}
    assert totals.inputs == 21
    assert totals.examples[CHANGED][0][1] == "good/left"


def test_a_failing_input_is_shrunk_to_what_makes_it_fail() -> None:
    chance = random.Random(0)
    data = chance.randbytes(400) + b"BAD" + chance.randbytes(300)
    found = shrunk({"a": data, "b": b"x"}, {"a": b"", "b": b""}, lambda files: b"BAD" in files.get("a", b""))
    assert set(found) == {"a"}
    assert len(found["a"]) < 40

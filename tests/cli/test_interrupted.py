"""Ctrl-C: one line that says what is true of the output, whenever it comes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lorasurgery.checkpoint import output
from support.command_line import Run
from support.paths import FIXTURES, ROOT
from support.slow import slow_but

MERGE = ("merge", FIXTURES / "llama-base", FIXTURES / "llama-adapter", "-o", "out")
CONVERT = ("convert", FIXTURES / "llama-adapter", "--format", "loralib", "-o", "out.pt")


def interrupting(original: Callable[..., object], *, after: bool) -> Callable[..., object]:
    def wrapped(*arguments: object, **options: object) -> object:
        if after:
            original(*arguments, **options)
        os.kill(os.getpid(), signal.SIGINT)
        return original(*arguments, **options)

    return wrapped


@pytest.mark.parametrize(
    ("arguments", "appears", "name"),
    [(MERGE, "folder_appears", "out"), (CONVERT, "file_appears", "out.pt")],
    ids=["folder", "file"],
)
@pytest.mark.parametrize("after", [False, True])
def test_ctrl_c_at_the_last_moment_says_what_is_there(
    run: Run,
    work: Path,
    arguments: tuple[object, ...],
    appears: str,
    name: str,
    after: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(output, appears, interrupting(getattr(output, appears), after=after))
    done = run(*arguments)
    assert done.code == 130
    assert done.err.strip() == f"interrupted; {f'{name} was' if after else 'no output was'} written"
    assert [path.name for path in work.iterdir()] == ([name] if after else [])


def test_ctrl_c_while_the_report_is_drawn_says_that_the_output_was_written(
    run: Run, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lorasurgery.cli.screens import merge_screen

    monkeypatch.setattr(merge_screen, "written", interrupting(merge_screen.written, after=False))
    done = run(*MERGE)
    assert (done.code, done.err.strip()) == (130, "interrupted; out was written")
    assert (work / "out").is_dir()


CALLBACK = """
import os, signal
def cb(_):
    os.kill(os.getpid(), signal.SIGINT)
    len(())
"""


class Closing:
    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        len(())


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("kind", ["a weak reference", "an object"])
def test_ctrl_c_where_python_forgets_exceptions_comes_a_moment_later(
    run: Run, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """As while a library is imported: the run went on, and a traceback was on the screen."""
    names: dict[str, Any] = {}
    exec(compile(CALLBACK, "<frozen importlib._bootstrap>", "exec"), names)

    def ending(*_: object, **__: object) -> None:
        ended: Any = Closing() if kind == "an object" else {1}
        reference = weakref.ref(ended, names["cb"]) if kind == "a weak reference" else None
        del ended
        time.sleep(10)
        raise AssertionError(f"the interrupt was lost {reference}")

    monkeypatch.setattr(output, "flush_tree", ending)
    done = run(*MERGE)
    assert (done.code, done.err.strip()) == (130, "interrupted; no output was written")


def test_an_error_that_a_library_makes_of_ctrl_c_is_still_ctrl_c(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lorasurgery.checkpoint import output

    def initialise(*_: object, **__: object) -> None:
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except KeyboardInterrupt:
            raise ImportError("initialization failed") from None

    monkeypatch.setattr(output, "flush_tree", initialise)
    done = run(*MERGE)
    assert (done.code, done.err.strip()) == (130, "interrupted; no output was written")


def test_who_handled_ctrl_c_before_handles_it_again(run: Run) -> None:
    before = signal.getsignal(signal.SIGINT)
    assert run("inspect", FIXTURES / "llama-adapter").code == 0
    assert signal.getsignal(signal.SIGINT) is before


# A process that is interrupted the first time that a module is looked for.
WHILE_IMPORTING = """
import os, signal, sys
wanted = sys.argv[1]
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == wanted:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
sys.argv[1:] = sys.argv[2:]
from lorasurgery.__main__ import main
main()
"""


@pytest.mark.parametrize(
    "module",
    slow_but(
        {"click", "lorasurgery.surgery.merge"},
        ["click", "lorasurgery.cli.main", "lorasurgery.surgery.merge", "torch", "rich.console"],
    ),
)
def test_ctrl_c_while_modules_are_imported_is_no_traceback(module: str, work: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WHILE_IMPORTING, module, *map(str, MERGE), "--rounding", "peft"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr.strip()) == (130, "interrupted; no output was written")
    assert list(work.iterdir()) == []


def test_ctrl_c_while_training_names_the_step_and_the_way_on(
    run: Run, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lorasurgery.training import fit

    clip, calls = fit._clipped, []

    def interrupt(*arguments: object) -> float:
        calls.append(1)
        if len(calls) == 3:
            os.kill(os.getpid(), signal.SIGINT)
        return clip(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(fit, "_clipped", interrupt)
    data = FIXTURES / "films.tsv"
    train = (
        "train",
        FIXTURES / "bert-base",
        "--data",
        data,
        "--steps",
        "5",
        "-o",
        "out",
        "--keep-every",
        "1",
    )
    done = run(*train)
    said = "interrupted at step 2 of 5; the last state is kept in out.training: go on with --resume"
    assert (done.code, done.err.strip()) == (130, said)
    assert run(*train, "--resume").code == 0
    assert [path.name for path in work.iterdir()] == ["out"]

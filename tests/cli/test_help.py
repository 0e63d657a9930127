"""Help loads no torch: it answers at once, and a test can tell by what is imported."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from lorasurgery.cli.main import group
from support.paths import FIXTURES, ROOT

HEAVY = {"torch", "transformers", "onnx", "onnxruntime", "peft", "accelerate", "numpy", "huggingface_hub"}
COMMANDS = group.list_commands(group.make_context("lorasurgery", [], resilient_parsing=True))
# Runs what stands behind it with arguments of ours, then prints what was imported by then.
PROBE = """
import json, sys
try:
    {code}
except SystemExit:
    pass
print(json.dumps(sorted({{name.partition(".")[0] for name in sys.modules}})))
"""
CALL = "sys.argv = ['lorasurgery', *{arguments!r}]; from lorasurgery.cli.main import main; main()"


def imported_by(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(code=code)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_there_are_commands() -> None:
    assert "extract" in COMMANDS


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["-h"], [], ["nothing"], *([command, "--help"] for command in COMMANDS)],
    ids=" ".join,
)
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    assert imported_by(CALL.format(arguments=arguments)) & HEAVY == set()


@pytest.mark.parametrize(
    "code", ["import lorasurgery", "import lorasurgery; dir(lorasurgery)", "import lorasurgery.errors"]
)
def test_the_package_imports_nothing_heavy(code: str) -> None:
    assert imported_by(code) & HEAVY == set()


@pytest.mark.parametrize(
    "code",
    [
        "import lorasurgery; [*lorasurgery.open_checkpoint(sys.executable).tensors.values()][0].read()",
        CALL.format(arguments=["extract", *[str(FIXTURES / "bert-base")] * 2, "--rank", "1"]),
    ],
    ids=["the library at work", "a command at work"],
)
def test_what_works_on_tensors_does_import_torch_so_that_the_tests_above_can_fail(code: str) -> None:
    code = code.replace(
        "open_checkpoint(sys.executable)", f"open_checkpoint({str(ROOT / 'fixtures' / 'bert-base')!r})"
    )
    assert "torch" in imported_by(code)


def test_every_public_name_is_there() -> None:
    import lorasurgery

    assert all(getattr(lorasurgery, name) is not None for name in lorasurgery.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = lorasurgery.nothing


@pytest.mark.parametrize("command", COMMANDS)
def test_a_range_without_ends_is_not_in_the_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        group.main([command, "--help"])
    assert "None" not in capsys.readouterr().out


@pytest.mark.parametrize("columns", ["80", "100", "132", "90", "60"])
@pytest.mark.parametrize("asked", [["--help"], ["help"], []])
def test_the_list_of_verbs_is_what_the_commands_say(columns: str, asked: list[str]) -> None:
    """Where a text was made beforehand, and where none fits the screen."""
    environment = os.environ | {"COLUMNS": columns, "PYTHONPATH": str(ROOT)}
    shown, made = (
        subprocess.run(
            [sys.executable, "-m", "lorasurgery", *words],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for words in (asked, ["help", "--"])  # the second is asked for in an unusual way
    )
    assert shown == made


def test_the_list_of_verbs_needs_neither_click_nor_typing() -> None:
    environment = os.environ | {"COLUMNS": "80", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-X", "importtime", "-m", "lorasurgery", "--help"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "lorasurgery.cli.list_of_verbs" in loaded
    assert not loaded & {"click", "typing", "pathlib", "lorasurgery.errors"}

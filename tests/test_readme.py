"""The README tells the truth: its commands are run, and what they print is what it shows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from lorasurgery.cli.main import group

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
WIDTH = "88"


def sessions() -> list[tuple[str, str]]:
    """Each `$` command of the console blocks, with what the README shows below it."""
    blocks = re.findall(r"```console\n(.*?)```", README, flags=re.DOTALL)
    return [
        (command, shown.strip("\n"))
        for block in blocks
        for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n?)*)", block, flags=re.MULTILINE)
    ]


@pytest.mark.parametrize(("command", "shown"), sessions(), ids=[command for command, _ in sessions()])
def test_the_readme_shows_what_a_command_prints(
    command: str,
    shown: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", WIDTH)
    program, *arguments = shlex.split(command)
    assert program == "lorasurgery"
    group.main(arguments, standalone_mode=False)
    printed = "\n".join(line.rstrip() for line in capsys.readouterr().out.strip("\n").splitlines())
    assert printed == shown


def test_ci_runs_the_readmes_test_command() -> None:
    commands = re.findall(r"```sh\n(.*?)\n```", README, flags=re.DOTALL)
    assert len(commands) == 2
    assert commands[1] in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


def test_the_readme_lists_every_file_of_the_package() -> None:
    listed = set(re.findall(r"^\s*(\S+\.py)\s", README, flags=re.MULTILINE))
    files = {path.name for path in (ROOT / "lorasurgery").rglob("*.py")} - {"__init__.py"}
    assert files <= listed

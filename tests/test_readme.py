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


def sessions() -> list[list[tuple[str, str]]]:
    """The console blocks: of each its `$` commands, with what the README shows below them."""
    blocks = re.findall(r"```console\n(.*?)```", README, flags=re.DOTALL)
    return [
        [
            (command, shown.strip("\n"))
            for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n?)*)", block, flags=re.MULTILINE)
        ]
        for block in blocks
    ]


@pytest.mark.parametrize("session", sessions(), ids=[session[0][0] for session in sessions()])
def test_the_readme_shows_what_its_commands_print(
    session: list[tuple[str, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The commands of a block follow one another in one folder."""
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", WIDTH)
    for command, shown in session:
        program, *arguments = shlex.split(command)
        assert program == "lorasurgery"
        group.main(arguments, standalone_mode=False)
        printed = "\n".join(line.rstrip() for line in capsys.readouterr().out.strip("\n").splitlines())
        assert printed == shown, command


def test_ci_runs_the_readmes_test_command() -> None:
    commands = re.findall(r"```sh\n(.*?)\n```", README, flags=re.DOTALL)
    assert len(commands) == 2
    assert commands[1] in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()

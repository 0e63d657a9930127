"""Temporary folders: gone at their end; what a killed run left is cleared by the next, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from lorasurgery.temporary import MARK, PREFIX, temporary_folder
from support.paths import FIXTURES, ROOT
from support.range_server import serving

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no locks of this kind")

WAITING = """
import sys
from lorasurgery.temporary import temporary_folder
with temporary_folder() as folder:
    (folder / "file").write_text("much")
    print(folder, flush=True)
    sys.stdin.read()
"""
READING = """
import sys
import lorasurgery
lorasurgery.open_checkpoint(sys.argv[1])
print("opened", flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)


def started(program: str, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", program, *words]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ.copy()
    )
    assert process.stdout is not None
    assert process.stdout.readline()
    return process


def test_a_folder_is_there_for_its_block(tmp_path: Path) -> None:
    with temporary_folder() as folder:
        assert folder.parent == tmp_path
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "below").mkdir()
    assert not [*tmp_path.iterdir()]


def test_what_a_killed_run_left_is_cleared_and_what_is_held_stays(tmp_path: Path) -> None:
    held, killed = started(WAITING), started(WAITING)
    assert len([*tmp_path.iterdir()]) == 2
    killed.kill()
    killed.wait()
    with temporary_folder() as folder:
        left = {*tmp_path.iterdir()} - {folder}
        assert len(left) == 1
        assert (left.pop() / "file").read_text() == "much"
    held.communicate()
    assert not [*tmp_path.iterdir()]


def test_what_is_not_ours_stays(tmp_path: Path) -> None:
    (tmp_path / f"{PREFIX}models").mkdir()
    (tmp_path / f"{PREFIX}models/weights").touch()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / f"elsewhere/{MARK}").touch()
    (tmp_path / f"{PREFIX}link").symlink_to("elsewhere")
    (tmp_path / f"{PREFIX}other").mkdir()
    (tmp_path / f"{PREFIX}other/{MARK}").symlink_to(tmp_path / f"elsewhere/{MARK}")
    before = {*tmp_path.rglob("*")}
    with temporary_folder():
        pass
    assert {*tmp_path.rglob("*")} == before


def test_a_killed_run_that_read_from_elsewhere_leaves_nothing_for_good(tmp_path: Path) -> None:
    with serving(FIXTURES) as server:
        killed = started(READING, f"{server.url}/llama-base")
        assert [*tmp_path.iterdir()]
        killed.kill()
        killed.wait()
        next_one = started(READING, f"{server.url}/llama-base")
        assert len([*tmp_path.iterdir()]) == 1
        next_one.communicate()
    assert not [*tmp_path.iterdir()]

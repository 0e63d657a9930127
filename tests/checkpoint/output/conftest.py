"""An empty current folder, and a file system that cannot exchange two names."""

from __future__ import annotations

from pathlib import Path

import pytest

from lorasurgery.checkpoint import linux


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work below, with a folder for the outputs of a test as the current one."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


@pytest.fixture
def no_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that cannot exchange two names in one step."""
    monkeypatch.setattr(linux, "exchange", lambda *_: False)

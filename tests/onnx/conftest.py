"""Exports that several tests look at, made once for all of them, whichever process they run in."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lorasurgery.onnx.exporting import check
from support.shared_folders import Shared


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Shared:
    """Give the folder of a name; `make` fills it the first time that anybody asks.

    Nobody writes to it afterwards.
    """
    own = tmp_path_factory.getbasetemp()
    # Of several processes each has a folder in the one of the whole run.
    run = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def folder(name: str, make: Callable[[Path], object]) -> Path:
        place, done = run / "shared" / name, run / "shared" / f"{name}.done"
        place.parent.mkdir(exist_ok=True)
        with (place.parent / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                shutil.rmtree(place, ignore_errors=True)  # of one that failed
                place.mkdir()
                make(place)
                done.touch()
        return place

    return folder


@pytest.fixture
def own_process() -> None:
    """Have a test's exports checked as a user's are."""


@pytest.fixture(autouse=True)
def _checked_here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have all others checked in this process, which has torch loaded already."""
    if "own_process" not in request.fixturenames:
        monkeypatch.setattr(check, "_in_own_process", lambda question: (check._answer(question), 0))

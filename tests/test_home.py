"""`~` is the home folder, of whoever has one; an empty path is not the current folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from lorasurgery.errors import UnsupportedError
from lorasurgery.paths import expanded


def test_a_tilde_is_the_home_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert expanded("~/style") == tmp_path / "style"


def test_the_tilde_of_an_unknown_user_is_a_name() -> None:
    assert expanded("~nobody-of-this-name/style") == Path("~nobody-of-this-name/style")


def test_an_empty_path_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="A path is empty"):
        expanded("")

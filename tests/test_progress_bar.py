"""`progress=` takes a function, or True for tqdm's bar."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lorasurgery import rerank
from lorasurgery.errors import MissingExtraError, UnsupportedError
from lorasurgery.progress_bar import callback

ADAPTER = Path(__file__).parent.parent / "fixtures" / "llama-adapter"


def test_true_draws_a_bar_and_takes_it_away(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rerank(ADAPTER, tmp_path / "out", rank=2, progress=True)
    said = capsys.readouterr()
    assert said.out == ""
    assert "/53.8k" in said.err
    assert said.err.rsplit("\r", 1)[-1].strip() == ""


def test_false_and_none_draw_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rerank(ADAPTER, tmp_path / "a", rank=2, progress=False)
    rerank(ADAPTER, tmp_path / "b", rank=2)
    assert capsys.readouterr().err == ""


def test_a_function_is_called_with_what_is_done_and_the_total(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    rerank(ADAPTER, tmp_path / "out", rank=2, progress=lambda done, total: calls.append((done, total)))
    assert calls[0][0] == 0
    assert calls[-1][0] == calls[-1][1] > 0
    assert len({total for _, total in calls}) == 1


def test_what_is_neither_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="progress is True or a function"):
        callback(5)  # type: ignore[type-var]


def test_without_tqdm_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    with pytest.raises(MissingExtraError, match="pip install tqdm"):
        callback(True)

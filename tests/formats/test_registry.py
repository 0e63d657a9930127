"""The folder is the registry: every format in it is whole, and one that is dropped in is found."""

from __future__ import annotations

import importlib
import inspect
import sys
from pathlib import Path

import pytest

from lorasurgery import formats
from lorasurgery.adapter import Adapter, Host
from lorasurgery.errors import UnsupportedError
from lorasurgery.formats import Format

MADE_UP = """
from lorasurgery.adapter import Adapter, Host
from lorasurgery.formats import Format


def recognise(path):
    return path if path.suffix == ".made_up" else None


def read(path, host=None):
    return Adapter(host or Host(modules=()), {}, unresolved=path.read_text())


FORMAT = Format(name="made_up", recognise=recognise, read=read)
"""


@pytest.mark.parametrize("name", formats.names())
def test_a_format_is_whole(name: str) -> None:
    form = formats.load(name)
    assert isinstance(form, Format)
    assert form.name == name
    assert form is importlib.import_module(f"lorasurgery.formats.{name}").FORMAT
    assert form.is_written is bool(form.holds), "what is written says which factors it holds"
    assert form.suffix is None or form.suffix.startswith(".")


@pytest.mark.parametrize("name", formats.names())
def test_a_reader_has_the_options_that_its_format_lists(name: str) -> None:
    form = formats.load(name)
    _, host, *options = inspect.signature(form.read).parameters.values()
    assert tuple(each.name for each in options) == form.takes
    assert all(each.kind is each.KEYWORD_ONLY and each.default is not each.empty for each in options)
    assert (host.name, host.default) == ("host", None)


@pytest.mark.parametrize("name", formats.names())
def test_a_format_recognises_neither_an_empty_folder_nor_an_absent_path(name: str, tmp_path: Path) -> None:
    form = formats.load(name)
    assert form.recognise(tmp_path) is None
    assert form.recognise(tmp_path / "absent") is None
    assert not form.names_one_of_several(tmp_path / "absent")


@pytest.mark.parametrize("name", formats.written())
def test_a_module_that_peft_cannot_adapt_gets_no_factors_in_any_format(name: str) -> None:
    """Two modules with one weight: what either gets changes the other, whatever the format."""
    tied = {"lm_head.weight": "model.embed_tokens.weight"}
    host = Host(modules=("model.embed_tokens", "lm_head", "model.up"), tied=tied)
    refuses = formats.load(name).module_refusal
    assert "shares its weight" in str(refuses(host, "lm_head"))
    assert refuses(host, "model.up") is None


def test_a_file_that_is_dropped_in_is_a_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "formats").mkdir()
    (tmp_path / "formats" / "made_up.py").write_text(MADE_UP)
    monkeypatch.setattr(formats, "__path__", [*formats.__path__, str(tmp_path / "formats")])
    formats.names.cache_clear()
    formats.written.cache_clear()
    try:
        assert "made_up" in formats.names()
        assert "made_up" not in formats.written(), "it has no writer"
        file = tmp_path / "adapter.made_up"
        file.write_text("it is made up")
        assert formats.find_adapter(str(file)) == (file, "made_up")
        path, adapter = formats.read_adapter(str(file))
        assert path == file
        assert isinstance(adapter, Adapter)
        assert adapter.unresolved == "it is made up"
        with pytest.raises(UnsupportedError, match="is in the format made_up, which stores its scale"):
            formats.read_adapter(str(file), alpha=1.0)
    finally:
        sys.modules.pop("lorasurgery.formats.made_up", None)
        monkeypatch.undo()
        formats.names.cache_clear()
        formats.written.cache_clear()

"""Graphs of quantised bases: of float8 their numbers, of all else a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from lorasurgery.errors import UnsupportedError
from lorasurgery.onnx.export import export
from support.quantised_checkpoints import FP8, Q, adapter, write
from support.unread_quantisations import UNREAD


@pytest.mark.parametrize("with_adapter", [False, True])
@pytest.mark.parametrize("name", ["GPTQ", "ModelOpt NVFP4", "bitsandbytes NF4"])
def test_what_is_not_read_is_not_exported(name: str, with_adapter: bool, tmp_path: Path) -> None:
    write(tmp_path / "base", UNREAD[name])
    adapter(tmp_path / "adapter", Q)
    with pytest.raises(UnsupportedError, match=f"{UNREAD[name].label}.*16-bit original"):
        export(tmp_path / "base", [tmp_path / "adapter"] if with_adapter else [], tmp_path / "graph")
    assert not (tmp_path / "graph").exists()


@pytest.mark.slow
def test_a_graph_of_float8_answers_as_its_numbers_do(tmp_path: Path) -> None:
    write(tmp_path / "base", FP8["ModelOpt"])
    adapter(tmp_path / "adapter", Q)
    report = export(tmp_path / "base", [tmp_path / "adapter"], tmp_path / "graph")
    assert report.check is not None
    assert report.check.effect
    assert not (tmp_path / "graph" / "hf_quant_config.json").exists()

"""The check of a swappable graph notices wrong graphs, says what it found, and leaves nothing when
it is killed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch

from lorasurgery.errors import (
    NumericError,
    OutputError,
)
from lorasurgery.formats import onnx as container
from lorasurgery.onnx import export as verb
from lorasurgery.onnx.swappable import export_swappable, swappable
from lorasurgery.onnx.swapping import branch, files
from support.paths import FIXTURES
from support.swappable_cases import Cases, refused


def test_a_graph_that_onnx_finds_fault_with_but_runs_is_no_worse_for_it(cases: Cases, tmp_path: Path) -> None:
    case = cases("gpt2")
    shutil.copytree(case.graph.parent, tmp_path / "in")
    model = onnx.load(tmp_path / "in" / "model.onnx", load_external_data=False)
    model.graph.name = ""
    (tmp_path / "in" / "model.onnx").write_bytes(model.SerializeToString())
    swappable(tmp_path / "in" / "model.onnx", case.adapters, tmp_path / "out")


def test_the_card_says_what_was_found_or_that_nothing_was_run(cases: Cases, tmp_path: Path) -> None:
    case = cases("gpt2")
    swappable(case.graph, case.adapters, tmp_path / "unrun", verify=False)
    card = (case.out / "README.md").read_text()
    assert "bit for bit" in card
    assert "| `one.onnx_adapter` | one × 1 | 6 | 2 to 4 |" in card
    assert "**Not at all**" in (tmp_path / "unrun" / "README.md").read_text()


def test_an_adapter_too_weak_for_the_check_is_said_to_be(cases: Cases, tmp_path: Path) -> None:
    case = cases("gpt2", dynamo=False)
    for weight in ("0", "1e-9"):
        report = swappable(case.graph, [f"{case.adapters[0]}:{weight}", case.adapters[1]], tmp_path / weight)
        blind = [note for note in report.notes if "cannot tell whether it has any effect" in note]
        assert len(blind) == 1
        assert blind[0].startswith("one.onnx_adapter changes the answers by ")


def test_a_wrong_scale_is_noticed(cases: Cases, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    case, product = cases("bert"), files._product
    monkeypatch.setattr(files, "_product", lambda *args: (*product(*args)[:2], 1.001))
    refused(NumericError, "one.onnx_adapter differs from", tmp_path / "out", case.graph, case.adapters)


def test_a_branch_in_the_wrong_place_is_noticed(
    cases: Cases, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    case, linear = cases("bert"), branch.PRODUCTS["linear"]

    def negated(new: Any, *args: Any) -> str:
        return str(new.add("Neg", [linear(new, *args)]))

    monkeypatch.setitem(branch.PRODUCTS, "linear", negated)
    refused(NumericError, "one.onnx_adapter differs from", tmp_path / "out", case.graph, case.adapters)


def test_a_base_that_answers_otherwise_is_noticed(
    cases: Cases, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    case, linear = cases("bert"), branch.PRODUCTS["linear"]

    def shifted(new: Any, *args: Any) -> str:
        one = onnx.helper.make_attribute(
            "value", onnx.numpy_helper.from_array(np.array(1e-6, np.float32), "one")
        )
        return str(new.add("Add", [linear(new, *args), new.add("Constant", [], attributes=[one])]))

    monkeypatch.setitem(branch.PRODUCTS, "linear", shifted)
    refused(
        NumericError, "otherwise than .* without any adapter", tmp_path / "out", case.graph, case.adapters
    )


def test_a_file_that_onnx_runtime_damages_is_noticed(
    cases: Cases, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    case, laid_out = cases("gpt2"), container._laid_out
    calls = []

    def other(adapter: Any) -> dict[str, torch.Tensor]:
        calls.append(adapter)
        return laid_out(adapter)

    monkeypatch.setattr(container, "_laid_out", other)
    monkeypatch.setattr(container, "_holds", lambda _path, _arrays: not calls)
    refused(OutputError, "damaged", tmp_path / "out", case.graph, case.adapters)


def test_a_graph_that_is_not_valid_is_noticed(
    cases: Cases, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(branch._Wiring, "place", lambda _self: None)
    refused(OutputError, "no valid graph", tmp_path / "out", cases("gpt2").graph, cases("gpt2").adapters)


def killed_in(step: str, call: Callable[[], object]) -> None:
    """Call in a process of its own that ends without a word when it comes to a step of the export."""
    process = os.fork()
    if not process:
        setattr(verb, step, lambda *_, **__: os._exit(9))
        call()
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 9


@pytest.mark.slow
def test_what_a_killed_export_leaves_is_cleared_by_the_next_one(tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / "llama-base", tmp_path / "base")
    adapter = str(FIXTURES / "llama-adapter")

    def swap() -> object:
        return export_swappable(
            tmp_path / "base", [adapter], tmp_path / "served", task="text-generation", verify=False
        )

    killed_in("build", swap)
    assert {path.name for path in tmp_path.iterdir()} == {"base", "served-base.partial"}
    swap()
    assert {path.name for path in tmp_path.iterdir()} == {"base", "served"}


@pytest.mark.slow
def test_what_a_killed_check_leaves_is_cleared_by_the_next_one(tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / "bert-tuned", tmp_path / "base")
    before = {path.name for path in (tmp_path / "base").iterdir()}

    def refer() -> object:
        return verb.export(tmp_path / "base", reuse_shards=True)

    killed_in("check", refer)
    assert len(list(tmp_path.iterdir())) == 2
    refer()
    assert [path.name for path in tmp_path.iterdir()] == ["base"]
    assert {path.name for path in (tmp_path / "base").iterdir()} == before | {"model.onnx"}

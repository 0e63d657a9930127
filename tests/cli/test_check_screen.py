"""What `check` prints, its exit codes, and that it loads no torch."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lorasurgery import formats, targets
from support.command_line import Run
from support.paths import FIXTURES

BASE, ADAPTER = FIXTURES / "llama-base", FIXTURES / "llama-adapter"


def test_the_exit_code_says_whether_all_lands(run: Run, tmp_path: Path) -> None:
    assert run("check", ADAPTER, "--base", BASE, "--for", "vllm").code == 0
    assert run("check", ADAPTER, "--base", FIXTURES / "mixtral-base", "--for", "vllm").code == 1
    done = run("check", ADAPTER, "--base", tmp_path / "nothing", "--for", "vllm")
    assert done.code == 2
    assert done.err.startswith("error: ")
    assert run("check", ADAPTER, "--base", BASE, "--for", "nobody").code == 2


def test_a_row_is_a_kind_of_module_or_a_module(run: Run) -> None:
    kinds = run("check", ADAPTER, "--base", BASE, "--for", "vllm").out
    assert "model.layers.*.self_attn.q_proj         3   lands" in kinds
    single = run("check", ADAPTER, "--base", BASE, "--for", "vllm", "--by", "module").out
    assert "model.layers.2.self_attn.q_proj         1   lands" in single


def test_the_verdict_stands_last_and_in_the_json(run: Run) -> None:
    done = run("check", ADAPTER, "--base", BASE, "--for", "vllm@0.33")
    assert done.out.splitlines()[-1] == "All of it lands: vLLM 0.33.0 applies 21 modules as trained."
    as_json = run("check", ADAPTER, "--base", BASE, "--for", "vllm@0.33", "--json")
    assert json.loads(as_json.out)["verdict"] == done.out.splitlines()[-1]


@pytest.mark.parametrize(
    "target", [name for name in targets.names() if "peft" not in targets.load(name).formats]
)
def test_a_file_in_another_format_is_told_a_command_that_there_is(run: Run, target: str) -> None:
    done = run("check", FIXTURES / "llama-adapter", "--base", FIXTURES / "llama-base", "--for", target)
    assert done.code == 1
    assert f"run `lorasurgery convert ADAPTER --base BASE --for {target}`" in " ".join(done.out.split())


def test_what_can_be_checked_for_can_be_converted_for(run: Run) -> None:
    for name in targets.names():
        assert name in run("convert", "--help").out
        assert targets.load(name).formats[0] in formats.written()

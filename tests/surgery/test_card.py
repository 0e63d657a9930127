"""The model card names the base as a loader wants it, and shows names out of files as names."""

from __future__ import annotations

import ast
import dataclasses
import re

import pytest
import yaml

from lorasurgery.adapter import Host
from lorasurgery.markdown import code, python_text
from lorasurgery.surgery.extraction.extract_report import ExtractReport, KeptReport, LostReport, ModuleReport
from lorasurgery.surgery.extraction.model_card import model_card


def test_a_base_from_the_hub_is_named_by_its_repository_and_revision() -> None:
    report = ExtractReport(
        "hf://org/base@v1", "tuned", (), (), (), 0, (), 0, 1, 0.0, output="out", format="peft"
    )
    host = Host(modules=(), task_type="CAUSAL_LM", base_name="org/base", base_revision="v1")
    card = model_card(report, host)
    assert "base_model: org/base\n" in card
    assert 'AutoModelForCausalLM.from_pretrained("org/base", revision="v1")' in card


HOSTILE = 'a"b`c|d\n# heading\nlicense: mit\n</code><script>[e](http://f)\x1b[31m: - "\\'


def hostile(name: str) -> str:
    return f"{name}{HOSTILE}"


def named_by_a_stranger() -> str:
    """The card of an extraction in which every name is somebody else's."""
    module = ModuleReport(hostile("module"), "linear", (2, 2), 1, 1.0, 0.0, 1.0)
    report = ExtractReport(
        hostile("base"),
        hostile("tuned"),
        (module,),
        (KeptReport(hostile("kept"), "replaced", 4, 0.5),),
        (LostReport(hostile("lost"), hostile("reason"), 0.5),),
        0,
        (),
        0,
        1,
        0.0,
        output=f"folder/{hostile('out').replace('/', '')}",
        format="peft",
    )
    return model_card(report, Host(modules=(), task_type="CAUSAL_LM", base_name=hostile("org/base")))


def test_a_name_is_shown_and_never_becomes_a_setting_a_heading_or_code() -> None:
    card = named_by_a_stranger()
    _, settings, body = card.split("---\n", 2)
    assert yaml.safe_load(settings) == {
        "base_model": hostile("org/base"),
        "library_name": "peft",
        "tags": ["lora", "lorasurgery"],
    }
    lines = body.splitlines()
    assert [line[:5] for line in lines if line.startswith("#")] == ["# out"]
    assert not any(line.startswith("license") for line in lines)
    assert "\x1b" not in card
    (program,) = re.findall(r"```python\n(.*?)\n```", body, re.DOTALL)
    calls = [node for node in ast.walk(ast.parse(program)) if isinstance(node, ast.Call)]
    assert calls[0].args[0].value == hostile("org/base")  # type: ignore[attr-defined]
    outside_of_code = re.sub(
        r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", body.replace(f"```python\n{program}\n```", "")
    )
    assert "script" in outside_of_code
    assert "<script>" not in outside_of_code


def test_a_row_of_a_table_has_as_many_cells_as_its_head() -> None:
    tables = re.findall(r"(?:^\|.*\n)+", named_by_a_stranger(), re.MULTILINE)
    assert tables
    for block in tables:
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(widths) == 1, block


def test_a_class_or_a_parameter_that_is_no_name_of_python_gives_no_example() -> None:
    report = ExtractReport("base", "tuned", (), (), (), 0, (), 0, 1, 0.0, output="out", format="peft")
    evil = Host(modules=(), class_name="A\nimport os", base_name="base")
    assert "import" not in model_card(report, evil)
    untied = dataclasses.replace(report, untied=("lm_head.weight; import os",))
    host = Host(modules=(), task_type="CAUSAL_LM", base_name="base")
    assert "from transformers" in model_card(report, host)
    assert "import" not in model_card(untied, host)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("a.b", "`a.b`"),
        ("a`b", "``a`b``"),
        ("`a", "`` `a ``"),
        ("a``b`", "``` a``b` ```"),
        ("a\nb", "`a\\nb`"),
    ],
)
def test_a_span_of_code_ends_where_it_should(text: str, span: str) -> None:
    assert code(text) == span


@pytest.mark.parametrize("text", ["plain", 'a"b', "a\\", "a\nb", "é", "\u2028", "\U000e0001", "'"])
def test_a_text_in_python_is_itself(text: str) -> None:
    assert ast.literal_eval(python_text(text)) == text

"""The model card names the base as a loader wants it."""

from __future__ import annotations

from lorasurgery.adapter import Host
from lorasurgery.surgery.extraction.card import model_card
from lorasurgery.surgery.extraction.report import ExtractReport


def test_a_base_from_the_hub_is_named_by_its_repository_and_revision() -> None:
    report = ExtractReport(
        "hf://org/base@v1", "tuned", (), (), (), 0, (), 0, 1, 0.0, output="out", format="peft"
    )
    host = Host(modules=(), task_type="CAUSAL_LM", base_name="org/base", base_revision="v1")
    card = model_card(report, host)
    assert "base_model: org/base\n" in card
    assert 'AutoModelForCausalLM.from_pretrained("org/base", revision="v1")' in card

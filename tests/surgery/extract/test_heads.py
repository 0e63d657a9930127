"""Heads, new tokens and tied tables of a fine-tune come along, as the card of the adapter says."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import transformers
from safetensors.torch import save_file
from torch import Tensor

from lorasurgery import extract
from support import tiny_models
from support.extracted_adapters import (
    EVERYTHING_LOW_RANK,
    SINGLE_ROWS,
    adapted,
    assert_is_the_model,
    run_card,
)
from support.tiny_models import FAMILIES, FULL_RANK, Family, load, save_pair


def test_an_embedding_and_a_head_that_changed_in_full_are_low_rank(tmp_path: Path) -> None:
    base, tuned = save_pair(FAMILIES["llama"], tmp_path)
    report = extract(base, tuned, tmp_path / "adapter", rank=4)
    assert {"model.embed_tokens", "lm_head"} <= {row.module for row in report.modules}
    assert not any(kept.name.startswith(("model.embed_tokens", "lm_head")) for kept in report.kept)


@pytest.mark.parametrize(
    ("name", "tuned_class"),
    [
        ("bert-bare", "BertForSequenceClassification"),
        ("bert-bare", "BertForTokenClassification"),
        ("bert-bare", "BertForQuestionAnswering"),
        ("bert-bare", "BertForMaskedLM"),
        ("vit-bare", "ViTForImageClassification"),
        ("llama", "LlamaForSequenceClassification"),
        ("gpt2", "GPT2ForSequenceClassification"),
        ("t5", "T5ForSequenceClassification"),
    ],
)
@pytest.mark.parametrize("rest", ["keep", "drop"])
def test_a_head_that_the_base_lacks_comes_along(
    name: str,
    tuned_class: str,
    rest: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    family = BARE.get(name) or FAMILIES[name]
    tiny_models.built(family).save_pretrained(tmp_path / "base")
    labels = {} if tuned_class in ("BertForMaskedLM", "BertForQuestionAnswering") else {"num_labels": 3}
    torch.manual_seed(2)
    fine_tuned = getattr(transformers, tuned_class).from_pretrained(tmp_path / "base", **labels).eval()
    tiny_models.fine_tune(fine_tuned).save_pretrained(tmp_path / "tuned")
    report = extract(tmp_path / "base", tmp_path / "tuned", tmp_path / "adapter", rank=FULL_RANK, rest=rest)
    assert report.num_labels == (3 if labels and rest == "keep" else None)
    assert not report.reshaped
    model = run_card(tmp_path / "adapter", monkeypatch)
    if rest == "keep":
        assert report.lost == []
        inputs = one_sentence() if tuned_class.startswith("T5") else family.inputs()
        assert_is_the_model(model, fine_tuned, inputs)


def one_sentence() -> dict[str, Tensor]:
    """What T5 classifies: a text with an end."""
    return {"input_ids": torch.tensor([[8, 41, 17, 5, 1]])}


BARE = {
    "bert-bare": Family("BertModel", "AutoModel", FAMILIES["bert-mlm"].settings),
    "vit-bare": Family("ViTModel", "AutoModel", tiny_models.PICTURES, tiny_models.picture),
}


def test_a_head_with_other_labels_comes_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    family = FAMILIES["bert"]
    tiny_models.built(family).save_pretrained(tmp_path / "base")
    torch.manual_seed(2)
    fine_tuned = load(family, tmp_path / "base", num_labels=5, ignore_mismatched_sizes=True)
    tiny_models.fine_tune(fine_tuned).save_pretrained(tmp_path / "tuned")
    extract(tmp_path / "base", tmp_path / "tuned", tmp_path / "adapter", rank=FULL_RANK)
    assert_is_the_model(run_card(tmp_path / "adapter", monkeypatch), fine_tuned, family.inputs())


@pytest.mark.parametrize("tables", ["all rows", "few rows"])
@pytest.mark.parametrize("name", ["llama", "gemma", "gpt2", "bert-mlm", "t5", "whisper", "mixtral"])
def test_new_tokens_come_along(
    name: str, tables: tiny_models.Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    family = FAMILIES[name]
    fine_tuned = tiny_models.built(family)
    fine_tuned.save_pretrained(tmp_path / "base")
    tiny_models.fine_tune(fine_tuned, tables)
    torch.manual_seed(2)
    fine_tuned.resize_token_embeddings(tiny_models.VOCABULARY + 5)
    fine_tuned.save_pretrained(tmp_path / "tuned")
    report = extract(tmp_path / "base", tmp_path / "tuned", tmp_path / "adapter", rank=FULL_RANK)
    assert report.lost == []
    assert report.vocabulary == tiny_models.VOCABULARY + 5
    assert (
        f"model.resize_token_embeddings({report.vocabulary})" in (tmp_path / "adapter/README.md").read_text()
    )
    assert_is_the_model(run_card(tmp_path / "adapter", monkeypatch), fine_tuned, new_words(family))


def new_words(family: Family) -> dict[str, Tensor]:
    """Inputs with new tokens among them."""
    return {
        name: torch.where(tensor % 5 == 0, tensor % 5 + tiny_models.VOCABULARY, tensor)
        if name.endswith("_ids")
        else tensor
        for name, tensor in family.inputs().items()
    }


def test_a_file_with_both_names_of_a_tied_weight_gives_one_table(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    family = FAMILIES["t5"]
    base, tuned = save_pair(family, tmp_path)
    expected = extract(base, tuned, tmp_path / "expected", rank=FULL_RANK)
    for side in (base, tuned):
        state = {name: tensor.clone() for name, tensor in load(family, side).state_dict().items()}
        assert {"shared.weight", "lm_head.weight", "encoder.embed_tokens.weight"} <= state.keys()
        save_file(state, side / "model.safetensors", {"format": "pt"})
    report = extract(base, tuned, tmp_path / "adapter", rank=FULL_RANK)
    assert report.kept == expected.kept
    assert any("'lm_head.weight'" in note and "copy of 'shared.weight'" in note for note in report.notes)
    model = adapted(load(family, base), tmp_path / "adapter", capfd)
    assert_is_the_model(model, load(family, tuned), family.inputs())


@pytest.mark.parametrize("rule", [EVERYTHING_LOW_RANK[1], SINGLE_ROWS[1]], ids=["low-rank", "rows"])
def test_a_fine_tune_that_cut_the_tie_loads_as_its_card_says(
    rule: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tied = FAMILIES["qwen3"]
    base = tiny_models.built(tied)
    base.save_pretrained(tmp_path / "base")
    fine_tuned = load(tied, tmp_path / "base", tie_word_embeddings=False)
    fine_tuned.lm_head.weight.data.copy_(base.lm_head.weight)
    tiny_models.fine_tune(fine_tuned).save_pretrained(tmp_path / "tuned")
    report = extract(tmp_path / "base", tmp_path / "tuned", tmp_path / "adapter", **rule)
    assert report.untied == ("lm_head.weight",)
    assert_is_the_model(run_card(tmp_path / "adapter", monkeypatch), fine_tuned, tied.inputs())

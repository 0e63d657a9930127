"""Other kinds of tasks: what each scores is what the libraries compute from its files."""

from __future__ import annotations

import math
from pathlib import Path

import peft
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer

from lorasurgery.training.data import DataError
from lorasurgery.training.evaluate import evaluate
from lorasurgery.training.kinds import tokens
from lorasurgery.training.kinds.seq2seq import overlap
from lorasurgery.training.recipe import Recipe
from lorasurgery.training.train import train
from support import trainable_models
from support.film_reviews import BASE, sentences

RECIPE = Recipe(rank=4, rate=1e-2, steps=30, batch_size=8)
TAGS = {"good": "B-PLUS", "great": "B-PLUS", "bad": "B-MINUS", "film": "I-PLUS"}


@pytest.fixture
def conll(tmp_path: Path) -> Path:
    lines = ["-DOCSTART- O", ""]
    for text, _ in sentences(80):
        lines += [f"{word} X {TAGS.get(word, 'O')}" for word in text.split()] + [""]
    (tmp_path / "words.conll").write_text("\n".join(lines))
    return tmp_path / "words.conll"


def test_text_is_continued_as_well_as_transformers_says(tmp_path: Path) -> None:
    base = trainable_models.llama(tmp_path / "llama")
    (tmp_path / "text.txt").write_text("\n".join(text for text, _ in sentences(60)))
    report = train(
        str(base),
        str(tmp_path / "text.txt"),
        tmp_path / "out",
        recipe=RECIPE,
        kind="causal",
        dev=str(tmp_path / "text.txt"),
        max_tokens=32,
    )
    assert sum(report.losses[-5:]) < sum(report.losses[:5])
    scores = report.tasks["task"].scores
    assert scores is not None
    model = peft.PeftModel.from_pretrained(
        AutoModelForCausalLM.from_pretrained(base), str(tmp_path / "out")
    ).eval()
    ids = AutoTokenizer.from_pretrained(base)((tmp_path / "text.txt").read_text(), add_special_tokens=False)[
        "input_ids"
    ]
    total, count = 0.0, 0
    with torch.inference_mode():
        for start in range(0, len(ids), 32):
            block = torch.tensor([ids[start : start + 32]])
            if block.shape[1] > 1:
                total += model(input_ids=block, labels=block).loss.item() * (block.shape[1] - 1)
                count += block.shape[1] - 1
    assert scores.metrics["loss"] == pytest.approx(total / count, rel=1e-5)
    assert scores.metrics["perplexity"] == pytest.approx(math.exp(total / count), rel=1e-5)


def test_text_to_text_is_scored_by_what_is_generated(tmp_path: Path) -> None:
    base = trainable_models.t5(tmp_path / "t5")
    rows = "".join(f"{text}\t{'good' if label else 'bad'}\n" for text, label in sentences(48))
    (tmp_path / "pairs.tsv").write_text(f"source\ttarget\n{rows}")
    report = train(
        str(base),
        str(tmp_path / "pairs.tsv"),
        tmp_path / "out",
        recipe=RECIPE,
        kind="seq2seq",
        dev=str(tmp_path / "pairs.tsv"),
    )
    scores = report.tasks["task"].scores
    assert scores is not None
    assert sum(report.losses[-5:]) < 0.5 * sum(report.losses[:5])
    model = peft.PeftModel.from_pretrained(
        AutoModelForSeq2SeqLM.from_pretrained(base), str(tmp_path / "out")
    ).eval()
    tokenizer = AutoTokenizer.from_pretrained(base)
    right = 0
    for text, label in sentences(48):
        wanted = tokenizer("good" if label else "bad")["input_ids"]
        batch = tokenizer(text, return_tensors="pt")
        said = model.generate(
            input_ids=batch["input_ids"],
            attention_mask=batch["attention_mask"],
            max_new_tokens=len(wanted),
            do_sample=False,
        )
        right += said[0, 1:].tolist() == wanted
    assert scores.metrics["exact"] == pytest.approx(right / 48)
    again = evaluate(str(base), tmp_path / "out", data=tmp_path / "pairs.tsv").rows[0].scores
    assert again.metrics == pytest.approx(scores.metrics, rel=1e-5)


def test_words_are_labelled(conll: Path, tmp_path: Path) -> None:
    recipe = Recipe(rank=8, rate=1e-2, steps=100, batch_size=8)
    report = train(str(BASE), str(conll), tmp_path / "out", recipe=recipe, kind="tokens", dev=str(conll))
    scores = report.tasks["task"].scores
    assert scores is not None
    assert report.tasks["task"].labels == ("O", "B-MINUS", "B-PLUS", "I-PLUS")
    assert scores.metrics["entities"] > 0.8
    again = evaluate(str(BASE), tmp_path / "out", data=conll).rows[0].scores
    assert again.metrics == pytest.approx(scores.metrics, rel=1e-5)


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ("O B-A I-A O", [("A", 1, 3)]),
        ("B-A B-A", [("A", 0, 1), ("A", 1, 2)]),
        ("I-A I-B I-B", [("A", 0, 1), ("B", 1, 3)]),
        ("B-A I-B O", [("A", 0, 1), ("B", 1, 2)]),
        ("NOUN NOUN O", [("NOUN", 0, 2)]),
        ("O O", []),
    ],
)
def test_entities_are_conllevals(labels: str, found: list[tokens.Entity]) -> None:
    assert tokens.entities(labels.split()) == found


def test_entity_f1_is_that_of_whole_entities() -> None:
    true, said = ["B-A", "I-A", "O", "B-B"], ["B-A", "O", "O", "B-B"]
    assert tokens.entity_f1([(said, true)]) == pytest.approx(2 * 1 / (2 + 2))


def test_a_label_stands_at_the_first_token_of_its_word() -> None:
    assert tokens._at_first_tokens([None, 0, 0, 1, 2, 2, None], [5, 6, 7]) == [
        -100,
        5,
        -100,
        6,
        7,
        -100,
        -100,
    ]


def test_overlap_is_squads() -> None:
    assert overlap([1, 2, 2], [2, 2, 3, 4]) == pytest.approx(2 * 2 / 7)
    assert (overlap([], []), overlap([1], [2])) == (1, 0)


def test_a_line_without_a_label_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.conll").write_text("film O\nmovie\n")
    with pytest.raises(DataError, match="line 2"):
        tokens.read(str(tmp_path / "a.conll"))


def test_blanks_of_unicode_stay_in_words(tmp_path: Path) -> None:
    (tmp_path / "a.conll").write_text("10\u00a0km O\n\u2028x \tB-X\r\n\n", encoding="utf-8")
    table = tokens.read(str(tmp_path / "a.conll"))
    assert [row[tokens.WORDS].split(" ") for row in table.rows] == [["10\u00a0km", "\u2028x"]]
    assert [row[tokens.LABELS] for row in table.rows] == ["O B-X"]


def test_labels_that_are_numbers_make_it_regression(tmp_path: Path) -> None:
    rows = "".join(f"{text}\tthe film\t{len(text.split()) / 4:.2f}\n" for text, _ in sentences(64))
    (tmp_path / "pairs.tsv").write_text(f"sentence1\tsentence2\tscore\n{rows}")
    report = train(
        str(BASE),
        str(tmp_path / "pairs.tsv"),
        tmp_path / "out",
        recipe=Recipe(rank=8, rate=1e-2, steps=100),
        dev=str(tmp_path / "pairs.tsv"),
    )
    scores = report.tasks["task"].scores
    assert scores is not None
    assert report.tasks["task"].kind == "regression"
    assert scores.metrics["pearson"] > 0.8
    again = evaluate(str(BASE), tmp_path / "out", data=tmp_path / "pairs.tsv").rows[0].scores
    assert again.metrics == pytest.approx(scores.metrics, rel=1e-4)

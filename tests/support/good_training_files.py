"""What training reads, in all its forms: tables of examples, tokenizers and models, the state of a run."""

from __future__ import annotations

import functools
import json
import shutil
from contextlib import nullcontext, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch

from lorasurgery.errors import SurgeryError
from support.paths import FIXTURES

TABLES = {
    "a.tsv": "sentence\tlabel\nThe film is good\t1\nThe \u2028film is bad\t0\n",
    "cola.tsv": "gj04\t1\t\tThe film is good\ngj04\t0\t*\tThe film good\n",
    "mrpc.tsv": "\ufeffQuality\t#1 String\t#2 String\n1\tgood\tgood\n0\tgood\tbad\n",
    "qqp.tsv": "question1\tquestion2\tis_duplicate\ngood\tgood\t1\ngood\tbad\t0\n",
    "a.csv": 'sentence,label\n"The film, is good",1\nThe film is bad,0\n',
    "a.jsonl": '{"sentence": "The film is good", "label": 1}\n{"sentence": "The film is bad", "label": 0}\n',
    "a.json": '[{"sentence": "The film is good", "label": 1}, {"sentence": "The film is bad", "label": 0}]',
    "other.tsv": "words\tanswer\ngood\t1\nbad\t0\n",
    "a.conll": "-DOCSTART- O\n\nThe O\nfilm B-X\nfilm I-X\nfilm B-X\nfilm I-Y\n\nis O\nbad I-X\n",
}


def good_tables(folder: Path) -> list[Path]:
    for name, text in TABLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in TABLES]


def read_whole_tables(folder: Path) -> None:
    from lorasurgery.training.data import DataError, columns_of, fingerprint, read_table
    from lorasurgery.training.kinds.tokens import read

    errors: list[SurgeryError] = []
    for name in TABLES:
        path = folder / name
        assert len(fingerprint(path)) == 64
        try:
            if name == "a.conll":
                _score(read(str(path)))
                continue
            table = read_table(path)
            with suppress(DataError) if name == "other.tsv" else nullcontext():
                columns_of(table)
            for texts, label in ((table.columns[:1], table.columns[-1]), (("sentense",), None)):
                with suppress(DataError):
                    columns_of(table, texts, label)
        except SurgeryError as error:
            errors.append(error)
    for path in (folder, folder / "nothing.tsv"):
        with suppress(DataError):
            read_table(path)
    if errors:
        raise errors[0]


def _score(table: Any) -> None:
    """Encode sentences, answer with the labels that they have, and with others, and score both."""
    from lorasurgery.training.data import DataError
    from lorasurgery.training.kinds.tokens import open_task

    for texts, label, labels in (((), "label", ()), ((), None, ("O",))):
        with suppress(DataError):
            open_task(table, texts, label, labels).encode(table, tokenizer(), 16)
    task = open_task(table)
    assert task.columns.label in table.columns
    examples = task.encode(table, tokenizer(), 16)
    inputs, targets = task.batch(examples, tokenizer())
    width = inputs["input_ids"].shape[1]
    places = targets.clamp(min=0)
    logits = torch.nn.functional.one_hot(places, task.settings["num_labels"]).float()
    outputs = SimpleNamespace(logits=logits)
    answers = task.answers(torch.nn.Identity(), inputs, outputs)
    assert len(answers) == len(examples)
    assert all(len(each) == width for each in answers)
    counted = task.terms(examples)
    loss = float(task.loss(outputs, targets)) / max(1, counted)
    assert not counted or task.measure(answers, examples, loss)["accuracy"] == 1
    zeros = [[0] * width for _ in answers]
    assert 0 <= task.measure(zeros, examples, loss)["entities"] <= 1
    task.error(zeros, examples)


@functools.cache
def tokenizer() -> Any:
    """A tokenizer that no file of these damages."""
    from lorasurgery.training.models import load_tokenizer

    return load_tokenizer(str(FIXTURES / "bert-base"))


RUN = {"command": "train", "model": "bert-base", "recipe": {"rate": 1e-4, "rank": 2, "steps": 2}, "seed": 0}


def good_state(folder: Path) -> list[Path]:
    from lorasurgery.training.resume import StateKeeper

    StateKeeper(folder, RUN).save({"step": 3, "weights": {"a": torch.ones(2, 3)}, "losses": [0.5, 0.25]})
    return [folder / "run.json", folder / "state.pt"]


def read_state(folder: Path) -> None:
    """Go on with a run: with its own state, and not with none, nor over one."""
    from lorasurgery.errors import OutputError
    from lorasurgery.training.resume import StateKeeper

    keeper, none = StateKeeper(folder, RUN), StateKeeper(folder / "none", RUN)
    assert none.load() is None
    none.refuse_other_run()
    none.refuse_unfinished()
    with suppress(OutputError):
        keeper.refuse_unfinished()
        raise AssertionError(keeper.way_on)
    keeper.load()


TINY = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
KINDS = {"classes": "classification", "decoder": "causal", "encoder": "causal", "body": "classification"}
TOKENIZER = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")


def good_tokenizer(folder: Path) -> list[Path]:
    """Models of one layer with a head, without one, and of no use for what is asked; and an adapter."""
    import transformers

    torch.manual_seed(0)
    bert = transformers.BertConfig(vocab_size=256, max_position_embeddings=64, **TINY)
    labelled = transformers.BertConfig(vocab_size=256, max_position_embeddings=64, num_labels=3, **TINY)
    gpt2 = transformers.GPT2Config(vocab_size=256, n_positions=64, n_embd=8, n_layer=1, n_head=2)
    gpt2.pad_token_id = None
    models: dict[str, Any] = {
        "classes": transformers.BertForSequenceClassification(labelled),
        "decoder": transformers.GPT2LMHeadModel(gpt2),
        "encoder": transformers.BertLMHeadModel(bert),
        "body": transformers.BertModel(bert),
    }
    for name, model in models.items():
        model.save_pretrained(folder / name)
        for file in TOKENIZER:
            shutil.copy(FIXTURES / "bert-base" / file, folder / name / file)
    for name in ("words alone", "adapter"):
        (folder / name).mkdir()
        shutil.copy(folder / "classes" / "config.json", folder / name / "config.json")
    (folder / "adapter" / "config.json").rename(folder / "adapter" / "adapter_config.json")
    path = folder / "decoder" / "tokenizer_config.json"
    said = json.loads(path.read_bytes())
    path.write_text(json.dumps({**said, "pad_token": None, "eos_token": "[SEP]"}))
    return [path for path in sorted(folder.rglob("*.json")) if path.name != "generation_config.json"]


def read_whole_tokenizer(folder: Path) -> None:
    """Load the tokenizer, and the model for its task: without its numbers, and with them."""
    from lorasurgery.errors import UnsupportedError
    from lorasurgery.training import kinds
    from lorasurgery.training.models import known_labels, load_model, load_tokenizer, longest

    name = str(folder)
    labels = known_labels(name)
    found = load_tokenizer(name)
    room = longest(name, found, None)
    with suppress(UnsupportedError):
        longest(name, found, room + 10**6)
        raise AssertionError("no model has so much room")
    kind = KINDS.get(folder.name, "classification")
    task = kinds.load(kind).open_task(_examples(), labels=labels if kind == "classification" else ())
    assert load_model(name, task, found, as_outline=True).is_outline
    loaded = load_model(name, task, found)
    assert not loaded.is_outline
    assert set(loaded.heads) <= {module for module, _ in loaded.model.named_modules()}


def _examples() -> Any:
    from lorasurgery.training.data import ExampleTable

    rows = ({"sentence": "good", "label": "1"}, {"sentence": "bad", "label": "0"})
    return ExampleTable(Path("a.tsv"), ("sentence", "label"), rows)

"""Tied tables, heads, new tokens and longer vocabularies: the merged model answers as PEFT does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import peft
import pytest
import torch
from safetensors.torch import load_file

from lorasurgery import merge, unmerge
from lorasurgery.checkpoint import open_checkpoint
from lorasurgery.errors import (
    UnsupportedError,
)
from support.adapters import add
from support.merged_models import BF16, Q_AND_V, adapter, base, files, tensor
from support.paths import FIXTURES
from support.tiny_models import FAMILIES, VOCABULARY, load, output


@pytest.mark.parametrize("target", ["lm_head", "embed_tokens"])
def test_an_adapter_on_a_tied_weight_unties_and_is_added_once(target: str, tmp_path: Path) -> None:
    made = base(tmp_path, "qwen3", torch.float32)
    given = adapter(tmp_path / "a", made, "qwen3", target_modules=[target])
    report = merge(made, [given], tmp_path / "merged")
    assert any("tie_word_embeddings: false" in note for note in report.forecast.notes)
    family = FAMILIES["qwen3"]
    wanted = output(
        peft.PeftModel.from_pretrained(load(family, made, dtype=torch.float32), given).eval(), family.inputs()
    )
    got = output(load(family, tmp_path / "merged", dtype=torch.float32), family.inputs())
    assert float((got - wanted).abs().max()) < 1e-5 * float(wanted.abs().max())
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert files(tmp_path / "back") == files(made)


def test_a_copy_of_a_tied_embedding_leaves_the_head_alone(tmp_path: Path) -> None:
    made = base(tmp_path, "qwen3", torch.float32)
    given = adapter(tmp_path / "a", made, "qwen3", modules_to_save=["embed_tokens"])
    family = FAMILIES["qwen3"]
    merge(made, [given], tmp_path / "merged")
    wanted = output(
        peft.PeftModel.from_pretrained(load(family, made, dtype=torch.float32), given).eval(), family.inputs()
    )
    got = output(load(family, tmp_path / "merged", dtype=torch.float32), family.inputs())
    assert float((got - wanted).abs().max()) < 1e-5 * float(wanted.abs().max())


def test_t5_is_refused_where_its_scale_hangs_on_the_tie(tmp_path: Path) -> None:
    made = base(tmp_path, "t5", torch.float32)
    given = adapter(tmp_path / "a", made, "t5", target_modules=["lm_head"])
    with pytest.raises(UnsupportedError, match="scales its outputs"):
        merge(made, [given], tmp_path / "merged")


def test_rows_of_tokens_replace_theirs(tmp_path: Path) -> None:
    made = base(tmp_path, "qwen3")
    given = adapter(tmp_path / "a", made, "qwen3", trainable_token_indices={"embed_tokens": [3, 50]})
    merge(made, [given], tmp_path / "merged")
    name = "model.embed_tokens.weight"
    old, new = tensor(made, name), tensor(tmp_path / "merged", name)
    assert (old != new).any(dim=1).nonzero().flatten().tolist() == [3, 50]
    rows = load_file(given / "adapter_model.safetensors")[
        f"base_model.model.{name.removesuffix('.weight')}.token_adapter.trainable_tokens_delta"
    ]
    assert torch.equal(new[[3, 50]], rows.to(BF16))
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert files(tmp_path / "back") == files(made)


def test_a_longer_vocabulary_comes_along(tmp_path: Path) -> None:
    made = base(tmp_path, "llama")
    model = load(FAMILIES["llama"], made, dtype=torch.float32)
    model.resize_token_embeddings(VOCABULARY + 4)
    config = peft.LoraConfig(r=3, target_modules=[*Q_AND_V, "embed_tokens", "lm_head"])
    adapted = add(model, config, tmp_path / "a")
    adapted.save_pretrained(tmp_path / "a", save_embedding_layers=True)
    merge(made, [tmp_path / "a"], tmp_path / "merged", dtype="float32")
    got = load(FAMILIES["llama"], tmp_path / "merged", dtype=torch.float32)
    assert got.config.vocab_size == VOCABULARY + 4
    inputs = {"input_ids": torch.arange(VOCABULARY + 4)[None]}
    wanted = output(adapted.eval(), inputs)
    assert float((output(got, inputs) - wanted).abs().max()) < 1e-5 * float(wanted.abs().max())
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert files(tmp_path / "back") == files(made)


def test_a_new_head_makes_the_model_a_classifier(tmp_path: Path) -> None:
    import transformers

    made = base(tmp_path, "bert-mlm")
    model = transformers.AutoModelForSequenceClassification.from_pretrained(
        made, num_labels=5, dtype=torch.float32
    )
    config = peft.LoraConfig(r=3, target_modules=["query"], task_type="SEQ_CLS")
    adapted = add(model, config, tmp_path / "a")
    merge(made, [tmp_path / "a"], tmp_path / "merged", dtype="float32")
    got, loading = transformers.AutoModelForSequenceClassification.from_pretrained(
        tmp_path / "merged", output_loading_info=True, dtype=torch.float32
    )
    assert got.config.num_labels == 5
    # A language model's file has no pooler, which the adapter does not bring either.
    assert loading["missing_keys"]
    assert all("pooler" in name for name in loading["missing_keys"])
    got.bert.pooler.load_state_dict(adapted.base_model.model.bert.pooler.state_dict())
    inputs = FAMILIES["bert"].inputs()
    wanted = output(adapted.eval(), inputs)
    assert float((output(got.eval(), inputs) - wanted).abs().max()) < 1e-5 * float(wanted.abs().max())
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert files(tmp_path / "back") == files(made)


def test_two_heads_need_a_choice(tmp_path: Path) -> None:
    made = base(tmp_path, "bert")
    first, second = (
        adapter(
            tmp_path / name, made, "bert", target_modules=["query"], modules_to_save=["classifier"], seed=seed
        )
        for seed, name in enumerate(("first", "second"))
    )
    with pytest.raises(UnsupportedError, match=r"take='classifier\.bias=.*second'"):
        merge(made, [first, second], tmp_path / "merged")
    merge(made, [first, second], tmp_path / "merged", take=["classifier=second"])
    held = load_file(second / "adapter_model.safetensors")["base_model.model.classifier.weight"]
    assert torch.equal(tensor(tmp_path / "merged", "classifier.weight"), held.to(BF16))
    with pytest.raises(UnsupportedError, match="names no part"):
        merge(made, [first], tmp_path / "again", take=["nothing=first"])
    with pytest.raises(UnsupportedError, match="given to two adapters"):
        merge(made, [first, second], tmp_path / "both", take=["classifier=first", "classifier=second"])


def test_an_extracted_adapter_with_new_tokens_merges_into_the_shorter_base(tmp_path: Path) -> None:
    from lorasurgery import extract

    extract(FIXTURES / "llama-base", FIXTURES / "llama-resized", tmp_path / "adapter", rank=64)
    merge(FIXTURES / "llama-base", [tmp_path / "adapter"], tmp_path / "merged", dtype="float32")
    wanted, got = open_checkpoint(FIXTURES / "llama-resized"), open_checkpoint(tmp_path / "merged")
    assert got.config["vocab_size"] == wanted.config["vocab_size"]
    for name, lazy in wanted.tensors.items():
        assert float((got.tensors[name].read() - lazy.read()).norm() / lazy.read().norm()) < 1e-4, name
    unmerge(tmp_path / "merged", tmp_path / "back")
    assert files(tmp_path / "back") == files(FIXTURES / "llama-base")


def test_two_adapters_of_one_name_are_told_apart_by_their_paths(tmp_path: Path) -> None:
    made = base(tmp_path, "bert")
    settings: dict[str, Any] = {"target_modules": ["query"], "modules_to_save": ["classifier"]}
    one, two = (
        adapter(tmp_path / side / "a", made, "bert", seed, **settings) for seed, side in enumerate("xy")
    )
    with pytest.raises(UnsupportedError, match="where ADAPTER is one of"):
        merge(made, [one, two], tmp_path / "merged", take=["classifier=a"])
    merge(made, [one, two], tmp_path / "merged", take=[f"classifier={two}"])

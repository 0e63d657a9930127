"""What the table knows by heart is what the classes say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import pytest
import torch
import transformers

from lorasurgery.architecture import architecture_of, bind
from lorasurgery.architecture.table import FAMILIES, architecture_by_table
from lorasurgery.architecture.transformers_class import architecture_by_class
from lorasurgery.architecture.value import LOW_RANK, Architecture, enclosing
from lorasurgery.checkpoint.value import Checkpoint

CASES = [(model_type, name) for model_type, family in FAMILIES.items() for name in family.classes]
SIZES = {
    "hidden_size": 16,
    "dim": 16,
    "n_embd": 16,
    "intermediate_size": 32,
    "hidden_dim": 32,
    "vocab_size": 64,
}
SIZES |= {
    "num_attention_heads": 4,
    "n_heads": 4,
    "n_head": 4,
    "num_key_value_heads": 2,
    "head_dim": 4,
    "pad_token_id": 0,
}
SIZES |= {
    "max_position_embeddings": 16,
    "n_positions": 16,
    "num_hidden_layers": 2,
    "n_layers": 2,
    "n_layer": 2,
}


@lru_cache
def config_of(model_type: str, class_name: str) -> dict[str, Any]:
    known = transformers.CONFIG_MAPPING[model_type]().to_dict()
    config: dict[str, Any] = {"model_type": model_type, "architectures": [class_name]}
    config |= {key: value for key, value in SIZES.items() if key in known}
    return config


def without_ties(architecture: Architecture) -> dict[str, tuple[int, ...]]:
    return {n: p.shape for n, p in architecture.parameters.items() if n not in architecture.tied}


@pytest.mark.parametrize("ties", [{}, {"tie_word_embeddings": True}, {"tie_word_embeddings": False}])
@pytest.mark.parametrize(("model_type", "class_name"), CASES)
def test_table_says_what_the_class_says(
    model_type: str, class_name: str, ties: dict[str, bool], checkpoint: Callable[..., Checkpoint]
) -> None:
    config = config_of(model_type, class_name) | ties
    by_class = architecture_by_class(config)
    by_table = architecture_by_table(checkpoint(without_ties(by_class), config))
    assert by_table is not None
    assert dict(by_table.parameters) == dict(by_class.parameters)
    assert (by_table.tied, by_table.class_name, by_table.task_type) == (
        by_class.tied,
        class_name,
        by_class.task_type,
    )
    assert by_table.prefix == by_class.prefix


@pytest.mark.parametrize(("model_type", "class_name"), CASES)
def test_modules_that_the_table_leaves_out_hold_nothing_and_end_like_no_target(
    model_type: str, class_name: str, checkpoint: Callable[..., Checkpoint]
) -> None:
    config = config_of(model_type, class_name)
    by_class = architecture_by_class(config)
    by_table = architecture_by_table(checkpoint(without_ties(by_class), config))
    assert by_table is not None
    assert set(by_table.modules) == set(enclosing(by_class.parameters))
    left_out = set(by_class.modules) - set(by_table.modules)
    targets = {
        p.module.rpartition(".")[2] for p in by_class.parameters.values() if p.kind in LOW_RANK | {"norm"}
    }
    assert left_out
    assert not [(path, target) for path in left_out for target in targets if path.endswith(target)]


def test_table_is_silent_where_a_file_is_not_exactly_as_expected(saved: Callable[..., Any]) -> None:
    _, llama = saved("LlamaForCausalLM")
    assert architecture_of(llama).origin == "table"
    extra = {**llama.tensors, "model.layers.0.self_attn.q_proj.bias": llama.tensors["model.norm.weight"]}
    fewer = {n: t for n, t in llama.tensors.items() if n != "model.norm.weight"}
    bare = {n.removeprefix("model."): t for n, t in llama.tensors.items()}
    for tensors in (extra, fewer, bare):
        assert architecture_by_table(replace(llama, tensors=tensors)) is None
    for change in (
        {"attention_bias": True},
        {"num_hidden_layers": 3},
        {"architectures": ["LlamaForQuestionAnswering"]},
    ):
        assert architecture_by_table(replace(llama, config=dict(llama.config) | change)) is None


def test_table_overlooks_the_buffers_of_old_files_as_the_class_does(
    saved: Callable[..., Any], checkpoint: Callable[..., Checkpoint]
) -> None:
    _, bert = saved("BertForSequenceClassification")
    name = "bert.embeddings.position_ids"
    buffer = checkpoint({name: (1, 16)}, **{name: torch.int64}).tensors
    old = replace(bert, tensors={**bert.tensors, **buffer})
    assert architecture_of(old) == architecture_of(bert)
    assert architecture_of(old).origin == "table"
    assert bind(architecture_of(old), old).unclaimed == (name,)

"""Adapters written for PEFT, loaded and merged by PEFT itself.

The whole model afterwards is the fine-tune.
"""

from __future__ import annotations

import copy
import json

import pytest
import torch
from torch import nn

from lorasurgery.adapter import Adapter, Host, TokenRows
from lorasurgery.formats import peft
from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.lora import LoraFactors
from support.peft_fine_tunes import (
    CASES,
    TEXT,
    Case,
    bert_encoder,
    built,
    check,
    factorable,
    gpt2,
    host_of,
    invent,
    llama,
    remaining,
)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_a_whole_fine_tune_loads_and_merges(name, tmp_path):
    case = CASES[name]
    base = built(case)
    host = host_of(base, case.task_type)
    factored = factorable(host)
    adapter, tuned = invent(base, host, factored, remaining(host, factored), ranks=[2, 3, 2])
    assert set(host.kinds) - set(factored) <= {"classifier"}
    check(adapter, base, tuned, case.inputs, tmp_path)
    config = json.loads((tmp_path / peft.CONFIG_FILE).read_text())
    assert config["task_type"] == case.task_type


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", CASES)
def test_any_part_of_a_fine_tune_loads_and_merges(name, seed, tmp_path):
    case = CASES[name]
    base = built(case)
    host = host_of(base, case.task_type)
    torch.manual_seed(seed)
    factored = [path for path in factorable(host) if torch.rand(()) < 0.5]
    replaced = [path for path in remaining(host, factored) if torch.rand(()) < 0.5]
    adapter, tuned = invent(base, host, factored, replaced, ranks=[1, 2, 2, 5])
    check(adapter, base, tuned, case.inputs, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("which", [["gate_up_proj"], ["down_proj"], ["gate_up_proj", "down_proj"]])
@pytest.mark.parametrize("name", ["mixtral", "qwen3-moe", "gpt-oss"])
def test_one_or_both_expert_parameters_load_and_merge(name, which, tmp_path):
    case = CASES[name]
    base = built(case)
    host = host_of(base, case.task_type)
    factored = [
        path for path, kind in host.kinds.items() if kind == "experts" and path.endswith(tuple(which))
    ]
    adapter, tuned = invent(base, host, factored, [], ranks=[3])
    check(adapter, base, tuned, case.inputs, tmp_path)


def test_dense_layers_beside_fused_experts_are_not_taken_for_experts(tmp_path):
    case = CASES["qwen3-moe"]
    base = built(case)
    host = host_of(base, case.task_type)
    adapter, tuned = invent(base, host, ["model.layers.0.mlp.gate_proj"], [], ranks=[2])
    check(adapter, base, tuned, case.inputs, tmp_path)


@pytest.mark.parametrize(
    "replaced", [["bert.encoder.layer.0.attention.self.query.bias"], ["bert.pooler.dense.bias"], []]
)
def test_some_biases_load_and_the_others_stay_the_bases(replaced, tmp_path):
    case = CASES["bert"]
    base = built(case)
    host = host_of(base, "FEATURE_EXTRACTION")
    adapter, tuned = invent(base, host, ["bert.encoder.layer.0.attention.self.query"], replaced, ranks=[2])
    check(adapter, base, tuned, case.inputs, tmp_path)
    assert json.loads((tmp_path / peft.CONFIG_FILE).read_text())["bias"] == ("all" if replaced else "none")


def test_a_bias_travels_with_its_module_when_that_is_saved():
    base = built(CASES["bert"])
    host = host_of(base, "SEQ_CLS")
    adapter, _ = invent(base, host, [], ["classifier.weight", "classifier.bias"], ranks=[1])
    config, tensors = peft.plan(adapter)
    assert config["modules_to_save"] == ["classifier"]
    assert config["bias"] == "none"
    assert sorted(tensors) == ["base_model.model.classifier.bias", "base_model.model.classifier.weight"]


def test_a_head_that_did_not_change_costs_the_task_type_and_not_the_adapter(tmp_path):
    # PEFT saves the head of a SEQ_CLS adapter whether asked to or not, and fails where the file
    # lacks it.
    case = CASES["bert"]
    base = built(case)
    host = host_of(base, "SEQ_CLS")
    adapter, tuned = invent(base, host, ["bert.pooler.dense", "classifier"], [], ranks=[2])
    check(adapter, base, tuned, case.inputs, tmp_path)
    config = json.loads((tmp_path / peft.CONFIG_FILE).read_text())
    assert config["task_type"] is None
    assert config["auto_mapping"]["base_model_class"] == "BertForSequenceClassification"


def test_a_norm_that_cannot_be_named_alone_is_still_carried(tmp_path):
    # `norm` as an entry of modules_to_save hits input_layernorm too.
    case = CASES["llama-trunk"]
    base = built(case)
    adapter, tuned = invent(base, host_of(base, None), ["layers.0.mlp.up_proj"], ["norm.weight"], ranks=[2])
    check(adapter, base, tuned, case.inputs, tmp_path)


def test_the_owner_of_bare_parameters_is_saved_whole_where_all_of_it_changed(tmp_path):
    case = CASES["vit"]
    base = built(case)
    host = host_of(base, None)
    replaced = [name for name in host.parameters if name.startswith("vit.embeddings.")]
    adapter, tuned = invent(base, host, ["vit.layers.0.mlp.fc1"], replaced, ranks=[2])
    check(adapter, base, tuned, case.inputs, tmp_path)
    assert json.loads((tmp_path / peft.CONFIG_FILE).read_text())["modules_to_save"] == ["vit.embeddings"]


def test_a_parameter_is_never_named_by_its_last_word_alone():
    # `weight` would hit `lora_A.default.weight` as well.
    host = Host(("router",), ("router.weight",), kinds={"router.weight": "parameter"})
    factors = LoraFactors(LazyTensor.of(torch.ones(1, 4)), LazyTensor.of(torch.ones(3, 1)))
    config, tensors = peft.plan(Adapter(host, {"router.weight": factors}))
    assert config["target_parameters"] == ["router.weight"]
    assert config["target_modules"] == []
    assert list(tensors) == ["base_model.model.router.lora_A.weight", "base_model.model.router.lora_B.weight"]


def test_an_adapter_without_factors_loads(tmp_path):
    case = CASES["llama"]
    base = built(case)
    adapter, tuned = invent(base, host_of(base, "CAUSAL_LM"), [], ["model.norm.weight"], ranks=[1])
    check(adapter, base, tuned, case.inputs, tmp_path)


def with_token_rows(
    model: nn.Module, host: Host, path: str, indices: tuple[int, ...]
) -> tuple[Adapter, nn.Module]:
    tuned = copy.deepcopy(model)
    weight = tuned.get_submodule(path).weight.data
    weight[list(indices)] += torch.randn(len(indices), weight.shape[1])
    rows = TokenRows(indices, LazyTensor.of(weight[list(indices)].clone()))
    return Adapter(host, {}, token_rows={path: rows}), tuned


@pytest.mark.parametrize(
    ("make", "path"),
    [
        (llama, "model.embed_tokens"),
        (llama, "lm_head"),
        (gpt2, "transformer.wte"),
        (lambda: gpt2(tied=True), "transformer.wte"),
        (bert_encoder, "embeddings.word_embeddings"),
    ],
    ids=["llama", "llama-head", "gpt2", "gpt2-tied", "bert"],
)
def test_token_rows_load_and_merge_and_stay_tied(make, path, tmp_path):
    case = Case(make, TEXT)
    base = built(case)
    adapter, tuned = with_token_rows(base, host_of(base, None), path, (1, 7, 3))
    check(adapter, base, tuned, case.inputs, tmp_path)


def test_a_tied_weight_is_carried_whole_and_stays_tied(tmp_path):
    case = Case(lambda: gpt2(tied=True), TEXT)
    base = built(case)
    host = host_of(base, "CAUSAL_LM")
    factored = factorable(host)
    assert "transformer.wte" not in factored
    assert "lm_head" not in factored
    adapter, tuned = invent(base, host, factored, remaining(host, factored), ranks=[2])
    check(adapter, base, tuned, case.inputs, tmp_path)

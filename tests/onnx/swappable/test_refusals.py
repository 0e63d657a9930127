"""What a swappable graph cannot carry is refused before anything is written."""

from __future__ import annotations

import copy
import shutil
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
import transformers
from torch import nn

from lorasurgery.errors import (
    AlignmentError,
    NumericError,
    OutputError,
    SurgeryError,
    UnsupportedError,
)
from lorasurgery.onnx import export as verb
from lorasurgery.onnx.swappable import export_swappable, swappable
from support import exported_graphs as g
from support.paths import FIXTURES
from support.swappable_cases import Cases, digests, refused

BEYOND: dict[str, tuple[str, peft.PeftConfig, str]] = {
    "what depends on the weight": (
        "bert",
        peft.LoraConfig(r=4, use_dora=True, target_modules=["query"]),
        "query.*no product of two matrices .Dora",
    ),
    "a head that is saved": (
        "bert",
        peft.LoraConfig(r=4, target_modules=["query"], task_type="SEQ_CLS"),
        "replaces 'classifier",
    ),
    "biases that are saved": (
        "bert",
        peft.LoraConfig(r=4, bias="lora_only", target_modules=["query"]),
        "replaces 'bert.*bias",
    ),
    "a bias of its own": (
        "bert",
        peft.LoraConfig(r=4, lora_bias=True, target_modules=["query"]),
        "adds to 'bert.*bias",
    ),
    "rows of tokens": (
        "llama-tied",
        peft.LoraConfig(r=4, target_modules=["q_proj"], trainable_token_indices=[1, 4]),
        "rows of",
    ),
    "a tie that stays": (
        "llama-tied",
        peft.LoraConfig(r=4, target_modules=["q_proj", "embed_tokens"], ensure_weight_tying=True),
        "tied",
    ),
    "a product of every element": (
        "bert",
        peft.LoKrConfig(r=4, target_modules=["query"]),
        "no product of two matrices .Lokr",
    ),
}


@pytest.mark.parametrize("kind", BEYOND)
def test_what_no_input_can_carry_is_refused_with_the_way_out(cases: Cases, kind: str, tmp_path: Path) -> None:
    name, config, words = BEYOND[kind]
    case = cases(name)
    g.adapted(name, case.model, tmp_path / "adapter", copy.deepcopy(config))
    adapters = [case.adapters[0], str(tmp_path / "adapter")]
    refused(UnsupportedError, words, tmp_path / "out", case.graph, adapters)
    refused(UnsupportedError, "Merge it into the graph instead", tmp_path / "out", case.graph, adapters)


def test_modules_that_the_graph_does_not_have_are_named(cases: Cases, tmp_path: Path) -> None:
    refused(
        AlignmentError,
        "q_proj.*match",
        tmp_path / "out",
        cases("bert").graph,
        cases("vit", dynamo=False).adapters,
    )


def test_a_graph_that_is_swappable_already_is_refused(cases: Cases, tmp_path: Path) -> None:
    case = cases("gpt2")
    refused(
        UnsupportedError,
        "swappable.*convert",
        tmp_path / "again",
        case.out / "model.onnx",
        case.adapters,
    )


@pytest.mark.parametrize(
    ("base", "adapter", "said"),
    [
        ("llama-base", "absent", "does not exist"),
        ("gpt2-base", "llama-adapter", "match nothing in"),
    ],
)
def test_what_does_not_belong_to_the_base_is_found_before_that_is_exported(
    base: str, adapter: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verb, "build", None)
    with pytest.raises(SurgeryError, match=said):
        export_swappable(FIXTURES / base, [str(FIXTURES / adapter)], tmp_path / "out")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"use_dora": True}, "depends on the weight"),
        ({"bias": "all"}, "outright"),
        ({"modules_to_save": ["lm_head"]}, "outright"),
    ],
)
def test_what_no_input_can_be_is_found_before_the_base_is_exported(
    settings: dict[str, Any], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verb, "build", None)
    torch.manual_seed(0)
    model = transformers.AutoModelForCausalLM.from_pretrained(FIXTURES / "gpt2-base")
    config = peft.LoraConfig(r=2, target_modules=["c_attn"], fan_in_fan_out=True, **settings)
    made = peft.get_peft_model(model, config)
    for parameter in made.parameters():
        if parameter.requires_grad:
            nn.init.normal_(parameter)
    made.save_pretrained(tmp_path / "adapter")
    with pytest.raises(UnsupportedError, match=f"cannot be swapped: .*{said}"):
        export_swappable(FIXTURES / "gpt2-base", [str(tmp_path / "adapter")], tmp_path / "out")


def test_encoder_decoders_are_refused_before_they_are_exported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verb, "build", None)
    torch.manual_seed(0)
    config = transformers.T5Config(vocab_size=99, d_model=32, d_kv=8, d_ff=48, num_layers=1, num_heads=4)
    transformers.T5ForConditionalGeneration(config).save_pretrained(tmp_path / "base")
    with pytest.raises(UnsupportedError, match="several graphs for text2text-generation-with-past"):
        export_swappable(tmp_path / "base", ["any"], tmp_path / "out")


def test_a_nan_tolerance_is_refused(cases: Cases, tmp_path: Path) -> None:
    case = cases("gpt2", dynamo=False)
    refused(
        UnsupportedError, "nan is no distance", tmp_path / "out", case.graph, case.adapters, atol=float("nan")
    )


def test_two_adapters_of_one_name_are_refused(cases: Cases, tmp_path: Path) -> None:
    case = cases("gpt2")
    shutil.copytree(case.adapters[1], tmp_path / "one")
    both = [case.adapters[0], str(tmp_path / "one")]
    refused(UnsupportedError, "Two adapters are called 'one'", tmp_path / "out", case.graph, both)
    refused(UnsupportedError, "No adapter", tmp_path / "out", case.graph, [])


def test_factors_beyond_half_precision_are_refused(cases: Cases, tmp_path: Path) -> None:
    case = cases("gpt2")
    graph = g.exported("gpt2", copy.deepcopy(case.model).half(), tmp_path / "in" / "model.onnx", dynamo=False)
    refused(
        NumericError,
        "not finite in float16",
        tmp_path / "out",
        graph,
        [f"{case.adapters[0]}:1e6"],
        verify=False,
    )


def test_an_output_that_exists_is_kept(cases: Cases, tmp_path: Path) -> None:
    case, out = cases("gpt2"), tmp_path / "out"
    swappable(case.graph, case.adapters, out, verify=False)
    before = digests(out)
    with pytest.raises(OutputError, match="exists already"):
        swappable(case.graph, case.adapters, out, verify=False)
    assert digests(out) == before
    swappable(case.graph, case.adapters[:1], out, verify=False, force=True)
    assert set(before) - set(digests(out)) == {"two.onnx_adapter"}

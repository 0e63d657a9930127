"""Names and shapes alone, for models that nobody else knows."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from lorasurgery.architecture import architecture_of
from lorasurgery.architecture.tasks import task_of
from lorasurgery.checkpoint.value import Checkpoint
from lorasurgery.lazy import LazyTensor

Make = Callable[..., Checkpoint]


def test_a_character_gpt_without_a_config(checkpoint: Make) -> None:
    shapes = {
        "token_embedding_table.weight": (65, 8),
        "position_embedding_table.weight": (16, 8),
        "blocks.0.sa.heads.0.key.weight": (4, 8),
        "blocks.0.sa.heads.0.tril": (16, 16),
        "blocks.0.sa.proj.weight": (8, 8),
        "blocks.0.sa.proj.bias": (8,),
        "blocks.0.ffwd.net.0.weight": (32, 8),
        "blocks.0.ln1.weight": (8,),
        "blocks.0.ln1.bias": (8,),
        "lm_head.weight": (65, 8),
        "lm_head.bias": (65,),
        "scale": (),
    }
    architecture = architecture_of(checkpoint(shapes))
    assert architecture.origin == "names"
    assert (architecture.class_name, architecture.task_type) == (None, None)
    assert {name: parameter.kind for name, parameter in architecture.parameters.items()} == {
        "token_embedding_table.weight": "embedding",
        "position_embedding_table.weight": "embedding",
        "blocks.0.sa.heads.0.key.weight": "linear",
        "blocks.0.sa.heads.0.tril": "buffer",
        "blocks.0.sa.proj.weight": "linear",
        "blocks.0.sa.proj.bias": "bias",
        "blocks.0.ffwd.net.0.weight": "linear",
        "blocks.0.ln1.weight": "norm",
        "blocks.0.ln1.bias": "bias",
        "lm_head.weight": "linear",
        "lm_head.bias": "bias",
        "scale": "bare",
    }
    assert {"", "blocks", "blocks.0.sa.heads", "blocks.0.sa.heads.0.key"} <= set(architecture.modules)


@pytest.mark.parametrize(
    ("shapes", "name", "kind"),
    [
        (
            {"c_attn.weight": (4, 12), "c_attn.bias": (12,), "c_proj.weight": (4, 4), "c_proj.bias": (4,)},
            "c_proj",
            "conv1d",
        ),
        (
            {"c_attn.weight": (12, 4), "c_attn.bias": (12,), "c_proj.weight": (4, 4), "c_proj.bias": (4,)},
            "c_proj",
            "linear",
        ),
        ({"any.weight": (4, 12), "any.bias": (12,)}, "any", "conv1d"),
        ({"conv.weight": (4, 2, 3)}, "conv", "conv"),
        ({"embed_out.weight": (9, 4)}, "embed_out", "linear"),
        ({"unshared.weight": (9, 4)}, "unshared", "linear"),
        ({"embedding_hidden_mapping_in.weight": (9, 4)}, "embedding_hidden_mapping_in", "linear"),
        ({"mlp.gate.weight": (2, 4), "mlp.experts.0.up.weight": (8, 4)}, "mlp.gate", "bare"),
        ({"mlp.gate.weight": (2, 4)}, "mlp.gate", "linear"),
    ],
)
def test_kinds_from_shapes(
    shapes: dict[str, tuple[int, ...]], name: str, kind: str, checkpoint: Make
) -> None:
    parameter = architecture_of(checkpoint(shapes)).parameters[f"{name}.weight"]
    assert parameter.kind == kind
    assert parameter.transposed == (kind == "conv1d")


def test_integers_are_buffers_and_fused_experts_are_experts(checkpoint: Make) -> None:
    shapes = {"a.mask": (3,), "mlp.experts.gate_up_proj": (4, 6, 2), "h.0.attn.bias": (1, 1, 4, 4)}
    architecture = architecture_of(checkpoint(shapes, **{"a.mask": torch.int64}))
    assert [architecture.parameters[n].kind for n in shapes] == ["buffer", "experts", "buffer"]


@pytest.mark.parametrize(
    ("class_name", "encoder_decoder", "task"),
    [
        ("LlamaForCausalLM", False, "CAUSAL_LM"),
        ("GPT2LMHeadModel", False, "CAUSAL_LM"),
        ("GPT2DoubleHeadsModel", False, None),
        ("BertForSequenceClassification", False, "SEQ_CLS"),
        ("BertForTokenClassification", False, "TOKEN_CLS"),
        ("BertForQuestionAnswering", False, "QUESTION_ANS"),
        ("BertForMaskedLM", False, None),
        ("BertModel", False, "FEATURE_EXTRACTION"),
        ("T5ForConditionalGeneration", True, "SEQ_2_SEQ_LM"),
        ("LlavaForConditionalGeneration", False, None),
    ],
)
def test_task_of_a_class(class_name: str, encoder_decoder: bool, task: str | None) -> None:
    assert task_of(class_name, encoder_decoder=encoder_decoder, reads_text=True) == task


@pytest.mark.parametrize(
    ("module", "loaded"), [("lorasurgery.architecture", []), ("transformers", ["transformers"])]
)
def test_importing_the_package_loads_nothing_heavy(module: str, loaded: list[str]) -> None:
    code = (
        f"import sys, {module}; print([m for m in ('transformers',) if m in sys.modules], 'torch' in "
        "sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.split("]")[0] + "]" == str(loaded)
    if not loaded:
        assert out.strip().endswith("False")


@pytest.mark.parametrize("model_type", ["llama", "t5"])
def test_a_config_of_more_layers_than_tensors_is_not_believed(model_type: str) -> None:
    config = {
        "model_type": model_type,
        "architectures": ["LlamaForCausalLM"],
        "num_hidden_layers": 10**9,
        "num_layers": 10**9,
    }
    tensors = {"model.norm.weight": LazyTensor.of(torch.zeros(4))}
    found = architecture_of(Checkpoint("x", Path(), (), tensors, config))
    assert found.origin == "names"
    assert "1000000000 layers" in found.note


def test_a_count_of_something_else_does_not_stand_against_a_config() -> None:
    config = {
        "model_type": "llama",
        "architectures": ["LlamaModel"],
        "num_hidden_layers": 0,
        "max_window_layers": 99,
    }
    tensors = {name: LazyTensor.of(torch.zeros(4, 4)) for name in ("embed_tokens.weight", "norm.weight")}
    assert architecture_of(Checkpoint("x", Path(), (), tensors, config)).origin == "table"

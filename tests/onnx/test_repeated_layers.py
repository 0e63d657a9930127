"""Graphs of which a few layers were traced and the others copied: the same as if all were traced,
and traced whole wherever layers differ.
"""

from __future__ import annotations

from typing import Any

import onnx_ir as ir
import pytest
import torch
import transformers

from lorasurgery.onnx.exporting import trace as tracing
from lorasurgery.onnx.exporting.model import weightless
from lorasurgery.onnx.exporting.repeating.kinds import kinds_of, program_of, shortest_prefix
from lorasurgery.onnx.exporting.repeating.program import record
from lorasurgery.onnx.exporting.repeating.segments import Segment, are_same
from lorasurgery.onnx.exporting.repeating.stack import layer_stacks
from lorasurgery.onnx.exporting.sample import draw
from lorasurgery.onnx.exporting.simplify import simplify
from lorasurgery.onnx.exporting.tasks import GraphSpec, class_of, task_of
from support.same_graphs import described

TEXT: dict[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "intermediate_size": 48,
    "vocab_size": 99,
    "max_position_embeddings": 64,
}
GPT2: dict[str, Any] = {"vocab_size": 99, "n_embd": 32, "n_layer": 4, "n_head": 4, "n_positions": 40}
GPT2 |= {"bos_token_id": 0, "eos_token_id": 2}
T5: dict[str, Any] = {"vocab_size": 99, "d_model": 32, "d_kv": 8, "d_ff": 48, "num_layers": 5, "num_heads": 4}
# By name: the class, settings, the task if it is not the class's own, and how many layers are traced.
MODELS: dict[str, tuple[str, dict[str, Any], str | None, int]] = {
    "vit": ("ViTForImageClassification", {**TEXT, "image_size": 16, "patch_size": 4}, None, 2),
    "bert": ("BertForSequenceClassification", TEXT, None, 2),
    "bert, without a head": ("BertModel", TEXT, "feature-extraction", 2),
    "llama": ("LlamaForCausalLM", TEXT, None, 2),
    "llama, no cache": ("LlamaForCausalLM", TEXT, "text-generation", 2),
    "gpt2": ("GPT2LMHeadModel", GPT2, None, 2),
    "gemma2": ("Gemma2ForCausalLM", {**TEXT, "head_dim": 8, "num_hidden_layers": 6}, None, 3),
    # The graphs of its layers differ, though what they do does not: all of them are traced.
    "mixtral": ("MixtralForCausalLM", {**TEXT, "num_local_experts": 4}, None, 4),
    "t5": ("T5ForConditionalGeneration", {**T5, "decoder_start_token_id": 0, "pad_token_id": 1}, None, 3),
}


def graphs(name: str, **settings: Any) -> tuple[Any, tuple[GraphSpec, ...]]:
    """A model without weights, and the graphs of its task."""
    class_name, usual, task, _ = MODELS[name]
    config = getattr(transformers, class_name).config_class(
        **{**usual, **settings}, architectures=[class_name]
    )
    model = weightless(config.to_dict(), class_name, torch.float32, "eager")
    return model, task_of(class_of(config.to_dict(), task)[0], model).graphs


def traced_layers(name: str, **settings: Any) -> int | None:
    """How many layers are traced by what the run of the first graph shows; None for all."""
    model, (graph, *_) = graphs(name, **settings)
    (stack,) = layer_stacks(model)
    example = draw(graph.inputs, tracing.EXAMPLE_SIZES, model.config, dtype=model.dtype)
    program = program_of(record(model, graph, example, stack), stack.name)
    prefix = shortest_prefix(program, kinds_of(program, stack, model))
    return prefix.count if prefix is not None else None


@pytest.mark.parametrize(
    "name", ["vit", *(pytest.param(name, marks=pytest.mark.slow) for name in MODELS if name != "vit")]
)
def test_a_graph_with_copied_layers_is_that_of_the_whole_trace(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, specs = graphs(name)
    depth = layer_stacks(model)[0].depth
    few = [tracing.trace(model, graph) for graph in specs]
    assert [each.copied for each in few] == [depth - MODELS[name][3]] * len(few)
    monkeypatch.setattr(tracing, "trace_few_layers", lambda *_: (None, ""))
    for copied, graph in zip(few, specs, strict=True):
        whole = tracing.trace(model, graph)
        assert whole.copied == 0
        for each in (copied.model, whole.model):
            simplify(each)
        ours, theirs = (each.model.graph for each in (copied, whole))
        assert described(ours) == described(theirs)
        parameters = dict(model.named_parameters()).keys()
        assert ours.initializers.keys() & parameters == theirs.initializers.keys() & parameters


@pytest.mark.parametrize(
    ("name", "settings", "count"),
    [
        ("llama", {"num_hidden_layers": 12}, 2),
        ("gpt2", {"scale_attn_by_inverse_layer_idx": True}, None),  # a constant of each layer
        ("gemma2", {"sliding_window": 4096}, 3),  # longer than anything that is run
        ("gemma2", {"layer_types": ["full_attention"] * 5 + ["sliding_attention"]}, None),
        ("mixtral", {}, 2),
    ],
)
def test_as_many_layers_are_traced_as_differ(name: str, settings: dict[str, Any], count: int | None) -> None:
    assert traced_layers(name, **settings) == count


def test_a_layer_that_is_set_otherwise_is_no_copy() -> None:
    model, (graph,) = graphs("vit")
    (stack,) = layer_stacks(model)
    example = draw(graph.inputs, tracing.EXAMPLE_SIZES, model.config, dtype=model.dtype)
    program = program_of(record(model, graph, example, stack), stack.name)
    assert shortest_prefix(program, kinds_of(program, stack, model)) is not None
    stack.layers[-1].unseen_setting = 7
    assert shortest_prefix(program, kinds_of(program, stack, model)) is None


def layer(number: int, constant: float = 2.0, operation: str = "Add", twice: bool = False) -> Segment:
    """A layer of two nodes over its own weight, a constant and what the layer before gave."""
    given = ir.Value(name="given", shape=ir.Shape([4]), type=ir.TensorType(ir.DataType.FLOAT))
    weight = ir.Value(
        name=f"layers.{number}.weight", shape=ir.Shape([4]), type=ir.TensorType(ir.DataType.FLOAT)
    )
    ir.Graph([given], [], nodes=[], initializers=[weight])
    two = ir.node("Constant", [], attributes={"value": ir.tensor([constant])})
    first = ir.node("Mul", [given, two.outputs[0]])
    second = ir.node(operation, [first.outputs[0], given if twice else weight])
    return Segment(f"layers.{number}.", (two, first, second))


def test_layers_are_the_same_up_to_their_weights_names() -> None:
    assert are_same(layer(0), layer(1))
    assert not are_same(layer(0), layer(1, constant=3.0))
    assert not are_same(layer(0), layer(1, operation="Sub"))
    assert not are_same(layer(0), layer(1, twice=True))

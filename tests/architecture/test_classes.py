"""The class that a config names, and where its parameters lie in files that transformers wrote."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from lorasurgery.architecture import architecture_of, bind
from lorasurgery.architecture.names import architecture_by_names
from lorasurgery.architecture.transformers_class import UnknownClassError, architecture_by_class
from lorasurgery.architecture.value import LOW_RANK, Layout, Parameter
from lorasurgery.checkpoint.folder import read_json
from lorasurgery.checkpoint.value import Checkpoint
from support.expert_stacks import matrix_of

Saved = Callable[[str], tuple[Any, Checkpoint]]


def at_run_time(parameter: Parameter, layout: Layout, checkpoint: Checkpoint) -> torch.Tensor:
    """Put a parameter together as the model holds it."""
    matrices = [matrix_of(stack, lambda name: checkpoint.tensors[name].read()) for stack in layout.experts]
    matrices = [m.T if parameter.transposed and m.ndim == 2 else m for m in matrices]
    return torch.stack(matrices) if parameter.kind == "experts" else matrices[0]


def test_every_parameter_of_the_model_is_found_on_disk_bit_for_bit(class_name: str, saved: Saved) -> None:
    model, checkpoint = saved(class_name)
    architecture = architecture_by_class(checkpoint.config)
    binding = bind(architecture, checkpoint)
    assert (binding.unclaimed, binding.missing, binding.unread) == ((), (), {})
    held = dict(model.named_parameters(remove_duplicate=False))
    assert held.keys() == {n for n, p in architecture.parameters.items() if p.kind != "buffer"}
    assert binding.sources.keys() == architecture.parameters.keys() - (
        architecture.tied.keys() - binding.sources.keys()
    )
    for name, layout in binding.sources.items():
        found = at_run_time(architecture.parameters[name], layout, checkpoint)
        assert torch.equal(found, held[name]), name
        assert architecture.parameters[name].shape == tuple(held[name].shape), name


def test_every_tensor_on_disk_leads_back_to_its_parameters(class_name: str, saved: Saved) -> None:
    _, checkpoint = saved(class_name)
    binding = bind(architecture_of(checkpoint), checkpoint)
    inverse = binding.on_disk()
    assert inverse.keys() == checkpoint.tensors.keys()
    assert {n for names in inverse.values() for n in names} == binding.sources.keys()


def test_modules_and_ties_are_those_of_the_model(class_name: str, saved: Saved) -> None:
    model, checkpoint = saved(class_name)
    architecture = architecture_by_class(checkpoint.config)
    assert architecture.modules == tuple(name for name, _ in model.named_modules(remove_duplicate=False))
    held = dict(model.named_parameters(remove_duplicate=False))
    shared = {n for n, p in held.items() if any(p is q for m, q in held.items() if m != n)}
    assert shared == architecture.tied.keys() | set(architecture.tied.values())


def test_names_and_shapes_agree_with_the_class_where_both_can_speak(class_name: str, saved: Saved) -> None:
    _, checkpoint = saved(class_name)
    architecture = architecture_by_class(checkpoint.config)
    by_names = architecture_by_names(checkpoint).parameters
    sources = bind(architecture, checkpoint).sources
    assert sources
    for name, layout in sources.items():
        kind = architecture.parameters[name].kind
        on_disk = {by_names[tensor].kind for tensor in layout.tensors}
        # Per-expert files hold each expert's matrices by themselves: that is all their names can
        # say.
        fused_by_the_class = kind == "experts" and layout.experts[0][0].expert is None
        # Whether the code around a convolution reads its geometry is not in the file either.
        is_consulted = kind == "other" and "conv" in name
        expected = {"linear"} if fused_by_the_class else {"conv"} if is_consulted else {kind}
        assert on_disk == expected, name


@pytest.mark.parametrize(
    ("model_class", "name", "kind"),
    [
        ("LlamaForCausalLM", "model.layers.0.self_attn.q_proj.weight", "linear"),
        ("LlamaForCausalLM", "model.norm.weight", "norm"),
        ("GPT2LMHeadModel", "transformer.h.0.attn.c_proj.weight", "conv1d"),
        ("GemmaForCausalLM", "model.embed_tokens.weight", "embedding"),
        (
            "T5ForConditionalGeneration",
            "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight",
            "embedding",
        ),
        ("ViTForImageClassification", "vit.embeddings.cls_token", "bare"),
        ("ViTForImageClassification", "vit.embeddings.patch_embeddings.projection.weight", "conv"),
        ("WhisperForConditionalGeneration", "model.encoder.conv1.weight", "other"),
        ("WhisperForConditionalGeneration", "model.encoder.embed_positions.weight", "other"),
        ("WhisperForConditionalGeneration", "model.decoder.embed_positions.weight", "other"),
        ("OPTForCausalLM", "model.decoder.embed_positions.weight", "other"),
        ("MixtralForCausalLM", "model.layers.0.mlp.experts.gate_up_proj", "experts"),
        ("MixtralForCausalLM", "model.layers.0.mlp.gate.weight", "bare"),
        ("GptOssForCausalLM", "model.layers.0.mlp.experts.gate_up_proj_bias", "bias"),
    ],
)
def test_kinds_of_known_parameters(model_class: str, name: str, kind: str, saved: Saved) -> None:
    _, checkpoint = saved(model_class)
    assert architecture_by_class(checkpoint.config).parameters[name].kind == kind


def test_peft_wraps_each_module_of_a_low_rank_kind_save_experts(class_name: str, saved: Saved) -> None:
    peft = pytest.importorskip("peft")
    model, checkpoint = saved(class_name)
    parameters = architecture_by_class(checkpoint.config).parameters.values()
    targets = sorted({p.module for p in parameters if p.kind in LOW_RANK - {"experts"}})
    wrapped = peft.get_peft_model(type(model)(model.config), peft.LoraConfig(target_modules=targets, r=2))
    assert {
        n.removeprefix("base_model.model.") for n, m in wrapped.named_modules() if hasattr(m, "lora_A")
    } == set(targets)


def test_gate_rows_come_before_up_rows_and_experts_are_counted_as_numbers(saved: Saved) -> None:
    _, checkpoint = saved("MixtralForCausalLM")
    layout = bind(architecture_of(checkpoint), checkpoint).sources["model.layers.0.mlp.experts.gate_up_proj"]
    assert [source.tensor for source in layout.experts[10]] == [
        "model.layers.0.block_sparse_moe.experts.10.w1.weight",
        "model.layers.0.block_sparse_moe.experts.10.w3.weight",
    ]


@pytest.mark.parametrize(
    ("model_class", "name", "shape"),
    [
        ("GptOssForCausalLM", "model.layers.0.mlp.experts.gate_up_proj", (64, 16)),
        ("MixtralForCausalLM", "model.layers.0.mlp.experts.gate_up_proj", (64, 16)),
        ("GPT2LMHeadModel", "transformer.h.0.attn.c_attn.weight", (48, 16)),
    ],
)
def test_matrices_come_as_out_by_in(
    model_class: str, name: str, shape: tuple[int, int], saved: Saved
) -> None:
    _, checkpoint = saved(model_class)
    layout = bind(architecture_by_class(checkpoint.config), checkpoint).sources[name]
    assert matrix_of(layout.experts[0], lambda disk: checkpoint.tensors[disk].read()).shape == shape


def test_an_incomplete_set_of_experts_is_told_and_not_shifted(saved: Saved) -> None:
    _, checkpoint = saved("MixtralForCausalLM")
    gone = "model.layers.0.block_sparse_moe.experts.3.w2.weight"
    partial = replace(checkpoint, tensors={n: t for n, t in checkpoint.tensors.items() if n != gone})
    binding = bind(architecture_of(checkpoint), partial)
    assert binding.unread == {"model.layers.0.mlp.experts.down_proj": "11 of its 12 experts are there"}


@pytest.mark.parametrize(
    ("architectures", "reason"),
    [
        (["NoSuchModel"], "has no class NoSuchModel"),
        ([], "names no class"),
        (["AutoModel"], "has no class AutoModel"),
    ],
)
def test_a_class_of_foreign_code_is_read_from_names(
    architectures: list[str], reason: str, saved: Saved
) -> None:
    _, checkpoint = saved("ViTForImageClassification")
    config = dict(checkpoint.config) | {
        "architectures": architectures,
        "auto_map": {"AutoModel": "evil--code.Model"},
    }
    architecture = architecture_of(replace(checkpoint, config=config))
    assert architecture.origin == "names"
    assert reason in architecture.note
    assert architecture.parameters.keys() == checkpoint.tensors.keys()


def test_a_config_that_does_not_build_is_read_from_names_with_the_reason(saved: Saved) -> None:
    _, checkpoint = saved("ViTForImageClassification")
    architecture = architecture_of(
        replace(checkpoint, config=dict(checkpoint.config) | {"num_hidden_layers": "two"})
    )
    assert architecture.origin == "names"
    assert "ViTForImageClassification does not build" in architecture.note


@pytest.mark.parametrize(
    "class_name",
    [
        "Mamba2ForCausalLM",
        "BambaForCausalLM",
        "FalconH1ForCausalLM",
        "GraniteMoeHybridForCausalLM",
        "NemotronHForCausalLM",
    ],
)
def test_a_config_with_an_infinity_as_transformers_spells_it_builds_its_class(
    class_name: str, tmp_path: Path
) -> None:
    import transformers

    config = getattr(transformers, class_name).config_class(architectures=[class_name])
    config.save_pretrained(tmp_path)
    assert "__float__" in (tmp_path / "config.json").read_text()
    assert architecture_by_class(read_json(tmp_path / "config.json")).class_name == class_name


@pytest.mark.parametrize("key", ["num_hidden_layers", "num_local_experts"])
def test_a_config_that_asks_for_billions_of_modules_is_not_built(key: str, saved: Saved) -> None:
    _, checkpoint = saved("MixtralForCausalLM")
    with pytest.raises(UnknownClassError, match=f"{key}, more than any model has"):
        architecture_by_class({**checkpoint.config, key: 2**31})

"""Paths of modules lead to llama.cpp's names and back, for every architecture of the gguf package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lorasurgery.architecture import architecture_of
from lorasurgery.architecture.llama_cpp import architectures, tensor_names
from lorasurgery.architecture.llama_cpp.config import MODELS as KNOWN_MODELS
from lorasurgery.architecture.llama_cpp.config import WITH_EXPERTS, config_of
from lorasurgery.architecture.llama_cpp.parameters import places_of
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.dtypes import Dtype
from lorasurgery.lazy_join import zeros
from support.gguf_adapters import gguf


@pytest.mark.parametrize("architecture", sorted(tensor_names.LAYERS))
def test_names_without_a_base_are_those_that_the_tables_lead_back_from(architecture: str) -> None:
    tensor_kinds = {gguf.TENSOR_NAMES[key] for key in gguf.MODEL_TENSORS[arch_of(architecture)]}
    assert tensor_names.LAYERS[architecture]
    for kind in tensor_names.LAYERS[architecture]:
        if f"blk.{{bid}}.{kind}" not in tensor_kinds:
            continue
        tensor = f"blk.7.{kind}.weight"
        alone = tensor_names.path_alone(architecture, tensor)
        assert alone is not None
        back = tensor_names.slots(architecture, [alone[0]], {})[alone[0]]
        assert tensor_names.GgufSlot(tensor, alone[1]) in back


def arch_of(name: str) -> Any:
    return next(key for key, value in gguf.MODEL_ARCH_NAMES.items() if value == name)


def test_the_tables_speak_of_architectures_that_the_package_has() -> None:
    known = set(gguf.MODEL_ARCH_NAMES.values())
    later = {"nanbeige"}  # llama.cpp has it, the package not yet
    assert architectures.INTERLEAVED - known <= later
    assert known >= architectures.AS_THEY_ARE | architectures.UNPACKED | tensor_names.LAYERS.keys()
    assert known >= {*architectures.MODEL_TYPES.values(), *architectures.CLASSES.values()}
    assert not architectures.INTERLEAVED & architectures.AS_THEY_ARE
    assert not architectures.UNPACKED & architectures.AS_THEY_ARE


def test_an_architectures_exceptions_stay_its_own() -> None:
    """The package writes them into the table of all architectures, for the rest of the process."""
    before = dict(gguf.TensorNameMap.block_mappings_cfg)
    tensor_names.slots("arctic", ["model.layers.0.self_attn.q_proj"], {})
    assert before == gguf.TensorNameMap.block_mappings_cfg


MODELS: dict[str, tuple[dict[str, Any], str]] = {
    "by its type": ({"model_type": "mistral"}, "llama"),
    "by llama.cpp's own word": ({"model_type": "qwen3"}, "qwen3"),
    "by its class": ({"model_type": "gemma3_text", "architectures": ["Gemma3TextModel"]}, "gemma-embedding"),
    "a language model inside": ({"model_type": "llava", "text_config": {"model_type": "llama"}}, "llama"),
    "a text model of its own": ({"model_type": "qwen3_5_text"}, "qwen35"),
    "experts of a text model": ({"model_type": "qwen3_5_moe_text"}, "qwen35moe"),
    "one that sees": ({"model_type": "glm4v", "text_config": {"model_type": "glm4v_text"}}, "glm4"),
    "one that sees, with experts": (
        {"model_type": "glm4v_moe", "text_config": {"model_type": "glm4v_moe_text"}},
        "glm4moe",
    ),
    "one that hears and speaks": (
        {
            "model_type": "qwen2_5_omni",
            "thinker_config": {"text_config": {"model_type": "qwen2_5_omni_text"}},
        },
        "qwen2vl",
    ),
    "Bamba": ({"model_type": "bamba"}, "granitehybrid"),
    "Falcon's Mamba": ({"model_type": "falcon_mamba"}, "mamba"),
    "Solar": ({"model_type": "solar_open"}, "glm4moe"),
    "Granite's hybrid": (
        {"model_type": "granitemoehybrid", "layer_types": ["mamba", "attention"]},
        "granitehybrid",
    ),
    "Granite's hybrid that is none": (
        {"model_type": "granitemoehybrid", "layer_types": ["attention"], "num_experts_per_tok": 0},
        "granite",
    ),
}


@pytest.mark.parametrize(("config", "architecture"), MODELS.values(), ids=MODELS)
def test_a_model_has_one_architecture(config: dict[str, Any], architecture: str) -> None:
    assert architectures.architecture_of(config) == architecture


GRANITE = "model.layers.0.shared_mlp.input_linear"


NAMES: dict[str, tuple[str, str, dict[str, Any], list[str]]] = {
    "a language model inside": (
        "llama",
        "model.language_model.layers.3.mlp.up_proj",
        {},
        ["blk.3.ffn_up.weight"],
    ),
    "a model that thinks and speaks": (
        "qwen2vl",
        "thinker.model.layers.3.mlp.up_proj",
        {},
        ["blk.3.ffn_up.weight"],
    ),
    "a model without a head": ("phi2", "layers.3.mlp.fc1", {}, ["blk.3.ffn_up.weight"]),
    "BERT inside its class": (
        "bert",
        "bert.encoder.layer.1.attention.self.query",
        {},
        ["blk.1.attn_q.weight"],
    ),
    "a router's parameter": ("qwen3moe", "model.layers.0.mlp.gate.weight", {}, ["blk.0.ffn_gate_inp.weight"]),
    "a layer beyond any count": (
        "llama",
        "model.layers.99999999999.mlp.up_proj",
        {},
        ["blk.99999999999.ffn_up.weight"],
    ),
    "a layer inside a layer": (
        "t5",
        "decoder.block.3.layer.1.EncDecAttention.q",
        {},
        ["dec.blk.3.cross_attn_q.weight"],
    ),
    "Hunyuan's shared MLP": (
        "hunyuan-moe",
        "model.layers.2.mlp.shared_mlp.up_proj",
        {},
        ["blk.2.ffn_up_shexp.weight"],
    ),
    "Granite's experts": (
        "granitemoe",
        "model.layers.0.block_sparse_moe.experts.gate_up_proj",
        {},
        ["blk.0.ffn_gate_exps.weight", "blk.0.ffn_up_exps.weight"],
    ),
    "Granite's MLP beside experts": (
        "granitehybrid",
        GRANITE,
        {"num_local_experts": 4},
        ["blk.0.ffn_gate_shexp.weight", "blk.0.ffn_up_shexp.weight"],
    ),
    "Nemotron-H's attention": (
        "nemotron_h",
        "model.layers.1.mixer.q_proj",
        {},
        ["blk.1.attn_q.weight"],
    ),
    "Nemotron-H's state space": ("nemotron_h", "model.layers.0.mixer.in_proj", {}, ["blk.0.ssm_in.weight"]),
    "Nemotron-H's experts": (
        "nemotron_h_moe",
        "model.layers.2.mixer.experts.up_proj",
        {},
        ["blk.2.ffn_up_exps.weight"],
    ),
    "Granite's MLP alone": ("granitehybrid", GRANITE, {}, ["blk.0.ffn_gate.weight", "blk.0.ffn_up.weight"]),
    "a gate and up that llama.cpp has packed too": (
        "phi3",
        "model.layers.0.mlp.gate_up_proj",
        {},
        ["blk.0.ffn_up.weight"],
    ),
}


@pytest.mark.parametrize(("architecture", "path", "config", "expected"), NAMES.values(), ids=NAMES)
def test_a_run_time_path_leads_to_llama_cpps_tensors(
    architecture: str, path: str, config: dict[str, Any], expected: list[str]
) -> None:
    assert [slot.tensor for slot in tensor_names.slots(architecture, [path], config)[path]] == expected


# llama.cpp leaves out BERT's pooler.
ABSENT = {"bert": {"pooler.dense.weight", "pooler.dense.bias"}}


@pytest.mark.parametrize("architecture", [*KNOWN_MODELS, *(f"{name} with experts" for name in WITH_EXPERTS)])
def test_every_parameter_of_a_known_class_has_its_tensor(architecture: str, tmp_path: Path) -> None:
    name = architecture.split()[0]
    sizes = {"block_count": 2, "embedding_length": 32, "feed_forward_length": 64, "context_length": 64}
    sizes |= {"attention.head_count": 4, "attention.head_count_kv": 2, "attention.key_length": 8}
    if "expert" in architecture or name.endswith("moe"):
        sizes |= {"expert_count": 4, "expert_used_count": 2, "expert_feed_forward_length": 16}
        sizes |= {"expert_shared_feed_forward_length": 16}
    settings = {f"{name}.{key}": value for key, value in sizes.items()}
    kinds = {gguf.TENSOR_NAMES[each] for each in gguf.MODEL_TENSORS[arch_of(name)]}
    possible = {
        kind.format(bid=layer) + leaf for kind in kinds for layer in (0, 1) for leaf in (".weight", ".bias")
    }
    shapes = dict.fromkeys(possible, (200_000, 32))
    config = config_of(settings | {"general.architecture": name}, shapes) | {"attention_bias": False}
    places = places_of(name, config, shapes)
    assert architectures.architecture_of(config) == name
    tensors = {each: zeros((1, 1), Dtype.F32) for each in places}
    found = architecture_of(Checkpoint("model", tmp_path, (), tensors, config))
    assert found.class_name == config["architectures"][0]
    assert found.parameters.keys() - places.keys() - found.tied.keys() == ABSENT.get(name, set())
    held = [tensor for tensors in places.values() for tensor in tensors]
    assert len(set(held)) == len(held)

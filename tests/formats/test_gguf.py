"""llama.cpp's adapters: what `gguf` reads from them, what llama.cpp computes with them, and what comes back."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import struct
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from lorasurgery.adapter import Adapter, Host, TokenRows
from lorasurgery.architecture import LOW_RANK, architecture_of
from lorasurgery.checkpoint import open_checkpoint
from lorasurgery.errors import (
    AlignmentError,
    DamagedFileError,
    MissingExtraError,
    NoSpaceError,
    UnsupportedError,
)
from lorasurgery.formats import gguf as ours
from lorasurgery.formats import load, read_adapter
from lorasurgery.formats.gguf import architectures, tensor_names
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.base.host import host_of, module_path
from lorasurgery.variants.dora import DoraFactors
from lorasurgery.variants.lora import LoraFactors
from support.paths import FIXTURES

gguf = pytest.importorskip("gguf", reason="GGUF adapters need the extra gguf")

LLAMA = FIXTURES / "llama-base"  # 4 heads of queries, 2 of keys, 16 rows each
MIXTRAL = FIXTURES / "mixtral-base"
GPT2 = FIXTURES / "gpt2-base"

Q = "model.layers.0.self_attn.q_proj"
K = "model.layers.0.self_attn.k_proj"
V = "model.layers.0.self_attn.v_proj"
DOWN = "model.layers.1.mlp.down_proj"
GATE_AND_UP = "model.layers.0.mlp.experts.gate_up_proj"


def host(base: Path) -> Host:
    checkpoint = open_checkpoint(base)
    return host_of(architecture_of(checkpoint), checkpoint)


def noise(*shape: int, dtype: torch.dtype = torch.float32, seed: int = 0) -> LazyTensor:
    generator = torch.Generator().manual_seed(seed + sum(shape))
    return LazyTensor.of(torch.randn(shape, generator=generator).to(dtype))


def adapt(base: Path, scale: float = 2.0, rank: int = 3, dtype: torch.dtype = torch.float32) -> Adapter:
    """Factors for every matrix of a base that llama.cpp has adapters for."""
    checkpoint = open_checkpoint(base)
    architecture = architecture_of(checkpoint)
    shared = {*architecture.tied, *architecture.tied.values()}
    modules = {}
    for seed, parameter in enumerate(architecture.parameters.values()):
        if parameter.kind not in LOW_RANK or parameter.name in shared or parameter.module.endswith("wpe"):
            continue
        shape = parameter.shape[::-1] if parameter.kind == "conv1d" else parameter.shape
        A = noise(*shape[:-2], rank, shape[-1], dtype=dtype, seed=seed)
        B = noise(*shape[:-1], rank, dtype=dtype, seed=seed)
        modules[module_path(parameter)] = LoraFactors(A, B, scale)
    return Adapter(host_of(architecture, checkpoint), modules)


def lora(adapter: Adapter, path: str) -> LoraFactors:
    factors = adapter.modules[path]
    assert isinstance(factors, LoraFactors)
    return factors


def only(adapter: Adapter, *paths: str) -> Adapter:
    return dataclasses.replace(adapter, modules={path: adapter.modules[path] for path in paths})


def written(adapter: Adapter, folder: Path) -> Path:
    assert ours.refusals(adapter) == []
    ours.write(adapter, folder / "adapter.gguf")
    return folder / "adapter.gguf"


def tensors(path: Path) -> dict[str, Tensor]:
    """Every tensor of a file as gguf's own reader has it, bfloat16 turned to float32 by the package."""
    found = {}
    for each in gguf.GGUFReader(path).tensors:
        data = gguf.dequantize(each.data, each.tensor_type) if each.tensor_type.name == "BF16" else each.data
        found[each.name] = torch.from_numpy(np.array(data))
    return found


def field(path: Path, key: str) -> Any:
    found = gguf.GGUFReader(path).get_field(key)
    return found.contents() if found else None


def delta(factors: Any) -> Tensor:
    product: Tensor = factors.scale * (factors.B.read().double() @ factors.A.read().double())
    return product


def interleaved(W: Tensor, width: int) -> Tensor:
    """Row by row, in words: of each head first row, first of the second half, second row, second of the second half, ..."""
    rows = []
    for head in range(len(W) // width):
        for j in range(width // 2):
            rows += [W[head * width + j], W[head * width + width // 2 + j]]
    return torch.stack(rows)


# What lies in the file


@pytest.mark.parametrize("base", [LLAMA, MIXTRAL, GPT2], ids=lambda path: path.name)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16], ids=str)
def test_what_is_written_comes_back_to_the_bit(base: Path, dtype: torch.dtype, tmp_path: Path) -> None:
    adapter = adapt(base, dtype=dtype)
    again = ours.read(written(adapter, tmp_path), adapter.host)
    assert again.modules.keys() == adapter.modules.keys()
    assert again.unresolved == ""
    for name in adapter.modules:
        read, factors = lora(again, name), lora(adapter, name)
        assert (read.scale, read.A.dtype.torch, read.B.dtype.torch) == (factors.scale, dtype, dtype), name
        assert torch.equal(read.A.read(), factors.A.read()), name
        assert torch.equal(read.B.read(), factors.B.read()), name


def test_ggufs_reader_finds_every_tensor_where_llama_cpp_looks_for_it(tmp_path: Path) -> None:
    adapter = adapt(LLAMA)
    path = written(adapter, tmp_path)
    assert field(path, "general.type") == "adapter"
    assert field(path, "general.architecture") == "llama"
    assert field(path, "adapter.type") == "lora"
    assert field(path, "adapter.lora.alpha") == 6.0
    names = {
        "q_proj": "attn_q",
        "k_proj": "attn_k",
        "v_proj": "attn_v",
        "o_proj": "attn_output",
        "gate_proj": "ffn_gate",
        "up_proj": "ffn_up",
        "down_proj": "ffn_down",
    }
    expected = {}
    for module in adapter.modules:
        A, B = lora(adapter, module).A.read(), lora(adapter, module).B.read()
        if module == "model.embed_tokens":
            expected |= {"token_embd.weight.lora_a": B, "token_embd.weight.lora_b": A.T}
            continue
        last = module.rpartition(".")[2]
        name = "output" if module == "lm_head" else f"blk.{module.split('.')[2]}.{names[last]}"
        B = interleaved(B, 16) if last in ("q_proj", "k_proj") else B
        expected |= {f"{name}.weight.lora_a": A, f"{name}.weight.lora_b": B}
    found = tensors(path)
    assert list(found) == sorted(expected)
    for name, tensor in expected.items():
        assert torch.equal(found[name], tensor), name


def test_experts_are_two_tensors_and_their_products_the_halves(tmp_path: Path) -> None:
    adapter = adapt(MIXTRAL)
    found = tensors(written(adapter, tmp_path))
    whole = delta(adapter.modules[GATE_AND_UP]).float()
    for kind, half in zip(("gate", "up"), whole.chunk(2, dim=1), strict=True):
        A, B = (found[f"blk.0.ffn_{kind}_exps.weight.lora_{side}"] for side in "ab")
        torch.testing.assert_close(2 * B @ A, half)


def test_turning_neighbours_in_the_interleaved_matrices_is_turning_halves_in_the_others(
    tmp_path: Path,
) -> None:
    """llama.cpp's rotary embedding after its order of rows gives transformers' attention scores, with the adapter in both."""
    adapter = only(adapt(LLAMA), Q, K)
    found = tensors(written(adapter, tmp_path))
    model = open_checkpoint(LLAMA).tensors
    x = torch.randn(5, 64, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    theirs, transformers = {}, {}
    for name, module in (("q", Q), ("k", K)):
        W = model[f"{module}.weight"].read().double()
        A, B = (found[f"blk.0.attn_{name}.weight.lora_{side}"].double() for side in "ab")
        theirs[name] = x @ (interleaved(W, 16) + 2 * B @ A).T
        transformers[name] = x @ (W + delta(adapter.modules[module])).T
    angles = torch.outer(torch.arange(5.0), 10000 ** (-torch.arange(8) / 8)).double()

    def halves(v: Tensor) -> Tensor:
        first, second = v.unflatten(1, (-1, 16)).transpose(0, 1).chunk(2, dim=-1)
        cos, sin = angles.cos(), angles.sin()
        return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)

    def neighbours(v: Tensor) -> Tensor:
        pairs = v.unflatten(1, (-1, 8, 2)).transpose(0, 1).contiguous()
        turned = torch.view_as_complex(pairs) * torch.polar(torch.ones_like(angles), angles)
        return torch.view_as_real(turned).flatten(-2)

    expected = halves(transformers["q"]) @ halves(transformers["k"]).repeat_interleave(2, 0).mT
    torch.testing.assert_close(
        neighbours(theirs["q"]) @ neighbours(theirs["k"]).repeat_interleave(2, 0).mT, expected
    )


def test_the_order_of_rows_is_no_involution() -> None:
    order = architectures.row_order("llama", "blk.0.attn_q.weight", 64, architectures.Heads(4, 16))
    assert order is not None
    assert not torch.equal(order[order], torch.arange(64))
    assert torch.equal(order[order.argsort()], torch.arange(64))


GLM4V = {
    "model_type": "glm4v",
    "text_config": {
        "model_type": "glm4v_text",
        "hidden_size": 32,
        "num_attention_heads": 4,
        "rope_parameters": {"mrope_section": [1, 1], "partial_rotary_factor": 0.5},
    },
}


def test_a_glm_that_sees_has_the_even_rows_of_what_is_turned_before_the_odd_ones() -> None:
    """llama.cpp turns halves for its positions of images (`Glm4Model.normal_to_neox`), and transformers' GLM neighbours."""
    heads = architectures.heads_of(GLM4V)
    assert heads is not None
    order = architectures.row_order("glm4", "blk.0.attn_k.weight", 16, heads)
    assert order is not None
    assert order.tolist() == [0, 2, 1, 3, 4, 5, 6, 7, 8, 10, 9, 11, 12, 13, 14, 15]


def test_only_a_glm_that_sees_is_sorted_anew() -> None:
    sees = architectures.heads_of(GLM4V)
    reads = architectures.heads_of({"model_type": "glm4", "num_attention_heads": 4, "hidden_size": 32})
    is_reordered = architectures.is_reordered
    assert is_reordered("glm4", "blk.0.attn_q.weight", sees)
    assert not is_reordered("glm4", "blk.0.attn_q.weight", reads)
    assert not is_reordered("glm4", "blk.0.attn_v.weight", sees)
    assert not is_reordered("glm4moe", "blk.0.attn_q.weight", sees)
    assert is_reordered("glm4", "blk.0.attn_q.weight", None)  # which of both, only the base tells


@pytest.mark.parametrize(("heads", "groups"), [(4, 4), (4, 2), (4, 1)])
def test_packed_projections_become_all_queries_all_keys_all_values(heads: int, groups: int) -> None:
    width, labels = 2, []
    for group in range(groups):
        for kind in ["q"] * (heads // groups) + ["k", "v"]:
            labels += [(kind, group)] * width
    order = architectures.row_order(
        "bloom", "blk.0.attn_qkv.weight", len(labels), architectures.Heads(heads, width)
    )
    assert order is not None
    sizes = {"q": heads * width, "k": groups * width, "v": groups * width}
    sorted_kinds = [labels[i][0] for i in order.tolist()]
    assert sorted_kinds == ["q"] * sizes["q"] + ["k"] * sizes["k"] + ["v"] * sizes["v"]
    for kind in "qkv":
        mine = [i for i in order.tolist() if labels[i][0] == kind]
        assert mine == sorted(mine)


def test_the_same_adapter_gives_the_same_bytes_and_progress_counts_them(tmp_path: Path) -> None:
    adapter = adapt(LLAMA)
    counted: list[int] = []
    ours.write(adapter, tmp_path / "one.gguf", counted.append)
    backwards = dataclasses.replace(adapter, modules=dict(reversed([*adapter.modules.items()])))
    ours.write(backwards, tmp_path / "two.gguf")
    assert (tmp_path / "one.gguf").read_bytes() == (tmp_path / "two.gguf").read_bytes()
    assert sum(counted) == sum(tensor.nbytes for tensor in tensors(tmp_path / "one.gguf").values())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_said_to_be_full() -> None:
    with pytest.raises(NoSpaceError, match="disk is full"):
        ours.write(only(adapt(LLAMA), DOWN), Path("/dev/full"))


# The scale


def scaled(*scales_and_ranks: tuple[float, int], dtype: torch.dtype = torch.float32) -> Adapter:
    modules = {
        f"model.layers.{i}.mlp.down_proj": LoraFactors(
            noise(rank, 160, dtype=dtype), noise(64, rank, dtype=dtype), scale
        )
        for i, (scale, rank) in enumerate(scales_and_ranks)
    }
    return Adapter(host(LLAMA), modules)


def test_rslora_is_an_alpha_and_the_factors_are_untouched(tmp_path: Path) -> None:
    adapter = scaled((16 / math.sqrt(12), 12), (16 / math.sqrt(12), 12))
    path = written(adapter, tmp_path)
    assert field(path, "adapter.lora.alpha") == float(np.float32(16 * math.sqrt(12)))
    assert torch.equal(tensors(path)["blk.1.ffn_down.weight.lora_b"], lora(adapter, DOWN).B.read())


def test_one_alpha_serves_different_ranks(tmp_path: Path) -> None:
    path = written(scaled((16 / 4, 4), (16 / 3, 3)), tmp_path)
    assert field(path, "adapter.lora.alpha") == 16.0
    assert lora(ours.read(path, host(LLAMA)), DOWN).scale == 16 / 3


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16], ids=str)
def test_scales_of_their_own_go_into_B_rounded_once(dtype: torch.dtype, tmp_path: Path) -> None:
    adapter = scaled((1.7, 4), (0.3, 4), (1.0, 4), dtype=dtype)
    path = written(adapter, tmp_path)
    assert field(path, "adapter.lora.alpha") == 0.0
    again = ours.read(path, host(LLAMA))
    for name in adapter.modules:
        read, factors = lora(again, name), lora(adapter, name)
        assert read.scale == 1.0
        assert torch.equal(read.A.read(), factors.A.read())
        assert torch.equal(read.B.read().float(), (factors.scale * factors.B.read().double()).float())
        assert read.B.dtype.torch == (dtype if factors.scale == 1 else torch.float32)


def test_a_scale_of_zero_is_no_absent_alpha(tmp_path: Path) -> None:
    again = ours.read(written(scaled((0.0, 4), (0.0, 4)), tmp_path), host(LLAMA))
    assert delta(again.modules[DOWN]).abs().max() == 0


def test_float64_is_rounded_to_what_llama_cpp_multiplies_with(tmp_path: Path) -> None:
    found = tensors(written(scaled((1.0, 4), dtype=torch.float64), tmp_path))
    assert {tensor.dtype for tensor in found.values()} == {torch.float32}


# Files of others


def store(
    path: Path,
    stored: Mapping[str, Any],
    alpha: float | None = None,
    architecture: str = "llama",
    **texts: str,
) -> Path:
    """A file as others write it: arrays by name, or bytes of a quantised type with it."""
    writer = gguf.GGUFWriter(path, architecture)
    for key, text in ({"general.type": "adapter", "adapter.type": "lora"} | texts).items():
        writer.add_string(key, text)
    if alpha is not None:
        writer.add_float32("adapter.lora.alpha", alpha)
    for name, tensor in stored.items():
        array, kind = tensor if isinstance(tensor, tuple) else (tensor, None)
        writer.add_tensor(name, array, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def array(*shape: int, seed: int = 0) -> np.ndarray[Any, Any]:
    found: np.ndarray[Any, Any] = np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)
    return found


def pair(tensor: str, a: tuple[int, ...], b: tuple[int, ...]) -> dict[str, Any]:
    return {f"{tensor}.weight.lora_a": array(*a, seed=1), f"{tensor}.weight.lora_b": array(*b, seed=2)}


def test_alpha_is_divided_by_each_tensors_own_rank(tmp_path: Path) -> None:
    stored = pair("blk.0.ffn_down", (4, 160), (64, 4)) | pair("blk.1.ffn_down", (8, 160), (64, 8))
    for alpha, scales in ((16.0, [4.0, 2.0]), (0.0, [1.0, 1.0]), (None, [1.0, 1.0])):
        adapter = ours.read(store(tmp_path / "a.gguf", stored, alpha), host(LLAMA))
        assert [lora(adapter, path).scale for path in adapter.modules] == scales


def test_quantised_factors_are_read_as_the_package_reads_them(tmp_path: Path) -> None:
    a, b = array(4, 160, seed=1), array(64, 32, seed=2)
    kind = gguf.GGMLQuantizationType.Q8_0
    codes = gguf.quantize(a, kind)
    stored = {"blk.0.ffn_down.weight.lora_a": (codes, kind), "blk.0.ffn_down.weight.lora_b": b[:, :4].copy()}
    factors = lora(ours.read(store(tmp_path / "a.gguf", stored), host(LLAMA)), "model.layers.0.mlp.down_proj")
    assert factors.A.shape == (4, 160)
    assert torch.equal(factors.A.read(), torch.from_numpy(gguf.dequantize(codes, kind)))


def test_a_rank_of_one_may_have_lost_its_dimension(tmp_path: Path) -> None:
    stored = {"blk.0.ffn_down.weight.lora_a": array(160), "blk.0.ffn_down.weight.lora_b": array(64, 1)}
    factors = lora(ours.read(store(tmp_path / "a.gguf", stored), host(LLAMA)), "model.layers.0.mlp.down_proj")
    assert factors.A.shape == (1, 160)


@pytest.mark.parametrize(
    "ranks", [{"gate": 3, "up": 5}, {"gate": 3, "up": 3}, {"gate": 3}, {"up": 5}], ids=str
)
@pytest.mark.parametrize("alpha", [0.0, 6.0])
def test_expert_halves_with_factors_of_their_own_are_one_module(
    ranks: dict[str, int], alpha: float, tmp_path: Path
) -> None:
    stored: dict[str, Any] = {}
    expected = torch.zeros(4, 96, 32, dtype=torch.float64)
    for kind, rank in ranks.items():
        start = 0 if kind == "gate" else 48
        a, b = array(4, rank, 32, seed=start), array(4, 48, rank, seed=start + 1)
        stored |= {f"blk.0.ffn_{kind}_exps.weight.lora_a": a, f"blk.0.ffn_{kind}_exps.weight.lora_b": b}
        product = torch.from_numpy(b).double() @ torch.from_numpy(a).double()
        expected[:, start : start + 48] = (alpha / rank if alpha else 1) * product
    read = ours.read(store(tmp_path / "a.gguf", stored, alpha), host(MIXTRAL)).modules[GATE_AND_UP]
    torch.testing.assert_close(delta(read), expected, rtol=1e-12, atol=1e-12)


def test_without_its_base_an_adapter_has_llama_cpps_rows_and_says_so(tmp_path: Path) -> None:
    adapter = only(adapt(LLAMA), Q, V, "model.embed_tokens", "lm_head")
    found, read = read_adapter(str(written(adapter, tmp_path)))
    assert found == tmp_path / "adapter.gguf"
    assert read.modules.keys() == adapter.modules.keys()
    assert "--base" in read.unresolved
    torch.testing.assert_close(delta(read.modules[V]), delta(adapter.modules[V]))
    torch.testing.assert_close(delta(read.modules[Q]), interleaved(delta(adapter.modules[Q]), 16))
    moved = only(adapter, V)
    assert ours.read(written(moved, tmp_path)).unresolved == ""


def test_without_its_base_a_name_that_transformers_has_several_for_stays(tmp_path: Path) -> None:
    path = store(tmp_path / "a.gguf", pair("blk.0.ffn_down", (4, 160), (64, 4)), architecture="bert")
    read = ours.read(path)
    assert list(read.modules) == ["blk.0.ffn_down"]
    assert "blk.0.ffn_down" in read.unresolved


@pytest.mark.parametrize("architecture", sorted(tensor_names.LAYERS))
def test_names_without_a_base_are_those_that_the_tables_lead_back_from(architecture: str) -> None:
    tensor_kinds = {gguf.TENSOR_NAMES[key] for key in gguf.MODEL_TENSORS[arch_of(architecture)]}
    for kind in tensor_names.LAYERS[architecture]:
        if f"blk.{{bid}}.{kind}" not in tensor_kinds:
            continue
        tensor = f"blk.7.{kind}.weight"
        alone = tensor_names.path_alone(architecture, tensor)
        assert alone is not None
        back = tensor_names.slots(architecture, [alone[0]], {})[alone[0]]
        assert tensor_names.Slot(tensor, alone[1]) in back


def arch_of(name: str) -> Any:
    return next(key for key, value in gguf.MODEL_ARCH_NAMES.items() if value == name)


WRONG_FILES: dict[str, tuple[dict[str, Any], dict[str, str], type[Exception], str]] = {
    "half a pair": (
        {"blk.0.ffn_down.weight.lora_a": array(4, 160)},
        {},
        DamagedFileError,
        "'blk.0.ffn_down.weight.lora_b' is missing",
    ),
    "two ranks": (pair("blk.0.ffn_down", (4, 160), (64, 3)), {}, DamagedFileError, "do not fit"),
    "different numbers of experts": (
        pair("blk.0.ffn_down_exps", (2, 4, 8), (3, 8, 4)),
        {},
        DamagedFileError,
        "do not fit",
    ),
    "nothing": ({}, {}, DamagedFileError, "no tensors"),
    "a model": (
        pair("blk.0.ffn_down", (4, 160), (64, 4)),
        {"general.type": "model"},
        UnsupportedError,
        "GGUF model",
    ),
    "another kind of adapter": (
        pair("blk.0.ffn_down", (4, 160), (64, 4)),
        {"adapter.type": "dora"},
        UnsupportedError,
        "'dora'",
    ),
    "a norm": (
        {"blk.0.attn_norm.weight": array(64)},
        {},
        UnsupportedError,
        "'blk.0.attn_norm.weight', which llama.cpp ignores",
    ),
    "a matrix": ({"blk.0.ffn_down.weight": array(64, 8)}, {}, UnsupportedError, "which llama.cpp refuses"),
    "a module of another model": (
        pair("blk.9.ffn_down", (4, 160), (64, 4)),
        {},
        AlignmentError,
        "blk.9.ffn_down.weight",
    ),
    "rows that are no heads": (pair("blk.0.attn_q", (4, 64), (60, 4)), {}, AlignmentError, "60 rows"),
    "a head for classes": (pair("cls.output", (4, 64), (3, 4)), {}, UnsupportedError, "applies no adapter"),
}


@pytest.mark.parametrize(("stored", "texts", "error", "reason"), WRONG_FILES.values(), ids=WRONG_FILES)
def test_a_file_that_makes_no_sense_is_refused_in_one_line(
    stored: dict[str, Any], texts: dict[str, str], error: type[Exception], reason: str, tmp_path: Path
) -> None:
    path = store(tmp_path / "a.gguf", stored, **texts)
    with pytest.raises(error, match=reason) as raised:
        ours.read(path, host(LLAMA))
    assert "\n" not in str(raised.value)


def test_a_base_of_another_architecture_is_refused(tmp_path: Path) -> None:
    path = store(tmp_path / "a.gguf", pair("blk.0.ffn_down", (4, 160), (64, 4)), architecture="qwen2")
    with pytest.raises(AlignmentError, match="'qwen2', and the base is of 'llama'"):
        ours.read(path, host(LLAMA))


def test_an_architecture_of_which_the_rows_are_unknown_is_refused_for_its_queries_only(
    tmp_path: Path,
) -> None:
    ours.read(store(tmp_path / "a.gguf", pair("blk.0.ffn_down", (4, 160), (64, 4)), architecture="plamo"))
    path = store(tmp_path / "b.gguf", pair("blk.0.attn_q", (4, 64), (64, 4)), architecture="plamo")
    with pytest.raises(UnsupportedError, match="'plamo' is not known"):
        ours.read(path)


def test_an_adapter_that_waits_for_its_invocation_tokens_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_string("general.type", "adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_array("adapter.alora.invocation_tokens", [1, 2])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(UnsupportedError, match="aLoRA"):
        ours.read(path)


def test_a_file_cut_anywhere_is_damaged(tmp_path: Path) -> None:
    whole = written(only(adapt(LLAMA), DOWN), tmp_path).read_bytes()
    cut = tmp_path / "cut.gguf"
    for stop in [5, 24, 60, 200, len(whole) // 2]:
        cut.write_bytes(whole[:stop])
        assert ours.recognise(cut) == cut
        with pytest.raises(DamagedFileError, match="cannot be read as GGUF"):
            ours.read(cut)


@pytest.mark.parametrize("at", [8, 16, 24], ids=["tensors", "settings", "letters of a name"])
@pytest.mark.parametrize("count", [2**16, 2**32, 2**62, 2**64 - 1])
def test_no_count_is_believed_beyond_the_bytes_that_are_left(at: int, count: int, tmp_path: Path) -> None:
    data = bytearray(written(only(adapt(LLAMA), DOWN), tmp_path).read_bytes())
    data[at : at + 8] = count.to_bytes(8, "little")
    (tmp_path / "x.gguf").write_bytes(data)
    began = time.process_time()
    with pytest.raises(DamagedFileError, match="cannot be read as GGUF"):
        ours.read(tmp_path / "x.gguf")
    assert time.process_time() - began < 1


@pytest.mark.parametrize(("letter", "number"), [("B", 0), ("f", 6), ("q", 11)])
def test_a_long_list_takes_no_time(letter: str, number: int, tmp_path: Path) -> None:
    whole = written(only(adapt(LLAMA), DOWN), tmp_path).read_bytes()
    name, count = b"tokenizer.ggml.scores", 10**6
    items = struct.pack("<II", 9, number) + struct.pack("<Q", count) + bytes(struct.calcsize(letter) * count)
    settings = int.from_bytes(whole[16:24], "little") + 1
    setting = struct.pack("<Q", len(name)) + name + items
    data = whole[:16] + struct.pack("<Q", settings) + setting + whole[24:]
    # What is added in front moves the tensors, which are aligned.
    data += bytes(64)
    (tmp_path / "x.gguf").write_bytes(data)
    began = time.process_time()
    assert set(ours.read(tmp_path / "x.gguf").modules)
    assert time.process_time() - began < 2


def test_lists_in_lists_and_tensors_beyond_the_file_are_refused(tmp_path: Path) -> None:
    whole = written(only(adapt(LLAMA), DOWN), tmp_path).read_bytes()
    name = b"x"
    nested = struct.pack("<Q", len(name)) + name + struct.pack("<I", 9) + struct.pack("<IQ", 9, 1) * 3000
    settings = int.from_bytes(whole[16:24], "little") + 1
    for data in (whole[:16] + struct.pack("<Q", settings) + nested + whole[24:], whole[:-8]):
        (tmp_path / "x.gguf").write_bytes(data)
        with pytest.raises(DamagedFileError, match=r"lists in lists|and the file has"):
            ours.read(tmp_path / "x.gguf")


def test_a_file_is_recognised_by_how_it_begins(tmp_path: Path) -> None:
    other = tmp_path / "a.gguf"
    other.write_bytes(b"GGU")
    assert ours.recognise(other) is None
    assert ours.recognise(tmp_path) is None
    assert ours.recognise(tmp_path / "nothing") is None
    assert ours.recognise(written(only(adapt(LLAMA), DOWN), tmp_path)) is not None


# What cannot be carried


def refused(adapter: Adapter) -> str:
    (reason,) = ours.refusals(adapter)
    return reason


def with_config(adapter: Adapter, **config: Any) -> Adapter:
    return dataclasses.replace(adapter, host=dataclasses.replace(adapter.host, config=config))


def test_what_is_no_low_rank_factor_is_refused() -> None:
    plain = only(adapt(LLAMA), Q, DOWN)
    factors = lora(plain, DOWN)
    cases: dict[str, Adapter] = {
        "replaces lm_head.weight": dataclasses.replace(plain, replaced={"lm_head.weight": noise(4, 4)}),
        "rows of model.embed_tokens": dataclasses.replace(
            plain, token_rows={"model.embed_tokens": TokenRows((1,), noise(1, 64))}
        ),
        "no biases": dataclasses.replace(plain, modules={DOWN: dataclasses.replace(factors, bias=noise(64))}),
        "plain LoRA": dataclasses.replace(
            plain, modules={DOWN: DoraFactors(factors.A, factors.B, noise(64), 1.0)}
        ),
        "name the base": dataclasses.replace(plain, host=Host(modules=())),
        "type 'whisper'": with_config(plain, model_type="whisper"),
        "does not tell the number": with_config(plain, model_type="llama"),
        "64 rows are no heads of 12": with_config(
            plain, model_type="llama", num_attention_heads=4, head_dim=12
        ),
        "'gptj' is not known": with_config(plain, model_type="gptj"),
        "ternary": with_config(plain, model_type="bitnet"),
        "has no tensor for it": dataclasses.replace(plain, modules={"model.vision.proj": factors}),
        "one tensor for several": dataclasses.replace(
            plain, modules={DOWN: factors, "model.language_model.layers.1.mlp.down_proj": factors}
        ),
    }
    assert ours.refusals(plain) == []
    for reason, adapter in cases.items():
        assert reason in refused(adapter), reason


def test_a_shared_weight_is_refused_from_either_side() -> None:
    base = adapt(GPT2)
    tied = {"lm_head.weight": "transformer.wte.weight"}
    assert base.host.tied == tied
    for name in ("lm_head", "transformer.wte"):
        adapter = dataclasses.replace(base, modules={name: LoraFactors(noise(2, 48), noise(96, 2))})
        assert "two modules share" in refused(adapter)


def test_the_package_that_is_missing_is_named_with_its_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    adapter = only(adapt(LLAMA), DOWN)
    path = written(adapter, tmp_path)
    monkeypatch.setitem(sys.modules, "gguf", None)
    for call in (
        lambda: ours.read(path),
        lambda: ours.refusals(adapter),
        lambda: ours.write(adapter, tmp_path / "b.gguf"),
    ):
        with pytest.raises(MissingExtraError, match=r"pip install 'lorasurgery\[gguf\]'"):
            call()
    assert ours.recognise(path) == path


# The tables


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


# Real adapters, and llama.cpp itself

DATA = os.environ.get("LORASURGERY_DATA")
REAL = {
    "qwen25_0p5b": {"model_type": "qwen2", "num_attention_heads": 14, "hidden_size": 896},
    "gpt2_imdb_fifo_r16": {"model_type": "gpt2", "n_head": 12, "n_embd": 768},
}


@pytest.mark.skipif(DATA is None, reason="LORASURGERY_DATA names no folder of real adapters")
@pytest.mark.parametrize("name", REAL)
def test_a_real_adapter_goes_there_and_back(name: str, tmp_path: Path) -> None:
    peft = load("peft").read(Path(str(DATA)) / "adapters" / name)
    weights = tuple(f"{path}.weight" for path in peft.modules)
    model = Host(tuple(peft.modules), weights, config=REAL[name])
    adapter = dataclasses.replace(peft, host=model, replaced={})
    again = ours.read(written(adapter, tmp_path), model)
    assert again.modules.keys() == adapter.modules.keys()
    for path, factors in adapter.modules.items():
        torch.testing.assert_close(delta(again.modules[path]), delta(factors), rtol=1e-6, atol=0)


RUN = """
import json, sys
import xllamacpp as llama

base, loras, tokens = json.loads(sys.argv[1])
settings = llama.CommonParams()
settings.model.path = base
settings.n_ctx = settings.n_batch = settings.n_ubatch = 64
settings.n_gpu_layers, settings.n_parallel, settings.verbosity = 0, 1, 0
settings.warmup = settings.fit_params = False
settings.embedding, settings.embd_normalize = True, -1
settings.pooling_type = llama.llama_pooling_type.LLAMA_POOLING_TYPE_LAST
settings.cpuparams.n_threads = 1
settings.lora_adapters = [llama.CommonAdapterLoraInfo(path, 1.0) for path in loras]
answer = llama.Server(settings).handle_embeddings({"input": tokens, "encoding_format": "float"})
print("\\n" + json.dumps(answer["data"][0]["embedding"]), flush=True)
"""
TOKENS = [1, 270, 280, 290, 300, 5]


def last_hidden_state(base: Path, *loras: Path) -> Tensor:
    """What llama.cpp computes for the last token, in a process of its own: it ends the process where it does not like a file."""
    arguments = json.dumps([str(base), [str(path) for path in loras], TOKENS])
    done = subprocess.run(
        [sys.executable, "-c", RUN, arguments], capture_output=True, text=True, timeout=120, check=True
    )
    return torch.tensor(json.loads(done.stdout.strip().splitlines()[-1]))


def write_model(model: Any, path: Path, heads: int, experts: int = 0) -> Path:
    """A Llama or Mixtral as llama.cpp has it, every tensor laid by hand."""
    config = model.config
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_vocab_size(config.vocab_size)
    writer.add_context_length(64)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_rope_dimension_count(config.head_dim)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    if experts:
        writer.add_expert_count(experts)
        writer.add_expert_used_count(config.num_experts_per_tok)
    writer.add_tokenizer_model("llama")
    bytes_ = [f"<0x{code:02X}>" for code in range(256)]
    words = [f"t{i}" for i in range(config.vocab_size - 259)]
    writer.add_token_list(["<unk>", "<s>", "</s>", *bytes_, *words])
    writer.add_token_scores([0.0] * config.vocab_size)
    writer.add_token_types([2, 3, 3, *[6] * 256, *[1] * len(words)])
    names = {
        "self_attn.q_proj": "attn_q",
        "self_attn.k_proj": "attn_k",
        "self_attn.v_proj": "attn_v",
        "self_attn.o_proj": "attn_output",
        "mlp.gate_proj": "ffn_gate",
        "mlp.up_proj": "ffn_up",
        "mlp.down_proj": "ffn_down",
        "mlp.gate": "ffn_gate_inp",
        "mlp.experts.down_proj": "ffn_down_exps",
        "input_layernorm": "attn_norm",
        "post_attention_layernorm": "ffn_norm",
    }
    top = {"model.embed_tokens": "token_embd", "lm_head": "output", "model.norm": "output_norm"}
    for name, parameter in model.state_dict().items():
        module, W = name.removesuffix(".weight"), parameter.detach()
        if module in top:
            writer.add_tensor(f"{top[module]}.weight", W.numpy())
            continue
        _, _, layer, part = module.split(".", 3)
        if part.endswith("gate_up_proj"):
            for kind, half in zip(("gate", "up"), W.chunk(2, dim=1), strict=True):
                writer.add_tensor(f"blk.{layer}.ffn_{kind}_exps.weight", half.contiguous().numpy())
            continue
        W = interleaved(W, config.head_dim) if part.endswith(("q_proj", "k_proj")) else W
        writer.add_tensor(f"blk.{layer}.{names[part]}.weight", W.numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.mark.parametrize("family", ["llama", "mixtral"])
@pytest.mark.parametrize("scales", ["one", "many"])
def test_llama_cpp_computes_with_the_adapter_what_transformers_computes_with_the_merged_model(
    family: str, scales: str, tmp_path: Path
) -> None:
    pytest.importorskip("xllamacpp", reason="xllamacpp is llama.cpp to compare with")
    import transformers

    torch.manual_seed(0)
    settings = {"vocab_size": 320, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2}
    settings |= {
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 8,
        "tie_word_embeddings": False,
    }
    experts = {"num_local_experts": 4, "num_experts_per_tok": 2} if family == "mixtral" else {}
    model: Any = transformers.AutoModelForCausalLM.from_config(
        transformers.AutoConfig.for_model(family, **settings, **experts)
    ).eval()
    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for parameter in parameters.values():
            parameter.mul_(8 if parameter.ndim > 1 else 1)  # so that attention is not even
    base = write_model(model, tmp_path / "base.gguf", 4, experts.get("num_local_experts", 0))
    model.save_pretrained(tmp_path / "base")
    adapter = adapt(tmp_path / "base")
    modules = {}
    for i, name in enumerate(adapter.modules):
        A, B = lora(adapter, name).A, lora(adapter, name).B
        quieter = B.map(lambda B: 0.05 * B, shape=B.shape, dtype=B.dtype)
        modules[name] = LoraFactors(A, quieter, 2.0 if scales == "one" else 1 + 0.1 * i)
    path = written(dataclasses.replace(adapter, modules=modules), tmp_path)

    def transformers_state() -> Tensor:
        with torch.no_grad():
            state: Tensor = model.model(input_ids=torch.tensor([TOKENS])).last_hidden_state[0, -1]
        return state

    before = transformers_state()
    with torch.no_grad():
        for name, factors in modules.items():
            parameters[name if name in parameters else f"{name}.weight"] += delta(factors).float()
    after = transformers_state()
    # llama.cpp keeps keys and values in float16.
    torch.testing.assert_close(last_hidden_state(base), before, rtol=0, atol=1e-2)
    torch.testing.assert_close(last_hidden_state(base, path), after, rtol=0, atol=1e-2)
    assert (after - before).abs().max() > 0.5

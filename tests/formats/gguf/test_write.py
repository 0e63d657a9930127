"""A written GGUF adapter has its tensors where llama.cpp looks for them, and comes back bit for bit."""

from __future__ import annotations

import dataclasses
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from lorasurgery.adapter import Adapter, Host, TokenRows
from lorasurgery.errors import (
    MissingExtraError,
    NoSpaceError,
)
from lorasurgery.formats import gguf as ours
from lorasurgery.variants.dora import DoraFactors
from lorasurgery.variants.lora import LoraFactors
from support.gguf_adapters import (
    DOWN,
    GATE_AND_UP,
    LLAMA,
    MIXTRAL,
    Q,
    adapt,
    gguf,
    interleaved,
    lora,
    noise,
    only,
    tensors,
    written,
)
from support.in_memory_adapters import delta, host
from support.paths import FIXTURES

GPT2 = FIXTURES / "gpt2-base"


def field(path: Path, key: str) -> Any:
    found = gguf.GGUFReader(path).get_field(key)
    return found.contents() if found else None


@pytest.mark.parametrize("base", [LLAMA, MIXTRAL, GPT2], ids=lambda path: path.name)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16], ids=str)
def test_what_is_written_comes_back_bit_for_bit(base: Path, dtype: torch.dtype, tmp_path: Path) -> None:
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


def test_a_scale_of_zero_is_not_read_as_a_missing_alpha(tmp_path: Path) -> None:
    again = ours.read(written(scaled((0.0, 4), (0.0, 4)), tmp_path), host(LLAMA))
    assert delta(again.modules[DOWN]).abs().max() == 0


def test_float64_is_rounded_to_what_llama_cpp_multiplies_with(tmp_path: Path) -> None:
    found = tensors(written(scaled((1.0, 4), dtype=torch.float64), tmp_path))
    assert {tensor.dtype for tensor in found.values()} == {torch.float32}


def refused(adapter: Adapter) -> str:
    (reason,) = ours.refusals(adapter)
    return reason


def with_config(adapter: Adapter, **config: Any) -> Adapter:
    return dataclasses.replace(adapter, host=dataclasses.replace(adapter.host, config=config))


def test_changes_that_are_not_low_rank_factors_are_refused() -> None:
    plain = only(adapt(LLAMA), Q, DOWN)
    factors = lora(plain, DOWN)
    cases: dict[str, Adapter] = {
        "replaces 'lm_head.weight'": dataclasses.replace(plain, replaced={"lm_head.weight": noise(4, 4)}),
        "rows of 'model.embed_tokens'": dataclasses.replace(
            plain, token_rows={"model.embed_tokens": TokenRows((1,), noise(1, 64))}
        ),
        "no biases": dataclasses.replace(plain, modules={DOWN: dataclasses.replace(factors, bias=noise(64))}),
        "plain LoRA": dataclasses.replace(
            plain, modules={DOWN: DoraFactors(factors.A, factors.B, noise(64), 1.0)}
        ),
        "name the base": dataclasses.replace(plain, host=Host(modules=())),
        "type 'whisper'": with_config(plain, model_type="whisper"),
        "does not state": with_config(plain, model_type="llama"),
        "64 rows are not a whole number of heads of 12": with_config(
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

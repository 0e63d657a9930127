"""mlx-lm's adapters: what mlx-lm itself computes with them on a processor, and what comes back."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file
from torch import Tensor
from transformers import AutoModelForCausalLM

from lorasurgery.adapter import Adapter, Host
from lorasurgery.formats import mlx as ours
from lorasurgery.formats import read_adapter
from lorasurgery.variants.dora import DoraFactors
from lorasurgery.variants.lora import LoraFactors
from support.in_memory_adapters import delta, host
from support.mlx_adapters import Q, V, dora, lora, noise, written
from support.paths import FIXTURES

TOKENS = [[1, 5, 9, 90, 17, 33, 4, 8]]


LINEAR = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def small(kind: str, folder: Path) -> Any:
    """A seeded model in float32, so that two programs' rounding stays apart from their meaning."""
    from transformers import AutoConfig

    torch.manual_seed(5)
    config = AutoConfig.from_pretrained(FIXTURES / f"{kind}-base", dtype="float32")
    if kind == "gpt2":
        config.n_ctx, config.n_inner = 64, None
    config.initializer_range = 0.2
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").float()
    model.save_pretrained(folder / "base")
    # mlx-lm knows GPT-2's files by the names that the first of them had, without a prefix.
    (model.transformer if kind == "gpt2" else model).save_pretrained(folder / "for_mlx")
    return model.eval()


def with_peft(model: Any, folder: Path, **settings: Any) -> tuple[Tensor, Tensor]:
    """The logits of the base, and those with an adapter that PEFT saves."""
    before = logits(model)
    torch.manual_seed(6)
    adapted = get_peft_model(model, LoraConfig(init_lora_weights=False, **settings))
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if "magnitude" in name:
                parameter.mul_(1 + 0.3 * torch.rand_like(parameter))
    adapted.save_pretrained(folder, save_embedding_layers=False)
    return before, logits(adapted.eval())


def logits(model: Any) -> Tensor:
    with torch.no_grad():
        found: Tensor = model(torch.tensor(TOKENS)).logits[0]
    return found


def with_mlx(base: Path, adapter: Path) -> Tensor:
    mx = pytest.importorskip("mlx.core", reason="mlx-lm is not installed")
    pytest.importorskip("mlx_lm", reason="mlx-lm is not installed")
    from mlx_lm.tuner.utils import load_adapters
    from mlx_lm.utils import load_model

    mx.set_default_device(mx.cpu)
    model, _ = load_model(base)
    found = load_adapters(model, str(adapter))(mx.array(TOKENS))[0]
    return torch.tensor(found.tolist())


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("llama", {"r": 4, "lora_alpha": 10, "target_modules": LINEAR}),
        ("llama", {"r": 4, "lora_alpha": 10, "target_modules": ["q_proj", "lm_head"], "use_rslora": True}),
        ("llama", {"r": 3, "target_modules": ["embed_tokens", "down_proj"]}),
        (
            "llama",
            {
                "r": 4,
                "lora_alpha": 6,
                "target_modules": LINEAR,
                "rank_pattern": {"q_proj": 2, "layers.1.mlp.up_proj": 9},
                "alpha_pattern": {"v_proj": 31},
            },
        ),
        ("llama", {"r": 4, "lora_alpha": 7, "target_modules": LINEAR, "use_dora": True}),
        ("llama", {"r": 4, "target_modules": LINEAR, "layers_to_transform": [1]}),
        (
            "mixtral",
            {
                "r": 3,
                "lora_alpha": 5,
                "target_modules": ["q_proj"],
                "target_parameters": ["mlp.experts.gate_up_proj", "mlp.experts.down_proj"],
            },
        ),
        ("gpt2", {"r": 3, "target_modules": ["c_attn", "c_fc", "wpe"], "fan_in_fan_out": True}),
    ],
    ids=["plain", "rslora-head", "embedding", "patterns", "dora", "one-layer", "experts", "gpt2"],
)
def test_mlx_lm_computes_what_peft_computes(kind: str, settings: dict[str, Any], tmp_path: Path) -> None:
    before, expected = with_peft(small(kind, tmp_path), tmp_path / "peft", **settings)
    _, adapter = read_adapter(str(tmp_path / "peft"), host(tmp_path / "base"))
    adapter = dataclasses.replace(adapter, host=host(tmp_path / "base"))
    found = with_mlx(tmp_path / "for_mlx", written(adapter, tmp_path / "mlx"))
    effect = torch.linalg.vector_norm(expected - before)
    assert effect > 0.05 * torch.linalg.vector_norm(before)
    assert torch.linalg.vector_norm(found - expected) < 2e-5 * effect


def test_a_change_to_a_shared_embedding_reaches_the_head_in_mlx_lm_and_is_read_so(tmp_path: Path) -> None:
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(FIXTURES / "llama-base", dtype="float32", tie_word_embeddings=True)
    torch.manual_seed(5)
    model = AutoModelForCausalLM.from_config(config).float().eval()
    model.save_pretrained(tmp_path / "base")
    of_base = host(tmp_path / "base")
    factors = lora(out=320)
    adapter = Adapter(of_base, {"model.embed_tokens": factors}, keeps_ties=frozenset({"model.embed_tokens"}))
    folder = written(adapter, tmp_path / "mlx")
    assert ours.read(folder, of_base).keeps_ties == {"model.embed_tokens"}
    found = with_mlx(tmp_path / "base", folder)
    with torch.no_grad():
        model.model.embed_tokens.weight += delta(factors).float()
    assert model.lm_head.weight is model.model.embed_tokens.weight
    torch.testing.assert_close(found, logits(model), rtol=1e-4, atol=1e-4)


def test_keys_shapes_and_config_are_mlx_lms(tmp_path: Path) -> None:
    adapter = Adapter(
        host(FIXTURES / "llama-base"),
        {Q: lora(4), V: lora(2, out=32), "model.embed_tokens": lora(3, out=320), "lm_head": lora(1, out=320)},
    )
    folder = written(adapter, tmp_path / "mlx")
    shapes = {key: tuple(tensor.shape) for key, tensor in load_file(folder / "adapters.safetensors").items()}
    assert shapes == {
        f"{Q}.lora_a": (64, 4),
        f"{Q}.lora_b": (4, 64),
        f"{V}.lora_a": (64, 4),
        f"{V}.lora_b": (4, 32),
        "model.embed_tokens.lora_a": (320, 4),
        "model.embed_tokens.lora_b": (4, 64),
        "lm_head.lora_a": (64, 4),
        "lm_head.lora_b": (4, 320),
    }
    config = json.loads((folder / "adapter_config.json").read_text())
    assert config["fine_tune_type"] == "lora"
    assert config["num_layers"] == 3
    keys = ["lm_head", "model.embed_tokens", "self_attn.q_proj", "self_attn.v_proj"]
    assert config["lora_parameters"] == {"rank": 4, "scale": 2.0, "dropout": 0.0, "keys": keys}


def test_layers_are_counted_from_the_last_one() -> None:
    adapter = Adapter(host(FIXTURES / "llama-base"), {V: lora(out=32)})
    assert ours.plan(adapter)[0]["num_layers"] == 1
    for blind, expected in (
        (Host(modules=(), kinds={V: "linear"}), -1),
        (Host(modules=(), config={"num_hidden_layers": 7}), 5),
        (Host(modules=(), config={"n_layer": 4}), 2),
    ):
        assert ours.plan(Adapter(blind, {V: lora(out=32)}))[0]["num_layers"] == expected


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16], ids=str)
def test_what_is_written_comes_back_bit_for_bit(dtype: torch.dtype, tmp_path: Path) -> None:
    of_base = host(FIXTURES / "mixtral-base")
    up = LoraFactors(noise(4, 3, 32, dtype=dtype), noise(4, 96, 3, dtype=dtype), 1.7)
    down = LoraFactors(noise(4, 3, 48, dtype=dtype), noise(4, 32, 3, dtype=dtype), 1.7)
    modules = {
        Q: lora(3, 32, 32, 1.7, dtype=dtype),
        "model.embed_tokens": lora(3, 96, 32, 1.7, dtype=dtype),
        "model.layers.0.mlp.experts.gate_up_proj": up,
        "model.layers.0.mlp.experts.down_proj": down,
    }
    again = ours.read(written(Adapter(of_base, modules), tmp_path / "mlx"), of_base)
    assert again.modules.keys() == modules.keys()
    assert again.unresolved == ""
    for path, factors in modules.items():
        read: Any = again.modules[path]
        assert (read.scale, read.A.dtype.torch) == (1.7, dtype), path
        assert torch.equal(read.A.read(), factors.A.read()), path
        assert torch.equal(read.B.read(), factors.B.read()), path


def test_dora_comes_back_bit_for_bit(tmp_path: Path) -> None:
    factors = dora()
    of_base = host(FIXTURES / "llama-base")
    read = ours.read(written(Adapter(of_base, {Q: factors}), tmp_path / "mlx"), of_base).modules[Q]
    assert isinstance(read, DoraFactors)
    assert not read.by_column
    for name in ("A", "B", "magnitude"):
        assert torch.equal(getattr(read, name).read(), getattr(factors, name).read()), name


def test_lower_ranks_are_padded_and_other_scales_multiplied_in(tmp_path: Path) -> None:
    of_base = host(FIXTURES / "llama-base")
    modules = {Q: lora(2, scale=0.25), V: lora(5, out=32, scale=8.0)}
    again = ours.read(written(Adapter(of_base, modules), tmp_path / "mlx"), of_base)
    assert modules
    for path, factors in modules.items():
        read: Any = again.modules[path]
        assert (read.rank, read.scale) == (5, 1.0)
        # Powers of two, so that the factors stay exact.
        assert torch.equal(delta(read), delta(factors)), path


def test_a_scale_that_all_share_stays_out_of_the_factors(tmp_path: Path) -> None:
    of_base = host(FIXTURES / "llama-base")
    modules = {Q: lora(2, scale=1 / 3), V: lora(5, out=32, scale=1 / 3)}
    again = ours.read(written(Adapter(of_base, modules), tmp_path / "mlx"), of_base)
    assert modules
    for path, factors in modules.items():
        assert torch.equal(delta(again.modules[path]), delta(factors)), path


def test_a_plan_is_sorted() -> None:
    modules = {V: lora(5, out=32), Q: lora(2)}
    keys = list(ours.plan(Adapter(host(FIXTURES / "llama-base"), modules))[1])
    assert keys == sorted(keys)


def test_the_same_adapter_gives_the_same_bytes(tmp_path: Path) -> None:
    of_base = host(FIXTURES / "llama-base")
    first = Adapter(of_base, {Q: lora(2), V: lora(5, out=32)})
    second = Adapter(of_base, {V: lora(5, out=32), Q: lora(2)})
    one, other = written(first, tmp_path / "one"), written(second, tmp_path / "other")
    for name in ("adapters.safetensors", "adapter_config.json"):
        assert (one / name).read_bytes() == (other / name).read_bytes()


def test_progress_adds_up_to_the_file(tmp_path: Path) -> None:
    seen: list[int] = []
    ours.write(Adapter(host(FIXTURES / "llama-base"), {Q: lora(4)}), tmp_path, seen.append)
    assert sum(seen) == 4 * (64 * 4 + 4 * 64)

"""mlx-lm's adapters: what mlx-lm itself computes with them on a processor, and what comes back."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import AutoModelForCausalLM

from lorasurgery.adapter import Adapter, Host, TokenRows
from lorasurgery.architecture import architecture_of
from lorasurgery.checkpoint import open_checkpoint
from lorasurgery.errors import AlignmentError, DamagedFileError, UnsupportedError
from lorasurgery.formats import find_adapter, read_adapter
from lorasurgery.formats import mlx as ours
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.base.host import host_of
from lorasurgery.variants.dora import DoraFactors
from lorasurgery.variants.lora import LoraFactors
from support.paths import FIXTURES

Q = "model.layers.0.self_attn.q_proj"
V = "model.layers.2.self_attn.v_proj"
TOKENS = [[1, 5, 9, 90, 17, 33, 4, 8]]
LINEAR = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def host(base: Path) -> Host:
    checkpoint = open_checkpoint(base)
    return host_of(architecture_of(checkpoint), checkpoint)


def noise(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> LazyTensor:
    generator = torch.Generator().manual_seed(seed + sum(shape))
    return LazyTensor.of(0.3 * torch.randn(shape, generator=generator).to(dtype))


def lora(rank: int = 4, out: int = 64, width: int = 64, scale: float = 2.0, **more: Any) -> LoraFactors:
    return LoraFactors(noise(rank, width, **more), noise(out, rank, seed=7, **more), scale)


def dora(rank: int = 4, out: int = 64, width: int = 64) -> DoraFactors:
    return DoraFactors(noise(rank, width), noise(out, rank), noise(out), 2.0)


def written(adapter: Adapter, folder: Path) -> Path:
    assert ours.refusals(adapter) == []
    folder.mkdir()
    ours.write(adapter, folder)
    return folder


def delta(factors: Any) -> Tensor:
    product: Tensor = factors.scale * (factors.B.read().double() @ factors.A.read().double())
    return product


# What mlx-lm computes


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


# What lies in the folder


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
def test_what_is_written_comes_back_to_the_bit(dtype: torch.dtype, tmp_path: Path) -> None:
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


def test_dora_comes_back_to_the_bit(tmp_path: Path) -> None:
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
    for path, factors in modules.items():
        read: Any = again.modules[path]
        assert (read.rank, read.scale) == (5, 1.0)
        # Powers of two, so that the factors stay exact.
        assert torch.equal(delta(read), delta(factors)), path


def test_a_scale_that_all_share_stays_out_of_the_factors(tmp_path: Path) -> None:
    of_base = host(FIXTURES / "llama-base")
    modules = {Q: lora(2, scale=1 / 3), V: lora(5, out=32, scale=1 / 3)}
    again = ours.read(written(Adapter(of_base, modules), tmp_path / "mlx"), of_base)
    for path, factors in modules.items():
        assert torch.equal(delta(again.modules[path]), delta(factors)), path


def test_halves_of_experts_with_factors_of_their_own_are_read_as_one(tmp_path: Path) -> None:
    tensors, expected = {}, []
    for half, name in enumerate(("gate_proj", "up_proj")):
        A, B = noise(4, 2, 32, seed=half).read(), noise(4, 48, 2, seed=half).read()
        stem = f"model.layers.0.block_sparse_moe.switch_mlp.{name}"
        tensors |= {f"{stem}.lora_a": A.reshape(8, 32) if half else A, f"{stem}.lora_b": B}
        expected.append(3.0 * (B.double() @ A.double()))
    folder = saved(tmp_path, tensors, scale=3.0)
    read: Any = ours.read(folder, host(FIXTURES / "mixtral-base")).modules[
        "model.layers.0.mlp.experts.gate_up_proj"
    ]
    torch.testing.assert_close(delta(read), torch.cat(expected, dim=1), rtol=1e-14, atol=1e-14)


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


# Files of others


def real() -> Path:
    folder = os.environ.get("LORASURGERY_DATA")
    if not folder:
        pytest.skip("mlx_cli_wyek1n lies in LORASURGERY_DATA, which is not set")
    return Path(folder) / "adapters" / "mlx_cli_wyek1n"


def test_a_real_adapter_reads_as_its_config_and_tensors_say() -> None:
    path, adapter = read_adapter(str(real()))
    assert find_adapter(str(path / "adapters.safetensors")) == (path, "mlx")
    assert adapter.unresolved == ""
    assert len(adapter.modules) == 8
    stored = load_file(path / "adapters.safetensors")
    for module, factors in adapter.modules.items():
        a, b = stored[f"{module}.lora_a"].double(), stored[f"{module}.lora_b"].double()
        torch.testing.assert_close(delta(factors), 10.0 * (b.T @ a.T), rtol=1e-12, atol=1e-15, msg=module)


def test_a_real_adapter_is_written_as_it_was(tmp_path: Path) -> None:
    _, adapter = read_adapter(str(real()))
    folder = written(adapter, tmp_path / "mlx")
    before = load_file(real() / "adapters.safetensors")
    after = load_file(folder / "adapters.safetensors")
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


def saved(
    folder: Path, tensors: dict[str, Tensor], method: str = "lora", scale: Any = 2.0, **more: Any
) -> Path:
    config = {
        "fine_tune_type": method,
        "num_layers": 3,
        "lora_parameters": {"rank": 4, "scale": scale},
        **more,
    }
    (folder / "adapter_config.json").write_text(json.dumps(config))
    save_file(
        {name: tensor.contiguous() for name, tensor in tensors.items()}, folder / "adapters.safetensors"
    )
    return folder


def pair(module: str = Q) -> dict[str, Tensor]:
    return {f"{module}.lora_a": torch.ones(64, 4), f"{module}.lora_b": torch.ones(4, 64)}


def test_names_that_only_the_base_tells_are_said_to_be_so(tmp_path: Path) -> None:
    adapter = ours.read(saved(tmp_path, pair("model.h.0.attn.c_proj")))
    assert "model.h.0.attn.c_proj" in adapter.unresolved
    assert "--base" in adapter.unresolved
    assert ours.read(saved(tmp_path, pair())).unresolved == ""


@pytest.mark.parametrize(
    ("given", "kept"), [("Qwen/Qwen2.5", "Qwen/Qwen2.5"), ("/Users/me/model", None), (3, None)]
)
def test_the_bases_name_is_kept_where_it_means_something_elsewhere(
    given: Any, kept: str | None, tmp_path: Path
) -> None:
    adapter = ours.read(saved(tmp_path, pair(), model=given))
    assert adapter.host.base_name == kept
    again = written(adapter, tmp_path / "mlx")
    assert json.loads((again / "adapter_config.json").read_text()).get("model") == kept


def test_a_full_fine_tune_replaces_parameters(tmp_path: Path) -> None:
    tensors = {f"{Q}.weight": torch.ones(64, 64), "model.norm.weight": torch.ones(64)}
    adapter = ours.read(saved(tmp_path, tensors, "full"), host(FIXTURES / "llama-base"))
    assert adapter.modules == {}
    assert adapter.replaced.keys() == tensors.keys()


@pytest.mark.parametrize(
    ("tensors", "settings", "error", "words"),
    [
        (pair("model.layers.9.self_attn.q_proj"), {}, AlignmentError, "model.layers.9.self_attn.q_proj"),
        ({f"{Q}.lora_a": torch.ones(64, 4)}, {}, DamagedFileError, "lora_b is missing"),
        (pair() | {f"{Q}.lora_b": torch.ones(5, 64)}, {}, DamagedFileError, "do not fit"),
        (pair() | {f"{Q}.lora_b": torch.ones(4)}, {}, DamagedFileError, "do not fit"),
        (pair() | {f"{Q}.lora_b": torch.ones(4, 64, 4)}, {}, DamagedFileError, "do not fit"),
        (pair() | {f"{Q}.weight": torch.ones(4)}, {}, UnsupportedError, "q_proj.weight"),
        (pair() | {f"{Q}.m": torch.ones(64)}, {}, UnsupportedError, "q_proj.m"),
        (pair(), {"method": "dora"}, DamagedFileError, "q_proj.m is missing"),
        (pair() | {f"{Q}.m": torch.ones(63)}, {"method": "dora"}, DamagedFileError, "do not fit"),
        (pair(), {"scale": None}, DamagedFileError, "lora_parameters.scale"),
        (pair(), {"scale": "10"}, DamagedFileError, "lora_parameters.scale"),
        (pair(), {"method": "moon"}, UnsupportedError, "moon"),
        ({f"{Q}.rows": torch.ones(4)}, {"method": "full"}, AlignmentError, "q_proj.rows"),
        ({f"{Q}.weight": torch.ones(4, 4, 4)}, {"method": "full"}, UnsupportedError, "mlx_lm.fuse"),
    ],
)
def test_files_that_contradict_themselves_or_the_base_are_refused(
    tensors: dict[str, Tensor], settings: dict[str, Any], error: type[Exception], words: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=words):
        ours.read(saved(tmp_path, tensors, **settings), host(FIXTURES / "llama-base"))


def test_other_folders_are_left_to_others(tmp_path: Path) -> None:
    assert ours.recognise(tmp_path) is None
    assert ours.recognise(FIXTURES / "llama-adapter") is None
    saved(tmp_path, pair(), peft_type="LORA")
    assert ours.recognise(tmp_path) is None
    (tmp_path / "adapter_config.json").write_text("{")
    assert ours.recognise(tmp_path) is None


# What it cannot carry


def adapter_with(**more: Any) -> Adapter:
    given: dict[str, Any] = {"host": host(FIXTURES / "llama-base"), "modules": {Q: lora()}}
    return Adapter(**(given | more))


GPT_OSS = Host(modules=(), config={"model_type": "gpt_oss"})
TIED = dataclasses.replace(
    host(FIXTURES / "llama-base"), tied={"lm_head.weight": "model.embed_tokens.weight"}
)


@pytest.mark.parametrize(
    ("adapter", "words"),
    [
        (adapter_with(replaced={"score.weight": noise(2, 64)}), "replaces score.weight"),
        (adapter_with(token_rows={"model.embed_tokens": TokenRows((1,), noise(1, 64))}), "replaces rows"),
        (adapter_with(modules={Q: LoraFactors(noise(4, 64), noise(64, 4), bias=noise(64))}), "no biases"),
        (adapter_with(modules={Q: lora(), V: dora(out=32)}), "as a whole"),
        (adapter_with(modules={Q: dataclasses.replace(dora(), by_column=True)}), "by column"),
        (adapter_with(modules={Q: dataclasses.replace(dora(), bias=noise(64))}), "no biases"),
        (adapter_with(host=Host((), kinds={Q: "conv"}, config={"model_type": "llama"})), "none of which"),
        (
            adapter_with(
                host=GPT_OSS,
                modules={"model.layers.0.mlp.experts.down_proj": LoraFactors(noise(4, 2, 8), noise(4, 8, 2))},
            ),
            "gpt_oss",
        ),
        (adapter_with(host=Host(()), modules={"transformer.h.0.attn.c_attn": lora()}), "--base"),
        (adapter_with(host=TIED, modules={"lm_head": lora(out=320)}), "shares another's weight"),
        (adapter_with(host=TIED, modules={"model.embed_tokens": lora(out=320)}), "as well"),
    ],
)
def test_what_mlx_lm_cannot_be_given_is_said(adapter: Adapter, words: str) -> None:
    reasons = ours.refusals(adapter)
    assert len(reasons) == 1
    assert words in reasons[0]

"""Folders of mlx-lm, real and wrong: what is read from them, and what is refused."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from lorasurgery.adapter import Adapter, Host, TokenRows
from lorasurgery.errors import AlignmentError, DamagedFileError, UnsupportedError
from lorasurgery.formats import find_adapter, read_adapter
from lorasurgery.formats import mlx as ours
from lorasurgery.variants.lora import LoraFactors
from support.in_memory_adapters import delta, host
from support.mlx_adapters import Q, V, dora, lora, noise, written
from support.paths import FIXTURES


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
        (adapter_with(replaced={"score.weight": noise(2, 64)}), "replaces 'score.weight'"),
        (adapter_with(token_rows={"model.embed_tokens": TokenRows((1,), noise(1, 64))}), "replaces rows"),
        (adapter_with(modules={Q: LoraFactors(noise(4, 64), noise(64, 4), bias=noise(64))}), "no biases"),
        (adapter_with(modules={Q: lora(), V: dora(out=32)}), "for all modules alike"),
        (adapter_with(modules={Q: dataclasses.replace(dora(), by_column=True)}), "by column"),
        (adapter_with(modules={Q: dataclasses.replace(dora(), bias=noise(64))}), "no biases"),
        (
            adapter_with(host=Host((), kinds={Q: "conv"}, config={"model_type": "llama"})),
            "embeddings only, and not",
        ),
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

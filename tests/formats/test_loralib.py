"""loralib's files: what loralib's own layers compute with them, and what comes back."""

from __future__ import annotations

import dataclasses
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from lorasurgery.adapter import Adapter, Host, TokenRows
from lorasurgery.errors import AlignmentError, DamagedFileError, NotACheckpointError, UnsupportedError
from lorasurgery.formats import find_adapter, read_adapter
from lorasurgery.formats import loralib as ours
from lorasurgery.lazy import LazyTensor
from lorasurgery.linalg.ordered import ordered_rows
from lorasurgery.variants.edit import Factors, Sum, Term
from lorasurgery.variants.grouped import GroupedFactors
from lorasurgery.variants.lora import LoraFactors


def noise(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> LazyTensor:
    generator = torch.Generator().manual_seed(seed + sum(shape))
    return LazyTensor.of(torch.randn(shape, generator=generator).to(dtype))


def delta(factors: Factors, shape: tuple[int, ...]) -> Tensor:
    """ΔW of a module, as a merge adds it up."""
    change = factors.edit(shape).weight
    assert isinstance(change, Sum)
    terms = [term for term in change.terms if isinstance(term, Term)]
    assert len(terms) == len(change.terms)
    return torch.from_numpy(ordered_rows(np.zeros((shape[0], math.prod(shape[1:]))), terms, 0))


# loralib's own layers


def layer(kind: str, dtype: torch.dtype = torch.float64) -> tuple[Any, tuple[int, ...], dict[str, Any]]:
    """One of loralib's layers filled with noise, the shape of its W, and what a host says of it."""
    peer = pytest.importorskip("loralib", reason="loralib is not installed")
    torch.manual_seed(4)
    settings: dict[str, Any] = {"r": 3, "lora_alpha": 5}
    made, shape, about = {
        "linear": (lambda: peer.Linear(10, 6, **settings), (6, 10), {"kinds": {"m": "linear"}}),
        "conv1d": (
            lambda: peer.Linear(10, 6, fan_in_fan_out=True, **settings),
            (6, 10),
            {"kinds": {"m": "conv1d"}},
        ),
        "queries and values": (
            lambda: peer.MergedLinear(10, 12, enable_lora=[True, False, True], **settings),
            (12, 10),
            {"kinds": {"m": "linear"}},
        ),
        "all parts": (
            lambda: peer.MergedLinear(
                10, 12, enable_lora=[True, True, True], fan_in_fan_out=True, **settings
            ),
            (12, 10),
            {"kinds": {"m": "conv1d"}},
        ),
        "embedding": (lambda: peer.Embedding(11, 6, **settings), (11, 6), {"kinds": {"m": "embedding"}}),
        "conv": (
            lambda: peer.Conv2d(4, 6, 3, **settings),
            (6, 4, 3, 3),
            {"kinds": {"m": "conv"}, "kernels": {"m": (3, 3)}},
        ),
        "narrow conv": (
            lambda: peer.Conv1d(4, 6, 1, **settings),
            (6, 4, 1),
            {"kinds": {"m": "conv"}, "kernels": {"m": (1,)}},
        ),
    }[kind]
    built: Any = made().to(dtype)
    with torch.no_grad():
        for name, parameter in built.named_parameters():
            if "lora_" in name:
                parameter.copy_(torch.randn_like(parameter))
    return built, shape, about


KINDS = ["linear", "conv1d", "queries and values", "all parts", "embedding", "conv", "narrow conv"]


def merged(built: Any, shape: tuple[int, ...]) -> Tensor:
    """What loralib adds to the weight when it merges, turned to (out, in)."""
    weight = built.conv.weight if hasattr(built, "conv") else built.weight
    before = weight.detach().clone()
    built.train()
    built.eval()
    change: Tensor = weight.detach() - before
    change = change.T if getattr(built, "fan_in_fan_out", False) else change
    return change.reshape(shape[0], -1)


def saved(built: nn.Module, path: Path, **more: Any) -> Path:
    peer = pytest.importorskip("loralib", reason="loralib is not installed")
    model = nn.Module()
    model.m = built
    torch.save(peer.lora_state_dict(model, **more), path)
    return path


def host_of(about: dict[str, Any]) -> Host:
    return Host(modules=("m",), parameters=("m.weight", "m.bias"), **about)


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_read_as_loralib_merges_it(kind: str, tmp_path: Path) -> None:
    built, shape, about = layer(kind)
    adapter = ours.read(saved(built, tmp_path / "a.pt"), host_of(about), alpha=5.0)
    assert adapter.unresolved == ""
    expected = merged(built, shape)
    assert expected.abs().max() > 1
    torch.testing.assert_close(delta(adapter.modules["m"], shape), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_loralib_loads_and_merges_what_is_written(kind: str, tmp_path: Path) -> None:
    built, shape, about = layer(kind, torch.float32)
    adapter = ours.read(saved(built, tmp_path / "a.pt"), host_of(about), alpha=5.0)
    assert ours.refusals(adapter) == []
    again, _, _ = layer(kind, torch.float32)
    if hasattr(again, "conv"):
        # The change has the rank that it is read with, and so has the layer that is to hold it.
        factors: Any = adapter.modules["m"]
        peer = pytest.importorskip("loralib")
        settings = {"r": factors.rank, "lora_alpha": factors.rank}
        again = peer.Conv2d(4, 6, 3, **settings) if kind == "conv" else peer.Conv1d(4, 6, 1, **settings)
    again.scaling = 1.0
    ours.write(adapter, tmp_path / "b.pt")
    model = nn.Module()
    model.m = again
    found = model.load_state_dict(torch.load(tmp_path / "b.pt", weights_only=True), strict=False)
    assert found.unexpected_keys == []
    assert not any("lora_" in key for key in found.missing_keys)
    torch.testing.assert_close(merged(again, shape), merged(built, shape), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_what_is_written_comes_back_as_the_same_change(dtype: torch.dtype, tmp_path: Path) -> None:
    about = Host(
        modules=("lin", "emb", "conv", "packed", "head"),
        kinds={"lin": "linear", "emb": "embedding", "conv": "conv", "packed": "conv1d", "head": "linear"},
        kernels={"conv": (3, 3)},
    )
    shapes = {"lin": (6, 10), "emb": (11, 6), "conv": (6, 4, 3, 3), "packed": (12, 10)}
    modules: dict[str, Factors] = {
        "lin": LoraFactors(noise(3, 10, dtype=dtype), noise(6, 3, dtype=dtype), 0.5),
        "emb": LoraFactors(noise(2, 6, dtype=dtype), noise(11, 2, dtype=dtype)),
        "conv": LoraFactors(noise(2, 36, dtype=dtype), noise(6, 2, dtype=dtype), 4.0),
        "packed": GroupedFactors(
            noise(4, 10, dtype=dtype), noise(8, 2, dtype=dtype), (True, False, True), 2.0
        ),
    }
    adapter = Adapter(about, modules, replaced={"head.weight": noise(3, 6), "lin.bias": noise(6)})
    assert ours.refusals(adapter) == []
    ours.write(adapter, tmp_path / "a.pt")
    again = ours.read(tmp_path / "a.pt", about)
    assert again.modules.keys() == modules.keys()
    for path, factors in modules.items():
        assert torch.equal(delta(again.modules[path], shapes[path]), delta(factors, shapes[path])), path
    assert again.replaced.keys() == adapter.replaced.keys()
    for name, tensor in adapter.replaced.items():
        assert torch.equal(again.replaced[name].read(), tensor.read()), name


def test_the_same_adapter_gives_the_same_bytes_under_any_name(tmp_path: Path) -> None:
    modules: dict[str, Factors] = {
        name: LoraFactors(noise(2, 4), noise(4, 2), 3.0) for name in ("one", "other")
    }
    ours.write(Adapter(Host(()), modules), tmp_path / "a.pt")
    ours.write(Adapter(Host(()), dict(reversed(modules.items()))), tmp_path / "b.partial")
    assert (tmp_path / "a.pt").read_bytes() == (tmp_path / "b.partial").read_bytes()


def test_progress_adds_up_to_the_tensors(tmp_path: Path) -> None:
    seen: list[int] = []
    ours.write(
        Adapter(Host(()), {"m": LoraFactors(noise(2, 4), noise(4, 2))}), tmp_path / "a.pt", seen.append
    )
    assert sum(seen) == 4 * 16


# Files of others


def real() -> Path:
    folder = os.environ.get("LORASURGERY_DATA")
    if not folder:
        pytest.skip("loralib_roberta_base_mnli lies in LORASURGERY_DATA, which is not set")
    return Path(folder) / "adapters" / "loralib_roberta_base_mnli"


def test_microsofts_adapter_reads_with_its_classifier() -> None:
    path, adapter = read_adapter(str(real()), alpha=16.0)
    assert path.name == "roberta_base_lora_mnli.bin"
    assert adapter.unresolved == ""
    assert sorted(adapter.replaced) == [
        f"classifier.{layer}.{leaf}" for layer in ("dense", "out_proj") for leaf in ("bias", "weight")
    ]
    stored = torch.load(path, map_location="cpu", weights_only=True)
    assert len(adapter.modules) == 24
    for module, factors in adapter.modules.items():
        expected = 2.0 * (stored[f"{module}.lora_B"].double() @ stored[f"{module}.lora_A"].double())
        torch.testing.assert_close(delta(factors, (768, 768)), expected, rtol=1e-12, atol=1e-15)


def test_microsofts_adapter_is_written_as_it_was(tmp_path: Path) -> None:
    path, adapter = read_adapter(str(real()))
    assert "--alpha" in adapter.unresolved
    ours.write(adapter, tmp_path / "a.pt")
    before, after = (
        torch.load(path, map_location="cpu", weights_only=True),
        torch.load(tmp_path / "a.pt", weights_only=True),
    )
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


def file_of(tensors: dict[str, Any], path: Path) -> Path:
    torch.save(tensors, path)
    return path


def pair(module: str = "m", rank: int = 2) -> dict[str, Tensor]:
    return {f"{module}.lora_A": torch.ones(rank, 10), f"{module}.lora_B": torch.ones(6, 2)}


def test_without_alpha_the_scale_is_1_and_said_to_be_unknown(tmp_path: Path) -> None:
    adapter = ours.read(file_of(pair(), tmp_path / "a.pt"))
    factors = adapter.modules["m"]
    assert isinstance(factors, LoraFactors)
    assert factors.scale == 1
    assert "--alpha" in adapter.unresolved


@pytest.mark.parametrize(
    ("name", "rank"), [("wte", 2), ("layers.0.conv1", 2), ("roberta.word_embeddings", 2), ("c_attn", 4)]
)
def test_without_a_base_what_only_it_tells_is_said(name: str, rank: int, tmp_path: Path) -> None:
    adapter = ours.read(file_of(pair(name, rank), tmp_path / "a.pt"), alpha=1.0)
    assert name in adapter.unresolved
    assert "--base" in adapter.unresolved


def test_names_with_a_wrapper_or_another_prefix_are_found_in_the_base(tmp_path: Path) -> None:
    tensors = {f"module.{name}": tensor for name, tensor in pair("roberta.layer.0.query").items()}
    path = file_of({"state_dict": tensors}, tmp_path / "a.pt")
    assert list(ours.read(path).modules) == ["roberta.layer.0.query"]
    bare, longer = Host(("layer.0.query", "pooler")), Host(("x.roberta.layer.0.query",))
    assert list(ours.read(path, bare).modules) == ["layer.0.query"]
    assert list(ours.read(path, longer).modules) == ["x.roberta.layer.0.query"]


def test_safetensors_are_read_as_well(tmp_path: Path) -> None:
    save_file(pair(), tmp_path / "a.safetensors")
    assert find_adapter(str(tmp_path / "a.safetensors")) == (tmp_path / "a.safetensors", "loralib")
    assert list(read_adapter(str(tmp_path))[1].modules) == ["m"]


HOST = Host(modules=("m",), kinds={"m": "linear"})
CONV = Host(modules=("m",), kinds={"m": "conv"}, kernels={"m": (3, 3)})
LONG = Host(modules=("m",), kinds={"m": "conv"}, kernels={"m": (3,)})


@pytest.mark.parametrize(
    ("tensors", "host", "error", "words"),
    [
        (pair("other"), HOST, AlignmentError, "other"),
        ({"m.lora_A": torch.ones(2, 10)}, HOST, DamagedFileError, "m.lora_B is missing"),
        (pair(rank=3), HOST, DamagedFileError, "do not fit"),
        (pair(rank=1), HOST, DamagedFileError, "do not fit"),
        (pair(rank=10), HOST, DamagedFileError, "do not fit"),
        (pair() | {"m.lora_B": torch.ones(6)}, HOST, DamagedFileError, "do not fit"),
        (pair() | {"m.lora_B": torch.ones(6, 0)}, HOST, DamagedFileError, "do not fit"),
        (pair(), CONV, DamagedFileError, "do not fit"),
        ({"m.lora_A": torch.ones(6, 12), "m.lora_B": torch.ones(9, 3)}, CONV, DamagedFileError, "do not fit"),
        (pair(), LONG, UnsupportedError, "square"),
        (pair() | {"m.weight": torch.ones(6, 10)}, HOST, UnsupportedError, "lora_state_dict"),
    ],
)
def test_files_that_contradict_themselves_or_the_base_are_refused(
    tensors: dict[str, Tensor], host: Host, error: type[Exception], words: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=words):
        ours.read(file_of(tensors, tmp_path / "a.pt"), host)


@pytest.mark.parametrize(
    "names",
    [
        ["m.lora_A.weight", "m.lora_B.weight"],
        ["m.lora_a", "m.lora_b"],
        ["m.lora_A", "m.lora_B", "m.lora_E"],
        ["m.lora_down.weight"],
        ["m.weight"],
    ],
)
def test_other_files_are_left_to_others(names: list[str], tmp_path: Path) -> None:
    path = file_of({name: torch.ones(2, 2) for name in names}, tmp_path / "a.pt")
    assert ours.recognise(path) is None


def test_of_a_folder_the_only_file_is_taken_where_no_config_speaks_of_another_format(tmp_path: Path) -> None:
    path = file_of(pair(), tmp_path / "a.pt")
    assert ours.recognise(tmp_path) == path
    (tmp_path / "adapter_config.json").write_text("{}")
    assert ours.recognise(tmp_path) is None
    (tmp_path / "adapter_config.json").unlink()
    file_of(pair(), tmp_path / "b.bin")
    assert ours.recognise(tmp_path) is None


def test_a_file_without_tensors_is_not_recognised(tmp_path: Path) -> None:
    (tmp_path / "a.pt").write_text("nothing")
    assert ours.recognise(tmp_path / "a.pt") is None
    assert ours.recognise(tmp_path / "b.pt") is None
    with pytest.raises(NotACheckpointError):
        ours.read(tmp_path / "a.pt")


# What it cannot carry


def adapter_with(factors: Factors, **about: Any) -> Adapter:
    return Adapter(Host(("m",), **about), {"m": factors})


LORA = LoraFactors(noise(2, 4), noise(4, 2))


@pytest.mark.parametrize(
    ("adapter", "words"),
    [
        (dataclasses.replace(adapter_with(LORA), token_rows={"wte": TokenRows((1,), noise(1, 4))}), "rows"),
        (adapter_with(dataclasses.replace(LORA, bias=noise(4))), "no biases"),
        (adapter_with(LoraFactors(noise(3, 2, 4), noise(3, 4, 2))), "no layer for 'm'"),
        (adapter_with(LORA, kinds={"m": "parameter"}), "no layer for 'm'"),
        (adapter_with(LORA, tied={"head.weight": "m.weight"}), "once it merges"),
        (adapter_with(LORA, kinds={"m": "conv"}, kernels={"m": (3, 1)}), "square"),
        (adapter_with(LORA, kinds={"m": "conv"}, kernels={"m": (3,)}), "square"),
        (
            adapter_with(GroupedFactors(noise(4, 4), noise(8, 2), (True, True, False), 1.0)),
            "which parts of 'm'",
        ),
        (
            dataclasses.replace(
                adapter_with(LORA, tied={"head.weight": "wte.weight"}),
                replaced={"head.weight": noise(4, 4)},
                copies=frozenset({"head.weight"}),
            ),
            "shares",
        ),
    ],
)
def test_what_loralib_cannot_be_given_is_said(adapter: Adapter, words: str) -> None:
    reasons = ours.refusals(adapter)
    assert len(reasons) == 1
    assert words in reasons[0]

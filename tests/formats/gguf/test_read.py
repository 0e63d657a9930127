"""What other programs write is read as llama.cpp reads it, and files that make no sense are refused
in one line.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from lorasurgery.errors import (
    AlignmentError,
    DamagedFileError,
    UnsupportedError,
)
from lorasurgery.formats import gguf as ours
from lorasurgery.formats import read_adapter
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
    only,
    written,
)
from support.hangs import never_hangs
from support.in_memory_adapters import delta, host

V = "model.layers.0.self_attn.v_proj"


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
    with never_hangs(), pytest.raises(DamagedFileError, match="cannot be read as GGUF"):
        ours.read(tmp_path / "x.gguf")


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
    with never_hangs():
        assert set(ours.read(tmp_path / "x.gguf").modules)


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

"""ONNX Runtime's adapters.

What its own reader finds in them, what a session computes with them, and what comes back.
"""

from __future__ import annotations

import dataclasses
import itertools
import os
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from lorasurgery.adapter import Adapter, Host, TokenRows
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import AlignmentError, DamagedFileError, OutputError, UnsupportedError
from lorasurgery.formats import load, read_adapter
from lorasurgery.formats import onnx as ours
from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.dora import DoraFactors
from lorasurgery.variants.lora import LoraFactors

Arrays = Mapping[str, "np.ndarray[Any, Any]"]

WIDTH, OUT = 6, 10
FIRST, SECOND = "model.layers.0.self_attn.q_proj", "model.layers.1.self_attn.q_proj"
HOST = Host(modules=("model", FIRST, SECOND), kinds={FIRST: "linear", SECOND: "conv1d"})


def noise(*shape: int, dtype: torch.dtype = torch.float32, seed: int = 0) -> LazyTensor:
    generator = torch.Generator().manual_seed(seed + sum(shape))
    return LazyTensor.of(torch.randn(shape, generator=generator).to(dtype))


def factors(scale: float, rank: int = 3, dtype: torch.dtype = torch.float32) -> LoraFactors:
    return LoraFactors(noise(rank, WIDTH, dtype=dtype), noise(OUT, rank, dtype=dtype, seed=1), scale)


def adapter(*both: LoraFactors) -> Adapter:
    return Adapter(HOST, dict(zip((FIRST, SECOND), both, strict=False)))


def lora(found: Adapter, path: str) -> LoraFactors:
    each = found.modules[path]
    assert isinstance(each, LoraFactors)
    return each


def written(given: Adapter, folder: Path) -> Path:
    assert ours.refusals(given) == []
    path = folder / "a.onnx_adapter"
    path.unlink(missing_ok=True)
    ours.write(given, path)
    return path


def by_onnx_runtime(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    values = onnxruntime.AdapterFormat.read_adapter(str(path)).get_parameters()
    return {name: value.numpy().copy() for name, value in values.items()}


def store(path: Path, arrays: Arrays) -> Path:
    """A file as others write it."""
    values = {name: onnxruntime.OrtValue.ortvalue_from_numpy(array) for name, array in arrays.items()}
    container = onnxruntime.AdapterFormat()
    container.set_adapter_version(1)
    container.set_model_version(1)
    container.set_parameters(values)
    container.export_adapter(str(path))
    return path


# What lies in the file


def test_onnx_runtime_reads_what_was_written(tmp_path: Path) -> None:
    given = adapter(factors(2.0), factors(1 / 3, rank=5))
    found = by_onnx_runtime(written(given, tmp_path))
    expected = {}
    for path in given.modules:
        A, B, scale = lora(given, path).A.read(), lora(given, path).B.read(), lora(given, path).scale
        expected[f"{path}.lora_A.weight"] = A.T.numpy()
        expected[f"{path}.lora_B.weight"] = (scale * B.double()).float().T.numpy()
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array, strict=True)


def test_a_session_computes_with_the_adapter_and_without_it(tmp_path: Path) -> None:
    """One linear layer with a LoRA branch whose factors are inputs of rank 0 unless an adapter is
    active.
    """
    given = adapter(factors(1.7))
    W = np.random.default_rng(0).standard_normal((WIDTH, OUT), dtype=np.float32)
    session = onnxruntime.InferenceSession(grafted(W).SerializeToString(), providers=["CPUExecutionProvider"])
    active = onnxruntime.LoraAdapter()
    active.Load(str(written(given, tmp_path)))
    options = onnxruntime.RunOptions()
    options.add_active_adapter(active)
    x = np.random.default_rng(1).standard_normal((4, WIDTH), dtype=np.float32)
    bare, adapted = session.run(None, {"x": x})[0], session.run(None, {"x": x}, options)[0]
    A, B = lora(given, FIRST).A.read().numpy(), lora(given, FIRST).B.read().numpy()
    np.testing.assert_allclose(bare, x @ W, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(adapted, x @ (W + 1.7 * (B @ A).T), rtol=1e-5, atol=1e-5)


def grafted(W: np.ndarray[Any, Any]) -> Any:
    make, numpy_helper, kind = onnx.helper, onnx.numpy_helper, onnx.TensorProto.FLOAT
    A, B = f"{FIRST}.lora_A.weight", f"{FIRST}.lora_B.weight"
    nodes = [
        make.make_node("MatMul", ["x", "W"], ["plain"]),
        make.make_node("MatMul", ["x", A], ["low"]),
        make.make_node("MatMul", ["low", B], ["change"]),
        make.make_node("Add", ["plain", "change"], ["y"]),
    ]
    inputs = [
        make.make_tensor_value_info("x", kind, ["batch", WIDTH]),
        make.make_tensor_value_info(A, kind, [WIDTH, "rank"]),
        make.make_tensor_value_info(B, kind, ["rank", OUT]),
    ]
    nothing = {"W": W, A: np.zeros((WIDTH, 0), np.float32), B: np.zeros((0, OUT), np.float32)}
    graph = make.make_graph(
        nodes,
        "linear",
        inputs,
        [make.make_tensor_value_info("y", kind, ["batch", OUT])],
        [numpy_helper.from_array(array, name) for name, array in nothing.items()],
    )
    return make.make_model(graph, opset_imports=[make.make_opsetid("", 20)], ir_version=10)


@pytest.mark.parametrize("host", [None, HOST], ids=["alone", "with its base"])
def test_what_is_written_comes_back_with_the_scale_in_B(host: Host | None, tmp_path: Path) -> None:
    given = adapter(factors(4.0), factors(0.5, rank=5))
    again = ours.read(written(given, tmp_path), host)
    assert again.modules.keys() == given.modules.keys()
    assert again.unresolved == ""
    for path in given.modules:
        read, was = lora(again, path), lora(given, path)
        assert read.scale == 1.0
        assert torch.equal(read.A.read(), was.A.read())
        assert torch.equal(read.B.read(), was.scale * was.B.read())
        assert (read.A.shape, read.B.shape) == (was.A.shape, was.B.shape)


DTYPES: dict[str, tuple[Adapter, torch.dtype]] = {
    "float16, as the scaled B fits": (adapter(factors(0.5, dtype=torch.float16)), torch.float16),
    "float16, and the scaled B does not fit": (adapter(factors(1 / 3, dtype=torch.float16)), torch.float32),
    "bfloat16": (adapter(factors(2.0, dtype=torch.bfloat16)), torch.float32),
    "float64": (adapter(factors(2.0, dtype=torch.float64)), torch.float32),
    "two dtypes": (adapter(factors(1.0, dtype=torch.float16), factors(1.0)), torch.float32),
}


@pytest.mark.parametrize(("given", "dtype"), DTYPES.values(), ids=DTYPES)
def test_all_tensors_have_one_dtype_that_holds_the_product(
    given: Adapter, dtype: torch.dtype, tmp_path: Path
) -> None:
    again = ours.read(written(given, tmp_path))
    assert given.modules
    for path in given.modules:
        read, was = lora(again, path), lora(given, path)
        assert (
            {read.A.dtype.torch, read.B.dtype.torch} == {read.A.read().dtype, read.B.read().dtype} == {dtype}
        )
        assert torch.equal(read.A.read().float(), was.A.read().float())
        assert torch.equal(read.B.read().float(), (was.scale * was.B.read().double()).float())


def test_the_same_adapter_gives_the_same_bytes_and_progress_counts_them(tmp_path: Path) -> None:
    given = adapter(factors(2.0), factors(1.0))
    counted: list[int] = []
    ours.write(given, tmp_path / "one", counted.append)
    ours.write(dataclasses.replace(given, modules=dict(reversed([*given.modules.items()]))), tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert sum(counted) == 2 * 4 * (3 * WIDTH + 3 * OUT)


def test_what_onnx_runtime_stored_wrong_is_not_believed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given = adapter(factors(2.0))
    keep = onnxruntime.AdapterFormat.set_parameters

    def store_another(container: Any, values: dict[str, Any]) -> None:
        for value in values.values():
            value.numpy()[0, 0] += 1
        keep(container, {name: other(value) for name, value in values.items()})

    def other(value: Any) -> Any:
        return onnxruntime.OrtValue.ortvalue_from_numpy(value.numpy() * 0)

    monkeypatch.setattr(onnxruntime.AdapterFormat, "set_parameters", store_another)
    with pytest.raises(OutputError, match="came out damaged"):
        ours.write(given, tmp_path / "a.onnx_adapter")


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="could not be written"):
        ours.write(adapter(factors(2.0)), tmp_path / "nowhere" / "a.onnx_adapter")


# Files of others


def array(*shape: int) -> np.ndarray[Any, Any]:
    return np.ones(shape, np.float32)


WRONG_FILES: dict[str, tuple[Arrays, type[Exception], str]] = {
    "another name": ({"lm_head.weight": array(2, 2)}, UnsupportedError, "because of 'lm_head.weight'"),
    "names of another of Olive's tools": (
        {f"{FIRST}.lora_A.MatMul.weight": array(2, 2)},
        UnsupportedError,
        "MatMul",
    ),
    "whole numbers": (
        {f"{FIRST}.lora_A.weight": np.ones((2, 2), np.uint8)},
        UnsupportedError,
        "data type 2",
    ),
    "half a pair": (
        {f"{FIRST}.lora_A.weight": array(6, 3)},
        DamagedFileError,
        f"{FIRST}.lora_B.weight is missing",
    ),
    "two ranks": (
        {f"{FIRST}.lora_A.weight": array(6, 3), f"{FIRST}.lora_B.weight": array(4, 10)},
        DamagedFileError,
        "do not fit",
    ),
    "three dimensions": (
        {f"{FIRST}.lora_A.weight": array(2, 3, 6), f"{FIRST}.lora_B.weight": array(3, 10)},
        DamagedFileError,
        "do not fit",
    ),
    "no rank": (
        {f"{FIRST}.lora_A.weight": array(6, 0), f"{FIRST}.lora_B.weight": array(0, 10)},
        DamagedFileError,
        "do not fit",
    ),
    "a module of another model": (
        {"h.0.attn.lora_A.weight": array(6, 3), "h.0.attn.lora_B.weight": array(3, 10)},
        AlignmentError,
        "h.0.attn",
    ),
}


@pytest.mark.parametrize(("arrays", "error", "reason"), WRONG_FILES.values(), ids=WRONG_FILES)
def test_a_file_that_makes_no_sense_is_refused_in_one_line(
    arrays: Arrays, error: type[Exception], reason: str, tmp_path: Path
) -> None:
    path = store(tmp_path / "a.onnx_adapter", arrays)
    with pytest.raises(error, match=reason) as raised:
        ours.read(path, HOST)
    assert "\n" not in str(raised.value)


def test_a_file_cut_anywhere_is_damaged(tmp_path: Path) -> None:
    whole = written(adapter(factors(2.0), factors(1.0)), tmp_path).read_bytes()
    cut = tmp_path / "cut.onnx_adapter"
    for stop in [0, 4, 8, *range(9, len(whole) - 4, 7)]:
        cut.write_bytes(whole[:stop])
        with pytest.raises(DamagedFileError):
            ours.read(cut)


def test_a_file_that_is_cut_off_while_its_header_is_read_is_damaged_and_no_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(adapter(factors(2.0), factors(1.0)), tmp_path).rename(tmp_path / "cut.onnx_adapter")
    read, calls = os.preadv, []

    def cut_and_read(*arguments: Any) -> int:
        calls.append(1)
        if len(calls) == 9:
            os.truncate(path, 8)
        return read(*arguments)

    monkeypatch.setattr(os, "preadv", cut_and_read)
    with pytest.raises(DamagedFileError, match=r"cut\.onnx_adapter (ends at byte|was changed)"):
        ours.read(path)


def test_distances_that_lead_anywhere_are_damage_or_other_numbers_and_never_a_crash(tmp_path: Path) -> None:
    whole = written(adapter(factors(2.0)), tmp_path).read_bytes()
    path = tmp_path / "b.onnx_adapter"
    refused = 0
    for at, number in itertools.product(range(8, len(whole) - 4, 4), (0, 40, -40, 2**31 - 1)):
        path.write_bytes(whole[:at] + struct.pack("<i", number) + whole[at + 4 :])
        try:
            for each in ours.read(path).modules.values():
                assert isinstance(each, LoraFactors)
                assert each.A.read().shape == each.A.shape
        except (DamagedFileError, UnsupportedError):
            refused += 1
    assert refused > 50


def test_a_file_is_recognised_by_its_mark(tmp_path: Path) -> None:
    path = written(adapter(factors(2.0)), tmp_path)
    assert ours.recognise(path) == path
    assert read_adapter(str(path))[1].modules.keys() == {FIRST}
    other = tmp_path / "other.onnx_adapter"
    other.write_bytes(b"TORTTORx")
    assert ours.recognise(other) is None
    assert ours.recognise(tmp_path) is None
    assert ours.recognise(tmp_path / "nothing") is None


# What cannot be carried


def test_changes_that_are_not_low_rank_factors_of_linear_layers_are_refused() -> None:
    plain = adapter(factors(2.0))
    mine = lora(plain, FIRST)
    enormous = LazyTensor((2**20, 2**10), Dtype.F32, lambda: torch.zeros(0))

    def of_kind(kind: str) -> Adapter:
        return dataclasses.replace(plain, host=Host(modules=(FIRST,), kinds={FIRST: kind}))

    def with_factors(each: Any) -> Adapter:
        return dataclasses.replace(plain, modules={FIRST: each})

    experts = LoraFactors(noise(4, 3, WIDTH), noise(4, OUT, 3))
    cases = {
        "replaces 'lm_head.weight'": dataclasses.replace(plain, replaced={"lm_head.weight": noise(4, 4)}),
        "rows of 'embed_tokens'": dataclasses.replace(
            plain, token_rows={"embed_tokens": TokenRows((1,), noise(1, WIDTH))}
        ),
        "no biases": with_factors(dataclasses.replace(mine, bias=noise(OUT))),
        "plain LoRA": with_factors(DoraFactors(mine.A, mine.B, noise(OUT), 1.0)),
        "end at 2 GB": with_factors(LoraFactors(enormous, mine.B)),
        "for linear layers": with_factors(experts),
    }
    assert ours.refusals(plain) == []
    for reason, given in cases.items():
        (sentence,) = ours.refusals(given)
        assert reason in sentence
    for kind in ("embedding", "conv", "experts", "parameter"):
        assert "for linear layers" in " ".join(ours.refusals(of_kind(kind)))


DATA = os.environ.get("LORASURGERY_DATA")


@pytest.mark.skipif(DATA is None, reason="LORASURGERY_DATA names no folder of real adapters")
@pytest.mark.parametrize("name", ["qwen25_0p5b", "gpt2_imdb_fifo_r16", "opt125m_r16"])
def test_a_real_adapter_goes_there_and_back(name: str, tmp_path: Path) -> None:
    peft = dataclasses.replace(load("peft").read(Path(str(DATA)) / "adapters" / name), replaced={})
    again = ours.read(written(peft, tmp_path))
    assert again.modules.keys() == peft.modules.keys()
    for path in peft.modules:
        read, was = lora(again, path), lora(peft, path)
        product = was.scale * (was.B.read().double() @ was.A.read().double())
        torch.testing.assert_close(
            read.B.read().double() @ read.A.read().double(), product, rtol=1e-6, atol=1e-12
        )

"""GGUF models as bases: the numbers are the package's, the names and rows transformers'."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from lorasurgery import extract, inspect
from lorasurgery.checkpoint import open_checkpoint
from lorasurgery.errors import CheckpointError, DamagedFileError, SurgeryError, UnsupportedError
from lorasurgery.quantisation import can_be_dequantised, dequantised, gguf_encodings, open_model
from support.gguf_adapters import gguf
from support.gguf_models import K_TYPES, PACKAGE_TYPES, by_llama_cpp, quantised, tiny_llama, write_gguf

PLAIN = ("F32", "F16", "BF16", "F64", "I8", "I16", "I32", "I64")
IN_BLOCKS = [
    kind
    for kind in gguf.GGMLQuantizationType
    if kind.name not in PLAIN and kind in gguf.GGML_QUANT_SIZES and can_be_dequantised(kind)
]


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    folder = tmp_path_factory.mktemp("llama")
    return tiny_llama(folder / "hf"), folder


@pytest.mark.parametrize("kind", IN_BLOCKS, ids=lambda kind: kind.name)
def test_numbers_are_those_of_the_package_bit_for_bit(kind: Any) -> None:
    """Of random bytes, so that scales are subnormal, infinite and no numbers, too."""
    nbytes = gguf.GGML_QUANT_SIZES[kind][1]
    raw = np.random.default_rng(0).integers(0, 256, (600, nbytes), dtype=np.uint8)
    with np.errstate(all="ignore"):
        theirs = gguf.dequantize(raw, kind).reshape(-1)
        ours = dequantised(raw.reshape(-1), kind)
    assert ours.shape == theirs.shape
    is_number = ~np.isnan(theirs)
    assert (np.isnan(ours) == ~is_number).all()
    np.testing.assert_array_equal(ours.view(np.uint32)[is_number], theirs.view(np.uint32)[is_number])


@pytest.mark.parametrize("kind", ["F32", "F16", *PACKAGE_TYPES, *K_TYPES])
def test_a_model_is_read_under_transformers_names_and_in_its_order(
    llama: tuple[Any, Path], kind: str, tmp_path: Path
) -> None:
    model, _ = llama
    opened = open_model(write_gguf(model, tmp_path / "model.gguf", kind))
    state = model.state_dict()
    assert opened.tensors.keys() == state.keys()
    for name, W in state.items():
        if W.ndim == 1:
            assert torch.equal(opened.tensors[name].read(), W)
            continue
        stored = quantised(W.numpy(), kind)
        plain = kind in ("F32", "F16")
        theirs = stored if plain else gguf.dequantize(stored, gguf.GGMLQuantizationType[kind])
        lazy = opened.tensors[name]
        whole = lazy.read().float()
        assert torch.equal(whole, torch.from_numpy(np.asarray(theirs, np.float32)).reshape(W.shape)), name
        for start, stop in ((0, 1), (3, 70), (len(W) - 5, len(W))):
            assert torch.equal(lazy.read_rows(start, stop).float(), whole[start:stop]), name
        assert (lazy.quantised is not None) == (kind not in ("F32", "F16", "BF16"))


def test_the_quantiser_of_the_k_types_is_llama_cpps_own() -> None:
    """Where the package has the type too, both write the same bytes."""
    W = np.random.default_rng(1).standard_normal((8, 256)).astype(np.float32)
    np.testing.assert_array_equal(by_llama_cpp(W, "Q8_0"), quantised(W, "Q8_0"))


def test_the_file_states_the_model(llama: tuple[Any, Path], tmp_path: Path) -> None:
    model, _ = llama
    config = open_model(write_gguf(model, tmp_path / "model.gguf", "Q4_K")).config
    for key in ("model_type", "hidden_size", "num_hidden_layers", "num_key_value_heads", "vocab_size"):
        assert config[key] == getattr(model.config, key), key
    assert config["tie_word_embeddings"] is False


def test_an_adapter_is_extracted_from_two_gguf_files_and_beside_a_folder(
    llama: tuple[Any, Path], tmp_path: Path
) -> None:
    model, folder = llama
    tuned = tiny_llama(tmp_path / "tuned", seed=0)
    with torch.no_grad():
        projection = tuned.model.layers[0].self_attn.q_proj.weight
        projection += 0.5 * torch.randn(256, 2) @ torch.randn(2, 256)
    tuned.save_pretrained(tmp_path / "tuned")
    base = write_gguf(model, tmp_path / "base.gguf", "F32")
    of_files = write_gguf(tuned, tmp_path / "tuned.gguf", "F32")
    energies = []
    for index, pair in enumerate(((base, of_files), (folder / "hf", of_files), (base, tmp_path / "tuned"))):
        report = extract(*pair, tmp_path / f"adapter{index}", rank=2)
        assert [each.module for each in report.modules] == ["model.layers.0.self_attn.q_proj"]
        energies.append(report.modules[0].energy_kept)
    assert energies == pytest.approx([1.0] * 3, abs=1e-9)


@pytest.mark.parametrize("kind", ["Q4_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K"])
def test_steps_are_those_of_the_codes_in_the_order_of_the_rows(
    llama: tuple[Any, Path], kind: str, tmp_path: Path
) -> None:
    """What quantising took is a twelfth of the steps' squares, row by row."""
    name, (model, _) = "model.layers.0.self_attn.q_proj.weight", llama
    tensor = open_model(write_gguf(model, tmp_path / "model.gguf", kind)).tensors[name]
    assert tensor.quantised is not None
    assert tensor.quantised.steps is not None
    error = (tensor.read().double() - model.state_dict()[name].double()).square().mean(1)
    expected = tensor.quantised.steps.read().double().square().mean(1) / 12
    assert float(error.sum() / expected.sum()) == pytest.approx(1, abs=0.25)
    assert float(torch.corrcoef(torch.stack([error, expected]))[0, 1]) > 0.8
    torch.testing.assert_close(
        tensor.quantised.steps.read_rows(3, 70), tensor.quantised.steps.read()[3:70], rtol=0, atol=0
    )


@pytest.mark.parametrize("kind", ["Q8_0", "Q4_K"])
def test_the_noise_edge_finds_the_rank_between_two_quantised_files(
    llama: tuple[Any, Path], kind: str, tmp_path: Path
) -> None:
    tuned = tiny_llama(tmp_path / "tuned", seed=0)
    torch.manual_seed(7)
    with torch.no_grad():
        projection = tuned.model.layers[0].self_attn.q_proj.weight
        projection += 0.1 * torch.randn(256, 3) @ torch.randn(3, 256)
    base = write_gguf(llama[0], tmp_path / "base.gguf", kind)
    report = extract(
        base, write_gguf(tuned, tmp_path / "tuned.gguf", kind), tmp_path / "adapter", noise_edge=True
    )
    ranks = {each.module: each.rank for each in report.modules if each.rank}
    assert ranks == {"model.layers.0.self_attn.q_proj": 3}


def test_inspect_reads_a_gguf_file(llama: tuple[Any, Path], tmp_path: Path) -> None:
    report = inspect(write_gguf(llama[0], tmp_path / "model.gguf", "Q6_K"))
    assert "model.layers.1.mlp.down_proj" in json.dumps(report.as_json())


def test_a_damaged_header_ends_in_an_error_of_ours(llama: tuple[Any, Path], tmp_path: Path) -> None:
    whole = write_gguf(llama[0], tmp_path / "model.gguf", "Q8_0").read_bytes()
    damaged = tmp_path / "damaged.gguf"
    rng = np.random.default_rng(2)
    header = whole.index(b"token_embd.weight") + 200
    for cut in (5, 20, 100, header // 2, header, len(whole) - 40):
        damaged.write_bytes(whole[:cut])
        with pytest.raises(DamagedFileError):
            open_model(damaged)
    for _ in range(60):
        changed = bytearray(whole)
        at = int(rng.integers(0, header))
        changed[at : at + 8] = struct.pack("<Q", int(rng.integers(0, 2**63)))
        damaged.write_bytes(changed)
        try:
            for tensor in open_model(damaged).tensors.values():
                tensor.read_rows(0, 1)
        except SurgeryError:
            continue


def test_an_architecture_that_is_not_known_keeps_llama_cpps_names(tmp_path: Path) -> None:
    writer = gguf.GGUFWriter(tmp_path / "model.gguf", "qwen35")
    W = np.random.default_rng(3).standard_normal((64, 64)).astype(np.float32)
    for name in ("blk.0.attn_q.weight", "blk.0.attn_qkv.weight"):
        data = gguf.quantize(W, gguf.GGMLQuantizationType.Q8_0)
        writer.add_tensor(name, data, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    for write in (writer.write_header_to_file, writer.write_kv_data_to_file, writer.write_tensors_to_file):
        write()
    writer.close()
    opened = open_model(tmp_path / "model.gguf")
    assert [*opened.tensors] == ["blk.0.attn_q.weight", "blk.0.attn_qkv.weight"]
    for tensor in opened.tensors.values():
        np.testing.assert_allclose(tensor.read().numpy(), W, atol=0.02)
    inspect(tmp_path / "model.gguf")


def test_parts_and_adapters_are_not_models(llama: tuple[Any, Path], tmp_path: Path) -> None:
    writer = gguf.GGUFWriter(tmp_path / "part.gguf", "llama")
    writer.add_uint16("split.count", 3)
    writer.add_tensor("token_embd.weight", np.zeros((2, 32), np.float32))
    for write in (writer.write_header_to_file, writer.write_kv_data_to_file, writer.write_tensors_to_file):
        write()
    writer.close()
    with pytest.raises(SurgeryError, match="one of 3 parts"):
        open_checkpoint(tmp_path / "part.gguf")
    (tmp_path / "folder").mkdir()
    write_gguf(llama[0], tmp_path / "folder" / "model.gguf", "Q8_0")
    with pytest.raises(CheckpointError, match=r"a GGUF model \(model.gguf\).* name the file"):
        open_checkpoint(tmp_path / "folder")


def test_a_vector_in_blocks_is_read_and_has_no_steps(tmp_path: Path) -> None:
    path = _written(tmp_path / "model.gguf", {"blk.0.attn_norm.weight": ()})
    (vector,) = open_model(path).tensors.values()
    assert vector.read().shape == vector.shape == (256,)
    assert vector.quantised is not None
    assert vector.quantised.steps is None


def test_tensors_without_elements_have_no_codes_to_write(tmp_path: Path) -> None:
    path = _written(tmp_path / "model.gguf", {"blk.0.ffn_up.weight": (0,), "blk.0.ffn_down.weight": (2,)})
    assert [*gguf_encodings(open_checkpoint(path))] == ["blk.0.ffn_down.weight"]
    for tensor in open_model(path).tensors.values():
        assert tensor.read().shape == tensor.shape


@pytest.mark.parametrize("shape", [(3, 4), (2, 4, 2), (4,)])
def test_halves_of_fused_experts_that_do_not_fit_are_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    halves = {"blk.0.ffn_gate_exps.weight": (2, 4), "blk.0.ffn_up_exps.weight": shape}
    tensor = open_model(_written(tmp_path / "model.gguf", halves, expert_count=2)).tensors[
        "model.layers.0.mlp.experts.gate_up_proj"
    ]
    with pytest.raises(UnsupportedError, match="halves of fused experts differ in their rows alone"):
        tensor.read()


def _written(path: Path, tensors: dict[str, tuple[int, ...]], **settings: int) -> Path:
    """Write a Llama of these tensors: their shapes before 256 columns in Q8_0."""
    writer = gguf.GGUFWriter(path, "llama")
    counts = {"block_count": 1, "embedding_length": 256, "attention.head_count": 4} | settings
    for key, value in counts.items():
        writer.add_uint32(f"llama.{key}", value)
    for name, shape in tensors.items():
        raw = np.ones((*shape, 272), np.uint8)
        writer.add_tensor(name, raw, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    for write in (writer.write_header_to_file, writer.write_kv_data_to_file, writer.write_tensors_to_file):
        write()
    writer.close()
    return path

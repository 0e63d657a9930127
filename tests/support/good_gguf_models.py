"""GGUF models in every type of block, and of architectures of which llama.cpp's converter makes more."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np

from lorasurgery.architecture import architecture_of
from lorasurgery.checkpoint import Checkpoint, open_checkpoint
from lorasurgery.errors import SurgeryError
from lorasurgery.quantisation import as_numbers
from lorasurgery.quantisation._gguf.codes import gguf_encodings
from lorasurgery.quantisation._gguf.model import gguf_model
from support.good_files import read_all

# Types that the program writes again, that it reads, and that the package gguf reads for it.
TYPES = (
    *("Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K", "Q2_K", "Q3_K", "MXFP4"),
    *("IQ4_NL", "IQ4_XS", "TQ1_0", "IQ2_XXS", "BF16", "F16", "F32", "F64", "I8"),
)
UNREAD = ("Q8_1", "Q8_K")
COLUMNS = 256
# Settings of attention: 2 heads of 4 rows each.
HEADS = {"attention.head_count": 2, "attention.head_count_kv": 2, "attention.key_length": 4}
MODEL = {"block_count": 1, "embedding_length": COLUMNS} | HEADS
ROWS = 8
# Tensors of each model: rows and type, by llama.cpp's names.
Tensors = Mapping[str, tuple[tuple[int, ...], str]]
ATTENTION: Tensors = {"attn_q": ((ROWS,), "Q4_0"), "attn_k": ((ROWS,), "Q6_K"), "attn_v": ((ROWS,), "F16")}
EXPERTS: Tensors = {"ffn_gate_exps": ((2, 4), "Q8_0"), "ffn_up_exps": ((2, 4), "Q8_0")}
CASES: dict[str, tuple[str, dict[str, int], Tensors]] = {
    "llama": ("llama", MODEL, ATTENTION),
    "llama of types": ("llama", MODEL, {f"ffn_{kind.lower()}": ((2,), kind) for kind in TYPES}),
    "llama of unread types": ("llama", MODEL, {f"ffn_{kind.lower()}": ((2,), kind) for kind in UNREAD}),
    "llama without heads": ("llama", {"block_count": 1, "embedding_length": COLUMNS}, ATTENTION),
    "llama of other heads": ("llama", MODEL | {"attention.key_length": 5}, ATTENTION),
    "mixtral": ("llama", MODEL | {"expert_count": 2, "expert_used_count": 1}, EXPERTS),
    "experts of two types": (
        "llama",
        MODEL | {"expert_count": 2, "expert_used_count": 1},
        {"ffn_gate_exps": ((2, 4), "Q8_0"), "ffn_up_exps": ((2, 4), "IQ4_NL")},
    ),
    "gpt2": ("gpt2", MODEL, {"attn_qkv": ((3 * ROWS,), "Q5_1"), "ffn_up": ((ROWS,), "F32")}),
    "gemma": ("gemma", MODEL, {"attn_q": ((ROWS,), "Q4_K"), "attn_norm": ((), "F32")}),
    "glm4": ("glm4", MODEL, ATTENTION),
    "falcon": ("falcon", MODEL, {"attn_qkv": ((3 * ROWS,), "Q8_0")}),
    "gpt-oss": ("gpt-oss", MODEL, EXPERTS),
    "of nobody": ("nextmodel", MODEL, ATTENTION),
}


def good_gguf_models(folder: Path) -> list[Path]:
    """A folder for each model."""
    for number, (name, (architecture, settings, tensors)) in enumerate(CASES.items()):
        (folder / name).mkdir()
        _write(folder / name / "x.gguf", architecture, settings, tensors, np.random.default_rng(number))
    return sorted(folder.rglob("x.gguf"))


def _write(
    path: Path, architecture: str, settings: Mapping[str, int], tensors: Tensors, rng: np.random.Generator
) -> None:
    import gguf

    writer = gguf.GGUFWriter(path, architecture)
    for key, value in settings.items():
        writer.add_uint32(f"{architecture}.{key}", value)
    for name, (rows, type_name) in tensors.items():
        kind = gguf.GGMLQuantizationType[type_name]
        numel, nbytes = gguf.GGML_QUANT_SIZES[kind]
        raw = rng.integers(0, 60, (*rows, COLUMNS // numel * nbytes), np.uint8)
        writer.add_tensor(f"blk.0.{name}.weight", raw, raw_dtype=kind)
    writer.add_tensor("rope_freqs.weight", np.ones(4, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def read_whole_gguf(folder: Path) -> None:
    """Read all numbers of a model, and the codes of what is written again, which are the file's own.

    What is refused does not keep the other tensors from being read.
    """
    opened = open_checkpoint(folder / "x.gguf")
    architecture_of(opened)
    compare_with_package(opened)
    write_again(opened)
    refused: list[SurgeryError] = []
    for tensor in as_numbers(opened).tensors.values():
        try:
            read_all([tensor])
        except SurgeryError as error:
            refused.append(error)
        quantised = tensor.quantised
        if quantised is not None and quantised.steps is not None:
            assert quantised.steps.read().shape == tensor.shape, "steps of another shape"
    if refused:
        raise refused[0]


def compare_with_package(opened: Checkpoint) -> None:
    """Hold what is read of each tensor against the package gguf."""
    import gguf

    model = gguf_model(opened)
    for name, stored in model.container.by_name.items():
        if stored.is_plain or not stored.numel:
            continue
        nbytes = gguf.GGML_QUANT_SIZES[stored.kind][1]
        blocks = np.frombuffer(opened.tensors[name].raw().data, np.uint8).reshape(-1, nbytes)
        with suppress(NotImplementedError), np.errstate(all="ignore"):
            theirs = gguf.dequantize(blocks, stored.kind).reshape(-1)
            ours = model.in_file_order(name).read().numpy().reshape(-1)
            np.testing.assert_array_equal(ours, theirs, f"other numbers of {stored.kind.name}")


def write_again(opened: Checkpoint) -> None:
    """Read the codes of each tensor and store them: its bytes are the same."""
    for name, encoding in gguf_encodings(opened).items():
        rows = encoding.shape[0]
        encoding.scales(0, rows)
        assert len(encoding.groups()) == encoding.shape[1]
        again = encoding.stored(0, encoding.codes(0, rows))
        assert again.tobytes() == bytes(opened.tensors[name].raw().data), f"other codes of {name}"

"""Small quantised checkpoints in every form, and what is to come of them when they are damaged."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import torch
from safetensors.torch import save_file

from lorasurgery.checkpoint import open_checkpoint
from lorasurgery.errors import UnsupportedError
from support.good_files import read_all
from support.quantised_checkpoints import Form, groups, mark

# A matrix that every form has whole groups of.
ROWS, COLUMNS = 32, 64


def _blocks(_: torch.Tensor) -> tuple[dict[str, torch.Tensor], None]:
    """Two experts in blocks of 32 four-bit floats, as gpt-oss has them."""
    blocks = torch.ones(2, 8, 2, 16, dtype=torch.uint8)
    return {"gate_up_proj_blocks": blocks, "gate_up_proj_scales": torch.full((2, 8, 2), 127).byte()}, None


def _int8(_: torch.Tensor) -> tuple[dict[str, torch.Tensor], None]:
    return {"weight": torch.ones(8, 64).char(), "weight_scale": torch.ones(8, 1)}, None


def _marked(W: torch.Tensor) -> tuple[dict[str, torch.Tensor], None]:
    return _int8(W)[0] | {"comfy_quant": mark(format="int8_tensorwise", params={"convrot": True})}, None


def _of_modelopt(_: torch.Tensor) -> tuple[dict[str, torch.Tensor], None]:
    """NVFP4 as ModelOpt has it, without what only its activations need."""
    scales = torch.ones(ROWS, COLUMNS // 16).to(torch.float8_e4m3fn)
    codes = torch.arange(ROWS * COLUMNS // 2, dtype=torch.uint8).reshape(ROWS, COLUMNS // 2)
    return {"weight": codes, "weight_scale": scales, "weight_scale_2": torch.tensor(0.5)}, None


def _own_name(_: torch.Tensor) -> tuple[dict[str, torch.Tensor], None]:
    """A parameter that is not called weight, and another one beside it."""
    codes = {"text_projection": torch.ones(8, 64).char(), "text_projection_scale": torch.ones(8, 1)}
    return codes | {"text_projection_2": torch.ones(4)}, None


def _one_scale(_: torch.Tensor) -> tuple[dict[str, torch.Tensor], None]:
    return {"weight": torch.ones(8, 64).char(), "weight_scale": torch.tensor([0.5])}, None


def _grouped(_: torch.Tensor) -> tuple[dict[str, torch.Tensor], None]:
    """A scale and a zero point for each half of a row."""
    halves = {"weight_scale": torch.ones(8, 2), "weight_zero_point": torch.ones(8, 2).char()}
    return {"weight": torch.ones(8, 64).char()} | halves, None


def _sparse(_: torch.Tensor) -> tuple[dict[str, torch.Tensor], None]:
    bits = torch.ones(8, 8, dtype=torch.uint8)
    return {"compressed": torch.ones(512).half(), "bitmask": bits, "shape": torch.tensor([8, 64])}, None


STATED = groups("int-quantized", num_bits=8, type="int")
MORE = {
    "gpt-oss": Form(_blocks, "MXFP4", {"quantization_config": {"quant_method": "mxfp4"}}),
    "rotated": Form(_int8, "int8", {"quantization_config": STATED | {"transform_config": {"R1": {}}}}),
    "GPT-2": Form(_int8, "int8", {"model_type": "gpt2", "quantization_config": STATED}),
    "marked": Form(_marked, "int8"),
    "ModelOpt's NVFP4": Form(
        _of_modelopt,
        "NVFP4",
        files={"hf_quant_config.json": {"quantization": {"quant_algo": "NVFP4"}}},
    ),
    "a parameter of its own name": Form(_own_name, "int8"),
    "one scale": Form(_one_scale, "int8", {"quantization_config": STATED}),
    "scales of groups": Form(_grouped, "int8", {"quantization_config": STATED}),
    "sparse": Form(_sparse, "sparse", {"quantization_config": STATED}),
}


def good_quantised(*forms: str) -> Callable[[Path], list[Path]]:
    """Checkpoints of one Linear, a folder for each form, as the formats' own packages wrote them."""

    def make(folder: Path) -> list[Path]:
        from support import quantised_forms

        for number, form in enumerate(forms):
            quantised_forms.write(folder / str(number), form)
        return sorted(path for path in folder.rglob("*") if path.is_file())

    return make


def good_layouts(forms: Mapping[str, Form]) -> Callable[[Path], list[Path]]:
    """Checkpoints of one Linear, a folder for each form, laid out as the formats' programs do."""

    def make(folder: Path) -> list[Path]:
        for number, form in enumerate(forms.values()):
            _write(folder / str(number), form)
        return sorted(path for path in folder.rglob("*") if path.is_file())

    return make


def _write(folder: Path, form: Form) -> None:
    folder.mkdir()
    torch.manual_seed(0)
    tensors = {f"m.{leaf}": each for leaf, each in form.make(torch.randn(ROWS, COLUMNS))[0].items()}
    held = {name: each.contiguous().clone() for name, each in {**tensors, **form.loose}.items()}
    save_file(held | {"norm.weight": torch.ones(4)}, folder / "model.safetensors", {"format": "pt"})
    (folder / "config.json").write_text(json.dumps({"model_type": "unknown", **form.config}))
    for file, content in form.files.items():
        (folder / file).write_text(json.dumps(content))


def read_whole_quantised(path: Path) -> None:
    """Read all numbers of a checkpoint: those of a weight that is not read are refused.

    Codes that are read and stored again are the bytes that the file has.
    """
    from lorasurgery.architecture import architecture_of
    from lorasurgery.quantisation import quantised_model

    opened = open_checkpoint(path)
    architecture_of(opened)
    found = quantised_model(opened)
    for name, tensor in found.numbers.tensors.items():
        weight = found.weights.get(name)
        with suppress(*(() if weight is None or weight.numbers is not None else (UnsupportedError,))):
            read_all([tensor])
            assert weight is None or weight.numbers is not None, f"{name} is read and was not to be"
    for weight in found.readable.values():
        if (encoding := weight.encoding) is not None:
            encoding.scales(0, encoding.shape[0])
            assert len(encoding.groups()) == encoding.shape[1]
            again = encoding.stored(0, encoding.codes(0, encoding.shape[0]))
            assert again.tobytes() == opened.tensors[weight.codes].raw().data.tobytes(), "other codes"
    for names in (list(found.weights), list(found.weights)[:1]):
        found.left_over(names)
        found.header_without(names)
        with suppress(UnsupportedError):  # a config may have no place for what is left
            found.statements_without(names)


def read_whole_layouts(folder: Path) -> None:
    """Read all forms."""
    for each in sorted(_folders(folder)):
        read_whole_quantised(each)


def _folders(folder: Path) -> Iterable[Path]:
    return (path for path in folder.iterdir() if path.is_dir())

"""ComfyUI's marks: the format of each quantised layer, in a tensor of the layer or in the file's header.

    X.comfy_quant            U8, the text of {"format": "float8_e4m3fn"}
    _quantization_metadata   in the header's metadata: {"layers": {"X": {"format": "nvfp4"}}}

Source: https://github.com/Comfy-Org/ComfyUI, QUANTIZATION.md and comfy/ops.py.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from lorasurgery.checkpoint.safetensors_file import read_header
from lorasurgery.checkpoint.value import Checkpoint
from lorasurgery.errors import DamagedFileError
from lorasurgery.foreign import json_value, reading
from lorasurgery.lazy import LazyTensor

LEAF, HEADER_KEY = "comfy_quant", "_quantization_metadata"
# The text names a format and a few settings.
MAX_MARK_BYTES = 65_536
# Other settings of a layer that change what its codes mean: the weight was rotated before it was
# rounded.
CHANGING = ("convrot", "hadamard", "rotation")
UNNAMED = "an unnamed format"


def marks_of(checkpoint: Checkpoint) -> dict[str, str]:
    """The format of every layer that is marked, by the layer's path."""
    found: dict[str, str] = {}
    for file in checkpoint.files:
        if file.suffix == ".safetensors":
            found |= {path: _format_of(mark) for path, mark in _layers(file).items()}
    for name, tensor in checkpoint.tensors.items():
        if name.endswith(f".{LEAF}"):
            found[name.removesuffix(f".{LEAF}")] = _format_of(_in_tensor(checkpoint, name, tensor))
    return found


def header_without(checkpoint: Checkpoint, paths: Collection[str]) -> dict[str, str]:
    """Return the metadata of a header without the marks of these layers; none if no layer is left
    quantised.
    """
    kept: dict[str, Any] = {}
    for file in checkpoint.files:
        if file.suffix == ".safetensors":
            kept |= {path: mark for path, mark in _layers(file).items() if path not in paths}
    return {HEADER_KEY: json.dumps({"layers": kept})} if kept else {}


def _layers(file: Path) -> Mapping[str, Any]:
    """The marks in a file's header, by the paths of layers."""
    text = read_header(file)[0].metadata.get(HEADER_KEY)
    if not isinstance(text, str):
        return {}
    with reading(file, "a file with ComfyUI's marks"):
        content = json_value(text)
    layers = content.get("layers") if isinstance(content, Mapping) else None
    return layers if isinstance(layers, Mapping) else {}


def _in_tensor(checkpoint: Checkpoint, name: str, tensor: LazyTensor) -> Any:
    if tensor.nbytes > MAX_MARK_BYTES:
        raise DamagedFileError(
            f"{name!r} of {checkpoint.name} has {tensor.nbytes} bytes, and a mark is a short text."
        )
    with reading(f"{name!r} of {checkpoint.name}", "ComfyUI's mark"):
        return json_value(tensor.raw().data.tobytes().decode("utf-8"))


def _format_of(mark: object) -> str:
    if not isinstance(mark, Mapping):
        return UNNAMED
    name = mark.get("format")
    inner = mark.get("params")
    settings = {**(inner if isinstance(inner, Mapping) else {}), **mark}
    changed = [key for key in CHANGING if settings.get(key)]
    return " ".join([name if isinstance(name, str) and name else UNNAMED, *changed])

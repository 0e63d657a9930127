"""torchao's metadata: of which class a tensor was before it was flattened into several.

    "X.weight": {"_type": "Int8Tensor", "_data": {"block_size": [1, 64], ...}, ...}
    "tensor_names": ["X.weight", ...]

Source: torchao, prototype/safetensors/safetensors_support.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lorasurgery.checkpoint.safetensors_file import read_header
from lorasurgery.checkpoint.value import Checkpoint
from lorasurgery.foreign import json_value, reading

# What the tensor of codes is called after its parameter.
CODES = "_qdata"


def torchao_metadata(checkpoint: Checkpoint) -> Mapping[str, str]:
    """The metadata of the files' headers, as text, where any tensor has a name that torchao gives."""
    if not any(name.endswith(CODES) for name in checkpoint.tensors):
        return {}
    found: dict[str, str] = {}
    for file in checkpoint.files:
        if file.suffix == ".safetensors":
            found |= read_header(file)[0].metadata
    return {key: text for key, text in found.items() if key != "format"}


def tensor_class(metadata: Mapping[str, str], name: str) -> tuple[str, Mapping[str, Any]]:
    """The class of a tensor and its attributes; "" where the metadata does not say it.

    Raises:
        DamagedFileError: what the metadata says is not JSON.
    """
    if name not in metadata:
        return "", {}
    with reading(f"the metadata of {name!r}", "torchao's description of a tensor"):
        content = json_value(metadata[name])
    if not isinstance(content, Mapping) or not isinstance(content.get("_data"), Mapping):
        return "", {}
    return str(content.get("_type")), content["_data"]

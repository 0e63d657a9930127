"""An adapter as it is on disk: its tensors by the file's own names, and the settings stored with them."""

from __future__ import annotations

from pathlib import Path

from lorasurgery.checkpoint import open_checkpoint
from lorasurgery.checkpoint.folder import read_json
from lorasurgery.checkpoint.gguf_file import open_container as open_gguf
from lorasurgery.checkpoint.gguf_file import stored_tensors
from lorasurgery.errors import NotACheckpointError
from lorasurgery.formats.onnx.container import open_container
from lorasurgery.targets import AdapterHeader

CONFIG = "adapter_config.json"
# The files of weights that programs look for in an adapter's folder, in their order.
WEIGHTS = ("adapter_model.safetensors", "adapter_model.bin", "adapters.safetensors")


def adapter_header(path: Path, form: str) -> AdapterHeader:
    """Open an adapter that a format recognised, headers only.

    Raises:
        CheckpointError: its file of weights is not there, or damaged.
    """
    folder = path if path.is_dir() else path.parent
    if not path.exists():
        # One of several adapters in a file: the folder is above its name, and its keys have the name.
        path = folder = path.parent
    if form == "onnx":
        return AdapterHeader(path, form, open_container(path))
    if form == "gguf":
        gguf = open_gguf(path)
        return AdapterHeader(path, form, stored_tensors(path, gguf), gguf.settings)
    config = read_json(folder / CONFIG) if (folder / CONFIG).is_file() else {}
    return AdapterHeader(path, form, open_checkpoint(_weights(path)).tensors, config)


def _weights(path: Path) -> Path:
    if path.is_file():
        return path
    for name in WEIGHTS:
        if (path / name).is_file():
            return path / name
    raise NotACheckpointError(f"{path} has no file of weights; one of {', '.join(WEIGHTS)} is expected.")

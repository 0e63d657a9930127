"""What the header of an adapter's file says of its base: root hash, name and revision.

    safetensors   lorasurgery.base_root, .base_name, .base_revision    in the metadata
    GGUF          the same keys, among the settings
    .onnx_adapter, loralib's .pt      the same keys, in a record of a ZIP archive at the end (`_zip_record`)
    .onnx         the same keys, in `metadata_props`; of a graph whose adapters are files of their own

PEFT's folder has the name and the revision in its config, and the root alone in the header. Other programs
leave keys alone that they do not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lorasurgery.adapter import Host
from lorasurgery.checkpoint.gguf_file import open_container
from lorasurgery.checkpoint.root import root_metadata, stated_root
from lorasurgery.formats._zip_record import record_in

# The files of weights in the folders of PEFT and mlx-lm.
FILES = ("adapter_model.safetensors", "adapters.safetensors")
# Files with a record at their end.
WITH_RECORD = (".onnx_adapter", ".pt", ".pth", ".bin")
NAME, REVISION = "lorasurgery.base_name", "lorasurgery.base_revision"


@dataclass(frozen=True)
class StatedBase:
    """The base that a file says it is for; None for what it does not say."""

    root: str
    name: str | None = None
    revision: str | None = None


def base_metadata(host: Host) -> dict[str, str]:
    """What a header says of the base; nothing where its root is not known.

    Of a path on this machine, the name is the last part alone.
    """
    if host.base_root is None:
        return {}
    name = host.base_name or ""
    is_path = name.startswith(("/", ".", "~"))
    stated = {NAME: Path(name).name if is_path else name, REVISION: host.base_revision or ""}
    return root_metadata(host.base_root) | {key: text for key, text in stated.items() if text}


def stated_base(path: Path) -> StatedBase | None:
    """Read what an adapter's file or folder says of its base; None where its header has no root."""
    from lorasurgery.checkpoint.safetensors_file import read_header

    # One of several adapters in a file is named `FOLDER/NAME`.
    path = path if path.exists() else path.parent
    files = [path / name for name in FILES] if path.is_dir() else [path]
    file = next((each for each in files if each.is_file()), None)
    metadata: Mapping[str, object] = {}
    if file is not None and file.suffix == ".safetensors":
        metadata = read_header(file)[0].metadata
    elif file is not None and file.suffix == ".gguf":
        metadata = open_container(file).settings
    elif file is not None and file.suffix in WITH_RECORD:
        metadata = record_in(file)
    return stated_in(metadata)


def stated_in(metadata: Mapping[str, object]) -> StatedBase | None:
    """What the keys of a header say of the base; None where there is no root."""
    texts = {key: text for key, text in metadata.items() if isinstance(text, str)}
    root = stated_root(texts)
    return None if root is None else StatedBase(root, texts.get(NAME), texts.get(REVISION))

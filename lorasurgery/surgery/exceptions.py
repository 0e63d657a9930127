"""The side file of a recovered adapter: where merging its factors differs from the model it came from.

`exceptions.safetensors` lies next to the adapter's own files, which PEFT loads as they are. For each
tensor of the merged model that the factors change it has the corrections that a correctly rounded
merge needs (see `undo/corrections.py`), whether ΔW is rounded before it is added, and the hash of the
result; and the headers and the index of the model's files, where these are not the base's own. `merge`
corrects with them, and refuses a base with which the hashes do not come true.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lorasurgery.checkpoint import write_safetensors
from lorasurgery.checkpoint.folder import EXCEPTIONS_FILE, FORMER_UNDO_FILE, is_plain_name
from lorasurgery.checkpoint.safetensors_file import open_safetensors, read_header
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import DamagedFileError, NotACheckpointError, UnsupportedError
from lorasurgery.lazy import LazyTensor

# Raised when the meaning of the file changes.
VERSION = 1
# The entry of the file's metadata that has, as JSON, all that is not a tensor.
KEY = "lorasurgery_exceptions"


@dataclass(frozen=True)
class TensorExceptions:
    """How the merge of one tensor is made to give the stored bits.

    Attributes:
        merged_hash: of the bytes of the merged tensor.
        product: the dtype that ΔW is rounded to before it is added; None where the sum is rounded once.
        corrections: the compressed corrections; None where there are none.
    """

    merged_hash: str
    product: Dtype | None = None
    corrections: LazyTensor | None = None

    @property
    def nbytes(self) -> int:
        """What the corrections take on disk."""
        return 0 if self.corrections is None else self.corrections.nbytes


@dataclass(frozen=True)
class ModelExceptions:
    """What a merge of an adapter needs besides it to give back one model, bit for bit.

    Attributes:
        tensors: by the names of the merged model's files, all that the factors change.
        headers: by file name, all that comes before the tensors; none where the files are the base's.
        indexes: the texts of index files by name; only with headers.
    """

    tensors: Mapping[str, TensorExceptions]
    headers: Mapping[str, bytes] = field(default_factory=dict)
    indexes: Mapping[str, bytes] = field(default_factory=dict)


def write_exceptions(folder: Path, model: ModelExceptions) -> None:
    """Write the side file into an adapter's folder, which has none or an earlier one."""
    content = {
        name: {"merged_hash": each.merged_hash, "product": each.product and each.product.name}
        for name, each in sorted(model.tensors.items())
    }
    parts = {f"corrections/{name}": each.corrections for name, each in model.tensors.items()}
    parts |= {f"header/{name}": _bytes(header) for name, header in model.headers.items()}
    parts |= {f"index/{name}": _bytes(text) for name, text in model.indexes.items()}
    text = json.dumps({"version": VERSION, "tensors": content}, sort_keys=True)
    path = folder / EXCEPTIONS_FILE
    write_safetensors(path, {name: each for name, each in parts.items() if each is not None}, {KEY: text})


def read_exceptions(folder: Path) -> ModelExceptions | None:
    """Read the side file of an adapter's folder, if there is one.

    Raises:
        NotACheckpointError: the file is not really there.
        DamagedFileError: it is not what `write_exceptions` writes.
        UnsupportedError: a later version of this program wrote it.
    """
    path = folder / EXCEPTIONS_FILE
    if not os.path.lexists(path):
        return None
    if not path.is_file():
        raise NotACheckpointError(
            f"{path} is a link that leads nowhere, or no file. Fetch it again, or delete it to merge the "
            "factors alone."
        )
    parts = open_safetensors(path)
    try:
        content = json.loads(read_header(path)[0].metadata[KEY])
        version = content["version"]
        if version == VERSION:
            return _model(content["tensors"], parts)
    except (KeyError, TypeError, AttributeError, ValueError):
        version = VERSION
    if version != VERSION:
        raise UnsupportedError(
            f"{path} has version {version}, and this program knows version {VERSION}; use the lorasurgery "
            "that wrote it."
        )
    raise DamagedFileError(
        f"{path} is damaged: its metadata and its tensors do not belong together. Recover the adapter again, "
        "or delete the file to merge the factors alone."
    )


def _model(content: Mapping[str, Any], parts: Mapping[str, LazyTensor]) -> ModelExceptions:
    """Take the parts of the file by their prefixes.

    Raises:
        ValueError, KeyError: there are others.
    """
    sorted_parts: dict[str, dict[str, LazyTensor]] = {"corrections": {}, "header": {}, "index": {}}
    for name, part in parts.items():
        kind, _, of = name.partition("/")
        if part.dtype is not Dtype.U8:
            raise ValueError(f"{name} is not bytes")
        sorted_parts[kind][of] = part
    corrections = sorted_parts["corrections"]
    if not corrections.keys() <= content.keys():
        raise ValueError("corrections of a tensor that is not listed")
    tensors = {
        name: TensorExceptions(
            str(each["merged_hash"]),
            None if each["product"] is None else Dtype[each["product"]],
            corrections.get(name),
        )
        for name, each in content.items()
    }
    headers, indexes = (
        {name: part.raw().data.tobytes() for name, part in sorted_parts[kind].items()}
        for kind in ("header", "index")
    )
    # Files are written under these names.
    for names, ending in ((headers, ".safetensors"), (indexes, ".safetensors.index.json")):
        for name in names:
            if (
                not (is_plain_name(name) and name[0] != "." and name.endswith(ending))
                or name == FORMER_UNDO_FILE
            ):
                raise ValueError("no name of a model's file")
    for text in indexes.values():
        text.decode()
    return ModelExceptions(tensors, headers, indexes)


def _bytes(data: bytes) -> LazyTensor:
    import numpy as np

    bits = np.frombuffer(data, np.uint8)
    return LazyTensor.of_bits((len(data),), Dtype.U8, lambda start, stop: bits[start:stop])

"""The undo record on disk: `undo.json` and `undo.tensors` in the folder of the merged weights.

`undo.json` lists the operations in order; the last one is undone first. Each has the names that
were added, the texts of side files that were changed, and for every changed tensor the hashes
before and after and what restores it. The numbers are in `undo.tensors`, under
`<operation>/...`. Both are written by this program alone; `VERSION` is raised when their meaning
changes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lorasurgery.checkpoint import write_safetensors, write_text
from lorasurgery.checkpoint.folder import UNDO_FILE, UNDO_FILES, read_json
from lorasurgery.checkpoint.safetensors_file import is_count
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import DamagedFileError, SurgeryError, UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.linalg.requantising import CODE_ROUNDINGS
from lorasurgery.surgery.undo.merge_operation import MergeOperation
from lorasurgery.surgery.undo.record_checks import check
from lorasurgery.surgery.undo.tensor_undo import MovedCodes, StoredTerm, TensorUndo
from lorasurgery.text import reason_of

VERSION = 5
# Before version 4, codes of quantised weights were restored as numbers are. Version 4 lacks notes of a
# few codes of floats, one in a million of FP8: of such a tensor the hash disagrees, and nothing is written.
READ_VERSIONS = (3, 4, VERSION)
JSON_FILE = "undo.json"
# All files that a record may consist of, by today's and by former names.
RECORD_FILES = frozenset((JSON_FILE, *UNDO_FILES))


@dataclass(frozen=True)
class UndoRecord:
    """All operations from the first base to a folder, as JSON and as tensors, as in the files."""

    operations: tuple[Mapping[str, Any], ...] = ()
    tensors: Mapping[str, LazyTensor] = field(default_factory=dict)

    def with_operation(self, operation: MergeOperation) -> UndoRecord:
        """Return the record after one more merge."""
        content, tensors = _packed(operation, f"{len(self.operations)}/")
        return UndoRecord((*self.operations, content), {**self.tensors, **tensors})

    def without_last(self) -> UndoRecord:
        """Return the record without the last merge."""
        last = f"{len(self.operations) - 1}/"
        rest = {name: tensor for name, tensor in self.tensors.items() if not name.startswith(last)}
        return UndoRecord(self.operations[:-1], rest)

    def last(self, path: Path) -> MergeOperation:
        """Return the merge to undo.

        Raises:
            DamagedFileError: the record contradicts itself.
        """
        try:
            operation = _unpacked(self.operations[-1], f"{len(self.operations) - 1}/", self.tensors)
            check(operation)
            if self.operations[-1]["texts_hash"] != _texts_hash(operation):
                raise ValueError(
                    "the base's headers or the texts of its side files are not those that were written"
                )
            return operation
        except (SurgeryError, MemoryError, OSError):
            raise
        except Exception as error:  # a record comes from anywhere, and may be anything
            raise DamagedFileError(f"{path} is damaged: {type(error).__name__} {reason_of(error)}.") from None

    def write(self, folder: Path) -> None:
        """Write both files, unless the record is empty."""
        if not self.operations:
            return
        write_safetensors(folder / UNDO_FILE, self.tensors)
        text = json.dumps({"version": VERSION, "operations": list(self.operations)}, indent=1, sort_keys=True)
        write_text(folder / JSON_FILE, text + "\n")


def folder_beside(file: Path) -> Path:
    """Return the folder of the undo record of a model that is one file (`OUT.gguf.undo`)."""
    return file.with_name(f"{file.name}.undo")


def find_record(path: Path) -> Path | None:
    """Return the `undo.json` of a folder or at a path, if there is one."""
    file = path / JSON_FILE if path.is_dir() else path
    return file if file.is_file() and file.suffix == ".json" else None


def read_record(path: Path) -> UndoRecord:
    """Read a record by its `undo.json`; the tensors are in the same folder.

    Raises:
        DamagedFileError: one of the files is malformed, or absent.
        UnsupportedError: another version of this program wrote it.
    """
    from lorasurgery.checkpoint.safetensors_file import open_safetensors

    content = read_json(path)
    if not isinstance(content.get("operations"), list) or not content["operations"]:
        raise DamagedFileError(f"{path} is not an undo record: it has no list of operations.")
    if content.get("version") not in READ_VERSIONS:
        raise UnsupportedError(
            f"{path} has version {content.get('version')}, and this program knows version {VERSION}; use "
            "the lorasurgery that wrote it."
        )
    tensors = next((file for name in UNDO_FILES if (file := path.with_name(name)).is_file()), None)
    if tensors is None:
        raise DamagedFileError(
            f"{path.with_name(UNDO_FILE)} is not there, and {path} needs it; copy it from where the merge "
            "was written."
        )
    return UndoRecord(tuple(content["operations"]), open_safetensors(tensors))


def _packed(operation: MergeOperation, prefix: str) -> tuple[dict[str, Any], dict[str, LazyTensor]]:
    tensors: dict[str, LazyTensor] = {}
    entries = {}
    for name, undo in sorted(operation.tensors.items()):
        entries[name] = _entry(undo)
        tensors |= {f"{prefix}{name}/{key}": tensor for key, tensor in _parts(undo).items()}
    for file, header in operation.headers.items():
        tensors[f"{prefix}headers/{file}"] = _bytes(header)
    content = {
        "verb": "merge",
        "base": operation.base,
        "adapters": list(operation.adapters),
        "tensors": entries,
        "hashes": dict(operation.hashes),
        "new": list(operation.new),
        "files": sorted(operation.headers),
        "side_files": dict(operation.side_files),
        "sizes": dict(operation.sizes),
        "texts_hash": _texts_hash(operation),
    }
    return content, tensors


def _texts_hash(operation: MergeOperation) -> str:
    """Return the BLAKE3 hash of headers and side files, which no other hash covers."""
    from blake3 import blake3

    headers = {name: header.hex() for name, header in operation.headers.items()}
    return blake3(json.dumps([headers, dict(operation.side_files)], sort_keys=True).encode()).hexdigest()


def _entry(undo: TensorUndo) -> dict[str, Any]:
    return {
        "shape": list(undo.shape),
        "dtype": undo.dtype.name,
        "base_hash": undo.base_hash,
        "matrix_shape": list(undo.matrix_shape),
        "terms": [{"scale": term.scale, "row": term.row, "column": term.column} for term in undo.terms],
        **({} if undo.moved is None else {"moved": asdict(undo.moved)}),
    }


def _parts(undo: TensorUndo) -> dict[str, LazyTensor]:
    optional = {"gain": undo.gain, "corrections": undo.corrections, "kept": undo.kept}
    parts = {key: tensor for key, tensor in optional.items() if tensor is not None}
    for index, term in enumerate(undo.terms):
        parts |= {f"left{index}": term.left, f"right{index}": term.right}
    return parts


def _bytes(data: bytes) -> LazyTensor:
    import numpy as np

    bits = np.frombuffer(data, np.uint8)
    return LazyTensor.of_bits((len(data),), Dtype.U8, lambda start, stop: bits[start:stop])


def _unpacked(content: Mapping[str, Any], prefix: str, tensors: Mapping[str, LazyTensor]) -> MergeOperation:
    headers = {file: tensors[f"{prefix}headers/{file}"].raw().data.tobytes() for file in content["files"]}
    undone = {name: _tensor(entry, f"{prefix}{name}/", tensors) for name, entry in content["tensors"].items()}
    listed = {f"{prefix}{name}/{key}" for name, undo in undone.items() for key in _parts(undo)}
    listed |= {f"{prefix}headers/{file}" for file in headers}
    stray = sorted({name for name in tensors if name.startswith(prefix)} - listed)
    if stray:
        raise ValueError(f"{stray[0]!r} is of no tensor that it lists")
    return MergeOperation(
        base=str(content["base"]),
        adapters=tuple(content["adapters"]),
        tensors=undone,
        hashes=dict(content["hashes"]),
        new=tuple(content["new"]),
        headers=headers,
        side_files=dict(content["side_files"]),
        sizes=dict(content.get("sizes", {})),
    )


def _tensor(entry: Mapping[str, Any], prefix: str, tensors: Mapping[str, LazyTensor]) -> TensorUndo:
    terms = tuple(
        StoredTerm(
            tensors[f"{prefix}left{index}"],
            tensors[f"{prefix}right{index}"],
            float(term["scale"]),
            int(term["row"]),
            int(term["column"]),
        )
        for index, term in enumerate(entry["terms"])
    )
    rows, columns = entry["matrix_shape"]
    return TensorUndo(
        shape=tuple(entry["shape"]),
        dtype=_dtype(entry["dtype"]),
        base_hash=str(entry["base_hash"]),
        matrix_shape=(rows, columns),
        terms=terms,
        gain=tensors.get(f"{prefix}gain"),
        corrections=tensors.get(f"{prefix}corrections"),
        kept=tensors.get(f"{prefix}kept"),
        moved=_moved(entry["moved"]) if "moved" in entry else None,
    )


def _moved(entry: Mapping[str, Any]) -> MovedCodes:
    if entry["rounding"] not in CODE_ROUNDINGS or not is_count(entry["seed"]):
        raise ValueError(f"codes were moved by no rule that is known ({entry['rounding']!r})")
    return MovedCodes(str(entry["weight"]), entry["rounding"], entry["seed"])


def _dtype(name: str) -> Dtype:
    dtype = Dtype[name]
    if not dtype.is_in_torch:
        raise KeyError(name)
    return dtype

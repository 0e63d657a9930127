"""The weights of an export in parts: each part has a share of the tensors, in the form that the graph wants.

    OUT.parts/3-of-8/weights.safetensors     `model.onnx_data:NAME` for each of its tensors

Whether a matrix is stored transposed, its dtype and its place in the data file are known when the graph is
traced. That takes seconds and reads no weights, so that each part traces for itself and waits for no other.
What it found is in the fingerprint of the run: a part for another layout is refused. The graphs are
written by `assemble`, which copies the tensors to their places in the data files.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from lorasurgery.checkpoint.rewrite import FilePlan, rewriting
from lorasurgery.checkpoint.safetensors_file import open_safetensors
from lorasurgery.checkpoint.write import header_bytes, header_only, layout_names
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.onnx.exporting.build import BuiltExport
from lorasurgery.onnx.exporting.datafile import Key, StoredConstant, blocks_of
from lorasurgery.onnx.exporting.forecast import writing_peak_nbytes
from lorasurgery.reports import Report
from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.parts.file_part import FilePart
from lorasurgery.surgery.parts.file_share import FileShare
from lorasurgery.surgery.parts.part import Part, shared_out
from lorasurgery.surgery.parts.parts_folder import StoredPasses
from lorasurgery.surgery.workers import Meter, Progress

PIECE = "weights.safetensors"


class ExportInParts(Protocol):
    """What the plan of an export has for its parts; `traced` are its graphs, traced once."""

    @property
    def traced(self) -> BuiltExport: ...
    @property
    def reuses_shards(self) -> bool: ...

    def written(self, built: BuiltExport, progress: Progress | None = None) -> Report:
        """Write the output, with the weights of `built`."""
        ...


@dataclass(frozen=True, repr=False)
class ExportPart(FilePart):
    """A share of the weights of an export."""

    def __post_init__(self) -> None:
        if self._export.reuses_shards:
            raise UnsupportedError(
                "--reuse-shards leaves the weights where they are, and there is no work to divide: leave out "
                "--part, --resume and --engine."
            )

    @property
    def _export(self) -> ExportInParts:
        own: ExportInParts = self.plan
        return own

    @cached_property
    def shares(self) -> list[FileShare]:
        """The shares of all parts."""
        return piece_shares(self._export.traced, self.part.count)

    @property
    def peak_nbytes(self) -> int:
        """The memory of a part, which compares nothing with torch."""
        return writing_peak_nbytes(self._export.traced)

    def assemble(self, stored: StoredPasses) -> Report:
        passes = [stored.of(Part(index, self.part.count))[0] for index in range(1, self.part.count + 1)]
        pieces = [each.folder / PIECE for each, share in zip(passes, self.shares, strict=True) if share.plans]
        return self._export.written(with_pieces(self._export.traced, pieces))


def layout_of(built: BuiltExport) -> list[list[Any]]:
    """Return what an export wants of each tensor, as JSON values."""
    return [
        [name, stored.transposed, str(stored.dtype), list(stored.shape)] for name, stored in _entries(built)
    ]


def piece_shares(built: BuiltExport, count: int) -> list[FileShare]:
    """Share the tensors out by their bytes; the shares of all parts, the first part's first."""
    entries = list(_entries(built))
    owners = shared_out([stored.nbytes for _, stored in entries], count)
    shares: list[dict[str, LazyTensor]] = [{} for _ in range(count)]
    for (name, stored), owner in zip(entries, owners, strict=True):
        shares[owner - 1][name] = header_only(name, stored.shape, Dtype.of(stored.dtype))
    return [FileShare(tuple(_plans(share)), is_whole=False) for share in shares]


def _plans(share: dict[str, LazyTensor]) -> Iterator[FilePlan]:
    if share:
        yield FilePlan(PIECE, header_bytes(layout_names(share), share, {}), copied={})


def write_pieces(
    built: BuiltExport, share: FileShare, folder: Path, progress: Progress | None
) -> dict[str, str]:
    """Write a share of the tensors into the folder of a part; return the hash of each.

    Raises:
        NoSpaceError: the disk is full.
        NumericError: a weight is beyond the dtype's reach.
    """
    from blake3 import blake3

    names, hashes = share.names, {}
    own = [(name, stored) for name, stored in _entries(built) if name in names]
    meter = Meter(sum(stored.nbytes for _, stored in own), progress)
    with rewriting(folder, share.plans) as writer:
        for name, stored in own:
            found, offset = blake3(), 0
            for block in blocks_of(stored):
                bits = StoredArray.of(block)
                writer.write(name, offset, bits)
                found.update(bits.data)
                offset += bits.bits.nbytes
            hashes[name] = found.hexdigest()
            meter.add(stored.nbytes)
    return hashes


def with_pieces(built: BuiltExport, pieces: Iterable[Path]) -> BuiltExport:
    """Return the same export with weights that are read from the files of its parts, as they are there."""
    tensors = {name: tensor for path in pieces for name, tensor in open_safetensors(path).items()}

    def read(file: str, key: Key, stored: StoredConstant) -> StoredConstant:
        return dataclasses.replace(stored, tensor=tensors[_entry(file, key)], transposed=False)

    data = {
        file: {key: read(file, key, stored) for key, stored in wanted.items()}
        for file, wanted in built.data.items()
    }
    return dataclasses.replace(built, data=data)


def _entries(built: BuiltExport) -> Iterator[tuple[str, StoredConstant]]:
    """Every tensor of the data files, by its name in a part."""
    for file, wanted in sorted(built.data.items()):
        for key, stored in sorted(wanted.items(), key=lambda each: each[0]):
            yield _entry(file, key), stored


def _entry(file: str, key: Key) -> str:
    name, is_transposed = key
    return f"{file}:{name}:transposed" if is_transposed else f"{file}:{name}"

"""Archives of `torch.save` since 1.6: a zip file with a pickle and one record of bytes for each storage.

Records are stored as they are, so that a tensor's bytes are a range of the file. torch's own
unpickler for `weights_only=True` reads the pickle, with storages that have a size and no bytes.
Mapped instead, as `torch.load(mmap=True)` has it, a file that is cut off while it is read would end
the process.

Source: torch/serialization.py (`_load`) and torch/_weights_only_unpickler.py; PKWARE's APPNOTE.TXT
4.3.7 for local headers.
"""

from __future__ import annotations

import errno
import sys
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lorasurgery.checkpoint.disk import read_failed
from lorasurgery.checkpoint.pages import opened_file
from lorasurgery.errors import DamagedFileError, UnsupportedError
from lorasurgery.foreign import shortened
from lorasurgery.stamp import FileStamp

if TYPE_CHECKING:
    from torch import Tensor, UntypedStorage
    from torch.storage import TypedStorage

# How a record begins: so many bytes, then its name and the padding that aligns its content.
LOCAL_HEADER_BYTES = 30
LOCAL_HEADER_START = b"PK\x03\x04"
# A compressed file is unpacked into memory as far as it is believable: times its own bytes, and
# always below a megabyte.
MAX_RATIO, MAX_SMALL_BYTES = 100, 1 << 20


@dataclass(frozen=True)
class StoredBytes:
    """Where a storage lies in the file."""

    key: str
    offset: int
    nbytes: int


@dataclass(frozen=True)
class Archive:
    """The pickle's contents, its tensors without bytes, and where the bytes of each storage are."""

    content: Any
    stored: Mapping[int, tuple[StoredBytes, UntypedStorage]]

    def of(self, tensor: Tensor) -> StoredBytes | None:
        """Where a tensor's storage lies; None for one that has none in the file."""
        found = self.stored.get(tensor.untyped_storage()._cdata)
        return found[0] if found else None


def read_archive(path: Path, stamp: FileStamp) -> Archive | None:
    """Read the pickle of an archive and none of its tensors.

    None if its bytes cannot be read in place: compressed, or in another machine's byte order.

    Raises:
        UnpicklingError: the pickle asks for more than tensors.
        DamagedFileError: the archive is cut off or contradicts itself.
        UnsupportedError: it is compressed beyond belief.
    """
    with opened_file(path, stamp) as file:
        try:
            archive = zipfile.ZipFile(file)
        except zipfile.BadZipFile as error:
            cause = error.__context__  # zipfile calls errors of the disk a damaged archive, too
            if isinstance(cause, OSError) and cause.errno == errno.EIO:
                raise read_failed(path, cause) from None
            raise DamagedFileError(
                f"{path} begins like a PyTorch checkpoint and is cut off or damaged: {error}."
            ) from None
        with archive:
            records = _records(path, archive)
            root = _root(path, records)
            if not _can_be_read_in_place(path, archive, records, root, stamp):
                return None
            pickled = archive.read(f"{root}data.pkl")

        def place(key: str, nbytes: int) -> StoredBytes:
            return _place(path, records, root, key, nbytes, lambda at: _data_offset(path, file, at))

        return _unpickled(pickled, place)


def _records(path: Path, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    records = {entry.filename: entry for entry in archive.infolist()}
    if len(records) < len(archive.infolist()):
        raise DamagedFileError(f"{path} is an archive that has a record twice; save the weights again.")
    return records


def _root(path: Path, records: Mapping[str, zipfile.ZipInfo]) -> str:
    """The folder inside the archive in which all records lie."""
    roots = [name.removesuffix("data.pkl") for name in records if name.endswith("/data.pkl")]
    if len(roots) != 1:
        raise DamagedFileError(
            f"{path} is a zip archive and no PyTorch checkpoint: it has {len(roots)} data.pkl."
        )
    return roots[0]


def _can_be_read_in_place(
    path: Path,
    archive: zipfile.ZipFile,
    records: Mapping[str, zipfile.ZipInfo],
    root: str,
    stamp: FileStamp,
) -> bool:
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in records.values()):
        unpacked = sum(entry.file_size for entry in records.values())
        if unpacked > max(MAX_RATIO * stamp.nbytes, MAX_SMALL_BYTES):
            raise UnsupportedError(
                f"{path} has {stamp.nbytes} bytes and is compressed: it would take {unpacked} "
                f"bytes of memory, more than {MAX_RATIO} times as many. "
                "If you trust it, unpack it and pack it again without compression (zip -0 -r)."
            )
        return False
    order = f"{root}byteorder"
    named = archive.read(order).decode() if order in records else "little"
    return (
        named == sys.byteorder == "little" and f"{root}constants.pkl" not in records
    )  # those are TorchScript's


def _place(
    path: Path,
    records: Mapping[str, zipfile.ZipInfo],
    root: str,
    key: str,
    nbytes: int,
    data_offset: Callable[[int], int],
) -> StoredBytes:
    record = records.get(f"{root}data/{key}")
    if record is None or not 0 <= nbytes <= record.file_size:
        has = "is not there" if record is None else f"has {record.file_size} bytes"
        raise DamagedFileError(
            f"{path} cannot be read as a PyTorch checkpoint: a storage of {nbytes} bytes is in "
            f"record {shortened(key)!r}, which {has}."
        )
    return StoredBytes(key, data_offset(record.header_offset), nbytes)


def _data_offset(path: Path, file: Any, header_offset: int) -> int:
    file.seek(header_offset)
    header = file.read(LOCAL_HEADER_BYTES)
    if len(header) < LOCAL_HEADER_BYTES or not header.startswith(LOCAL_HEADER_START):
        raise DamagedFileError(f"{path} is cut off or damaged: no record begins at byte {header_offset}.")
    name, padding = (int.from_bytes(header[at : at + 2], "little") for at in (26, 28))
    return header_offset + LOCAL_HEADER_BYTES + name + padding


def _unpickled(pickled: bytes, place: Callable[[str, int], StoredBytes]) -> Archive:
    import torch
    from torch import _weights_only_unpickler as restricted
    from torch.storage import TypedStorage

    stored: dict[int, tuple[StoredBytes, UntypedStorage]] = {}
    by_key: dict[str, TypedStorage] = {}

    def storage(saved: Any) -> TypedStorage:
        kind, storage_type, key, _, numel = saved
        if kind not in ("storage", b"storage"):
            raise ValueError(f"it refers to a {kind!r}, where storages alone are known")
        if key not in by_key:
            dtype = torch.uint8 if storage_type is torch.UntypedStorage else storage_type.dtype
            where = place(str(key), int(numel) * dtype.itemsize)
            untyped = torch.UntypedStorage(where.nbytes, device="meta")  # type: ignore[no-untyped-call]
            storage: Any = TypedStorage  # its constructor has no annotations
            by_key[key] = storage(wrap_storage=untyped, dtype=dtype, _internal=True)
            stored[untyped._cdata] = where, untyped
        return by_key[key]

    unpickler = restricted.Unpickler(BytesIO(pickled), encoding="utf-8")
    unpickler.persistent_load = storage  # type: ignore[method-assign]
    try:
        return Archive(unpickler.load(), stored)  # type: ignore[no-untyped-call]
    finally:
        with suppress(Exception):  # what is sparse is refused by name
            torch._utils._validate_loaded_sparse_tensors()  # type: ignore[no-untyped-call]

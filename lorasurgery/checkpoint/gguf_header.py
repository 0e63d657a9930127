"""Headers of GGUF files that are written: what they say of their tensors, and the same with other types."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from pathlib import Path

from lorasurgery.checkpoint.gguf_file import GgufContainer, container_of, rounded_up
from lorasurgery.checkpoint.safetensors_file import Entry, Header
from lorasurgery.errors import DamagedFileError


def parse_gguf_header(header: bytes, path: Path) -> Header:
    """Return what a header says of its tensors, as stored; there need be no file of it.

    Raises:
        DamagedFileError: it is cut off, or contradicts itself.
    """
    container = container_of(header, path)
    start = container.data_start
    if start != len(header):
        raise DamagedFileError(f"{path}: the header has {start} bytes, and {len(header)} are here.")
    entries = {
        each.name: Entry(
            each.stored_dtype.name, each.stored_shape, each.offset - start, each.offset - start + each.nbytes
        )
        for each in container.tensors
    }
    return Header(entries, {}, start)


def header_with(header: bytes, container: GgufContainer, kinds: Mapping[str, str], file_type: int) -> bytes:
    """Return a file's header with other types of some tensors, and all tensors end to end.

    Args:
        kinds: the new types, by the names of tensors.
        file_type: what `general.file_type` becomes, where the file has it.
    """
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

    front = bytearray(header[: container.tensors_at])
    if container.file_type_at is not None:
        front[container.file_type_at : container.file_type_at + 4] = struct.pack("<I", file_type)
    parts, offset = [bytes(front)], 0
    for each in container.tensors:
        kind = GGMLQuantizationType[kinds[each.name]] if each.name in kinds else each.kind
        block, block_nbytes = GGML_QUANT_SIZES[kind]
        name = each.name.encode("utf-8")
        sizes = tuple(reversed(each.shape))
        parts.append(
            struct.pack(f"<Q{len(name)}sI{len(sizes)}QIQ", len(name), name, len(sizes), *sizes, kind, offset)
        )
        nbytes = math.prod(each.shape) // block * block_nbytes
        offset = rounded_up(offset + nbytes, container.alignment)
    text = b"".join(parts)
    return text.ljust(rounded_up(len(text), container.alignment), b"\0")

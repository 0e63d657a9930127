"""External data, written as a stream: each tensor is read when its turn comes, transposed and cast
as the graph wants it.

Memory holds the largest tensor, and a copy of it where it is transposed or cast. Offsets are
multiples of a page, so that ONNX Runtime can map the file instead of reading it.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lorasurgery.checkpoint import tensor_bytes
from lorasurgery.checkpoint.disk import write_failed
from lorasurgery.errors import NumericError
from lorasurgery.lazy import LazyTensor

if TYPE_CHECKING:
    import torch
    from torch import Tensor

# Tensors of a page or more begin at one; smaller ones at a cache line.
PAGE_BYTES = 4096
LINE_BYTES = 64
# What is cast and written at a time.
BLOCK_BYTES = 1 << 24
ENDING = ".onnx_data"
HASH_LETTERS = 12


@dataclass(frozen=True)
class StoredConstant:
    """What a graph wants of a parameter: its tensor, whether it is transposed, and the dtype."""

    name: str
    tensor: LazyTensor
    transposed: bool
    dtype: torch.dtype

    @property
    def shape(self) -> tuple[int, ...]:
        return self.tensor.shape[::-1] if self.transposed else self.tensor.shape

    @property
    def nbytes(self) -> int:
        return self.tensor.numel * self.dtype.itemsize


Key = tuple[str, bool]


def offsets(wanted: Mapping[Key, StoredConstant]) -> tuple[dict[Key, int], int]:
    """Where each tensor begins, and how long the file is; large ones first keep the gaps few."""
    places, end = {}, 0
    for key in sorted(wanted, key=lambda key: (-wanted[key].nbytes, key)):
        step = PAGE_BYTES if wanted[key].nbytes >= PAGE_BYTES else LINE_BYTES
        places[key] = end = -(-end // step) * step
        end += wanted[key].nbytes
    return places, end


def write_data(
    path: Path,
    wanted: Mapping[Key, StoredConstant],
    places: Mapping[Key, int],
    progress: Callable[[int], None] | None = None,
) -> None:
    """Write a file of external data, flushed to the disk on return.

    Raises:
        NoSpaceError: the disk is full.
        NumericError: a number is beyond the dtype's reach.
    """
    try:
        with path.open("xb") as file:
            for key in sorted(wanted, key=lambda key: places[key]):
                file.seek(places[key])
                for block in blocks_of(wanted[key]):
                    file.write(tensor_bytes(block))
                if progress:
                    progress(wanted[key].nbytes)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise write_failed(path, error) from None


def named_by_content(path: Path) -> str:
    """Rename `NAME.onnx_data` to `NAME.<hash>.onnx_data`, so that other numbers never have the
    name that a graph refers to; the new name.
    """
    with path.open("rb") as file:
        told = hashlib.file_digest(file, "sha256").hexdigest()[:HASH_LETTERS]
    named = path.with_name(f"{path.name.removesuffix(ENDING)}.{told}{ENDING}")
    path.replace(named)
    return named.name


def is_named_by_content(name: str, graph: str) -> bool:
    """Whether a name is one that `named_by_content` gives to the data of a graph."""
    pattern = rf"{re.escape(graph)}\.[0-9a-f]{{{HASH_LETTERS}}}{re.escape(ENDING)}"
    return re.fullmatch(pattern, name) is not None


def blocks_of(stored: StoredConstant) -> Iterator[Tensor]:
    """A tensor as it is stored, some rows at a time."""
    if not stored.shape:
        yield _cast(stored, stored.tensor.read())
        return
    rows, nbytes = stored.shape[0], max(1, stored.nbytes)
    step = max(1, rows * BLOCK_BYTES // nbytes)
    whole = None if stored.tensor.rows and not stored.transposed else stored.tensor.read()
    if whole is not None and stored.transposed:
        whole = whole.T
    for start in range(0, rows, step):
        stop = min(start + step, rows)
        block = stored.tensor.read_rows(start, stop) if whole is None else whole[start:stop]
        yield _cast(stored, block)


def _cast(stored: StoredConstant, block: Tensor) -> Tensor:
    """One rounding, which must not make an infinity of a number."""
    cast = block.to(stored.dtype).contiguous()
    if stored.dtype.itemsize < block.dtype.itemsize and cast.is_floating_point():
        beyond = cast.isinf() & ~block.isinf()
        if bool(beyond.any()):
            raise NumericError(
                f"{stored.name!r} holds {float(block[beyond].abs().max()):.3g}, which is beyond "
                f"{str(stored.dtype).removeprefix('torch.')}; export with --dtype fp32."
            )
    return cast

"""A part's share of files of weights: whole files where there are enough, tensors of files otherwise.

Whole files take their places in the output by another name for the same bytes (a hard link), where the file
system has that. A file whose tensors are shared out is put together again, its bytes copied by the kernel.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lorasurgery.checkpoint.disk import write_failed
from lorasurgery.checkpoint.rewrite import FilePlan, rewriting
from lorasurgery.checkpoint.write import header_bytes, header_only, layout_names
from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import ByteRange
from lorasurgery.stamp import FileStamp
from lorasurgery.surgery.parts.part import shared_out

PIECE = "piece-of-"


@dataclass(frozen=True)
class FileShare:
    """The files that one part writes; `names` are the tensors in them.

    Attributes:
        is_whole: whether they are files of the output, and not pieces of them.
    """

    plans: tuple[FilePlan, ...]
    is_whole: bool = True

    @property
    def names(self) -> frozenset[str]:
        return frozenset(name for plan in self.plans for name in plan.parsed.entries)

    @property
    def nbytes(self) -> int:
        return sum(plan.nbytes for plan in self.plans)


def file_shares(files: Sequence[FilePlan], count: int) -> list[FileShare]:
    """Return the shares of all parts, the first part's first."""
    if len(files) >= count:
        owners = shared_out([plan.nbytes for plan in files], count)
        return [
            FileShare(tuple(plan for plan, owner in zip(files, owners, strict=True) if owner == index))
            for index in range(1, count + 1)
        ]
    tensors = [
        (plan, name, entry.stop - entry.start)
        for plan in files
        for name, entry in sorted(plan.parsed.entries.items())
    ]
    owners = shared_out([nbytes for _, _, nbytes in tensors], count)
    shares: list[dict[str, dict[str, int]]] = [{} for _ in range(count)]
    for (plan, name, nbytes), owner in zip(tensors, owners, strict=True):
        shares[owner - 1].setdefault(plan.name, {})[name] = nbytes
    by_name = {plan.name: plan for plan in files}
    return [
        FileShare(tuple(_piece(by_name[file], sizes) for file, sizes in share.items()), is_whole=False)
        for share in shares
    ]


def _piece(plan: FilePlan, sizes: Mapping[str, int]) -> FilePlan:
    """Plan a file with some tensors of another one, as bytes."""
    shapes = {name: header_only(name, (nbytes,), Dtype.U8) for name, nbytes in sizes.items()}
    copied = {name: place for name, place in plan.copied.items() if name in sizes}
    return FilePlan(f"{PIECE}{plan.name}", header_bytes(layout_names(shapes), shapes, {}), copied)


def place_files(files: Sequence[FilePlan], shares: Sequence[tuple[Path, FileShare]], folder: Path) -> None:
    """Put the files of all parts into a folder.

    Args:
        shares: of all parts, each with the folder that it is in.
    """
    for place, share in shares:
        for plan in share.plans if share.is_whole else ():
            _link(place / plan.name, folder / plan.name)
    pieces = dict(_pieces(shares))
    if not pieces:
        return
    joined = [
        dataclasses.replace(plan, copied={name: pieces[name] for name in plan.parsed.entries}, twin=None)
        for plan in files
    ]
    with rewriting(folder, joined):
        pass


def _pieces(shares: Sequence[tuple[Path, FileShare]]) -> Iterator[tuple[str, ByteRange]]:
    for place, share in shares:
        for plan in () if share.is_whole else share.plans:
            yield from ranges_in(place / plan.name, plan)


def ranges_in(path: Path, plan: FilePlan) -> Iterator[tuple[str, ByteRange]]:
    """Return where each tensor of a written file is."""
    stamp = FileStamp.of(path.stat())
    for name, entry in plan.parsed.entries.items():
        yield name, ByteRange(path, plan.offset(name), entry.stop - entry.start, stamp)


def _link(source: Path, target: Path) -> None:
    """Give a file another name, or a copy of it where there are no hard links."""
    try:
        os.link(source, target)
    except OSError:
        try:
            shutil.copyfile(source, target)
            shutil.copymode(source, target)
        except OSError as error:
            raise write_failed(target, error) from None

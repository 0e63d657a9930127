"""Unmerge: the base that a merge began with, bit for bit, from the merged folder and the undo record in it.

Each tensor is predicted from its merged values, corrected, and held against the hash that the merge took of it; if one disagrees,
nothing is written. Tensors are found by name, so that copying and sharding anew do not matter.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lorasurgery.checkpoint import (
    Checkpoint,
    check_space,
    open_checkpoint,
    output_folder,
    write_text,
)
from lorasurgery.checkpoint.digest import Digest, digest
from lorasurgery.checkpoint.modes import narrow_as
from lorasurgery.checkpoint.rewrite import FilePlan, Rewriter, rewriting
from lorasurgery.checkpoint.safetensors_file import parse_header
from lorasurgery.checkpoint.side_files import copy_side_files, note_of_links, refuse_link_out, side_files
from lorasurgery.checkpoint.write import header_bytes, layout_names
from lorasurgery.errors import AlignmentError, DamagedFileError, NothingToDoError
from lorasurgery.lazy import LazyTensor, Place
from lorasurgery.paths import StrPath, expanded
from lorasurgery.surgery.base.matrix import STREAM_ELEMENTS
from lorasurgery.surgery.merging.layout import shaped
from lorasurgery.surgery.output.default_name import stem
from lorasurgery.surgery.output.target import folder_target
from lorasurgery.surgery.undo.merge_operation import MergeOperation
from lorasurgery.surgery.undo.tensor_undo import TensorUndo, restored
from lorasurgery.surgery.undo.undo_record import (
    JSON_FILE,
    TENSORS_FILE,
    find_record,
    read_record,
)
from lorasurgery.surgery.workers import Bench, Meter, Progress, working_limit

# What a number of the factors that are taken away takes: as stored, in float32, and where it is cut up for the loops.
PER_FACTOR_NUMBER = 12


@dataclass(frozen=True)
class UnmergeReport:
    """What was undone: of `restored` tensors the base's own bits, `copied` were not changed; `left` operations remain to be undone."""

    merged: str
    output: str
    adapters: tuple[str, ...]
    restored: int
    copied: int
    removed: int
    nbytes: int
    left: int
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {"version": 1, **asdict(self)}


def unmerge(
    merged: StrPath,
    output: StrPath | None = None,
    *,
    record: StrPath | None = None,
    workers: int | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> UnmergeReport:
    """Write the base that the last merge of a folder began with.

    Args:
        merged: the merged model: a folder or a file.
        output: the base's folder; by default `merged-unmerged`.
        record: the `undo.json`, where it does not lie beside the weights.
        workers, force, progress: as for `merge`.

    Raises:
        NothingToDoError: there is no record.
        DamagedFileError: the record is damaged, or a tensor does not come out as the base's.
        AlignmentError: the weights are not those that the merge wrote.
        CheckpointError, OutputError: see `lorasurgery.errors`.
    """
    opened = open_checkpoint(merged, side_files=True)
    place = _place(opened, record)
    kept = read_record(place)
    operation = kept.last(place)
    _refuse_absent(opened, operation)
    target = folder_target(output, f"{stem(opened)}-unmerged", "models")
    plans = _plans(opened, operation)
    refuse_link_out(opened.folder, "config.json")
    is_folder = expanded(merged).is_dir()
    inputs = [*opened.files, place, *([opened.folder] if is_folder else [])]
    with output_folder(target, inputs, force=force) as partial:
        check_space(target, sum(plan.nbytes for plan in plans))
        _write_weights(opened, operation, plans, partial, workers, progress)
        opened.check_unchanged()
        if is_folder or opened.config:
            _write_side_files(opened, operation, partial)
        kept.without_last().write(partial)
    return UnmergeReport(
        merged=opened.name,
        output=str(target),
        adapters=operation.adapters,
        restored=len(operation.tensors),
        copied=sum(len(plan.parsed.entries) for plan in plans) - len(operation.tensors),
        removed=len(operation.new),
        nbytes=sum(plan.nbytes for plan in plans),
        left=len(kept.operations) - 1,
        notes=note_of_links(opened.folder) if is_folder or opened.config else (),
    )


@dataclass(frozen=True)
class _RestoreJob:
    """One tensor of the base: the merged one (None where the merge left it out), and what undoes it (None where it was copied)."""

    name: str
    merged: LazyTensor | None
    undo: TensorUndo | None
    merged_hash: str | None

    @property
    def read_bytes(self) -> int:
        return self.merged.nbytes if self.merged else 0

    @property
    def working_bytes(self) -> int:
        numbers = (
            sum(side.numel for term in self.undo.terms for side in (term.left, term.right))
            if self.undo
            else 0
        )
        return 64 * STREAM_ELEMENTS + PER_FACTOR_NUMBER * numbers

    def advise(self) -> None:
        if self.merged and self.merged.advise:
            self.merged.advise()


def _write_weights(
    merged: Checkpoint,
    operation: MergeOperation,
    plans: Sequence[FilePlan],
    partial: Path,
    workers: int | None,
    progress: Progress | None,
) -> None:
    """Write the base's files, every tensor held against its hash."""
    work = [
        _RestoreJob(name, merged.tensors.get(name), operation.tensors.get(name), operation.hashes.get(name))
        for plan in plans
        for name in plan.parsed.entries
    ]
    bench = Bench(workers, working_limit(), Meter(sum(each.read_bytes for each in work), progress))
    with rewriting(partial, plans) as writer:
        bench(work, lambda each: _restore(each, writer))


def _place(merged: Checkpoint, record: StrPath | None) -> Path:
    given = merged.folder if record is None else expanded(record)
    found = find_record(given)
    if found is None and not given.exists():
        raise NothingToDoError(
            f"{given} does not exist; --record takes an undo.json, or the folder that holds it."
        )
    if found is None:
        raise NothingToDoError(
            f"{given} has no {JSON_FILE}, so nothing says what was merged. Give --record PATH where it lies elsewhere, or --adapter to subtract one by hand."
        )
    return found


def _refuse_absent(merged: Checkpoint, operation: MergeOperation) -> None:
    absent = sorted(set(operation.hashes) - set(merged.tensors))
    if absent:
        raise AlignmentError(
            f"{merged.name} lacks {len(absent)} tensors that the merge wrote ({absent[0]!r}). "
            "The undo record belongs to another model, or the weights were saved again under other names."
        )
    for name, undo in operation.tensors.items():
        size = math.prod(undo.matrix_shape)
        if name in operation.hashes and merged.tensors[name].numel != size:
            raise AlignmentError(
                f"{name!r} has {merged.tensors[name].numel} elements in {merged.name}, and the merge wrote {size}. The undo record belongs to another model."
            )


def _plans(merged: Checkpoint, operation: MergeOperation) -> list[FilePlan]:
    """The base's files: by their own headers, or one file where they were no safetensors."""
    names = [name for name in {**operation.hashes, **operation.tensors} if name not in operation.new]
    headers = operation.headers or {"model.safetensors": _header(merged, operation, names)}
    plans = []
    for file, header in headers.items():
        entries = parse_header(header[8:], Path(file)).entries
        copied = {
            name: place
            for name in entries
            if name not in operation.tensors and (place := _place_of(merged, name)) is not None
        }
        plans.append(FilePlan(file, header, copied))
    return plans


def _place_of(merged: Checkpoint, name: str) -> Place | None:
    return merged.tensors[name].place if name in merged.tensors else None


def _header(merged: Checkpoint, operation: MergeOperation, names: list[str]) -> bytes:
    shapes = {name: _shaped(merged, operation, name) for name in sorted(names)}
    return header_bytes(layout_names(shapes), shapes, {"format": "pt"})


def _shaped(merged: Checkpoint, operation: MergeOperation, name: str) -> LazyTensor:
    """A tensor of the base, as far as a header needs it."""
    undo = operation.tensors.get(name)
    if undo is None:
        return merged.tensors[name]
    return shaped(name, undo.shape, undo.dtype)


def _restore(work: _RestoreJob, writer: Rewriter) -> None:
    """Bring one tensor back and hold it against both hashes: that of what it is made from, and that of what it should be."""
    if work.undo is None:
        assert work.merged is not None, f"{work.name} was either copied or is kept"
        _check_merged(work, digest(work.merged))
        if work.merged.place is None:
            writer.write(work.name, 0, work.merged.raw())
        return
    merged, base, at = Digest(), Digest(), 0
    for block in restored(work.undo, work.name, work.merged, merged.add):
        base.add(block)
        writer.write(work.name, at, block)
        at += block.bits.nbytes
    if work.merged is not None:
        _check_merged(work, str(merged))
    if str(base) != work.undo.base_hash:
        raise DamagedFileError(
            f"{work.name!r} does not come out as the base had it: the undo record is damaged. Nothing was written."
        )


def _check_merged(work: _RestoreJob, found: str) -> None:
    if found != work.merged_hash:
        raise AlignmentError(
            f"{work.name!r} is not as the merge wrote it: something changed it since, and the base cannot be found under that. "
            "Undo that change first, or merge again."
        )


def _write_side_files(merged: Checkpoint, operation: MergeOperation, partial: Path) -> None:
    """Side files as they were: those that the merge changed from the record, all others copied."""
    own = {JSON_FILE, TENSORS_FILE, *operation.side_files}
    indexes = {path.name for path in merged.folder.glob("*.index.json")}
    files = [path for path in side_files(merged.folder) if str(path) not in own | indexes]
    copy_side_files(merged.folder, files, partial)
    for name, text in operation.side_files.items():
        if text is not None:
            write_text(partial / name, text)
            if (merged.folder / name).exists():
                narrow_as(partial / name, merged.folder / name)

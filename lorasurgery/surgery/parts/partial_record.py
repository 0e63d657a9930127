"""A part's share of the undo record of a merge: a record in itself, of the tensors that the part wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lorasurgery.foreign import reading
from lorasurgery.linalg.requantising import Kept
from lorasurgery.surgery.merging.apply import AppliedJob
from lorasurgery.surgery.parts.manifest import MANIFEST
from lorasurgery.surgery.parts.parts_folder import StoredPass
from lorasurgery.surgery.undo.merge_operation import MergeOperation
from lorasurgery.surgery.undo.undo_record import JSON_FILE, UndoRecord, read_record

# Where the manifest has what became of ΔW in weights that were quantised again.
KEPT = "kept"


def write_partial_record(applied: Sequence[AppliedJob], folder: Path) -> None:
    """Write what undoes the tensors of one part."""
    operation = MergeOperation(
        base="",
        adapters=(),
        tensors={each.name: each.undo for each in applied if each.undo is not None},
        hashes={each.name: each.merged_hash for each in applied if each.merged_hash is not None},
        new=(),
        headers={},
    )
    UndoRecord().with_operation(operation).write(folder)


def kept_values(applied: Sequence[AppliedJob]) -> dict[str, Any]:
    """Return what a manifest says of weights that were quantised again."""
    kept = {each.name: asdict(each.kept) for each in applied if each.kept is not None}
    # numpy's numbers, as JSON has them.
    return {KEPT: {name: {key: _plain(value) for key, value in sums.items()} for name, sums in kept.items()}}


def _plain(number: Any) -> int | float:
    plain: int | float = number.item() if hasattr(number, "item") else number
    return plain


def joined_jobs(passes: Sequence[StoredPass], *, undo: bool) -> list[AppliedJob]:
    """Return what is known of the tensors of all parts, in the order of names.

    Raises:
        DamagedFileError: a record contradicts itself.
    """
    jobs = [job for each in passes for job in _jobs_of(each, undo=undo)]
    return sorted(jobs, key=lambda each: each.name)


def _jobs_of(stored: StoredPass, *, undo: bool) -> list[AppliedJob]:
    manifest = stored.manifest
    hashes = {name: each for tensors in manifest.tensors.values() for name, each in tensors.items()}
    with reading(stored.folder / MANIFEST, "the manifest of a part"):
        kept = {name: Kept(**values) for name, values in manifest.content[KEPT].items()}
    if not undo:
        return [AppliedJob(name, None, None, kept.get(name)) for name in hashes]
    path = stored.folder / JSON_FILE
    operation = read_record(path).last(path)
    return [
        AppliedJob(name, each, operation.tensors.get(name), kept.get(name)) for name, each in hashes.items()
    ]

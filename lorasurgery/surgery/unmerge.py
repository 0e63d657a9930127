"""Undo a merge: restore the base, bit for bit, from the merged folder and the undo record in it.

Each tensor is predicted from its merged values, corrected, and compared with its hash in the
record. If one differs, nothing is written. Tensors are found by name, so copying and sharding anew
do not matter.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from lorasurgery.checkpoint import (
    Checkpoint,
    check_space,
    open_checkpoint,
    space_notes,
    write_text,
)
from lorasurgery.checkpoint.folder import GGUF_SUFFIX
from lorasurgery.checkpoint.modes import narrow_as
from lorasurgery.checkpoint.rewrite import FilePlan, header_of, rewriting
from lorasurgery.checkpoint.side_files import copy_side_files, notes_of_left_out, refuse_link_out, side_files
from lorasurgery.checkpoint.write import header_bytes, header_only, layout_names
from lorasurgery.errors import AlignmentError, NothingToDoError
from lorasurgery.lazy import ByteRange, LazyTensor
from lorasurgery.paths import StrPath, expanded
from lorasurgery.quantisation import Encoding, gguf_encodings, quantised_model
from lorasurgery.surgery.engines.engine import on_engines
from lorasurgery.surgery.engines.resume import resumable
from lorasurgery.surgery.output.default_name import stem
from lorasurgery.surgery.output.model_output import ModelOutput, OpenModelOutput
from lorasurgery.surgery.output.target import file_target, folder_target
from lorasurgery.surgery.parts.file_part import FilePart, Place
from lorasurgery.surgery.parts.file_share import FileShare
from lorasurgery.surgery.parts.fingerprint import of_checkpoint, of_values
from lorasurgery.surgery.parts.part_plan import in_parts
from lorasurgery.surgery.parts.parts_folder import StoredPass
from lorasurgery.surgery.pipelines.pipeline_folder import pipeline_at
from lorasurgery.surgery.pipelines.unmerge_parts import PipelineUnmergePlan, plan_pipeline_unmerge
from lorasurgery.surgery.plan import at_once
from lorasurgery.surgery.undo.merge_operation import MergeOperation
from lorasurgery.surgery.undo.restore_tensor import RestoreJob, restore
from lorasurgery.surgery.undo.undo_record import (
    JSON_FILE,
    RECORD_FILES,
    UndoRecord,
    find_record,
    folder_beside,
    read_record,
)
from lorasurgery.surgery.undo.unmerge_report import UnmergeForecast, UnmergeReport
from lorasurgery.surgery.workers import Bench, Meter, Progress, peak_nbytes, working_limit


@dataclass(frozen=True)
class UnmergePlan:
    """The undoing of a merge that was checked against headers and record, and not begun.

    `files` are those of the base. `is_model_folder` says that what else is in the folder belongs to
    the model.
    """

    merged: Checkpoint
    record: UndoRecord
    operation: MergeOperation
    files: tuple[FilePlan, ...]
    target: Path
    inputs: tuple[Path, ...]
    is_model_folder: bool
    workers: int | None = None
    force: bool = False
    progress: Progress | None = None

    def __repr__(self) -> str:
        """Return one line, since the record holds every tensor that was changed."""
        return f"<UnmergePlan: {', '.join(self.operation.adapters)} out of {self.merged.name}, {self.target}>"

    def at(self, target: Path) -> UnmergePlan:
        """Return the same work with its output elsewhere."""
        return dataclasses.replace(self, target=target)

    def forecast(self) -> UnmergeForecast:
        """Return what `run` would write; nothing but headers and the record is read."""
        found = self.foreseen
        return dataclasses.replace(found, notes=(*found.notes, *space_notes(self.target, self.nbytes)))

    @property
    def foreseen(self) -> UnmergeForecast:
        """What `run` would write, whether or not the disk can hold it."""
        changed = self.operation.tensors
        return UnmergeForecast(
            merged=self.merged.name,
            output=str(self.target),
            adapters=self.operation.adapters,
            restored=len(changed),
            copied=sum(len(plan.parsed.entries) for plan in self.files) - len(changed),
            removed=len(self.operation.new),
            nbytes=self.nbytes,
            left=len(self.record.operations) - 1,
            peak_nbytes=self._peak(),
            notes=notes_of_left_out(self.merged.folder) if self.is_model_folder else (),
        )

    def run(self, progress: Progress | None = None) -> UnmergeReport:
        """Write the base; every tensor is checked by its hash."""
        with self.place.opened() as output:
            check_space(self.target, self.nbytes)
            shown = self.progress if progress is None else progress
            meter = Meter(sum(each.read_bytes for each in self._jobs), shown)
            with rewriting(output.folder, self.files, hashed=True) as writer:
                Bench(self.workers, working_limit(), meter)(self._jobs, lambda each: restore(each, writer))
            self._finish(output)
        return UnmergeReport.of(self.foreseen)

    def _finish(self, output: OpenModelOutput) -> None:
        """Write all but the weights."""
        self.merged.check_unchanged()
        if self.is_model_folder:
            _write_side_files(self.merged, self.operation, output.folder)
        self.record.without_last().write(output.record)

    # What parts need (see `parts/file_part.py`).

    @property
    def place_of_output(self) -> Path:
        return self.target

    @property
    def all_inputs(self) -> tuple[Path, ...]:
        return self.inputs

    @property
    def planned_files(self) -> tuple[FilePlan, ...]:
        return self.files

    def fingerprints(self) -> dict[str, str]:
        """Return the fingerprints of the merged model and of its undo record."""
        return {**of_checkpoint("merged", self.merged), "undo record": of_values(self.record.operations)}

    def write_share(
        self, share: FileShare, folder: Path, progress: Progress | None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        """Restore a share of the files."""
        jobs = [each for each in self._jobs if each.name in share.names]
        meter = Meter(sum(each.read_bytes for each in jobs), progress)
        with rewriting(folder, share.plans, hashed=True) as writer:
            Bench(self.workers, working_limit(), meter)(jobs, lambda each: restore(each, writer))
        self.merged.check_unchanged()
        return {each.name: each.base_hash for each in jobs}, {}

    def join(self, place: Place, passes: Sequence[StoredPass]) -> UnmergeReport:  # noqa: ARG002
        """Write the base out of all parts."""
        with self.place.opened() as output:
            place(output.folder)
            self._finish(output)
        return UnmergeReport.of(self.foreseen)

    @property
    def place(self) -> ModelOutput:
        """Where the base is written; a file has a record only if it was merged before."""
        is_file, is_left = self.merged.gguf is not None, len(self.record.operations) > 1
        record = folder_beside(self.target) if is_file and is_left else None
        return ModelOutput(self.target, self.inputs, record, is_file, self.force)

    @property
    def nbytes(self) -> int:
        return sum(plan.nbytes for plan in self.files)

    @cached_property
    def _jobs(self) -> list[RestoreJob]:
        merged, operation, encodings = self.merged.tensors, self.operation, self._encodings
        return [
            RestoreJob(
                name,
                merged.get(name),
                operation.tensors.get(name),
                operation.hashes.get(name),
                encodings.get(name),
            )
            for plan in self.files
            for name in plan.parsed.entries
        ]

    @property
    def _encodings(self) -> dict[str, Encoding]:
        """How codes that the merge moved lie in the tensors that hold them, by these tensors' names."""
        if not any(undo.moved for undo in self.operation.tensors.values()):
            return {}
        if self.merged.gguf is not None:
            return gguf_encodings(self.merged)
        weights = quantised_model(self.merged).readable.values()
        return {each.codes: each.encoding for each in weights if each.encoding is not None}

    def _peak(self) -> int:
        with_torch = any(each.needs_torch for each in self._jobs)
        return peak_nbytes((each.working_bytes for each in self._jobs), self.workers, torch=with_torch)


@on_engines("unmerge")
@resumable("unmerge")
@in_parts("unmerge", FilePart)
def plan_unmerge(
    merged: StrPath,
    output: StrPath | None = None,
    *,
    record: StrPath | None = None,
    workers: int | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> UnmergePlan | PipelineUnmergePlan:
    """Plan the undoing of the last merge of a folder; only headers and the record are read.

    Args:
        merged: the merged model: a folder or a file, or a pipeline's folder.
        output: the base's folder, or file where `merged` is a GGUF file; by default
            `merged-unmerged`.
        record: the `undo.json`, where it is not in the folder of the weights.
        workers, force, part, resume, engine, progress: as for `merge`.

    Raises:
        NothingToDoError: there is no record.
        DamagedFileError: the record is damaged, or a tensor does not come out as the base's.
        AlignmentError: the weights are not those that the merge wrote.
        CheckpointError, OutputError: see `lorasurgery.errors`.
    """
    if record is None and (pipeline := pipeline_at(merged)) is not None:

        def plan_one(folder: Path, target: Path) -> UnmergePlan:
            found = plan_unmerge(folder, target, workers=workers)
            assert isinstance(found, UnmergePlan), "a part of a pipeline is no pipeline"
            return found

        return plan_pipeline_unmerge(pipeline, output, plan_one, force=force, progress=progress)
    opened = open_checkpoint(merged, side_files=True)
    record_path = _record_path(opened, record)
    undo_record = read_record(record_path)
    operation = undo_record.last(record_path)
    _refuse_absent(opened, operation)
    target = _target(opened, output)
    files = _files_of_base(opened, operation, target)
    refuse_link_out(opened.folder, "config.json")
    is_folder = expanded(merged).is_dir()
    inputs = (*opened.files, record_path, *((opened.folder,) if is_folder else ()))
    is_model_folder = is_folder or bool(opened.config)
    found = (opened, undo_record, operation, files, target, inputs, is_model_folder)
    plan = UnmergePlan(*found, workers=workers, force=force, progress=progress)
    plan.place.check()
    return plan


unmerge = at_once(plan_unmerge, "unmerge", "Write the base that the last merge of a folder began with.")


def _target(merged: Checkpoint, output: StrPath | None) -> Path:
    """Return where the base goes: a file for a GGUF file, else a folder."""
    default = f"{stem(merged)}-unmerged"
    if merged.gguf is not None:
        return file_target(output, default, GGUF_SUFFIX, "GGUF models")
    return folder_target(output, default, "models")


def _record_path(merged: Checkpoint, record: StrPath | None) -> Path:
    own = folder_beside(merged.files[0]) if merged.gguf is not None else merged.folder
    given = own if record is None else expanded(record)
    path = find_record(given)
    if path is None and not given.exists() and record is not None:
        raise NothingToDoError(
            f"{given} does not exist; --record takes an undo.json, or the folder that holds it."
        )
    if path is None:
        by_hand = "" if merged.gguf is not None else ", or --adapter to subtract one by hand"
        raise NothingToDoError(
            f"{given} has no {JSON_FILE}, so nothing says what was merged. Give --record PATH if it is "
            f"elsewhere{by_hand}."
        )
    return path


def _refuse_absent(merged: Checkpoint, operation: MergeOperation) -> None:
    absent = sorted(set(operation.hashes) - set(merged.tensors))
    if absent:
        raise AlignmentError(
            f"{merged.name} lacks {len(absent)} tensors that the merge wrote ({absent[0]!r}). "
            "The undo record belongs to another model, or the weights were saved again under other names."
        )
    for name, undo in operation.tensors.items():
        size = math.prod(undo.shape if undo.moved else undo.matrix_shape)
        if name in operation.hashes and merged.tensors[name].numel != size:
            raise AlignmentError(
                f"{name!r} has {merged.tensors[name].numel} elements in {merged.name}, and the merge wrote "
                f"{size}. The undo record belongs to another model."
            )


def _files_of_base(merged: Checkpoint, operation: MergeOperation, target: Path) -> tuple[FilePlan, ...]:
    """Return the base's files: by their own headers, or one file where they were pickles."""
    names = [name for name in {**operation.hashes, **operation.tensors} if name not in operation.new]
    headers = operation.headers or {"model.safetensors": _header(merged, operation, names)}
    plans = []
    for file, header in headers.items():
        entries = header_of(header, Path(file)).entries
        copied = {
            name: place
            for name in entries
            if name not in operation.tensors and (place := _place_of(merged, name)) is not None
        }
        name = target.name if merged.gguf is not None else file
        plans.append(FilePlan(name, header, copied, least_nbytes=operation.sizes.get(file, 0)))
    return tuple(plans)


def _place_of(merged: Checkpoint, name: str) -> ByteRange | None:
    return merged.tensors[name].place if name in merged.tensors else None


def _header(merged: Checkpoint, operation: MergeOperation, names: list[str]) -> bytes:
    shapes = {name: _shaped(merged, operation, name) for name in sorted(names)}
    return header_bytes(layout_names(shapes), shapes, {"format": "pt"})


def _shaped(merged: Checkpoint, operation: MergeOperation, name: str) -> LazyTensor:
    """Return a tensor of the base, as far as a header needs it."""
    undo = operation.tensors.get(name)
    if undo is None:
        return merged.tensors[name]
    return header_only(name, undo.shape, undo.dtype)


def _write_side_files(merged: Checkpoint, operation: MergeOperation, partial: Path) -> None:
    """Write side files as they were: those that the merge changed from the record, all others copied."""
    own = {*RECORD_FILES, *operation.side_files}
    indexes = {path.name for path in merged.folder.glob("*.index.json")}
    files = [path for path in side_files(merged.folder) if str(path) not in own | indexes]
    copy_side_files(merged.folder, files, partial)
    for name, text in operation.side_files.items():
        if text is not None:
            write_text(partial / name, text)
            if (merged.folder / name).exists():
                narrow_as(partial / name, merged.folder / name)

"""Open the base and the adapters of a merge, and find out what happens to which tensor."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lorasurgery.architecture import Architecture
from lorasurgery.arguments import Given, adapters_of, several, split_weight
from lorasurgery.checkpoint import Checkpoint, open_checkpoint
from lorasurgery.checkpoint.absence import absent_adapter, is_weight
from lorasurgery.checkpoint.folder import GGUF_SUFFIX
from lorasurgery.checkpoint.side_files import notes_of_left_out, other_weights, refuse_link_out, side_files
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import NotACheckpointError, UnsupportedError
from lorasurgery.paths import StrPath, expanded
from lorasurgery.surgery.adapter_input.reading import AdapterReading
from lorasurgery.surgery.adapter_input.slips import slips_in
from lorasurgery.surgery.adapter_input.weighted_adapter import WeightedAdapter, open_weighted
from lorasurgery.surgery.base.open_base import OpenBase, describe_base
from lorasurgery.surgery.merging.adapter_match import AdapterMatch
from lorasurgery.surgery.merging.assignment import PartAssignment
from lorasurgery.surgery.merging.base_as import as_in_training, note_of_base_as, with_numbers
from lorasurgery.surgery.merging.config import changed_fields
from lorasurgery.surgery.merging.gguf_base import GgufBase, gguf_files
from lorasurgery.surgery.merging.layout import MergedFiles, index_files, laid_out
from lorasurgery.surgery.merging.matching import AdapterMatcher
from lorasurgery.surgery.merging.quantised import QuantisedBase, QuantisedOutcome
from lorasurgery.surgery.merging.recovered_adapter import has_exceptions, note_of_unused, with_exceptions
from lorasurgery.surgery.merging.tensor_job import TensorJob
from lorasurgery.surgery.merging.weight_writing import WeightWriting
from lorasurgery.surgery.output.default_name import adapter_stem, stem
from lorasurgery.surgery.output.model_output import ModelOutput
from lorasurgery.surgery.output.target import file_target, folder_target
from lorasurgery.surgery.undo.undo_record import (
    RECORD_FILES,
    UndoRecord,
    find_record,
    folder_beside,
    read_record,
)
from lorasurgery.surgery.workers import one_blas_thread


@dataclass(frozen=True)
class MergeRequest:
    """What is merged into what, tensor by tensor.

    Attributes:
        jobs: all tensors that are computed; all others are copied.
        removed: tensors of the base that are in no file of the output.
        fields: those of the config that change, by their paths of keys.
        side_files: what is copied from the base's folder.
        side_texts: the texts of side files that change; None for a file that is removed.
        record: the undo record of the base, if it was merged before.
        inputs: files and folders that the output must stay clear of.
    """

    base: Checkpoint
    architecture: Architecture
    adapters: tuple[WeightedAdapter, ...]
    match: AdapterMatch
    jobs: Mapping[str, TensorJob]
    files: MergedFiles
    removed: tuple[str, ...]
    fields: Mapping[tuple[str, ...], Any]
    side_files: tuple[Path, ...]
    side_texts: Mapping[str, str | None]
    record: UndoRecord
    target: Path
    inputs: tuple[Path, ...]
    notes: tuple[str, ...]

    @property
    def paths(self) -> list[str]:
        """Return the modules that the adapters change, by the base's names."""
        return sorted({path for each in self.adapters for path in each.adapter.modules})

    def output(self, *, undo: bool, force: bool) -> ModelOutput:
        """Return where the model is written, with its undo record if there is to be one."""
        is_file = self.base.gguf is not None
        record = folder_beside(self.target) if is_file and undo else None
        return ModelOutput(self.target, self.inputs, record, is_file, force)


AS_STORED, AS_IN_THE_BASE = AdapterReading(), WeightWriting()


def prepare(
    base: StrPath,
    adapters: Given | Sequence[Given],
    output: StrPath | None = None,
    *,
    take: str | Sequence[str] = (),
    reading: AdapterReading = AS_STORED,
    writing: WeightWriting = AS_IN_THE_BASE,
) -> MergeRequest:
    """Open everything and find out what goes where; nothing is written.

    Raises:
        CheckpointError, AlignmentError, NumericError, UnsupportedError, NothingToDoError: see
            `lorasurgery.errors`.
    """
    opened = open_checkpoint(base, side_files=True)
    target = None if output is None else _target(opened, output)
    refuse_link_out(opened.folder, "config.json")
    quantised = _base_as_stored(opened, writing)
    model, numbers = as_in_training(describe_base(quantised.numbers), quantised, writing.base_as)
    weighted = open_weighted(named := _named(adapters), model.host, reading)
    match = _matched(model, weighted, several(take, "take"), writing.dtype)
    outcome = quantised.written(with_numbers(match.jobs, numbers, opened, writing.dtype), writing.dtype)
    match = dataclasses.replace(match, jobs=outcome.jobs)
    target = target or _target(opened, default_name(opened, weighted))
    jobs, files, unused = _laid_out(opened, outcome, match, weighted, reading, writing, target.name)
    is_model_folder = _is_model_folder(opened)
    side_texts = outcome.statements.side_files if is_model_folder else {}
    return MergeRequest(
        base=opened,
        architecture=model.architecture,
        adapters=tuple(weighted),
        match=match,
        jobs=jobs,
        files=files,
        removed=tuple(sorted(outcome.removed)),
        fields=_fields(opened, outcome, model.architecture, weighted, match, writing.dtype),
        side_files=_side_files(opened, side_texts) if is_model_folder else (),
        side_texts=side_texts,
        record=_record(opened, is_model_folder=is_model_folder),
        target=target,
        inputs=(*opened.files, *_folders(opened, weighted)),
        notes=(
            *_notes_of_input(named, weighted, reading),
            *_too_large(files, writing.max_shard_bytes),
            *quantised.notes(outcome),
            *note_of_base_as(writing.base_as, numbers),
            *unused,
            *_notes(opened, match, model.architecture, is_model_folder=is_model_folder),
        ),
    )


def _notes_of_input(
    named: Sequence[Given], weighted: Sequence[WeightedAdapter], reading: AdapterReading
) -> list[str]:
    """Say what was odd in the user's words, and what they weigh."""
    paths = (path for each in weighted for path in each.adapter.modules)
    return [*slips_in(named, weighted), *reading.blocks.notes(paths)]


def _is_model_folder(base: Checkpoint) -> bool:
    """Return whether the base's folder is its own; that of a file without a config may hold anything."""
    return expanded(base.name).is_dir() or bool(base.config)


def _named(adapters: Given | Sequence[Given]) -> list[Given]:
    named = list(adapters_of(adapters))
    if not named:
        raise UnsupportedError("No adapter is given; name at least one.")
    _refuse_output_among(named)
    return named


def _fields(
    base: Checkpoint,
    outcome: QuantisedOutcome,
    architecture: Architecture,
    weighted: Sequence[WeightedAdapter],
    match: AdapterMatch,
    dtype: Dtype | None,
) -> dict[tuple[str, ...], Any]:
    """Return the fields of the config that change, by dequantising or by what the adapters bring."""
    stated = {**base.config, **outcome.statements.config}
    config = {key: value for key, value in stated.items() if value is not None}
    return {
        **{(key,): value for key, value in outcome.statements.config.items()},
        **changed_fields(config, architecture, weighted, match, dtype),
    }


def _base_as_stored(opened: Checkpoint, writing: WeightWriting) -> QuantisedBase | GgufBase:
    """Find out how the weights of a base are stored."""
    if opened.gguf is None:
        return QuantisedBase.of(opened, writing.dtype, writing.requantise, writing.size)
    if writing.max_shard_bytes is not None:
        raise UnsupportedError(
            f"{opened.name} is a GGUF model, which stays one file; leave --max-shard-size out."
        )
    if writing.size is not None:
        raise UnsupportedError(
            f"{opened.name} is a GGUF model, whose tensors --requantise keeps in their types; leave "
            "--size out."
        )
    return GgufBase.of(opened, writing.dtype, writing.requantise)


def _target(base: Checkpoint, output: StrPath) -> Path:
    """Return where the merged model goes: a file for a GGUF file, else a folder."""
    if base.gguf is not None:
        return file_target(output, "", GGUF_SUFFIX, "merged GGUF models")
    return folder_target(output, "", "merged models")


def _laid_out(
    base: Checkpoint,
    outcome: QuantisedOutcome,
    match: AdapterMatch,
    weighted: Sequence[WeightedAdapter],
    reading: AdapterReading,
    writing: WeightWriting,
    file_name: str,
) -> tuple[Mapping[str, TensorJob], MergedFiles, list[str]]:
    """Return all jobs and the files, and notes on what of a recovered adapter is not used."""
    if base.gguf is not None:
        notes = [note_of_unused(each) for each in weighted if has_exceptions(each)]
        return outcome.jobs, gguf_files(base, outcome.jobs, file_name), notes
    jobs, files = laid_out(base, outcome, match.untied, writing.dtype, writing.max_shard_bytes)
    return with_exceptions(base, jobs, files, weighted, reading, writing)


def _record(base: Checkpoint, *, is_model_folder: bool) -> UndoRecord:
    """Return the record of the base, if it was merged before."""
    folders = [folder_beside(file) for file in base.files] if base.gguf is not None else [base.folder]
    path = find_record(folders[0]) if is_model_folder or base.gguf is not None else None
    return read_record(path) if path else UndoRecord()


def _too_large(files: MergedFiles, max_shard_bytes: int | None) -> list[str]:
    """Return a note on tensors that are larger than a shard may be: each gets a shard of its own."""
    if max_shard_bytes is None:
        return []
    larger = sum(plan.nbytes - len(plan.header) > max_shard_bytes for plan in files.plans)
    if not larger:
        return []
    what = "1 tensor is" if larger == 1 else f"{larger} tensors are"
    return [f"{what} larger than a shard may be, and a tensor is not divided: each has a shard of its own"]


def _matched(
    base: OpenBase, weighted: Sequence[WeightedAdapter], take: Sequence[str], dtype: Dtype | None
) -> AdapterMatch:
    """Find the place of all that the adapters change in the base."""
    assignment = PartAssignment.of(take, weighted)
    matcher = AdapterMatcher(base.checkpoint, base.architecture, base.binding, assignment)
    with one_blas_thread():
        for index, each in enumerate(weighted):
            matcher.add(index, each)
    assignment.refuse_unused()
    return matcher.match(dtype)


def _refuse_output_among(named: Sequence[Given]) -> None:
    """Refuse a last name that looks like an output's, since outputs are named with -o.

    Raises:
        NotACheckpointError: the last of several adapters does not exist.
    """
    name, weight = split_weight(named[-1])
    if len(named) > 1 and weight == 1 and "/" not in name and not expanded(name).exists():
        hint = "" if is_weight(name) else " The output is named with -o."
        raise NotACheckpointError(f"{absent_adapter(name)}{hint}")


def _side_files(base: Checkpoint, changed: Collection[str]) -> tuple[Path, ...]:
    own = {index.name for index in index_files(base)} | RECORD_FILES | {"config.json", *changed}
    return tuple(path for path in side_files(base.folder) if str(path) not in own)


def _folders(base: Checkpoint, given: Sequence[WeightedAdapter]) -> tuple[Path, ...]:
    """Return the folders that the output must stay clear of: all of a folder that the user named."""
    own = (base.folder,) if expanded(base.name).is_dir() else ()
    return (*own, *(each.folder for each in given))


def default_name(base: Checkpoint, given: Sequence[WeightedAdapter]) -> str:
    """Return the name made of the base's and the adapters': `llama-with-poetry`."""
    names = [adapter_stem(each.name) for each in given]
    return f"{stem(base)}-with-{'-'.join(names)}"


def _notes(
    base: Checkpoint, match: AdapterMatch, architecture: Architecture, *, is_model_folder: bool
) -> list[str]:
    notes = [architecture.note, *match.notes]
    if match.untied:
        names = ", ".join(repr(name) for name in match.untied)
        notes.append(
            f"{names} shared the tensor of the embedding, and only one of them is changed: each has its own "
            "now, and the config says tie_word_embeddings: false."
        )
    if match.new:
        names = ", ".join(repr(name) for name in match.new[:3])
        more = f" and {len(match.new) - 3} more" if len(match.new) > 3 else ""
        notes.append(
            f"{names}{more} {'are' if len(match.new) > 1 else 'is'} new: the base has no such parameter."
        )
    zero = [path for (_, path), check in match.checks.items() if check.is_nothing]
    if zero:
        notes.append(
            f"ΔW is zero in {len(zero)} of {len(match.checks)} modules ({zero[0]!r}): the adapter was not "
            "trained there."
        )
    if is_model_folder:
        notes += notes_of_left_out(base.folder)
        others = other_weights(base.folder, {*base.files, *(base.folder / name for name in RECORD_FILES)})
        if others:
            notes.append(
                f"{len(others)} other weight files of the base are not copied ({others[0]}): they would "
                "hold the unmerged weights."
            )
    return [note for note in notes if note]

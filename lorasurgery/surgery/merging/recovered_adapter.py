"""Have the merge of a recovered adapter give back the model that it came from, bit for bit.

Its exceptions (`surgery/exceptions.py`) belong to one merge alone: the whole adapter, at its own
strength, into its own base, each tensor in the base's dtype. With anything else the factors are
merged as those of any adapter, and a note says so.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from lorasurgery.checkpoint import Checkpoint
from lorasurgery.checkpoint.folder import EXCEPTIONS_FILE
from lorasurgery.checkpoint.rewrite import FilePlan, header_of
from lorasurgery.errors import AlignmentError, DamagedFileError
from lorasurgery.surgery.adapter_input.block_weights import AS_TRAINED
from lorasurgery.surgery.adapter_input.reading import AdapterReading
from lorasurgery.surgery.adapter_input.weighted_adapter import WeightedAdapter
from lorasurgery.surgery.base.name_filter import ALL
from lorasurgery.surgery.exceptions import ModelExceptions, read_exceptions
from lorasurgery.surgery.merging.layout import MergedFiles
from lorasurgery.surgery.merging.tensor_job import TensorJob
from lorasurgery.surgery.merging.weight_writing import WeightWriting


def with_exceptions(
    base: Checkpoint,
    jobs: Mapping[str, TensorJob],
    files: MergedFiles,
    given: Sequence[WeightedAdapter],
    reading: AdapterReading,
    writing: WeightWriting,
) -> tuple[dict[str, TensorJob], MergedFiles, list[str]]:
    """Return jobs and files of the model that an adapter was recovered from, and notes on what is not used.

    Raises:
        DamagedFileError, UnsupportedError: see `read_exceptions`.
    """
    found = [(each, model) for each in given if (model := read_exceptions(each.folder)) is not None]
    if not found:
        return dict(jobs), files, []
    adapter, model = found[0]
    is_whole = adapter.weight == 1 and reading.blocks == AS_TRAINED and reading.choice == ALL
    is_plain = dataclasses.replace(writing, max_shard_bytes=None) == WeightWriting()
    changed = {name for name, job in jobs.items() if job.parts}
    if len(given) > 1 or not is_whole or not is_plain or model.tensors.keys() != changed:
        return dict(jobs), files, [note_of_unused(adapter)]
    corrected = {
        name: dataclasses.replace(jobs[name], exceptions=each) for name, each in model.tensors.items()
    }
    if writing.max_shard_bytes is None and model.headers:
        files = _files_of(model, base, jobs)
    return {**jobs, **corrected}, files, []


def has_exceptions(adapter: WeightedAdapter) -> bool:
    """Whether an adapter was recovered."""
    return os.path.lexists(adapter.folder / EXCEPTIONS_FILE)


def note_of_unused(adapter: WeightedAdapter) -> str:
    """Say that the factors of a recovered adapter are merged alone."""
    return (
        f"{adapter.name} was recovered from a merged model; the exceptions that come with it are not "
        "used, since they are for the whole adapter alone, at weight 1, in its own base and dtype"
    )


def _files_of(model: ModelExceptions, base: Checkpoint, jobs: Mapping[str, TensorJob]) -> MergedFiles:
    """Plan the files that the model had.

    Raises:
        AlignmentError: they have another set of tensors than the merge.
        DamagedFileError: a header or an index contradicts itself or the other ones.
    """
    plans = []
    copied = {name: tensor for name, tensor in base.tensors.items() if name not in jobs}
    for file, header in sorted(model.headers.items()):
        names = header_of(header, Path(file)).entries
        places = {name: copied[name].place for name in names if name in copied}
        plans.append(FilePlan(file, header, {name: place for name, place in places.items() if place}))
    planned = {name: entry for plan in plans for name, entry in plan.parsed.entries.items()}
    stated = {name: (entry.dtype, entry.shape) for name, entry in planned.items()}
    wanted = {name: (each.dtype.name, each.shape) for name, each in copied.items()}
    wanted |= {name: (job.dtype.name, job.shape) for name, job in jobs.items()}
    if stated != wanted:
        raise AlignmentError(
            f"{EXCEPTIONS_FILE} describes files with other tensors than {base.name} with the adapter merged. "
            "Give the base of the recovery; or delete that file, to merge the factors alone."
        )
    held = {plan.name: plan.parsed.entries.keys() for plan in plans}
    for name, text in model.indexes.items():
        _check_index(name, text, held)
    return MergedFiles(tuple(plans), {name: text.decode() for name, text in model.indexes.items()})


def _check_index(name: str, text: bytes, held: Mapping[str, Collection[str]]) -> None:
    """Refuse an index that puts a tensor where the headers do not."""
    try:
        stated = json.loads(text)["weight_map"]
        agrees = all(tensor in held[file] for tensor, file in stated.items())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        agrees = False
    if not agrees:
        raise DamagedFileError(
            f"{EXCEPTIONS_FILE} is damaged: {name} and the headers put tensors into different files. Recover "
            "the adapter again, or delete that file to merge the factors alone."
        )

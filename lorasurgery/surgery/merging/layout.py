"""Plan the files of the merged weights: the base's own files where possible, otherwise new ones."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from lorasurgery.checkpoint import Checkpoint
from lorasurgery.checkpoint.folder import read_json
from lorasurgery.checkpoint.gguf_file import header_bytes_of
from lorasurgery.checkpoint.rewrite import FilePlan
from lorasurgery.checkpoint.safetensors_file import header_text, read_header
from lorasurgery.checkpoint.write import (
    DEFAULT_MAX_SHARD_BYTES,
    header_bytes,
    header_only,
    layout_names,
    plan_shards,
)
from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import ByteRange, LazyTensor
from lorasurgery.surgery.merging.quantised import QuantisedOutcome
from lorasurgery.surgery.merging.tensor_job import TensorJob

INDEX = "model.safetensors.index.json"


@dataclass(frozen=True)
class MergedFiles:
    """The files to write, and the text of their index by its name; a single file has none."""

    plans: tuple[FilePlan, ...]
    index: Mapping[str, str]

    @property
    def nbytes(self) -> int:
        return sum(plan.nbytes for plan in self.plans)


def base_headers(base: Checkpoint) -> dict[str, bytes]:
    """Return the headers of the base's files by file name; none where one is a pickle."""
    if base.gguf is not None:
        return {file.name: header_bytes_of(file, base.gguf) for file in base.files}
    if any(file.suffix != ".safetensors" for file in base.files):
        return {}
    return {file.name: header_text(file, base.stamps[file]) for file in base.files}


def index_files(base: Checkpoint) -> tuple[Path, ...]:
    """Return the index files in the base's folder that name all of its files."""
    indexes = sorted(base.folder.glob("*.safetensors.index.json"))
    names = {file.name for file in base.files}
    return tuple(path for path in indexes if names <= _files_in(path))


def _files_in(index: Path) -> set[str]:
    """Return the files that an index names; it may be any JSON object, and not the index of the base.

    Raises:
        DamagedFileError: it is not a JSON object.
    """
    weight_map = read_json(index).get("weight_map")
    return (
        {file for file in weight_map.values() if isinstance(file, str)}
        if isinstance(weight_map, dict)
        else set()
    )


def laid_out(
    base: Checkpoint,
    written: QuantisedOutcome,
    untied: Collection[str],
    dtype: Dtype | None,
    max_shard_bytes: int | None,
) -> tuple[dict[str, TensorJob], MergedFiles]:
    """Return all jobs and the files; the base's own files where neither dtype nor shards change.

    Args:
        written: the jobs of what the adapters change, and what the output does not have.
        dtype: of the whole output, where it is to be another.
    """
    jobs = dict(written.jobs)
    can_be_copied = all(tensor.place is not None for tensor in base.tensors.values())
    converted = {name for name, tensor in base.tensors.items() if _converts(tensor, dtype)}
    converted -= written.untouchable
    if can_be_copied and not (converted or written.removed) and max_shard_bytes is None:
        return jobs, files_like(base, jobs)
    shared = {name for name, other in base.aliases.items() if other in base.tensors and name not in jobs}
    left_out = frozenset(shared - set(untied)) | written.removed
    for name, tensor in base.tensors.items():
        if name not in jobs and name not in left_out and (tensor.place is None or name in converted):
            new = dtype if dtype is not None and name in converted else tensor.dtype
            jobs[name] = TensorJob(name, tensor, tensor.shape, new)
    metadata = {"format": "pt", **written.header}
    return dict(sorted(jobs.items())), files_anew(base, jobs, left_out, max_shard_bytes, metadata)


def _converts(tensor: LazyTensor, dtype: Dtype | None) -> bool:
    """Return whether a tensor is cast to `dtype`; numbers of four bits, two to a byte, stay as they are."""
    is_number = tensor.dtype.is_floating_point and tensor.dtype is not Dtype.F4
    return dtype is not None and is_number and tensor.dtype is not dtype


def files_like(base: Checkpoint, jobs: Mapping[str, TensorJob]) -> MergedFiles:
    """Plan the base's own files, in their order, with new tensors at the end of the last one."""
    new = {name: job for name, job in jobs.items() if name not in base.tensors}
    plans = []
    for file in base.files:
        new_here = new if file == base.files[-1] else {}
        plans.append(_plan_like(file, base, jobs, new_here))
    index = {path.name: _index_with(path, new, base.files[-1].name) for path in index_files(base)}
    return MergedFiles(tuple(plans), index)


def _plan_like(
    file: Path, base: Checkpoint, jobs: Mapping[str, TensorJob], new: Mapping[str, TensorJob]
) -> FilePlan:
    header, stamp = read_header(file, base.stamps[file])
    own = [name for name in header.entries if base.tensors[name].place is not None]
    computed = {name: jobs[name] for name in own if name in jobs} | dict(new)
    places = {
        name: ByteRange(file, header.data_start + entry.start, entry.stop - entry.start, stamp)
        for name, entry in header.entries.items()
        if name not in computed
    }
    metadata = header.metadata or {}
    has_same_header = (
        "format" in metadata
        and not new
        and all(
            (base.tensors[name].shape, base.tensors[name].dtype) == (job.shape, job.dtype)
            for name, job in computed.items()
        )
    )
    if has_same_header:
        return FilePlan(file.name, header_text(file, stamp), places, twin=(file, stamp))
    shapes = {name: base.tensors[name] for name in own} | {
        name: header_only(name, job.shape, job.dtype) for name, job in computed.items()
    }
    # transformers before 4.40 does not load a file whose metadata has no format.
    new_metadata = metadata if "format" in metadata else {**metadata, "format": "pt"}
    return FilePlan(file.name, header_bytes(layout_names(shapes), shapes, new_metadata), places)


def _index_with(index: Path, new: Mapping[str, TensorJob], file: str) -> str:
    text = index.read_bytes().decode("utf-8")
    if not new:
        return text
    content = json.loads(text)
    content["weight_map"] |= dict.fromkeys(new, file)
    total = (content.get("metadata") or {}).get("total_size")
    if isinstance(total, int):
        content["metadata"]["total_size"] = total + sum(job.nbytes for job in new.values())
    content["weight_map"] = dict(sorted(content["weight_map"].items()))
    return json.dumps(content, indent=2) + "\n"


def files_anew(
    base: Checkpoint,
    jobs: Mapping[str, TensorJob],
    left_out: frozenset[str],
    max_shard_bytes: int | None,
    metadata: Mapping[str, str],
) -> MergedFiles:
    """Plan new files as transformers writes them: one file, or shards with an index."""
    copied_tensors = {
        name: tensor for name, tensor in base.tensors.items() if name not in left_out and name not in jobs
    }
    computed = {name: header_only(name, job.shape, job.dtype) for name, job in jobs.items()}
    shapes = dict(sorted({**copied_tensors, **computed}.items()))
    shards = plan_shards(shapes, max_shard_bytes or DEFAULT_MAX_SHARD_BYTES)
    plans = []
    weight_map: dict[str, str] = {}
    for number, names in enumerate(shards, start=1):
        file = (
            "model.safetensors"
            if len(shards) == 1
            else f"model-{number:05d}-of-{len(shards):05d}.safetensors"
        )
        in_shard = {name: shapes[name] for name in names}
        places = {name: copied_tensors[name].place for name in names if name in copied_tensors}
        assert all(places.values()), "what cannot be copied has a job"
        copied = {name: place for name, place in places.items() if place is not None}
        plans.append(FilePlan(file, header_bytes(layout_names(in_shard), in_shard, metadata), copied))
        weight_map |= dict.fromkeys(names, file)
    total = sum(tensor.nbytes for tensor in shapes.values())
    content = {"metadata": {"total_size": total}, "weight_map": dict(sorted(weight_map.items()))}
    return MergedFiles(tuple(plans), {INDEX: json.dumps(content, indent=2) + "\n"} if len(shards) > 1 else {})

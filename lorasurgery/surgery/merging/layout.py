"""Which files the merged weights lie in, and what in them is copied: the base's own files where that can be, new ones otherwise."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lorasurgery.checkpoint import Checkpoint
from lorasurgery.checkpoint.folder import read_json
from lorasurgery.checkpoint.rewrite import FilePlan
from lorasurgery.checkpoint.safetensors_file import header_text, read_header
from lorasurgery.checkpoint.write import DEFAULT_MAX_SHARD_BYTES, header_bytes, layout_names, plan_shards
from lorasurgery.dtypes import Dtype
from lorasurgery.lazy import LazyTensor, Place
from lorasurgery.surgery.merging.quantised import QuantisedOutcome
from lorasurgery.surgery.merging.tensor_job import TensorJob

if TYPE_CHECKING:
    from torch import Tensor

INDEX = "model.safetensors.index.json"


@dataclass(frozen=True)
class MergedFiles:
    """The files to write, and the text of their index by its name (none for a single file)."""

    plans: tuple[FilePlan, ...]
    index: Mapping[str, str]

    @property
    def nbytes(self) -> int:
        return sum(plan.nbytes for plan in self.plans)


def base_headers(base: Checkpoint) -> dict[str, bytes]:
    """The headers of the base's files, by file name; none where one of them is no safetensors file."""
    if any(file.suffix != ".safetensors" for file in base.files):
        return {}
    return {file.name: header_text(file, base.stamps[file]) for file in base.files}


def index_files(base: Checkpoint) -> tuple[Path, ...]:
    """The index beside the base's files, if there are several or one says so."""
    found = sorted(base.folder.glob("*.safetensors.index.json"))
    names = {file.name for file in base.files}
    return tuple(path for path in found if names <= _files_in(path))


def _files_in(index: Path) -> set[str]:
    """The files that an index names. It may be another one than that of the base's files, and any JSON object.

    Raises:
        DamagedFileError: it is none.
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
    """All jobs and the files: the base's own files where neither dtype nor shards change and they are safetensors.

    Args:
        written: the jobs of what the adapters change, and what the output has no use for.
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
    """Numbers of four bits lie two to a byte, and stay as they are."""
    is_number = tensor.dtype.is_floating_point and tensor.dtype is not Dtype.F4
    return dtype is not None and is_number and tensor.dtype is not dtype


def files_like(base: Checkpoint, jobs: Mapping[str, TensorJob]) -> MergedFiles:
    """The base's own files: the same names, headers and order, with what is new at the end of the last one."""
    new = {name: job for name, job in jobs.items() if name not in base.tensors}
    plans = []
    for file in base.files:
        held = new if file == base.files[-1] else {}
        plans.append(_plan_like(file, base, jobs, held))
    index = {path.name: _index_with(path, new, base.files[-1].name) for path in index_files(base)}
    return MergedFiles(tuple(plans), index)


def _plan_like(
    file: Path, base: Checkpoint, jobs: Mapping[str, TensorJob], new: Mapping[str, TensorJob]
) -> FilePlan:
    header, stamp = read_header(file, base.stamps[file])
    mine = [name for name in header.entries if base.tensors[name].place is not None]
    made = {name: jobs[name] for name in mine if name in jobs} | dict(new)
    places = {
        name: Place(file, header.data_start + entry.start, entry.stop - entry.start, stamp)
        for name, entry in header.entries.items()
        if name not in made
    }
    metadata = header.metadata or {}
    same = "format" in metadata and not new
    same = same and all(
        (base.tensors[name].shape, base.tensors[name].dtype) == (job.shape, job.dtype)
        for name, job in made.items()
    )
    if same:
        return FilePlan(file.name, header_text(file, stamp), places, twin=(file, stamp))
    shapes = {name: base.tensors[name] for name in mine} | {
        name: shaped(name, job.shape, job.dtype) for name, job in made.items()
    }
    # transformers before 4.40 does not load a file that says no format.
    written = metadata if "format" in metadata else {**metadata, "format": "pt"}
    return FilePlan(file.name, header_bytes(layout_names(shapes), shapes, written), places)


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
    """New files, as transformers lays them: one, or shards with an index; every header has the same metadata."""
    kept = {
        name: tensor for name, tensor in base.tensors.items() if name not in left_out and name not in jobs
    }
    shapes = dict(
        sorted({**kept, **{name: shaped(name, job.shape, job.dtype) for name, job in jobs.items()}}.items())
    )
    shards = plan_shards(shapes, max_shard_bytes or DEFAULT_MAX_SHARD_BYTES)
    plans = []
    weight_map: dict[str, str] = {}
    for number, names in enumerate(shards, start=1):
        file = (
            "model.safetensors"
            if len(shards) == 1
            else f"model-{number:05d}-of-{len(shards):05d}.safetensors"
        )
        mine = {name: shapes[name] for name in names}
        places = {name: kept[name].place for name in names if name in kept}
        assert all(places.values()), "what cannot be copied has a job"
        copied = {name: place for name, place in places.items() if place is not None}
        plans.append(FilePlan(file, header_bytes(layout_names(mine), mine, metadata), copied))
        weight_map |= dict.fromkeys(names, file)
    total = sum(tensor.nbytes for tensor in shapes.values())
    content = {"metadata": {"total_size": total}, "weight_map": dict(sorted(weight_map.items()))}
    return MergedFiles(tuple(plans), {INDEX: json.dumps(content, indent=2) + "\n"} if len(shards) > 1 else {})


def shaped(name: str, shape: tuple[int, ...], dtype: Dtype) -> LazyTensor:
    """A tensor that is written block by block, as far as a header needs to know it."""

    def read() -> Tensor:
        raise AssertionError(f"{name} is made block by block")

    return LazyTensor(shape, dtype, read)

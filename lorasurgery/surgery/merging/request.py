"""A merge, as it was asked for, held against the headers of the base and of all adapters: what will be done to which tensor."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lorasurgery import formats
from lorasurgery.architecture import Architecture, architecture_of, bind
from lorasurgery.checkpoint import Checkpoint, open_checkpoint
from lorasurgery.checkpoint.side_files import other_weights, side_files
from lorasurgery.errors import UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.float8 import Scaled8, dequantised, leftovers, scaled_weights
from lorasurgery.surgery.host import host_of
from lorasurgery.surgery.merging.config import changed_fields
from lorasurgery.surgery.merging.job import Job, Requantise
from lorasurgery.surgery.merging.layout import Files, files_anew, files_like, index_files
from lorasurgery.surgery.merging.match import Match, Matcher, Weighted
from lorasurgery.surgery.merging.take import Taken
from lorasurgery.surgery.naming import repository, stem
from lorasurgery.surgery.undo.record import JSON_FILE, TENSORS_FILE, Record, find_record, read_record

if TYPE_CHECKING:
    import torch

WEIGHT = re.compile(r"(?P<name>.+):(?P<weight>[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?)", re.DOTALL)
DTYPES = ("float32", "float16", "bfloat16")


@dataclass(frozen=True)
class Request:
    """What is merged into what, tensor by tensor.

    `jobs` are all tensors that are made; all others are copied. `fields` are those of the config that change, `side_files` what is copied
    from the base's folder. `removed` tensors of the base are in no file of the output. `record` is the base's own undo record, if it was merged before.
    """

    base: Checkpoint
    architecture: Architecture
    adapters: tuple[Weighted, ...]
    match: Match
    jobs: Mapping[str, Job]
    files: Files
    removed: tuple[str, ...]
    fields: Mapping[str, Any]
    side_files: tuple[Path, ...]
    record: Record
    target: Path
    inputs: tuple[Path, ...]
    notes: tuple[str, ...]


def prepare(
    base: str | os.PathLike[str],
    adapters: Sequence[str | os.PathLike[str]],
    output: str | os.PathLike[str] | None,
    take: Sequence[str],
    dtype: str | None,
    max_shard_bytes: int | None,
    *,
    requantise: bool = False,
) -> Request:
    """Open everything and find out what goes where; nothing is written.

    Raises:
        CheckpointError, AlignmentError, NumericError, UnsupportedError, NothingToDoError: see `lorasurgery.errors`.
    """
    opened = open_checkpoint(base, side_files=True)
    codes = scaled_weights(opened)
    numbers = _without_codes(opened, codes)
    architecture = architecture_of(numbers)
    binding = bind(architecture, numbers)
    given = [_open_adapter(text, architecture, opened) for text in adapters]
    taken = Taken(_choices(take, given))
    matcher = Matcher(numbers, architecture, binding, taken)
    for index, each in enumerate(given):
        matcher.add(index, each)
    _refuse_unused(taken)
    wanted = _dtype(dtype)
    if requantise and (wanted is not None or not codes):
        raise UnsupportedError(
            "--requantise writes 8-bit codes again, and --dtype asks for numbers; choose one."
            if codes
            else f"--requantise: {opened.name} holds no 8-bit codes with scales."
        )
    match = matcher.match(wanted)
    if codes:
        made = _of_codes(opened, numbers, codes, match.jobs, wanted, requantise=requantise)
        match = dataclasses.replace(match, jobs=made)
    removed = frozenset(leftovers(opened, codes)) if codes and not requantise else frozenset()
    jobs, files = _laid_out(opened, architecture, match, wanted, max_shard_bytes, removed)
    is_model_folder = Path(os.path.expanduser(base)).is_dir() or bool(opened.config)  # noqa: PTH111
    beside = _side_files(opened) if is_model_folder else ()
    record = find_record(opened.folder) if is_model_folder else None
    return Request(
        base=opened,
        architecture=architecture,
        adapters=tuple(given),
        match=match,
        jobs=jobs,
        files=files,
        removed=tuple(sorted(removed)),
        fields=changed_fields(
            opened.config,
            architecture,
            [each.adapter for each in given],
            match.jobs,
            match.untied,
            match.new,
            wanted,
            of_codes=bool(removed),
        ),
        side_files=beside,
        record=read_record(record) if record else Record(),
        target=Path(output) if output is not None else Path(default_name(opened, given)),
        inputs=(*opened.files, *_folders(opened, given)),
        notes=tuple(_notes(opened, match, is_model_folder, architecture)),
    )


def split_weight(text: str) -> tuple[str, float]:
    """`adapter:0.5` -> the adapter and how much of it; the last `:number` counts, and without one it is 1."""
    found = WEIGHT.fullmatch(text)
    return (found["name"], float(found["weight"])) if found else (text, 1.0)


def _open_adapter(text: str | os.PathLike[str], architecture: Architecture, base: Checkpoint) -> Weighted:
    name, weight = split_weight(os.fspath(text))
    host = host_of(architecture, base)
    folder, adapter = formats.read_adapter(name, host)
    return Weighted(name, folder, adapter, weight)


def _choices(take: Sequence[str], given: Sequence[Weighted]) -> dict[str, int]:
    """`--take PATTERN=ADAPTER` as pattern -> which adapter."""
    choices = {}
    for text in take:
        pattern, mark, name = text.partition("=")
        known = {each.name: index for index, each in enumerate(given)}
        known |= {Path(each.name).name: index for index, each in enumerate(given)}
        if not mark or name not in known:
            raise UnsupportedError(
                f"--take {text!r}: PATTERN=ADAPTER is expected, the adapter one of {', '.join(each.name for each in given)}."
            )
        choices[pattern] = known[name]
    return choices


def _refuse_unused(taken: Taken) -> None:
    unused = taken.unused()
    if unused:
        raise UnsupportedError(
            f"--take {unused[0]!r} names no part of any adapter; parts are called like 'score.weight' or by their module."
        )


def _dtype(name: str | None) -> torch.dtype | None:
    if name is None:
        return None
    if name not in DTYPES:
        raise UnsupportedError(f"--dtype {name!r} is none of {', '.join(DTYPES)}.")
    import torch

    dtype = getattr(torch, name)
    assert isinstance(dtype, torch.dtype)
    return dtype


def _laid_out(
    base: Checkpoint,
    architecture: Architecture,
    match: Match,
    dtype: torch.dtype | None,
    max_shard_bytes: int | None,
    removed: frozenset[str],
) -> tuple[dict[str, Job], Files]:
    """The jobs and the files: the base's own files where neither dtype nor shards change and they are safetensors."""
    jobs = dict(match.jobs)
    can_be_copied = all(tensor.place is not None for tensor in base.tensors.values())
    converted = [name for name, tensor in base.tensors.items() if _converts(tensor, dtype)]
    converted += removed
    if can_be_copied and not converted and max_shard_bytes is None:
        return jobs, files_like(base, jobs)
    shared = {name for name, other in base.aliases.items() if other in base.tensors and name not in jobs}
    left_out = frozenset(shared - set(match.untied)) | removed
    for name, tensor in base.tensors.items():
        if name not in jobs and name not in left_out and (tensor.place is None or _converts(tensor, dtype)):
            new = dtype if dtype is not None and _converts(tensor, dtype) else tensor.dtype
            jobs[name] = Job(name, tensor, tensor.shape, new)
    return dict(sorted(jobs.items())), files_anew(base, jobs, left_out, max_shard_bytes)


def _converts(tensor: LazyTensor, dtype: torch.dtype | None) -> bool:
    return dtype is not None and tensor.dtype.is_floating_point and tensor.dtype != dtype


def _without_codes(base: Checkpoint, codes: Mapping[str, Scaled8]) -> Checkpoint:
    """The base with its 8-bit codes as numbers, and a config that says nothing of them."""
    if not codes:
        return base
    gone = {*leftovers(base, codes)}
    tensors = {name: tensor for name, tensor in base.tensors.items() if name not in gone}
    tensors |= {name: dequantised(base, weight) for name, weight in codes.items()}
    config = {key: value for key, value in base.config.items() if key != "quantization_config"}
    return dataclasses.replace(base, tensors=tensors, config=config)


def _of_codes(
    base: Checkpoint,
    numbers: Checkpoint,
    codes: Mapping[str, Scaled8],
    jobs: Mapping[str, Job],
    dtype: torch.dtype | None,
    *,
    requantise: bool,
) -> dict[str, Job]:
    """Jobs of weights in codes: the changed ones as codes with new scales, or all of them as numbers in bfloat16."""
    import torch

    made = dict(jobs)
    for name, weight in codes.items():
        stored, scales = base.tensors[name], base.tensors[weight.scale]
        job = jobs.get(name)
        if job is None and requantise:
            continue
        plain = job or Job(name, stored, stored.shape, torch.bfloat16)
        plain = dataclasses.replace(plain, base=stored, replaced=plain.replaced or numbers.tensors[name])
        if not requantise:
            made[name] = dataclasses.replace(plain, dtype=dtype or torch.bfloat16)
            continue
        again = Requantise(weight.block, scales.shape, stored.dtype)
        made[name] = dataclasses.replace(plain, dtype=stored.dtype, requantise=again)
        of_scales = dataclasses.replace(again, of_scales=True)
        made[weight.scale] = dataclasses.replace(
            plain,
            name=weight.scale,
            base=scales,
            shape=scales.shape,
            dtype=scales.dtype,
            requantise=of_scales,
        )
    return dict(sorted(made.items()))


def _side_files(base: Checkpoint) -> tuple[Path, ...]:
    own = {index.name for index in index_files(base)} | {JSON_FILE, TENSORS_FILE, "config.json"}
    return tuple(path for path in side_files(base.folder) if str(path) not in own)


def _folders(base: Checkpoint, given: Sequence[Weighted]) -> tuple[Path, ...]:
    """The folders that the output must stay clear of: where the user named a folder, all of it."""
    own = (base.folder,) if Path(base.name).expanduser().is_dir() else ()
    return (*own, *(each.folder for each in given))


def default_name(base: Checkpoint, given: Sequence[Weighted]) -> str:
    """The base's name and those of the adapters: `llama-with-poetry`."""
    names = [_stem(each.name) for each in given]
    return f"{stem(base)}-with-{'-'.join(names)}"


def _stem(name: str) -> str:
    path = Path(name).expanduser()
    return path.resolve().name if path.exists() else repository(name)


def _notes(base: Checkpoint, match: Match, is_model_folder: bool, architecture: Architecture) -> list[str]:
    notes = [architecture.note, *match.notes]
    if match.untied:
        names = ", ".join(repr(name) for name in match.untied)
        notes.append(
            f"{names} shared the tensor of the embedding, and only one of them is changed: each has its own now, and the config says tie_word_embeddings: false."
        )
    if match.new:
        names = ", ".join(repr(name) for name in match.new[:3])
        more = f" and {len(match.new) - 3} more" if len(match.new) > 3 else ""
        notes.append(
            f"{names}{more} {'are' if len(match.new) > 1 else 'is'} new: the base has no such parameter."
        )
    zero = [path for (_, path), seen in match.surveys.items() if seen.is_nothing]
    if zero:
        notes.append(
            f"ΔW is zero in {len(zero)} of {len(match.surveys)} modules ({zero[0]!r}): the adapter was not trained there."
        )
    if is_model_folder:
        others = other_weights(base.folder, {*base.files, base.folder / TENSORS_FILE})
        if others:
            notes.append(
                f"{len(others)} other weight files of the base are not copied ({others[0]}): they would hold the unmerged weights."
            )
    return [note for note in notes if note]

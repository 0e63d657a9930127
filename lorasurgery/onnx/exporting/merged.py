"""The checkpoint that is exported: the base, or the base with adapters merged into it, tensor by
tensor when it is read.

Nothing is written for it: a tensor that the adapters change is made by the merge's own job, in the
dtype of the export, in one rounding.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lorasurgery.architecture.vocabulary import with_values
from lorasurgery.arguments import Given
from lorasurgery.checkpoint import Checkpoint, open_checkpoint, write_text
from lorasurgery.checkpoint.side_files import copy_side_files, notes_of_left_out, refuse_link_out, side_files
from lorasurgery.errors import UnsupportedError
from lorasurgery.foreign import with_special_floats
from lorasurgery.lazy import LazyTensor
from lorasurgery.paths import StrPath, expanded
from lorasurgery.quantisation import STATING_FILES, as_numbers, not_numbers
from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.adapter_input.reading import AdapterReading
from lorasurgery.surgery.adapter_input.weighted_adapter import WeightedAdapter
from lorasurgery.surgery.merging.merge_request import MergeRequest, prepare
from lorasurgery.surgery.merging.tensor_job import TensorJob
from lorasurgery.surgery.merging.weight_writing import WeightWriting
from lorasurgery.surgery.output.default_name import stem
from lorasurgery.surgery.undo.undo_record import RECORD_FILES

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class MergedWeights:
    """`checkpoint` is what the model has after the merge, its config included; `base` what lies on disk.

    `touched` are the names on disk of what the adapters change; `take` says which has a part that
    is no sum. `side_files` lie beside the base's weights, `inputs` are what an output must stay
    clear of, `name` is what the output is called if nobody says. `opened` are the adapters themselves.
    """

    base: Checkpoint
    checkpoint: Checkpoint
    touched: frozenset[str]
    adapters: tuple[tuple[str, float], ...]
    side_files: tuple[Path, ...]
    inputs: tuple[Path, ...]
    name: str
    take: tuple[str, ...] = ()
    experts_order: str | None = None
    notes: tuple[str, ...] = ()
    opened: tuple[WeightedAdapter, ...] = ()


def open_merged(
    base: StrPath,
    adapters: Sequence[Given],
    dtype: str,
    take: Sequence[str] = (),
    experts_order: str | None = None,
) -> MergedWeights:
    """Open a base and what is merged into it; nothing but headers and factors is read.

    Raises:
        CheckpointError, AlignmentError, NumericError, UnsupportedError, NothingToDoError: see
        `lorasurgery.errors`.
    """
    if not adapters:
        return _alone(base)
    reading = AdapterReading(experts_order=experts_order)
    asked = prepare(base, adapters, take=take, reading=reading, writing=WeightWriting.of(dtype))
    if asked.base.gguf is not None:
        raise UnsupportedError(
            f"{asked.base.name} is a GGUF model: merge the adapters into it first, and export the result."
        )
    changed = {name: job for name, job in asked.jobs.items() if _changes(job)}
    made = {name: LazyTensor(job.shape, job.dtype, _maker(job)) for name, job in changed.items()}
    numbers = as_numbers(asked.base)
    _refuse_quantised(numbers)
    merged = dataclasses.replace(
        asked.base, tensors=dict(sorted({**numbers.tensors, **made}.items())), config=_config(asked)
    )
    return MergedWeights(
        base=asked.base,
        checkpoint=merged,
        touched=frozenset(name for name, job in changed.items() if _is_of_adapters(job)),
        adapters=tuple((each.name, each.weight) for each in asked.adapters),
        side_files=asked.side_files,
        inputs=asked.inputs,
        name=f"{asked.target}-onnx",
        take=tuple(take),
        experts_order=experts_order,
        notes=asked.notes,
        opened=asked.adapters,
    )


def _alone(base: StrPath) -> MergedWeights:
    opened = open_checkpoint(base, side_files=True)
    refuse_link_out(opened.folder, "config.json")
    is_folder = expanded(opened.name).is_dir()
    found = side_files(opened.folder) if is_folder or opened.config else ()
    numbers = as_numbers(opened)
    _refuse_quantised(numbers)
    is_quantised = numbers is not opened
    own = {"config.json", *RECORD_FILES, *(STATING_FILES if is_quantised else ())}
    return MergedWeights(
        base=opened,
        checkpoint=numbers,
        touched=frozenset(),
        adapters=(),
        side_files=tuple(path for path in found if str(path) not in own),
        inputs=(*opened.files, *((opened.folder,) if is_folder else ())),
        name=f"{stem(opened)}-onnx",
        notes=notes_of_left_out(opened.folder) if found else (),
    )


def write_side_files(merged: MergedWeights, folder: Path, left_out: Collection[str]) -> None:
    """Write tokenizer and settings from the base's folder, and the config that the model has now.

    Args:
        left_out: what describes other files, such as the base's model card.
    """
    copied = [path for path in merged.side_files if str(path) not in left_out]
    copy_side_files(merged.base.folder, copied, folder)
    config = with_special_floats(dict(merged.checkpoint.config))
    write_text(folder / "config.json", json.dumps(config, indent=2, ensure_ascii=False) + "\n")


def _refuse_quantised(numbers: Checkpoint) -> None:
    """Refuse weights that cannot be read as numbers: a graph holds numbers.

    Raises:
        UnsupportedError: there are such.
    """
    unread = [name for name, each in numbers.tensors.items() if each.quantised and each.quantised.refusal]
    if unread:
        raise UnsupportedError(
            f"{not_numbers(numbers, unread[0])} ({len(unread)} weights are like that). Export the 16-bit "
            "original, and quantise the graph (--int8)."
        )


def _changes(job: TensorJob) -> bool:
    """Whether a job does more than cast what is there."""
    return bool(job.parts or job.rows or job.replaced is not None or job.base is None)


def _is_of_adapters(job: TensorJob) -> bool:
    """Whether adapters change the tensor; what a job only dequantises, they do not."""
    is_brought = job.replaced is not None and job.replaced.quantised is None
    return bool(job.parts or job.rows or is_brought or job.base is None)


def _config(asked: MergeRequest) -> Mapping[str, Any]:
    config = with_values(asked.base.config, asked.fields)
    return {key: value for key, value in config.items() if value is not None}


def _maker(job: TensorJob) -> Any:
    """How to read the tensor that a job makes."""

    def read() -> Tensor:
        import torch

        from lorasurgery.surgery.merging.apply import apply

        made = torch.empty(job.shape, dtype=job.dtype.torch)
        flat = made.view(-1)

        def put(_: str, offset: int, block: StoredArray) -> None:
            first = offset // job.dtype.itemsize
            flat[first : first + block.bits.size] = block.tensor.reshape(-1)

        apply(job, put, None, hashed=False)
        return made

    return read

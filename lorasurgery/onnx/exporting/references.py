"""The models that the check holds graphs against, as folders of float32.

transformers maps files that are in the dtype that it is asked for, and converts others in private
memory: for a bfloat16 model, twice its size. A copy on disk takes the place instead, for as long as
the check runs.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from lorasurgery.checkpoint import Checkpoint
from lorasurgery.checkpoint.side_files import copy_side_files
from lorasurgery.checkpoint.write import write_checkpoint, write_text
from lorasurgery.dtypes import Dtype
from lorasurgery.foreign import with_special_floats
from lorasurgery.lazy import LazyTensor
from lorasurgery.onnx.exporting.merged import MergedWeights
from lorasurgery.quantisation import as_numbers

if TYPE_CHECKING:
    pass

CONFIG = Path("config.json")


def reference_folders(merged: MergedWeights, scratch: Path) -> tuple[Path, Path | None]:
    """The folder of the model with its adapters, merged by `merge`; and that of the bare base,
    where there are adapters.
    """
    from lorasurgery.surgery.merge import merge

    base = _in_float32(as_numbers(merged.base), scratch / "base")
    if not merged.adapters:
        return base, None
    adapters = [f"{name}:{weight!r}" for name, weight in merged.adapters]
    merge(
        merged.base.name,
        adapters,
        scratch / "merged",
        take=merged.take,
        dtype="float32",
        experts_order=merged.experts_order,
        undo=False,
    )
    return scratch / "merged", base


def scratch_nbytes(merged: MergedWeights) -> int:
    """What these folders take at most."""
    numbers = as_numbers(merged.base)
    copied = sum(4 * tensor.numel for tensor in numbers.tensors.values()) if _has_copy(numbers) else 0
    made = sum(4 * tensor.numel for tensor in merged.checkpoint.tensors.values()) if merged.adapters else 0
    return copied + made


def _has_copy(base: Checkpoint) -> bool:
    """Whether the files are not in float32 already."""
    is_quantised = any(tensor.quantised for tensor in base.tensors.values())
    sizes = {tensor.dtype.itemsize for tensor in base.tensors.values() if tensor.dtype.is_floating_point}
    return is_quantised or (2 in sizes and 1 not in sizes)


def _in_float32(base: Checkpoint, folder: Path) -> Path:
    if not _has_copy(base):
        return base.folder
    folder.mkdir()
    write_checkpoint(folder, {name: _widened(tensor) for name, tensor in base.tensors.items()})
    if any(tensor.quantised for tensor in base.tensors.values()):
        write_text(folder / CONFIG, json.dumps(with_special_floats(base.config), indent=2) + "\n")
    else:
        copy_side_files(base.folder, [CONFIG], folder)
    return folder


def _widened(tensor: LazyTensor) -> LazyTensor:
    is_half = tensor.dtype.is_floating_point and tensor.dtype.itemsize == 2
    return tensor.cast(Dtype.F32) if is_half else tensor

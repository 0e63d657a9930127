"""One merge, as far as it takes to undo it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lorasurgery.surgery.undo.tensor_undo import TensorUndo


@dataclass(frozen=True)
class MergeOperation:
    """What a merge changed, and how each of it is brought back.

    `tensors` are those that were changed, by name; `hashes` those of all tensors after it; `new` the names that it added. `headers`
    are those of the base's files, by file name, empty where it had none of safetensors. `side_files` are the texts of the files that
    were changed, None for a file that was added.
    """

    base: str
    adapters: tuple[str, ...]
    tensors: Mapping[str, TensorUndo]
    hashes: Mapping[str, str]
    new: tuple[str, ...]
    headers: Mapping[str, bytes]
    side_files: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def correction_bytes(self) -> int:
        return sum(each.correction_bytes for each in self.tensors.values())

    @property
    def factor_bytes(self) -> int:
        return sum(each.factor_bytes for each in self.tensors.values())

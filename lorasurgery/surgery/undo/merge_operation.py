"""What it takes to undo one merge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lorasurgery.surgery.undo.tensor_undo import TensorUndo


@dataclass(frozen=True)
class MergeOperation:
    """What a merge changed, and what restores it.

    Attributes:
        tensors: how each changed tensor is restored, by name.
        hashes: of all tensors after the merge.
        new: names that the merge added.
        headers: of the base's files, by file name; empty unless they are safetensors or GGUF files.
        side_files: the texts of side files before the merge; None for a file that was added.
        sizes: of files that may go on after their last tensor (GGUF), in bytes, by file name.
    """

    base: str
    adapters: tuple[str, ...]
    tensors: Mapping[str, TensorUndo]
    hashes: Mapping[str, str]
    new: tuple[str, ...]
    headers: Mapping[str, bytes]
    side_files: Mapping[str, str | None] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)

    @property
    def correction_bytes(self) -> int:
        return sum(each.correction_bytes for each in self.tensors.values())

    @property
    def factor_bytes(self) -> int:
        return sum(each.factor_bytes for each in self.tensors.values())

"""An adapter that is written anew, with its weight where several are fused."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lorasurgery.adapter import Adapter
from lorasurgery.surgery.adapter_input.block_weights import AS_TRAINED, BlockWeights
from lorasurgery.surgery.adapter_input.open_adapter import OpenAdapter


@dataclass(frozen=True)
class SourceAdapter:
    """An adapter that is rewritten, how much of it, and how much of some of its modules."""

    opened: OpenAdapter
    weight: float = 1.0
    blocks: BlockWeights = AS_TRAINED

    def weight_of(self, path: str) -> float:
        """Return the weight of a module."""
        return self.weight * self.blocks(path)

    @property
    def adapter(self) -> Adapter:
        return self.opened.adapter

    @property
    def name(self) -> str:
        return self.opened.name

    @property
    def folder(self) -> Path:
        return self.opened.file.folder

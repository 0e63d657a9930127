"""An adapter that is written anew, with its weight where several are fused."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lorasurgery.adapter import Adapter
from lorasurgery.surgery.adapter_input.open_adapter import OpenAdapter


@dataclass(frozen=True)
class SourceAdapter:
    """An adapter that is rewritten, and how much of it."""

    opened: OpenAdapter
    weight: float = 1.0

    @property
    def adapter(self) -> Adapter:
        return self.opened.adapter

    @property
    def name(self) -> str:
        return self.opened.name

    @property
    def folder(self) -> Path:
        return self.opened.file.folder

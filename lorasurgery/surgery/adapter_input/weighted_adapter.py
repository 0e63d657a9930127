"""Open adapters with their weights, `NAME:WEIGHT`, for one model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lorasurgery.adapter import Adapter, Host
from lorasurgery.arguments import Given, split_weight
from lorasurgery.errors import UnsupportedError
from lorasurgery.surgery.adapter_input.block_weights import AS_TRAINED, BlockWeights
from lorasurgery.surgery.adapter_input.reading import AdapterFile, AdapterReading


@dataclass(frozen=True)
class WeightedAdapter:
    """An adapter as the user named it, with its weight, and those of some of its modules."""

    name: str
    folder: Path
    adapter: Adapter
    weight: float = 1.0
    blocks: BlockWeights = AS_TRAINED

    def weight_of(self, path: str) -> float:
        """Return the weight of a module."""
        return self.weight * self.blocks(path)


def open_weighted(named: Sequence[Given], host: Host, reading: AdapterReading) -> list[WeightedAdapter]:
    """Read the adapters that `NAME:WEIGHT` stand for, for one model.

    Raises:
        CheckpointError, AlignmentError, UnsupportedError, NothingToDoError: see `AdapterReading`.
        UnsupportedError: a file does not store what its change depends on, such as the scale.
    """
    files = [_resolved(split_weight(each)[0], host, reading) for each in named]
    reading.check(files)
    weights = [split_weight(each)[1] for each in named]
    return [
        WeightedAdapter(each.name, each.folder, each.adapter, weight, reading.blocks)
        for each, weight in zip(files, weights, strict=True)
    ]


def _resolved(name: str, host: Host, reading: AdapterReading) -> AdapterFile:
    file = reading.read(name, host)
    if file.adapter.unresolved:
        raise UnsupportedError(
            f"{name}: {file.adapter.unresolved} Convert it first, and use what comes out: "
            f"`lorasurgery convert {name} --alpha ALPHA --base BASE --format peft`."
        )
    return file

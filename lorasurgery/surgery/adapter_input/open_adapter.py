"""An adapter opened to be made anew: its modules under the run-time names of its model, where that is known."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lorasurgery import formats
from lorasurgery.adapter import Adapter
from lorasurgery.architecture import Architecture, architecture_of, bind
from lorasurgery.checkpoint.as_trained import refuse_empty
from lorasurgery.lazy import LazyTensor
from lorasurgery.paths import StrPath, expanded
from lorasurgery.quantisation import open_model
from lorasurgery.surgery.adapter_input.selection import Selection
from lorasurgery.surgery.adapter_input.slips import name_of
from lorasurgery.surgery.base.host import host_of
from lorasurgery.surgery.base.weights import BaseWeights
from lorasurgery.surgery.output.default_name import repository
from lorasurgery.text import listed


@dataclass(frozen=True)
class Opened:
    """`folder` is the adapter's own folder or file, `weights` what it changes, where its base is given; `inputs` what an output must stay clear of."""

    name: str
    folder: Path
    format: str
    adapter: Adapter
    weights: BaseWeights | None
    inputs: tuple[Path, ...]

    @property
    def stem(self) -> str:
        """The adapter's own name, for outputs that are named after it."""
        path = expanded(self.name)
        if path.is_file():
            return path.stem
        return path.resolve().name if path.exists() else repository(self.name)


def open_adapter(
    name: StrPath,
    base: StrPath | None = None,
    alpha: float | None = None,
    experts_order: str | None = None,
    selection: Selection | None = None,
) -> Opened:
    """Read an adapter, for its model where `base` is given.

    Raises:
        CheckpointError, AlignmentError, UnsupportedError: see `lorasurgery.errors`.
    """
    name, selection = os.fspath(name), selection or Selection()
    if base is None:
        folder, adapter = selection.read(name, alpha=alpha, experts_order=experts_order)
        refuse_empty(name, adapter.replaced)
        return Opened(name_of(name, folder), folder, _format(name), adapter, None, (folder,))
    opened = open_model(base)
    architecture = architecture_of(opened)
    binding = bind(architecture, opened)
    host = host_of(architecture, opened, binding)
    folder, adapter = selection.read(name, host, alpha=alpha, experts_order=experts_order)
    refuse_empty(name, adapter.replaced)
    weights = BaseWeights.for_adapter(opened, architecture, binding, adapter)
    own = (opened.folder,) if expanded(opened.name).is_dir() else opened.files
    spelled = dataclasses.replace(
        adapter,
        host=host,
        modules={weights.run_time_path(path): factors for path, factors in adapter.modules.items()},
        replaced=_spelled(weights, _not_in_the_base(weights, adapter.replaced)),
        token_rows={weights.run_time_path(path): rows for path, rows in adapter.token_rows.items()},
        copies=frozenset(weights.names.spell(name) for name in adapter.copies),
    )
    found = BaseWeights.for_adapter(opened, architecture, binding, spelled)
    notes = [*adapter.notes, weights.names.note, _note_beside_class(spelled, architecture)]
    spelled = dataclasses.replace(spelled, notes=tuple(filter(None, notes)))
    return Opened(name_of(name, folder), folder, _format(name), spelled, found, (folder, *own))


def _note_beside_class(adapter: Adapter, architecture: Architecture) -> str:
    """Say which modules only the base's file has, so that a runtime may leave them out."""
    beside = sorted({*adapter.host.modules}.difference(architecture.modules) & adapter.modules.keys())
    if not beside:
        return ""
    return (
        f"{listed(beside)} ({len(beside)} of {len(adapter.modules)} modules) are in the base's file and not in {architecture.class_name}; "
        "a runtime that has no such modules ignores their factors or refuses them."
    )


def _not_in_the_base(weights: BaseWeights, replaced: Mapping[str, LazyTensor]) -> dict[str, LazyTensor]:
    """What differs from the base: PEFT saves tables of tokens along, changed or not."""
    return {name: tensor for name, tensor in replaced.items() if not weights.has_equal(name, tensor)}


def _spelled(weights: BaseWeights, replaced: Mapping[str, LazyTensor]) -> dict[str, LazyTensor]:
    return {
        found.name if (found := weights.names.find(name)) else weights.names.spell(name): tensor
        for name, tensor in replaced.items()
    }


def _format(name: str) -> str:
    found = formats.find_adapter(name)
    return found[1] if found else ""

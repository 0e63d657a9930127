"""Open an adapter for its base, under the names of its file or under those of the model at run time."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lorasurgery import formats
from lorasurgery.adapter import Adapter
from lorasurgery.architecture import Architecture
from lorasurgery.architecture.config_alone import note_on_missing_weights
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.checkpoint.as_trained import refuse_empty
from lorasurgery.checkpoint.folder import EXCEPTIONS_FILE
from lorasurgery.errors import UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.paths import StrPath
from lorasurgery.surgery.adapter_input.reading import AdapterFile, AdapterReading
from lorasurgery.surgery.base.open_base import OpenBase
from lorasurgery.surgery.base.weights import BaseWeights
from lorasurgery.surgery.output.default_name import adapter_stem
from lorasurgery.text import listed

AS_STORED = AdapterReading()


@dataclass(frozen=True)
class OpenAdapter:
    """An adapter and, where its base is given, the weights that it changes.

    `file` is the adapter as it was read, `adapter` as its modules are called here. `inputs` are
    what an output must stay clear of.
    """

    file: AdapterFile
    format: str
    adapter: Adapter
    weights: BaseWeights | None
    inputs: tuple[Path, ...]

    @property
    def name(self) -> str:
        """Its name as the user gave it, or its own folder where that is inside of the given one."""
        return self.file.name

    @property
    def base(self) -> Checkpoint | None:
        """The model that it is for, where that is given."""
        return self.weights.base if self.weights is not None else None

    @property
    def stem(self) -> str:
        """The adapter's own name, for outputs that are named after it."""
        return adapter_stem(self.name)


def open_adapter(
    name: StrPath, base: OpenBase | None = None, reading: AdapterReading = AS_STORED
) -> OpenAdapter:
    """Read an adapter under the names of its file, for its base where that is given.

    Raises:
        CheckpointError, AlignmentError, UnsupportedError: see `lorasurgery.errors`.
    """
    return _held_against(base, reading.read(os.fspath(name), base.host if base else None), os.fspath(name))


def open_for_rewriting(
    name: StrPath, base: OpenBase | None = None, reading: AdapterReading = AS_STORED
) -> OpenAdapter:
    """Read an adapter to be written anew: under the run-time names of its base, where one is given.

    What is equal in the base is left out.

    Raises:
        CheckpointError, AlignmentError, UnsupportedError: see `lorasurgery.errors`.
    """
    name = os.fspath(name)
    file = _with_note_of_exceptions(reading.read(name, base.host if base else None))
    refuse_empty(name, file.adapter.replaced)
    opened = _held_against(base, file, name)
    if base is None or opened.weights is None:
        return opened
    _refuse_biases(opened.adapter, opened.weights, base.architecture)
    renamed = _renamed(opened.adapter, opened.weights, base)
    weights = BaseWeights.for_adapter(base.checkpoint, base.architecture, base.binding, renamed)
    notes = [*renamed.notes, opened.weights.names.note, _note_outside_class(renamed, base.architecture)]
    renamed = dataclasses.replace(renamed, notes=tuple(filter(None, notes)))
    return dataclasses.replace(opened, adapter=renamed, weights=weights)


def _held_against(base: OpenBase | None, file: AdapterFile, given_name: str) -> OpenAdapter:
    recognised = formats.find_adapter(given_name)
    form = recognised[1] if recognised else ""
    if base is None:
        return OpenAdapter(file, form, file.adapter, None, (file.folder,))
    weights = BaseWeights.for_adapter(base.checkpoint, base.architecture, base.binding, file.adapter)
    notes = filter(None, [*file.adapter.notes, note_on_missing_weights(base.checkpoint)])
    adapter = dataclasses.replace(file.adapter, notes=tuple(notes))
    return OpenAdapter(file, form, adapter, weights, (file.folder, *base.inputs))


def _with_note_of_exceptions(file: AdapterFile) -> AdapterFile:
    """Say of a recovered adapter that what rebuilds its model stays with the factors as they are."""
    if not os.path.lexists(file.folder / EXCEPTIONS_FILE):
        return file
    note = (
        f"{file.name} was recovered from a merged model; its {EXCEPTIONS_FILE} belongs to the factors as "
        "they are, and does not come along: what is written does not give back that model bit for bit"
    )
    return dataclasses.replace(
        file, adapter=dataclasses.replace(file.adapter, notes=(*file.adapter.notes, note))
    )


def _refuse_biases(adapter: Adapter, weights: BaseWeights, architecture: Architecture) -> None:
    """Refuse factors of biases, such as PEFT trains for gpt-oss' experts; no module stands for those."""
    for path in adapter.modules:
        located = weights.names.weight_of(path)
        parameter = architecture.parameters.get(located.name) if located is not None else None
        if parameter is not None and parameter.kind == "bias":
            raise UnsupportedError(
                f"{path!r} is no weight of a layer but a bias, whose factors cannot be written anew; "
                "merge it."
            )


def _renamed(adapter: Adapter, weights: BaseWeights, base: OpenBase) -> Adapter:
    return dataclasses.replace(
        adapter,
        host=base.host,
        modules={weights.run_time_path(path): factors for path, factors in adapter.modules.items()},
        replaced=_spelled(weights, _not_in_the_base(weights, adapter.replaced)),
        token_rows={weights.run_time_path(path): rows for path, rows in adapter.token_rows.items()},
        copies=frozenset(weights.names.spell(name) for name in adapter.copies),
    )


def _note_outside_class(adapter: Adapter, architecture: Architecture) -> str:
    """Say which modules only the base's file has, so that a runtime may leave them out."""
    extra = sorted({*adapter.host.modules}.difference(architecture.modules) & adapter.modules.keys())
    if not extra:
        return ""
    return (
        f"{listed(extra)} ({len(extra)} of {len(adapter.modules)} modules) are in the base's file and "
        f"not in {architecture.class_name}; "
        "a runtime that has no such modules ignores their factors or refuses them."
    )


def _not_in_the_base(weights: BaseWeights, replaced: Mapping[str, LazyTensor]) -> dict[str, LazyTensor]:
    """What differs from the base: PEFT saves tables of tokens along, changed or not."""
    return {name: tensor for name, tensor in replaced.items() if not weights.has_equal(name, tensor)}


def _spelled(weights: BaseWeights, replaced: Mapping[str, LazyTensor]) -> dict[str, LazyTensor]:
    return {
        located.name if (located := weights.names.find(name)) else weights.names.spell(name): tensor
        for name, tensor in replaced.items()
    }

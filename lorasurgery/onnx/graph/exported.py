"""An exported graph and what is known of the model in it, ready for adapters to be held against."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lorasurgery.adapter import Host
from lorasurgery.checkpoint.side_files import copy_side_files, side_files
from lorasurgery.errors import UnsupportedError
from lorasurgery.foreign import reading
from lorasurgery.onnx.graph.file import GraphFile, open_graph
from lorasurgery.onnx.graph.reference import (
    Reference,
    config_beside,
    reference_of,
    with_names_of,
    with_values_of,
)
from lorasurgery.onnx.graph.slots import WeightSlots, slots_of
from lorasurgery.onnx.graph.stated import host_in, stated_host
from lorasurgery.onnx.graph.uses import WeightUse, has_functions_with_weights, uses_of
from lorasurgery.onnx.graph.view import GraphView, view_of
from lorasurgery.paths import expanded
from lorasurgery.surgery.base.host import host_of

REPORT_FILE = "lorasurgery.json"
CARD_FILE = "README.md"


@dataclass(frozen=True)
class ExportedGraph:
    """`view` are the parameters that the graph shows, `strays` the readings of weights that belong
    to none. `config` is the model's own.
    """

    file: GraphFile
    uses: tuple[WeightUse, ...]
    config: Mapping[str, Any]
    reference: Reference | None
    base: str | None
    view: GraphView
    strays: tuple[WeightUse, ...]

    @property
    def host(self) -> Host:
        """The model, as formats want to know it; a graph's weights have no root hash of the base's."""
        return dataclasses.replace(host_of(self.view.architecture, self.view.checkpoint), base_root=None)

    @property
    def stated_host(self) -> Host:
        """What is known of the model that it was exported from: by --base, or as the graph says."""
        if self.reference is not None and self.reference.base is not None:
            return stated_host(self.reference.base)
        return host_in(self.file.model)

    @property
    def inputs(self) -> tuple[Path, ...]:
        """All files and folders that were read."""
        folder = expanded(self.base) if self.base is not None else None
        return (*self.file.files, *([folder] if folder is not None and folder.exists() else []))


def read_exported(path: Path, base: str | None) -> ExportedGraph:
    """Parse a graph and name its weights; of these, only as many are read as their names leave open.

    Raises:
        CheckpointError: the graph or the base cannot be read.
        UnsupportedError: the graph calls functions of its own.
    """
    file = open_graph(path)
    with reading(path, "an ONNX graph"):
        return _read(file, path, base)


def _read(file: GraphFile, path: Path, base: str | None) -> ExportedGraph:
    if has_functions_with_weights(file.model):
        raise UnsupportedError(
            f"{path} calls functions of its own, inside which weights cannot be followed; inline them "
            "first (onnx.inliner.inline_local_functions)."
        )
    config = config_beside(path)
    reference = reference_of(base, config)
    uses = uses_of(file)
    slots = _slots(file, uses, reference)
    view = view_of(file, slots, reference, config)
    whole = {**config, **(reference.base.config if reference and reference.base else {})}
    return ExportedGraph(file, tuple(uses), whole, reference, base, view, slots.strays)


def _slots(file: GraphFile, uses: Sequence[WeightUse], reference: Reference | None) -> WeightSlots:
    slots = slots_of(file, uses)
    if reference is None:
        return slots
    return with_values_of(file, with_names_of(slots, reference.architecture), reference)


def copy_companions(file: GraphFile, target: Path) -> None:
    """Copy config, tokenizer and the like from the graph's folder, where that is a model's folder.

    Its card would tell of another graph.
    """
    folder = file.path.parent
    if not (folder / "config.json").is_file():
        return
    own = {str(path.relative_to(folder)) for path in file.files} | {REPORT_FILE, CARD_FILE}
    found = [path for path in side_files(folder) if str(path) not in own and ".onnx" not in path.name]
    copy_side_files(folder, found, target)

"""Open the base model of an adapter: its checkpoint, architecture, and places of parameters."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lorasurgery.adapter import Host
from lorasurgery.architecture import Architecture, Binding, architecture_of, bind
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.paths import StrPath, expanded
from lorasurgery.quantisation import open_model
from lorasurgery.surgery.base.host import host_of


@dataclass(frozen=True)
class OpenBase:
    """A base model, from headers alone; `host` is what formats want to know of it."""

    checkpoint: Checkpoint
    architecture: Architecture
    binding: Binding
    host: Host

    @property
    def inputs(self) -> tuple[Path, ...]:
        """What an output must stay clear of: all of a folder that the user named, the files otherwise."""
        is_folder = expanded(self.checkpoint.name).is_dir()
        return (self.checkpoint.folder,) if is_folder else self.checkpoint.files


def open_base(name: StrPath | None) -> OpenBase | None:
    """Open the base where one is named.

    Raises:
        CheckpointError: there is no checkpoint, or a damaged one.
    """
    if name is None:
        return None
    return describe_base(open_model(name))


def describe_base(checkpoint: Checkpoint) -> OpenBase:
    """Find the architecture of an open, dequantised checkpoint, and where it stores which parameter."""
    architecture = architecture_of(checkpoint)
    binding = bind(architecture, checkpoint)
    return OpenBase(checkpoint, architecture, binding, host_of(architecture, checkpoint, binding))

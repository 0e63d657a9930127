"""Open the base model of an adapter: its checkpoint, architecture, and places of parameters.

A pipeline of diffusers is one base: its models' parameters have the model's folder in front, as LoRA
files have it (`unet.conv_in.weight`).
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lorasurgery.adapter import Host
from lorasurgery.architecture import Architecture, Binding, architecture_of, bind
from lorasurgery.architecture.config_alone import open_or_describe
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.checkpoint.pipeline_parts import parts_of_pipeline
from lorasurgery.formats._image.pipeline import name_in_pipeline
from lorasurgery.paths import StrPath, expanded
from lorasurgery.quantisation import as_numbers, open_model
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
        files = self.checkpoint.files
        return (self.checkpoint.folder,) if expanded(self.checkpoint.name).is_dir() or not files else files


def open_base(name: StrPath | None) -> OpenBase | None:
    """Open the base where one is named; a config without weights will do for names and shapes.

    Raises:
        CheckpointError: there is no checkpoint, or a damaged one.
    """
    if name is None:
        return None
    parts = parts_of_pipeline(expanded(name))
    if not parts:
        return describe_base(as_numbers(open_or_describe(name)))
    whole = describe_base(_pipeline(name, parts))
    # Adapters state the one model that they are for, and a pipeline has several.
    return dataclasses.replace(whole, host=dataclasses.replace(whole.host, base_root=None))


def _pipeline(name: StrPath, parts: Sequence[str]) -> Checkpoint:
    """Open all models of a pipeline as one checkpoint, which no config describes."""
    folder = expanded(name)
    opened = {part: open_model(folder / part) for part in parts}
    tensors = {
        name_in_pipeline(part, key, _class_of(one)): each
        for part, one in opened.items()
        for key, each in one.tensors.items()
    }
    return Checkpoint(
        name=os.fspath(name),
        folder=folder,
        files=tuple(file for one in opened.values() for file in one.files),
        tensors=dict(sorted(tensors.items())),
        stamps={file: stamp for one in opened.values() for file, stamp in one.stamps.items()},
    )


def describe_base(checkpoint: Checkpoint) -> OpenBase:
    """Find the architecture of an open, dequantised checkpoint, and where it stores which parameter."""
    architecture = architecture_of(checkpoint)
    binding = bind(architecture, checkpoint)
    return OpenBase(checkpoint, architecture, binding, host_of(architecture, checkpoint, binding))


def _class_of(checkpoint: Checkpoint) -> str:
    stated = checkpoint.config.get("architectures")
    return str(stated[0]) if isinstance(stated, list) and stated else ""

"""The Checkpoint: names -> tensors on disk, opened by its headers alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lorasurgery.checkpoint.root import root_of
from lorasurgery.lazy import LazyTensor
from lorasurgery.stamp import FileStamp

if TYPE_CHECKING:
    from lorasurgery.checkpoint.gguf_file import GgufContainer


@dataclass(frozen=True)
class Checkpoint:
    """Weights on disk: `tensors` by their names in the files, sorted; nothing is read until it is used.

    `name` is what the user called it. `files` are the weight files, `folder` the one they lie in,
    `config` the parsed `config.json` beside them (empty where there is none). `aliases` are tied
    weights as a pickle knows them: a name that shares the bytes of another -> that other; both are
    in `tensors`. `repository` and `revision` are those of a Hub name. `stamps` are the states in
    which the files were opened. `gguf` is the header of a GGUF file; its tensors are here under
    llama.cpp's names, as they lie in the file.
    """

    name: str
    folder: Path
    files: tuple[Path, ...]
    tensors: Mapping[str, LazyTensor]
    config: Mapping[str, Any] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    repository: str | None = None
    revision: str | None = None
    stamps: Mapping[Path, FileStamp] = field(default_factory=dict)
    gguf: GgufContainer | None = field(default=None, repr=False)

    @cached_property
    def root(self) -> str:
        """The root hash, which says which model this is (see `checkpoint/root.py`)."""
        return root_of(self.tensors)

    def check_unchanged(self) -> None:
        """Refuse files that were replaced or written to since they were opened.

        Raises:
            DamagedFileError: one was.
        """
        for file, stamp in self.stamps.items():
            stamp.check(file, file.stat())

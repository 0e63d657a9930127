"""The folder of a pipeline of diffusers: `model_index.json`, and a folder for each model.

    unet/ or transformer/, text_encoder/, text_encoder_2/, ...   models
    tokenizer/, scheduler/, ...                                  no weights

An output has all of it: models that change are written, everything else is copied. Which models
each merge changed is kept in `pipeline_undo.json`; how to undo it, in the folders of these models.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lorasurgery.arguments import several
from lorasurgery.checkpoint import write_text
from lorasurgery.checkpoint.folder import WEIGHT_SUFFIXES
from lorasurgery.checkpoint.modes import narrow_as
from lorasurgery.checkpoint.pipeline_parts import PIPELINE_INDEX, parts_of_pipeline
from lorasurgery.checkpoint.side_files import copy_side_files, notes_of_left_out, side_files
from lorasurgery.errors import DamagedFileError, UnsupportedError
from lorasurgery.foreign import json_of
from lorasurgery.paths import StrPath, expanded

RECORD = "pipeline_undo.json"
RECORD_VERSION = 1
INDEXES = tuple(f"{suffix}.index.json" for suffix in WEIGHT_SUFFIXES)


@dataclass(frozen=True)
class Pipeline:
    """A pipeline's folder; `parts` are the folders in it that hold weights, sorted.

    `chosen` are those that a run is about; none where it is about all.
    """

    name: str
    folder: Path
    parts: tuple[str, ...]
    chosen: tuple[str, ...] = ()

    def wants(self, part: str) -> bool:
        """Whether a run is about a part."""
        return not self.chosen or part in self.chosen

    @property
    def merges(self) -> list[list[str]]:
        """Return the parts that each merge changed, the first merge first.

        Raises:
            DamagedFileError: the record is not one.
        """
        path = self.folder / RECORD
        if not path.is_file():
            return []
        content = json_of(path)
        merges: Any = content.get("merges") if isinstance(content, dict) else None
        is_list = isinstance(merges, list) and all(
            isinstance(each, list) and each and all(part in self.parts for part in each) for each in merges
        )
        if not is_list:
            raise DamagedFileError(f"{path} does not list parts of the pipeline by merges.")
        return [[str(part) for part in each] for each in merges]

    def rest_nbytes(self, changed: Collection[str]) -> int:
        """Return the bytes of all that is copied."""
        return sum((self.folder / file).stat().st_size for file in self._rest(changed))

    def copy_rest(self, changed: Collection[str], target: Path) -> None:
        """Copy all but the parts that change, and the record."""
        files = set(self._rest(changed))
        beside = [file for file in side_files(self.folder) if file in files]
        copy_side_files(self.folder, beside, target)
        for file in sorted(files.difference(beside)):
            (target / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.folder / file, target / file)
            narrow_as(target / file, self.folder / file)

    def notes(self) -> tuple[str, ...]:
        """Say what of the folder is not copied."""
        return notes_of_left_out(self.folder)

    def _rest(self, changed: Collection[str]) -> list[Path]:
        weights = [
            path.relative_to(self.folder)
            for part in self.parts
            for path in (self.folder / part).iterdir()
            if path.is_file() and path.name.endswith((*WEIGHT_SUFFIXES, *INDEXES))
        ]
        files = [*side_files(self.folder), *weights]
        return [file for file in files if file.parts[0] not in changed and str(file) != RECORD]


def pipeline_at(name: StrPath) -> Pipeline | None:
    """Return the pipeline in a folder; None where there is none."""
    folder = expanded(name)
    if not (folder / PIPELINE_INDEX).is_file():
        return None
    return Pipeline(str(name), folder, parts_of_pipeline(folder))


def pipeline_of(name: StrPath, component: str | Sequence[str]) -> Pipeline | None:
    """Return the pipeline in a folder with the components that are chosen; None where there is none.

    Raises:
        UnsupportedError: components are chosen that there are not.
    """
    pipeline, chosen = pipeline_at(name), several(component, "component")
    if not chosen:
        return pipeline
    if pipeline is None:
        raise UnsupportedError(
            f"--component is for pipelines of diffusers, folders with {PIPELINE_INDEX}, and {name} is none; "
            "leave it out."
        )
    if strangers := sorted({*chosen} - {*pipeline.parts}):
        raise UnsupportedError(
            f"{pipeline.name} has no component {strangers[0]!r}; it has {', '.join(pipeline.parts)}."
        )
    return dataclasses.replace(pipeline, chosen=chosen)


def write_merges(folder: Path, merges: Sequence[Sequence[str]]) -> None:
    """Write the record of which parts each merge changed; none where nothing is left to undo."""
    if merges:
        write_text(folder / RECORD, json.dumps({"version": RECORD_VERSION, "merges": merges}, indent=2))

"""Where a model is written: a folder, or one file with its undo record in a folder beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lorasurgery.checkpoint import check_output, check_output_file, output_file, output_folder


@dataclass(frozen=True)
class ModelOutput:
    """A place for a model; `record` is None where it is a file and no record is written.

    A file is written under the target's own name in `folder`, which vanishes with all else in it.
    """

    target: Path
    inputs: tuple[Path, ...]
    record: Path | None = None
    is_file: bool = False
    force: bool = False

    def check(self) -> None:
        """Refuse a place where something is that may not be replaced.

        Raises:
            OutputError: with the reason and the way out.
        """
        if not self.is_file:
            check_output(self.target, self.inputs, force=self.force)
            return
        check_output_file(self.target, self.inputs, force=self.force)
        if self.record is not None:
            check_output(self.record, self.inputs, force=self._replaces_record)

    @contextmanager
    def opened(self) -> Iterator[OpenModelOutput]:
        """Give folders to write into; what is in them takes its name when the block ends well.

        A file comes after its record: a kill in between leaves a record without a file, which the
        next run replaces, and never a file that cannot be undone.
        """
        if not self.is_file:
            with output_folder(self.target, self.inputs, force=self.force) as folder:
                yield OpenModelOutput(folder, folder)
            return
        with output_file(self.target, self.inputs, force=self.force) as built:
            if self.record is None:
                yield OpenModelOutput(built.parent, built.parent)
                return
            with output_folder(self.record, self.inputs, force=self._replaces_record) as folder:
                yield OpenModelOutput(built.parent, folder)

    @property
    def _replaces_record(self) -> bool:
        return self.force or not self.target.exists()


@dataclass(frozen=True)
class OpenModelOutput:
    """The folder that takes the weights, and the one that takes the undo record."""

    folder: Path
    record: Path

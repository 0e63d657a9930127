"""A part of a run that writes a model: a share of its files, and of its undo record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from lorasurgery.checkpoint import check_space
from lorasurgery.checkpoint.rewrite import FilePlan
from lorasurgery.reports import Report
from lorasurgery.surgery.parts.check_files import changed_files
from lorasurgery.surgery.parts.file_share import FileShare, file_shares, place_files
from lorasurgery.surgery.parts.part import Part
from lorasurgery.surgery.parts.part_plan import DivisiblePlan, PartPlan, PassContent
from lorasurgery.surgery.parts.part_report import PartReport
from lorasurgery.surgery.parts.parts_folder import StoredPass, StoredPasses
from lorasurgery.surgery.workers import Progress

# Puts the files of all parts into a folder.
Place = Callable[[Path], None]


class FilesPlan(DivisiblePlan, Protocol):
    """A plan whose output is files of weights, which can be written a share at a time."""

    @property
    def planned_files(self) -> Sequence[FilePlan]: ...

    def write_share(
        self, share: FileShare, folder: Path, progress: Progress | None
    ) -> tuple[Mapping[str, str], Mapping[str, Any]]:
        """Write a share of the files, and what joins it to the others.

        Returns:
            The hash of every tensor that was written, and what else is to be known of them.
        """
        ...

    def join(self, place: Place, passes: Sequence[StoredPass]) -> Report:
        """Write the output: the files of all parts, and all that there is once."""
        ...


@dataclass(frozen=True, repr=False)
class FilePart(PartPlan):
    """A share of the files of a model."""

    @property
    def _files(self) -> FilesPlan:
        own: FilesPlan = self.plan
        return own

    @cached_property
    def shares(self) -> list[FileShare]:
        """The shares of all parts."""
        return file_shares(self._files.planned_files, self.part.count)

    def share_of(self, index: int) -> tuple[int, int]:
        share = self.shares[index - 1]
        return len(share.names), share.nbytes

    def carried_out(
        self, stored: StoredPasses, done: Sequence[StoredPass], progress: Progress | None
    ) -> PartReport:
        if done:
            return self.report(stored, done[-1], is_new=False)
        check_space(self.target, sum(each.nbytes for each in self.shares))
        share = self.shares[self.part.index - 1]
        with self.writing(1, share.nbytes) as writer:
            hashes, values = self._files.write_share(share, writer.folder, progress)
            tensors = {
                plan.name: {name: hashes[name] for name in plan.parsed.entries} for plan in share.plans
            }
            writer.content = PassContent(len(share.names), share.nbytes, tensors, values)
        stored = self.stored()
        return self.report(stored, stored.of(self.part)[-1], is_new=True)

    def damage(self, stored: StoredPasses, progress: Progress | None, *, is_read: bool) -> list[str]:
        """Say which files of weights are not as they were written.

        Args:
            is_read: whether every byte is read.
        """
        shares = [
            (passes[0], share)
            for index, share in enumerate(self.shares, start=1)
            if (passes := stored.of(Part(index, self.part.count)))
        ]
        return changed_files(shares, self.workers, progress, is_read=is_read)

    def assemble(self, stored: StoredPasses) -> Report:
        passes = [stored.of(Part(index, self.part.count))[0] for index in range(1, self.part.count + 1)]
        shares = [(each.folder, share) for each, share in zip(passes, self.shares, strict=True)]
        files = self._files.planned_files
        return self._files.join(lambda folder: place_files(files, shares, folder), passes)

"""Make a checkpoint from another one and a delta, byte for byte; or the other one again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lorasurgery.checkpoint import (
    check_output,
    check_output_file,
    check_space,
    output_file,
    output_folder,
    space_notes,
)
from lorasurgery.checkpoint.flush import written_early
from lorasurgery.checkpoint.linux import reserve
from lorasurgery.checkpoint.write import write_at
from lorasurgery.errors import AlignmentError, OutputError
from lorasurgery.foreign import shortened
from lorasurgery.paths import StrPath, expanded
from lorasurgery.reports import Report
from lorasurgery.surgery.delta.decode_piece import DecodeJob, decode
from lorasurgery.surgery.delta.delta_file import ListedSide, read_delta
from lorasurgery.surgery.delta.recipe import Recipe
from lorasurgery.surgery.delta.side_contents import Key, SideContents, can_be_listed, contents
from lorasurgery.surgery.plan import at_once
from lorasurgery.surgery.workers import Bench, Meter, Progress, available_cores, peak_nbytes, working_limit
from lorasurgery.thread_pool import ThreadPool

REPORT_VERSION = 1


@dataclass(frozen=True, repr=False)
class ApplyForecast(Report):
    """What applying a delta would write."""

    output: str
    nbytes: int
    files: int
    peak_nbytes: int
    notes: Sequence[str] = ()

    @property
    def summary(self) -> str:
        """The output and its size."""
        return f"{self.output}: {self.files} files, {self.nbytes} bytes"

    def as_json(self) -> dict[str, Any]:
        """The forecast as JSON values."""
        return {"version": REPORT_VERSION, **asdict(self)}


@dataclass(frozen=True, repr=False)
class ApplyReport(Report):
    """What applying a delta wrote: `pieces` tensors and files, all with the hashes that were recorded."""

    output: str
    nbytes: int
    files: int
    pieces: int

    @property
    def summary(self) -> str:
        """The output and its size."""
        return f"{self.output}: {self.files} files, {self.nbytes} bytes, as they were"

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {"version": REPORT_VERSION, **asdict(self)}


@dataclass(frozen=True)
class ApplyPlan:
    """A delta held against the checkpoint that it is to be applied to.

    `others` are recipes that lead the other way only: their parts are held against their hashes, too.
    """

    source: SideContents
    goal: ListedSide
    recipes: Mapping[Key, Recipe]
    others: Sequence[Recipe]
    refusal: Callable[[str], str]
    delta_path: Path
    target: Path
    force: bool
    workers: int | None
    progress: Progress | None

    def forecast(self) -> ApplyForecast:
        """Say what would be written."""
        jobs = self._jobs({})
        peak = peak_nbytes([job.working_bytes for job in jobs], self.workers, torch=False)
        notes = space_notes(self.target, self.goal.nbytes)
        return ApplyForecast(str(self.target), self.goal.nbytes, len(self.goal.files), peak, notes)

    def run(self, progress: Progress | None = None) -> ApplyReport:
        """Write the output; it takes its name when every hash is right."""
        inputs = [self.source.path, self.delta_path]
        building = output_folder if self.goal.is_folder else output_file
        check_space(self.target, self.goal.nbytes)
        with ThreadPool(available_cores()) as pool:
            list(pool.map(Recipe.check_parts, self.others))
        with building(self.target, inputs, force=self.force) as built, _files(built, self.goal) as files:
            jobs = self._jobs(files)
            meter = Meter(sum(job.read_bytes for job in jobs), progress or self.progress)
            Bench(self.workers, working_limit(), meter)(jobs, decode)
        return ApplyReport(str(self.target), self.goal.nbytes, len(self.goal.files), len(self.goal.pieces))

    def _jobs(self, descriptors: Mapping[str, int]) -> list[DecodeJob]:
        jobs = []
        for piece in self.goal.pieces:
            recipe = self.recipes[piece.key]
            source = None if recipe.source is None else self.source.pieces[recipe.source]
            descriptor = descriptors.get(piece.file, -1)

            def write(at: int, data: memoryview, to: int = descriptor, start: int = piece.offset) -> None:
                write_at(to, data, start + at)

            jobs.append(
                DecodeJob(
                    recipe,
                    piece.title,
                    piece.dtype,
                    piece.shape,
                    None if source is None else source.tensor,
                    "" if source is None else source.title,
                    write,
                    self.refusal,
                )
            )
        return jobs


@contextmanager
def _files(built: Path, side: ListedSide) -> Iterator[dict[str, int]]:
    """Create the files of a side, of their sizes."""
    with ExitStack() as stack:
        found = {}
        for name, nbytes in side.files.items():
            path = built / name if side.is_folder else built
            path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
            found[name] = os.open(path, flags, 0o666)
            stack.callback(os.close, found[name])
            os.ftruncate(found[name], nbytes)
            reserve(found[name], nbytes)
        with written_early([*found.values()]):
            yield found


def plan_apply(
    base: StrPath,
    delta: StrPath,
    output: StrPath | None = None,
    *,
    revert: bool = False,
    force: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
) -> ApplyPlan:
    """Hold a delta against a checkpoint.

    Args:
        base: the checkpoint that the delta leads from; with `revert`, the one that it leads to.
        delta: the file that `diff A B -o` wrote.
        output: by default the name that the other side had.
        revert: make the base again, from the target.
        force: replace an output of an earlier run.
        workers: tensors at a time; by default one for each core.
        progress: called with the bytes done so far and in all; True draws a bar.

    Raises:
        CheckpointError: a file is not there, or damaged.
        AlignmentError: the delta leads from another checkpoint.
    """
    path = expanded(delta)
    opened = read_delta(path)
    start, goal = (opened.target, opened.base) if revert else (opened.base, opened.target)
    source = contents(base, None if start.is_folder else next(iter(start.files)))
    recipes = opened.recipes(revert=revert)
    refusal = _refusal(path, source.name, start, goal, revert=revert)
    _refuse_another(source, start, recipes, refusal)
    target = expanded(output) if output is not None else _named(path, goal)
    check = check_output if goal.is_folder else check_output_file
    check(target, [source.path, path], force=force)
    others = opened.other_recipes(revert=revert)
    return ApplyPlan(source, goal, recipes, others, refusal, path, target, force, workers, progress)


def _named(path: Path, goal: ListedSide) -> Path:
    """Take the name that the other side had, which the delta states.

    Raises:
        OutputError: it leads to another folder, or is hidden.
    """
    if not can_be_listed(goal.name) or "/" in goal.name:
        raise OutputError(
            f"{path} calls what it makes {shortened(goal.name)!r}, which is no name for a new file or folder "
            "here; choose one with -o."
        )
    return Path(goal.name)


def _refuse_another(
    source: SideContents, start: ListedSide, recipes: Mapping[Key, Recipe], refusal: Callable[[str], str]
) -> None:
    """Refuse a checkpoint that lacks what recipes need, or has it in another shape; hashes are held later."""
    wrong = []
    for key in sorted({recipe.source for recipe in recipes.values() if recipe.source is not None}):
        listed_piece, piece = start.by_key[key], source.pieces.get(key)
        kind = None if piece is None else (piece.tensor.dtype, piece.tensor.shape)
        if kind != (listed_piece.dtype, listed_piece.shape):
            wrong.append(listed_piece.title)
    if wrong:
        others = f"{len(wrong) - 1} more of {len(start.pieces)} tensors and files"
        more = f" (as it does {others})" if wrong[1:] else ""
        lacking = shortened(wrong[0])
        raise AlignmentError(refusal(f"it lacks {lacking!r}, or has it in another dtype or shape{more}"))


def _refusal(
    path: Path, name: str, start: ListedSide, goal: ListedSide, *, revert: bool
) -> Callable[[str], str]:
    """Make the message for a checkpoint that a delta does not lead from, around what is wrong with it."""

    names = [f"{shortened(side.name)} ({side.id[:12]})" for side in (start, goal)]
    leads = f"{path} leads from {names[0]} to {names[1]}"
    way = "without --revert" if revert else "with --revert"

    def refusal(what: str) -> str:
        return (
            f"{leads}, and {name} is another checkpoint, or was changed: {what}. If another delta comes "
            f"before this one, apply that first; {way}, this one leads from {goal.name} to {start.name}. "
            "Nothing was written."
        )

    return refusal


apply = at_once(plan_apply, "apply", "Make a checkpoint from another one and a delta, byte for byte.")

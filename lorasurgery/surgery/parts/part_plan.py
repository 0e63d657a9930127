"""The plan of a part of a run: what parts of models and parts of adapters have in common.

run        writes this part's share into `OUT.parts/k-of-n`, unless it is there
assemble   makes the output out of all parts (see `surgery/assemble.py`)
"""

from __future__ import annotations

import dataclasses
import functools
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ParamSpec, Protocol, TypeVar

from lorasurgery.checkpoint import check_output, check_space, output_folder
from lorasurgery.checkpoint.workplace import beside, clear
from lorasurgery.errors import CheckpointError, NameTakenError, PartsError, UnsupportedError
from lorasurgery.reports import Report
from lorasurgery.surgery.parts.manifest import MANIFEST, PartManifest, RunIdentity, file_hash, read_manifest
from lorasurgery.surgery.parts.part import Part
from lorasurgery.surgery.parts.part_report import PartForecast, PartReport
from lorasurgery.surgery.parts.parts_folder import (
    StoredPass,
    StoredPasses,
    foreign,
    own_folders,
    parts_folder,
    pass_folder,
    stored_passes,
)
from lorasurgery.surgery.parts.recorded_call import RecordedCall
from lorasurgery.surgery.plan import add_keyword
from lorasurgery.surgery.workers import Progress

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class DivisiblePlan(Protocol):
    """What a plan of a verb has whose work can be done in parts."""

    def fingerprints(self) -> Mapping[str, str]:
        """Return the fingerprint of every input, by a word for it."""
        ...

    @property
    def place_of_output(self) -> Path: ...
    @property
    def all_inputs(self) -> Sequence[Path]: ...
    @property
    def workers(self) -> int | None: ...
    @property
    def force(self) -> bool: ...


@dataclass(frozen=True)
class PassContent:
    """What a part has written into the folder of a pass.

    Attributes:
        tensors: for each file of weights, the hash of each of its tensors.
        values: what the verb needs to know of it besides.
    """

    items: int
    nbytes: int
    tensors: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    waits_for: tuple[int, ...] = ()


@dataclass(frozen=True)
class PartPlan(ABC):
    """Part `part` of the run of a verb, checked against the headers of its inputs and not begun.

    `keeps_parts` says that a part that is there is left as it is, even with `force`.
    """

    plan: Any
    call: RecordedCall
    part: Part
    progress: Progress | None = None
    keeps_parts: bool = False

    def __repr__(self) -> str:
        """Return one line."""
        return f"<{type(self).__name__}: part {self.part} of {self.plan!r}>"

    @cached_property
    def identity(self) -> RunIdentity:
        """What all parts of this run have in common."""
        from importlib.metadata import version  # with e-mail and more, which no whole run needs

        own: DivisiblePlan = self.plan
        return RunIdentity(version("lorasurgery"), self.call, dict(own.fingerprints()), self.part.count)

    @property
    def workers(self) -> int | None:
        """How many tensors or modules are worked on at a time."""
        own: DivisiblePlan = self.plan
        return own.workers

    @property
    def peak_nbytes(self) -> int:
        """The memory that doing a part takes, and more where parts are small."""
        return int(self.plan.forecast().peak_nbytes)

    @property
    def _force(self) -> bool:
        own: DivisiblePlan = self.plan
        return own.force and not self.keeps_parts

    @property
    def target(self) -> Path:
        """The output of the whole run."""
        own: DivisiblePlan = self.plan
        return own.place_of_output

    def of_part(self, part: Part) -> PartPlan:
        """Return the plan of another part of the same run, which knows already what this one knows."""
        other = dataclasses.replace(self, part=part)
        if part.count == self.part.count:
            own = {each.name for each in dataclasses.fields(self)}
            vars(other).update({name: value for name, value in vars(self).items() if name not in own})
        return other

    def that_keeps_parts(self) -> PartPlan:
        """Return the same plan, which leaves parts that are there as they are, even with `force`."""
        return dataclasses.replace(self, keeps_parts=True)

    def stored(self) -> StoredPasses:
        """Read what is there of all parts of this run.

        Raises:
            PartsError: something is of another run, or damaged, and is not to be replaced.
        """
        if self._force:
            self._remove_own_of_other_runs()
        passes = stored_passes(parts_folder(self.target))
        if self._force:  # what else is of another run is replaced when that part is run
            own = [each for each in passes.found if not each.manifest.identity.differences(self.identity)]
            return StoredPasses(tuple(own))
        reasons = [*passes.unreadable, *foreign(passes.found, self.identity)]
        if reasons:
            more = f"; and {len(reasons) - 3} more are not of this run" if len(reasons) > 3 else ""
            raise PartsError(
                f"Part {self.part} does not go with what is there: {'; '.join(reasons[:3])}{more}. Delete "
                f"{parts_folder(self.target)}, name another output with -o, or give --force with every part."
            )
        return passes

    def _remove_own_of_other_runs(self) -> None:
        """Remove passes of this part that are of another run, or damaged."""
        for folder in own_folders(self.target, self.part):
            with suppress(CheckpointError):
                if not read_manifest(folder).identity.differences(self.identity):
                    continue
            shutil.rmtree(folder)

    def forecast(self) -> PartForecast:
        """Say what this part would do, from headers."""
        share = self.share_of(self.part.index)
        everything = [self.share_of(index) for index in range(1, self.part.count + 1)]
        return PartForecast(
            verb=self.call.verb,
            output=str(self.target),
            part=str(self.part),
            folder=str(pass_folder(self.target, self.part, 1)),
            is_there=bool(self.stored().of(self.part)),
            items=share[0],
            all_items=sum(items for items, _ in everything),
            nbytes=share[1],
            all_nbytes=sum(nbytes for _, nbytes in everything),
        )

    def run(self, progress: Progress | None = None) -> PartReport:
        """Write what this part can do now, and say what is to be run next."""
        stored = self.stored()
        done = stored.of(self.part)
        for each in done:  # a run killed just after its pass got the name leaves remains
            clear(beside(each.folder))
        return self.carried_out(stored, done, self.progress if progress is None else progress)

    @abstractmethod
    def share_of(self, index: int) -> tuple[int, int]:
        """Return how many items are a part's, and their bytes."""

    @abstractmethod
    def carried_out(
        self, stored: StoredPasses, done: Sequence[StoredPass], progress: Progress | None
    ) -> PartReport:
        """Write the next pass of this part, unless there is nothing left to do."""

    @abstractmethod
    def assemble(self, stored: StoredPasses) -> Report:
        """Make the output out of parts that are whole."""

    @contextmanager
    def writing(self, number: int, nbytes: int) -> Iterator[PassWriter]:
        """Give a folder for a pass of this part; it is there as a whole when the block ends well."""
        folder = pass_folder(self.target, self.part, number)
        own: DivisiblePlan = self.plan
        check_output(folder, own.all_inputs, force=False)
        check_space(folder, nbytes)
        try:
            with output_folder(folder, own.all_inputs) as built:
                writer = PassWriter(built)
                yield writer
                manifest = self._manifest(built, number, writer.content)
                manifest.write(built)
        except NameTakenError:
            # Another machine did the same part meanwhile.
            if (
                not (folder / MANIFEST).is_file()
                or read_manifest(folder).same_content != manifest.same_content
            ):
                raise
            shutil.rmtree(beside(folder))

    def _manifest(self, built: Path, number: int, content: PassContent | None) -> PartManifest:
        assert content is not None, "whoever writes a pass says what is in it"
        small = sorted(path.name for path in built.iterdir() if path.name not in content.tensors)
        return PartManifest(
            self.identity,
            self.part,
            number,
            files={name: file_hash(built / name) for name in small},
            tensors=content.tensors,
            content={
                **content.values,
                "items": content.items,
                "nbytes": content.nbytes,
                "waits_for": list(content.waits_for),
            },
        )

    def report(self, stored: StoredPasses, last: StoredPass, *, is_new: bool) -> PartReport:
        """Say what is there now, and what is to be run next."""
        there = {each.part.index for each in stored.found}
        content = last.manifest.content
        return PartReport(
            verb=self.call.verb,
            output=str(self.target),
            part=str(self.part),
            folder=str(last.folder),
            number=last.manifest.number,
            is_new=is_new,
            is_done=not content["waits_for"],
            items=content["items"],
            nbytes=content["nbytes"],
            waits_for=tuple(content["waits_for"]),
            absent=tuple(index for index in range(1, self.part.count + 1) if index not in there),
        )


@dataclass
class PassWriter:
    """The folder of a pass that is being written, and what its writer says of it."""

    folder: Path
    content: PassContent | None = None


def in_parts(
    verb: str, kind: Callable[..., PartPlan]
) -> Callable[[Callable[Arguments, Result]], Callable[Arguments, Result]]:
    """Let a planning function take `part="3/8"`, and plan that part of the run.

    Args:
        verb: the name of the verb.
        kind: makes the plan of a part out of that of the run, its call and the part.
    """

    def decorated(plan: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        @functools.wraps(plan)
        def plan_in_parts(*args: Arguments.args, **options: Arguments.kwargs) -> Result:
            given: Any = options.pop("part", None)
            if given is None:
                return plan(*args, **options)
            part = Part.of(given)
            call = RecordedCall.of(verb, plan, args, options)
            made: Any = plan(*args, **options)
            if not hasattr(made, "fingerprints"):
                raise UnsupportedError(
                    "Parts divide the work on one model, and this is a pipeline of several: name the folder "
                    "of one of its models, or leave out --part, --resume and --engine."
                )
            progress: Any = options.get("progress")
            whole: Any = kind(made, call, part, progress)
            return whole  # type: ignore[no-any-return]

        add_keyword(plan_in_parts, plan, "part", "str | Part | None")
        return plan_in_parts

    return decorated

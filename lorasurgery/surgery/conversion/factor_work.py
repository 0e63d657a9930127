"""How an adapter is to be written, and where its new factors are made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from lorasurgery.checkpoint import Spill
from lorasurgery.dtypes import Dtype
from lorasurgery.formats import Format
from lorasurgery.paths import StrPath
from lorasurgery.surgery.conversion.runtime_profiles import Profile, profile_of
from lorasurgery.surgery.factorise.adapter_matrix import AdapterMatrix
from lorasurgery.surgery.factorise.factorised import Factorised, by_module
from lorasurgery.surgery.factorise.from_adapter import AdapterFactoriser, dtype_named
from lorasurgery.surgery.output.adapter_output import format_for
from lorasurgery.surgery.workers import AnyBench, Bench, Meter, Progress, SizedJob, working_limit

J = TypeVar("J", bound=SizedJob)
R = TypeVar("R")


@dataclass(frozen=True)
class OutputOptions:
    """Where and how an adapter is to be written, as the user says it."""

    output: StrPath | None
    format: str | None
    dtype: str
    profile: Profile | None
    workers: int | None
    force: bool
    progress: Progress | None

    @staticmethod
    def of(
        output: StrPath | None,
        format: str | None,
        dtype: str,
        runtime: str | None = None,
        *,
        workers: int | None,
        force: bool,
        progress: Progress | None,
    ) -> OutputOptions:
        """The user's words.

        Raises:
            UnsupportedError: no such runtime or dtype, or a runtime that does not read the format.
        """
        dtype_named(dtype)
        return OutputOptions(output, format, dtype, profile_of(runtime, format), workers, force, progress)

    @property
    def new_dtype(self) -> Dtype | None:
        """The dtype of new factors; None for that of the factors that they replace."""
        return dtype_named(self.dtype)

    def form(self, format_of_input: str) -> Format:
        """The format that is written: what the user says, what the runtime reads, or that of the input.

        Raises:
            UnsupportedError: it is only read.
        """
        return format_for(self.format or (self.profile.format if self.profile else None) or format_of_input)


@dataclass(frozen=True)
class FactorWork:
    """Where new factors are made: workers, and a scratch file next to the output.

    `bench` does the work where it is that of parts.
    """

    options: OutputOptions
    spill: Spill
    progress: Progress | None
    bench: AnyBench | None = None

    def factoriser(self, most: int | None) -> AdapterFactoriser:
        """What makes factors, of at most so many ranks where that is known."""
        return AdapterFactoriser(self.options.new_dtype, self.spill, most)

    def factorised(
        self, jobs: Sequence[AdapterMatrix], most: int | None
    ) -> dict[str, list[Factorised[AdapterMatrix]]]:
        """New factors for matrices, by module."""
        return by_module(self(jobs, self.factoriser(most)))

    def __call__(self, jobs: Sequence[J], work: Callable[[J], R]) -> list[R]:
        """Do all jobs and return their results in the jobs' order."""
        if self.bench is not None:
            return self.bench(jobs, work)
        meter = Meter(sum(job.read_bytes for job in jobs), self.progress)
        return Bench(self.options.workers, working_limit(), meter)(jobs, work)

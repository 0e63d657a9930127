"""A bench whose jobs are shared out: it does one part's, and has the results of the others' from their files.

    results.json           by the key of each job: what was found
    results.safetensors    its tensors, such as factors

The key of a job is its name with a number: a matrix may be measured first and factorised afterwards, and
factorised once more with more ranks.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from lorasurgery.checkpoint import write_safetensors, write_text
from lorasurgery.checkpoint.safetensors_file import open_safetensors
from lorasurgery.foreign import json_of
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.parts.stored_result import restored, stored
from lorasurgery.surgery.workers import Bench, SizedJob

RESULTS, TENSORS = "results.json", "results.safetensors"


class NamedJob(SizedJob, Protocol):
    """A job with a name; `unit` is what is never divided among parts, such as all experts of a module."""

    @property
    def key(self) -> str: ...
    @property
    def unit(self) -> str: ...


J = TypeVar("J", bound=NamedJob)
R = TypeVar("R")


class Waiting(Exception):  # noqa: N818 - not an error: a part that can go on later
    """Results of other parts are needed before this part can go on; `parts` are their numbers."""

    def __init__(self, parts: Iterable[int]) -> None:
        super().__init__()
        self.parts = tuple(sorted(parts))


@dataclass(frozen=True)
class StoredResults:
    """Results in the folders of passes: the values by key, and the tensors by key and name."""

    values: Mapping[str, Mapping[str, Any]]
    tensors: Mapping[str, LazyTensor]

    @staticmethod
    def of(folders: Iterable[Path]) -> StoredResults:
        """Open the results of passes.

        Raises:
            DamagedFileError: a file is none.
        """
        values: dict[str, Any] = {}
        tensors: dict[str, LazyTensor] = {}
        for folder in folders:
            values |= json_of(folder / RESULTS)
            tensors |= open_safetensors(folder / TENSORS)
        return StoredResults(values, tensors)

    def read(self, key: str, job: object) -> Any:
        """Return the result of a job."""
        return restored(self.values[key], lambda name: self.tensors[f"{key}/{name}"], job)


@dataclass
class SharedBench:
    """Does the jobs of one part on a bench; `made` are its results by key.

    Attributes:
        bench: None where nothing is to be computed.
        owners: the part to which each unit belongs.
        own: the number of this part.
    """

    bench: Bench | None
    found: StoredResults
    owners: Mapping[str, int]
    own: int = 0
    made: dict[str, Any] = field(default_factory=dict)
    _seen: Counter[str] = field(default_factory=Counter)

    def __call__(self, jobs: Sequence[J], work: Callable[[J], R]) -> list[R]:
        """Do this part's jobs and return the results of all, in the jobs' order.

        Raises:
            Waiting: results of other parts are not there.
        """
        keys = [self._key(job) for job in jobs]
        absent = [index for index, key in enumerate(keys) if key not in self.found.values]
        mine = [index for index in absent if self.bench and self.owners[jobs[index].unit] == self.own]
        if self.bench:
            results = self.bench([jobs[index] for index in mine], work)
            self.made |= {keys[index]: result for index, result in zip(mine, results, strict=True)}
        if others := {self.owners[jobs[index].unit] for index in absent if keys[index] not in self.made}:
            raise Waiting(others)
        return [
            self.made[key] if key in self.made else self.found.read(key, job)
            for key, job in zip(keys, jobs, strict=True)
        ]

    def expect(self, jobs: Sequence[NamedJob]) -> None:
        """Find that the first results of all these jobs are there.

        Raises:
            Waiting: some of other parts are not.
        """
        there = self.found.values.keys() | self.made.keys()
        if absent := {self.owners[job.unit] for job in jobs if f"{job.key}/1" not in there}:
            raise Waiting(absent)

    def _key(self, job: NamedJob) -> str:
        self._seen[job.key] += 1
        return f"{job.key}/{self._seen[job.key]}"

    def write(self, folder: Path) -> int:
        """Write what was made into the folder of a pass; return the bytes of its tensors."""
        values: dict[str, Any] = {}
        tensors: dict[str, LazyTensor] = {}
        for key, result in self.made.items():
            values[key], own = stored(result)
            tensors |= {f"{key}/{name}": tensor for name, tensor in own.items()}
        write_text(folder / RESULTS, json.dumps(values) + "\n")
        write_safetensors(folder / TENSORS, tensors)
        return sum(tensor.nbytes for tensor in tensors.values())

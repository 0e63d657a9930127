"""What `rerank` and `convert` have in common in parts: all of their work is on single matrices."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from lorasurgery.checkpoint import Spill
from lorasurgery.surgery.conversion.conversion_report import ConversionReport
from lorasurgery.surgery.conversion.factor_work import FactorWork
from lorasurgery.surgery.conversion.rewrite import Rewrite, Rewritten, write
from lorasurgery.surgery.factorise.adapter_matrix import AdapterMatrix
from lorasurgery.surgery.parts.fingerprint import of_adapter, of_checkpoint
from lorasurgery.surgery.workers import AnyBench


class DividedRewrite(ABC):
    """A plan that writes an adapter anew, of which parts can do some matrices each."""

    rewrite: Rewrite

    @abstractmethod
    def new_matrices(self) -> Sequence[AdapterMatrix]:
        """Return the matrices whose factors are made anew."""

    @property
    def most_ranks(self) -> int | None:
        """The largest rank that can be kept, where it is known beforehand."""
        return None

    @abstractmethod
    def _made(self, work: FactorWork) -> Rewritten: ...

    @property
    def place_of_output(self) -> Path:
        return self.rewrite.target

    @property
    def all_inputs(self) -> list[Path]:
        return self.rewrite.inputs

    @property
    def workers(self) -> int | None:
        return self.rewrite.options.workers

    @property
    def force(self) -> bool:
        return self.rewrite.options.force

    def fingerprints(self) -> Mapping[str, str]:
        """Return the fingerprint of the adapter, and of its base where that is given."""
        base = self.rewrite.base
        found = {} if base is None else of_checkpoint("base", base)
        for each in self.rewrite.sources:
            found |= of_adapter(f"adapter {each.name}", each.adapter)
        return found

    def unit_sizes(self) -> Mapping[str, int]:
        """Return the modules whose factors are made anew, and the bytes of those that they have."""
        sizes: Counter[str] = Counter()
        for each in self.new_matrices():
            sizes[each.unit] += each.read_bytes
        return sizes

    def work_share(self, names: frozenset[str], bench: AnyBench, spill: Spill) -> None:
        """Make the factors of some modules, and leave them to the bench."""
        jobs = [each for each in self.new_matrices() if each.unit in names]
        FactorWork(self.rewrite.options, spill, None, bench).factorised(jobs, self.most_ranks)

    def join(self, bench: AnyBench) -> ConversionReport:
        """Write the adapter with the factors of all parts."""
        return write(self.rewrite, self._made, None, bench)

"""What all adapters of a merge change in one base."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lorasurgery.surgery.merging.module_check import ModuleCheck
from lorasurgery.surgery.merging.tensor_job import TensorJob


@dataclass(frozen=True)
class AdapterMatch:
    """What all adapters change in one base.

    Attributes:
        jobs: by the name of the tensor on disk.
        untied: run-time names that no longer share a tensor.
        checks: of each module, by adapter and path.
        new: parameters that the base does not have.
    """

    jobs: Mapping[str, TensorJob]
    untied: tuple[str, ...]
    checks: Mapping[tuple[int, str], ModuleCheck]
    new: tuple[str, ...]
    notes: tuple[str, ...]

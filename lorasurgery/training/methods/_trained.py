"""A model while it is trained: its parameters, and what its method does around a step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor, nn


def _nothing(*_: object) -> None:
    """What most methods do around a step."""


@dataclass(frozen=True)
class TrainableModel:
    """A method at work on a model.

    Attributes:
        model: what is called.
        trainable: parameters by names that stay the same from run to run.
        targets: the modules that are adapted.
        save: writes what was made into an existing folder.
        begin: called with the step (from 1) and the task's number before the forward pass.
        rest: called with the task's number before an evaluation.
        penalty: a term that is added to the mean loss.
        end: called with the step after the parameters moved, while their gradients are still there.
        state, restore: what besides the parameters a resumed run needs.
        fast: parameters that learn at `rate_ratio` times the rate.
    """

    model: nn.Module
    trainable: Mapping[str, nn.Parameter]
    targets: tuple[str, ...]
    save: Callable[[Path], None]
    begin: Callable[[int, int], None] = _nothing
    rest: Callable[[int], None] = _nothing
    penalty: Callable[[], Tensor | None] = _nothing
    end: Callable[[int], None] = _nothing
    state: Callable[[], dict[str, Any]] = dict
    restore: Callable[[dict[str, Any]], None] = _nothing
    fast: frozenset[str] = frozenset()

    @property
    def count(self) -> int:
        """How many numbers are trained."""
        return sum(each.numel() for each in self.trainable.values())

"""One run on several processes: each takes its share of a batch, and the gradients are added up.

`torchrun` and `accelerate launch` start the processes and say so in the environment. Gradients are
of sums divided by the terms of the whole batch, so that any number of processes takes the same
step, to rounding.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn


@dataclass(frozen=True)
class Processes:
    """Which of how many processes this is, and the device that it works on."""

    index: int
    count: int
    device: torch.device

    @property
    def is_first(self) -> bool:
        return self.index == 0

    def added(self, value: float) -> float:
        """The sum of a number over all processes."""
        import torch

        if self.count == 1:
            return value
        total = torch.tensor(value, dtype=torch.float64, device=self.device)
        torch.distributed.all_reduce(total)
        return float(total)

    def add_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Put the sum over all processes in place of each gradient; one that no process has stays absent."""
        import torch

        if self.count == 1:
            return
        listed = list(parameters)
        present = torch.tensor([float(each.grad is not None) for each in listed], device=self.device)
        torch.distributed.all_reduce(present)
        used = [each for each, has in zip(listed, present.tolist(), strict=True) if has]
        if not used:
            return
        flat = torch.cat([_gradient(each).reshape(-1) for each in used])
        torch.distributed.all_reduce(flat)
        start = 0
        for each in used:
            each.grad = flat[start : start + each.numel()].view_as(each).clone()
            start += each.numel()

    def wait(self) -> None:
        """Until all processes are here."""
        import torch

        if self.count > 1:
            torch.distributed.barrier()


def _gradient(parameter: nn.Parameter) -> Tensor:
    import torch

    return torch.zeros_like(parameter) if parameter.grad is None else parameter.grad


def processes() -> Processes:
    """This process among those that the launcher started, or alone."""
    import torch
    from accelerate import PartialState  # type: ignore[import-untyped]

    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        state = PartialState(cpu=not torch.cuda.is_available())  # gloo, where there is nothing better
        return Processes(state.process_index, state.num_processes, state.device)
    device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    return Processes(0, 1, torch.device(device))

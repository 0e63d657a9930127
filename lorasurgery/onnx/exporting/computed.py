"""Parameters that a class computes by itself, so that checkpoints leave them out: Marian's
sinusoidal table of positions.

A class says so nowhere. They are told apart from parameters that would be drawn at random by
initialising twice, from two seeds, and from those that begin as a constant, which training changes,
by having more than one value.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from lorasurgery.architecture.value import owner

if TYPE_CHECKING:
    from torch import Tensor, nn

SEEDS = (0, 1)


def computed_table(model: Any, name: str) -> Tensor | None:
    """The values of a parameter that depend on nothing but the config, in float32; None for any other.

    Args:
        model: one of transformers' models, which may be without weights.
    """
    import torch

    module = model.get_submodule(owner(name))
    if type(module).__module__.startswith("torch."):
        return None  # torch's own layers begin at random, and a missing head may be large
    first, second = (_initialised(model, module, name.rpartition(".")[2], seed) for seed in SEEDS)
    if not torch.equal(first, second) or not bool((first != first.reshape(-1)[:1]).any()):
        return None
    return first


def _initialised(model: Any, module: nn.Module, leaf: str, seed: int) -> Tensor:
    """One parameter of a module as its class initialises it."""
    import torch
    from torch import nn

    def real(parameter: nn.Parameter | None) -> nn.Parameter | None:
        return (
            parameter
            if parameter is None
            else nn.Parameter(torch.zeros(parameter.shape), requires_grad=False)
        )

    alone = copy.copy(module)
    alone._parameters = {key: real(parameter) for key, parameter in module._parameters.items()}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model._init_weights(alone)
    made = alone._parameters[leaf]
    assert made is not None
    return made.detach()

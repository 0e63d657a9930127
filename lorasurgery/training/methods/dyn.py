"""LoRA-Dyn: nested ranks, so that every prefix of the factors is an adapter of its own (DyLoRA:
Valipour et al., 2022, arXiv 2210.07558).

    each step draws a rank b:     ΔW = α/b · B[:, :b] A[:b]

On top of PEFT's LoRA, whose scale is α/r: what A gives is cut to its first b values and multiplied
by r/b. One file serves every rank; its note says which were drawn, and that the scale at rank b is
α/b, as `rerank --method prefix` cuts it. Evaluations on the way are at the full rank.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lorasurgery.adapter import Nested
from lorasurgery.formats.peft.config import note_of
from lorasurgery.training.kinds._task import Task
from lorasurgery.training.methods import _peft
from lorasurgery.training.methods._trained import TrainableModel
from lorasurgery.training.models import LoadedModel
from lorasurgery.training.recipe import Recipe, powers_up_to

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass
class RankPrefix:
    """How many of `rank` leading ranks are in use; a hook on every A."""

    rank: int
    used: int

    def __call__(self, _: nn.Module, __: Any, lowered: Tensor) -> Tensor:
        """From (..., rank) to the same with zeros behind the prefix; the gradients of what is
        behind are zeros, too.
        """
        if self.used == self.rank:
            return lowered
        mask = lowered.new_zeros(self.rank)
        mask[: self.used] = self.rank / self.used
        return lowered * mask


def build(loaded: LoadedModel, tasks: Mapping[str, Task], recipe: Recipe) -> TrainableModel:
    """A LoRA whose rank is drawn anew for every step."""
    import peft

    modules, ranks = _peft.chosen(loaded, recipe), nested_ranks(recipe)
    shared = _peft.settings(_peft.one_of(tasks), loaded.heads, modules, recipe)
    model = _peft.wrapped(loaded, peft.LoraConfig(r=recipe.rank, **shared))
    prefix = RankPrefix(recipe.rank, recipe.rank)
    for name, module in model.named_modules():
        if name.endswith(f".lora_A.{_peft.ADAPTER}"):
            module.register_forward_hook(prefix)

    def begin(step: int, _: int) -> None:
        prefix.used = random.Random(f"{recipe.seed} {step}").choice(ranks)

    def rest(_: int) -> None:
        prefix.used = recipe.rank

    note = note_of(Nested("nested", ranks))
    return _peft.trained(model, modules, note, begin=begin, rest=rest)


def nested_ranks(recipe: Recipe) -> tuple[int, ...]:
    """Return the ranks to draw: the user's, or the powers of two below the rank; and the rank itself."""
    return tuple(sorted({*(recipe.ranks or powers_up_to(recipe.rank)), recipe.rank}))

"""How something is trained: the numbers, with defaults that work."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lorasurgery.arguments import real, several, whole
from lorasurgery.errors import UnsupportedError

# Full fine-tuning's usual rate (Devlin et al., 2018, arXiv 1810.04805, appendix A.3), and ten times
# that for factors.
FULL_RATE = 5e-5
ADAPTER_RATE = 5e-4
# AdaLoRA's change is a product of three factors that begin at 0.02, 0 and 0.02: at LoRA's rate it
# hardly moves.
ADALORA_RATE = 5e-3
DEFAULT_EPOCHS = 3
# Numbers at zero would train nothing: they are above it.
SMALLEST = 1e-12


@dataclass(frozen=True)
class Recipe:
    """One run.

    `rank` is that of each adapted module (the mean one for AdaLoRA, which starts at half as much
    again; that of each branch for Parallel-LoRA), `alpha` its scale times the rank (times its root
    for rsLoRA), `ranks` those that LoRA-Dyn draws from, `rate_ratio` how much faster B learns than
    A (LoRA+), `shared` how many branches of Parallel-LoRA serve all tasks.
    """

    method: str = "lora"
    rank: int = 16
    alpha: float | None = None
    targets: tuple[str, ...] = ()
    ranks: tuple[int, ...] = ()
    rate_ratio: float = 1.0
    shared: int = 1
    epochs: int = DEFAULT_EPOCHS
    steps: int | None = None
    batch_size: int = 32
    rate: float | None = None
    warmup: float = 0.06
    weight_decay: float = 0.01
    clip: float = 1.0
    dropout: float = 0.0
    seed: int = 0

    @property
    def learning_rate(self) -> float:
        """That of the user, or the method's usual one."""
        if self.rate is not None:
            return self.rate
        return {"full": FULL_RATE, "adalora": ADALORA_RATE}.get(self.method, ADAPTER_RATE)

    @property
    def scaled_alpha(self) -> float:
        """That of the user, or what makes the scale two; one for LoRA-Dyn at its full rank, since
        it is larger at lower ones.
        """
        if self.alpha is not None:
            return self.alpha
        scale = 1 if self.method == "dyn" else 2
        return scale * (math.sqrt(self.rank) if self.method == "rslora" else self.rank)

    def as_json(self) -> dict[str, Any]:
        """All numbers, defaults among them."""
        return dataclasses.asdict(self) | {"rate": self.learning_rate, "alpha": self.scaled_alpha}


def _is_text(recipe: Recipe, name: str) -> bool:
    return isinstance(getattr(recipe, name), str)


def checked(recipe: Recipe) -> Recipe:
    """The recipe, if its numbers make sense together.

    Raises:
        UnsupportedError: with the option that is wrong.
    """
    bounds: Mapping[str, tuple[float, float]] = {
        "rank": (1, 2**20),
        "epochs": (1, 2**31),
        "steps": (1, 2**31),
        "batch_size": (1, 2**31),
        "rate": (SMALLEST, 10),
        "alpha": (SMALLEST, 1e6),
        "warmup": (0, 1),
        "dropout": (0, 0.99),
        "shared": (0, 64),
        "rate_ratio": (SMALLEST, 1e6),
    }
    if not isinstance(recipe, Recipe):
        raise UnsupportedError(f"recipe is a Recipe, as in Recipe(rank=4), and not {recipe!r}.")
    read = {name: whole if low == 1 else real for name, (low, _) in bounds.items()}
    numbers: dict[str, Any] = {
        name: read[name](getattr(recipe, name), name) for name in bounds if _is_text(recipe, name)
    }
    recipe = dataclasses.replace(recipe, **numbers, targets=several(recipe.targets, "targets"))
    for name, (low, high) in bounds.items():
        value = getattr(recipe, name)
        if value is not None and not low <= value <= high:
            least = "above 0 and at most" if low == SMALLEST else f"from {low:g} to"
            raise UnsupportedError(f"--{name.replace('_', '-')} is {value:g}, and must be {least} {high:g}.")
    if recipe.steps is not None and recipe.epochs != DEFAULT_EPOCHS:
        raise UnsupportedError("--steps takes the place of --epochs; give one of them.")
    adapters_only = ("alpha", "dropout", "rate_ratio", "targets")
    idle = [name for name in adapters_only if getattr(recipe, name) != getattr(Recipe, name, ())]
    if recipe.method == "full" and idle:
        option = {"targets": "target"}.get(idle[0], idle[0]).replace("_", "-")
        raise UnsupportedError(f"--{option} applies to adapters; --method full trains every parameter.")
    if recipe.ranks and recipe.method != "dyn":
        raise UnsupportedError(f"--ranks is for --method dyn; --method {recipe.method} has one rank.")
    if recipe.shared != Recipe.shared and recipe.method != "parallel":
        raise UnsupportedError(
            f"--shared is for --method parallel; --method {recipe.method} has no branches for all tasks."
        )
    if any(not 1 <= rank <= recipe.rank for rank in recipe.ranks):
        raise UnsupportedError(f"--ranks go from 1 to --rank {recipe.rank}: {list(recipe.ranks)}.")
    return recipe


def powers_up_to(rank: int) -> tuple[int, ...]:
    """The powers of two below a rank, and that rank."""
    return (*(2**i for i in range(rank.bit_length()) if 2**i < rank), rank)

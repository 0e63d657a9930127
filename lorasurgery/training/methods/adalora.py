"""AdaLoRA: ΔW = α/r₀ · B diag(E) A, r₀ the rank at the start, with ranks spent where they matter
(Zhang et al., 2023, arXiv 2303.10512). PEFT's own triplets and allocator.

It starts at half as many ranks again as it may keep, drops the least important triplets on a cubic
schedule between the first tenth of the steps and the last third, and trains what is left. A penalty
keeps the columns of B and the rows of A orthogonal. What is written has the ranks that are left,
module by module.

PEFT adds the penalty to a loss that the model computes itself, and leaves the allocation to the
caller; both are called from here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lorasurgery.errors import UnsupportedError
from lorasurgery.training.kinds._task import Task
from lorasurgery.training.methods import _peft
from lorasurgery.training.methods._trained import TrainableModel
from lorasurgery.training.models import LoadedModel
from lorasurgery.training.recipe import Recipe

if TYPE_CHECKING:
    from torch import Tensor, nn

# Of all steps: before the first triplets go, and after the last have gone.
UNTOUCHED, SETTLED = 0.1, 0.3
# Steps between two allocations, at most; and how many allocations there are at least.
EVERY, ALLOCATIONS = 10, 20
# Of the penalty, beside the mean loss (the paper's, for GLUE).
ORTHOGONALITY = 0.1
FEWEST_STEPS = 10


def check(recipe: Recipe) -> None:
    """Refuse a run before its model is loaded.

    Raises:
        UnsupportedError: there are too few steps for a schedule.
    """
    total = recipe.steps or 0
    if total < FEWEST_STEPS:
        raise UnsupportedError(
            f"--method adalora needs {FEWEST_STEPS} steps to spend its ranks, and there are {total}; ask "
            "for more with --steps or --epochs."
        )


def build(loaded: LoadedModel, tasks: Mapping[str, Task], recipe: Recipe) -> TrainableModel:
    """Triplets on every target, and a budget of `rank` for each on the average."""
    import peft

    total = recipe.steps or 0
    modules = _peft.chosen(loaded, recipe)
    config = peft.AdaLoraConfig(
        init_r=initial_rank(recipe.rank),
        target_r=recipe.rank,
        total_step=total,
        tinit=int(UNTOUCHED * total),
        tfinal=int(SETTLED * total),
        deltaT=max(1, min(EVERY, total // (2 * ALLOCATIONS))),
        orth_reg_weight=ORTHOGONALITY,
        **_peft.settings(_peft.one_of(tasks), loaded.heads, modules, recipe),
    )
    model: Any = _peft.wrapped(loaded, config)
    tuner = model.base_model
    named = list(model.named_parameters())
    As, Bs = ([each for name, each in named if f".{kind}." in name] for kind in ("lora_A", "lora_B"))
    return _peft.trained(
        model,
        modules,
        penalty=lambda: ORTHOGONALITY * orthogonality(As, Bs),
        end=tuner.update_and_allocate,
        state=lambda: _state(tuner, config),
        restore=lambda state: _restore(tuner, config, state),
    )


def initial_rank(rank: int) -> int:
    """Half as many again; at least one more, without which there is nothing to decide."""
    return max(rank + 1, rank + rank // 2)


def orthogonality(As: Sequence[nn.Parameter], Bs: Sequence[nn.Parameter]) -> Tensor:
    """The mean of ‖A Aᵀ − I‖ over all A (r, in) and of ‖BᵀB − I‖ over all B (out, r), Frobenius
    norms: PEFT's formula.
    """
    import torch

    norms = []
    for rows in (*As, *(B.T for B in Bs)):
        norms.append(torch.linalg.matrix_norm(rows @ rows.T - torch.eye(rows.shape[0], device=rows.device)))
    return torch.stack(norms).mean()


def _state(tuner: Any, config: Any) -> dict[str, Any]:
    allocator = tuner.rankallocator
    return {
        "importance": {name: each.cpu() for name, each in allocator.exp_avg_ipt.items()},
        "uncertainty": {name: each.cpu() for name, each in allocator.exp_avg_unc.items()},
        "pattern": config.rank_pattern,
    }


def _restore(tuner: Any, config: Any, state: dict[str, Any]) -> None:
    allocator, device = tuner.rankallocator, next(tuner.parameters()).device
    allocator.exp_avg_ipt = {name: each.to(device) for name, each in state["importance"].items()}
    allocator.exp_avg_unc = {name: each.to(device) for name, each in state["uncertainty"].items()}
    allocator.ipt = dict(allocator.exp_avg_ipt)
    config.rank_pattern = state["pattern"]

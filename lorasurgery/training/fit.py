"""The fit: AdamW, a linear rise of the learning rate, a linear fall to zero.

    for each step:  the batch of its number, the mean loss, gradients added up over processes,
    clipped, one step of AdamW

Everything random follows from the seed and the step. A loss or gradient that is no number ends the
fit before it can do harm: the parameters are then those of the last good step, and their state is
kept.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lorasurgery.errors import Interrupted, NumericError
from lorasurgery.progress_bar import callback
from lorasurgery.training.batches import schedule
from lorasurgery.training.kinds._task import Example, Task
from lorasurgery.training.methods._trained import TrainableModel
from lorasurgery.training.processes import Processes
from lorasurgery.training.recipe import Recipe
from lorasurgery.training.resume import StateKeeper
from lorasurgery.training.seeds import sow

if TYPE_CHECKING:
    import torch
    from torch import Tensor

# Called with the step, how many there are, and the loss of late.
StepProgress = Callable[[int, int, float], None] | bool
# Called after a step; what it returns is put down.
Look = Callable[[int], Mapping[str, float]]
BETAS, EPSILON = (0.9, 0.999), 1e-8
# How much of the loss of late is older than this step.
SMOOTHING = 0.95


@dataclass(frozen=True)
class TaskStream:
    """One task's examples, on their way into the model."""

    name: str
    task: Task
    examples: Sequence[Example]


@dataclass
class LossHistory:
    """The loss of every step, what was seen on the way, and how long it took."""

    losses: list[float] = field(default_factory=list)
    looks: list[tuple[int, dict[str, float]]] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True)
class Schedule:
    """When a fit looks up: every so many steps it is evaluated, and its state kept."""

    look: Look | None = None
    look_every: int = 0
    keeper: StateKeeper | None = None
    keep_every: int = 0
    progress: StepProgress | None = None


def fit(
    trained: TrainableModel,
    lanes: Sequence[TaskStream],
    tokenizer: Any,
    recipe: Recipe,
    team: Processes,
    pace: Schedule,
    state: Mapping[str, Any] | None = None,
) -> LossHistory:
    """Train in place; go on from `state` where one is given.

    Raises:
        NumericError: a loss or a gradient is no number.
    """
    plan, advance = planned(lanes, recipe), callback(pace.progress, "step")
    optimizer = _optimizer(trained, recipe)
    history, done = _restored(trained, optimizer, state) if state else (LossHistory(), 0)
    late, started = math.nan, time.perf_counter() - history.seconds
    with _saying_where(history, len(plan), pace.keeper):
        for step, (number, indices) in enumerate(plan[done:], start=done + 1):
            lane = lanes[number]
            _set_rate(optimizer, recipe.learning_rate * rate_share(step, len(plan), recipe.warmup))
            sow(recipe.seed, step, team.index)
            trained.begin(step, number)
            trained.model.train()
            loss = _gradients(trained, lane, [lane.examples[index] for index in indices], tokenizer, team)
            norm = _clipped(trained, recipe.clip)
            if not (math.isfinite(loss) and math.isfinite(norm)):
                _stop(trained, optimizer, history, team, pace, step, len(plan), loss)
            optimizer.step()
            trained.end(step)
            optimizer.zero_grad(set_to_none=True)
            late = loss if math.isnan(late) else SMOOTHING * late + (1 - SMOOTHING) * loss
            history.losses.append(loss)
            history.seconds = time.perf_counter() - started
            _look_up(trained, optimizer, history, team, pace, step, len(plan))
            if advance:
                advance(step, len(plan), late)
    return history


@contextmanager
def _saying_where(history: LossHistory, total: int, keeper: StateKeeper | None) -> Iterator[None]:
    """Say after which step Ctrl-C came, and how to go on.

    Raises:
        Interrupted: in place of a bare KeyboardInterrupt.
    """
    try:
        yield
    except KeyboardInterrupt:
        if keeper is None:
            raise
        kept = keeper.way_on if keeper.has_state() else "no state was kept by then, and no output was written"
        raise Interrupted(f"interrupted at step {len(history.losses)} of {total}; {kept}") from None


def planned(lanes: Sequence[TaskStream], recipe: Recipe) -> list[tuple[int, list[int]]]:
    """All batches of a run."""
    lengths = [[each.length for each in lane.examples] for lane in lanes]
    return schedule(lengths, recipe.batch_size, recipe.epochs, recipe.steps, recipe.seed)


def rate_share(step: int, total: int, warmup: float) -> float:
    """The share of the learning rate at a step from 1 on: up over the warm-up, then down to zero
    after the last.
    """
    rising = max(1, round(total * warmup))
    return min(step / rising, (total - step + 1) / max(1, total - rising + 1))


@contextmanager
def half_precision(device: torch.device) -> Iterator[None]:
    """Use bfloat16 products on hardware that has them, and float32 elsewhere and for all sums."""
    import torch

    has = device.type == "cuda" and torch.cuda.is_bf16_supported()
    with torch.autocast(device.type, dtype=torch.bfloat16) if has else nullcontext():
        yield


def _gradients(
    trained: TrainableModel, lane: TaskStream, examples: Sequence[Example], tokenizer: Any, team: Processes
) -> float:
    """The gradients of the mean loss over the batch, on all processes together; and that loss."""
    import torch

    terms, loss = lane.task.terms(examples), 0.0
    mine = examples[team.index :: team.count]
    if mine:
        inputs, wanted = on_device(lane.task.batch(mine, tokenizer), team.device)
        with half_precision(team.device):
            mean = lane.task.loss(trained.model(**inputs), wanted) / max(terms, 1)
        loss = float(mean.detach())
        penalty = trained.penalty() if team.is_first else None
        torch.autograd.backward(mean if penalty is None else mean + penalty)
    team.add_gradients(trained.trainable.values())
    return team.added(loss)


def on_device(
    batch: tuple[Mapping[str, Tensor], Tensor], device: torch.device
) -> tuple[dict[str, Tensor], Tensor]:
    """Inputs and targets, moved."""
    inputs, wanted = batch
    return {name: each.to(device) for name, each in inputs.items()}, wanted.to(device)


def _clipped(trained: TrainableModel, most: float) -> float:
    from torch.nn.utils import clip_grad_norm_

    return float(clip_grad_norm_(trained.trainable.values(), most))


def _optimizer(trained: TrainableModel, recipe: Recipe) -> torch.optim.Optimizer:
    """AdamW; in a group of its own what learns faster (LoRA+: Hayou et al., 2024, arXiv 2402.12354)."""
    import torch

    groups: dict[float, list[Any]] = {}
    for name, parameter in trained.trainable.items():
        groups.setdefault(recipe.rate_ratio if name in trained.fast else 1.0, []).append(parameter)
    return torch.optim.AdamW(
        [{"params": parameters, "ratio": ratio} for ratio, parameters in groups.items()],
        betas=BETAS,
        eps=EPSILON,
        weight_decay=recipe.weight_decay,
    )


def _set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate * group["ratio"]


def _look_up(
    trained: TrainableModel,
    optimizer: torch.optim.Optimizer,
    history: LossHistory,
    team: Processes,
    pace: Schedule,
    step: int,
    total: int,
) -> None:
    if pace.look and pace.look_every and step % pace.look_every == 0 and step < total:
        history.looks.append((step, dict(pace.look(step))))
    if pace.keeper and pace.keep_every and step % pace.keep_every == 0 and step < total:
        if team.is_first:
            pace.keeper.save(_state(trained, optimizer, history))
        team.wait()


def _state(trained: TrainableModel, optimizer: torch.optim.Optimizer, history: LossHistory) -> dict[str, Any]:
    return {
        "step": len(history.losses),
        "parameters": {name: each.detach().cpu() for name, each in trained.trainable.items()},
        "moments": {name: dict(optimizer.state.get(each, {})) for name, each in trained.trainable.items()},
        "method": trained.state(),
        "losses": history.losses,
        "looks": history.looks,
        "seconds": history.seconds,
    }


def _restored(
    trained: TrainableModel, optimizer: torch.optim.Optimizer, state: Mapping[str, Any]
) -> tuple[LossHistory, int]:
    """Put a state back; give its history and its step."""
    import torch

    with torch.no_grad():
        for name, parameter in trained.trainable.items():
            parameter.copy_(state["parameters"][name])
            moments = state["moments"][name]
            if moments:
                optimizer.state[parameter] = {
                    key: each if key == "step" else each.to(parameter.device) for key, each in moments.items()
                }
    trained.restore(state["method"])
    looks = [(int(step), dict(seen)) for step, seen in state["looks"]]
    return LossHistory(list(state["losses"]), looks, float(state["seconds"])), int(state["step"])


def _stop(
    trained: TrainableModel,
    optimizer: torch.optim.Optimizer,
    history: LossHistory,
    team: Processes,
    pace: Schedule,
    step: int,
    total: int,
    loss: float,
) -> None:
    """End a fit whose numbers are no longer any; keep what was good."""
    kept = ""
    if pace.keeper and all(bool(each.isfinite().all()) for each in trained.trainable.values()):
        if team.is_first:
            pace.keeper.save(_state(trained, optimizer, history))
        kept = (
            f" The state after step {step - 1} is kept in {pace.keeper.folder}: go on from there with "
            "--resume and a lower --rate."
        )
    what = f"The loss is {loss:g}" if not math.isfinite(loss) else "The gradient is not finite"
    raise NumericError(
        f"{what} at step {step} of {total}; nothing was written.{kept or ' Try a lower --rate.'}"
    )

"""Parallel-LoRA: several branches on the same modules, trained side by side, some shared by all
tasks, one a task's own.

    of task t:    ΔW = Σ_shared α/r B A  +  α/r B_t A_t

A step sees one task, and moves the shared branches and those of this task; batches are mixed by
task. Each task's head lies in its own branch. What is written is a folder with `parallel.json` and
a PEFT folder for each branch, which `fuse --task` makes one adapter of. PEFT holds the branches as
adapters of one model; heads are ours, since PEFT's are those of one adapter at a time.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lorasurgery.checkpoint import write_safetensors, write_text
from lorasurgery.errors import UnsupportedError
from lorasurgery.formats.peft import WEIGHTS_FILE
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.adapter_input.parallel_lora import PARALLEL_FILE, VERSION
from lorasurgery.training import kinds
from lorasurgery.training.kinds._task import Task
from lorasurgery.training.methods import _peft
from lorasurgery.training.methods._trained import TrainableModel
from lorasurgery.training.models import LoadedModel, load_model
from lorasurgery.training.recipe import Recipe

if TYPE_CHECKING:
    from torch import Tensor, nn


def build(loaded: LoadedModel, tasks: Mapping[str, Task], recipe: Recipe) -> TrainableModel:
    """Branches on every target: `shared` ones for all tasks, and one of its own for each task, with its head.

    Raises:
        UnsupportedError: there is one task, or a name that is none for a folder.
    """
    names, kinds_of = tuple(tasks), tuple(tasks.values())
    shared = _shared_names(recipe, names)
    modules = _peft.chosen(loaded, recipe)
    model = _branched(loaded, modules, recipe, (*shared, *names))
    heads = [_heads_for(loaded, kinds_of, number) for number in range(len(tasks))]
    layers = [each for each in model.modules() if hasattr(each, "lora_A")]

    def select(number: int) -> None:
        for layer in layers:
            layer.set_adapter([*shared, names[number]])
        for path, head in heads[number].items():
            loaded.model.set_submodule(path, head)

    branches = dict.fromkeys(shared, "all") | {name: [name] for name in names}
    owned = {name: heads[number] for number, name in enumerate(names)}

    def save(folder: Path) -> None:
        for name in branches:
            _write_branch(folder / name, model, name, owned.get(name, {}), kinds_of[0])
        listed = {name: {"weight": 1.0, "tasks": serves} for name, serves in sorted(branches.items())}
        content = {"version": VERSION, "branches": listed}
        write_text(folder / PARALLEL_FILE, json.dumps(content, indent=2) + "\n")

    parameters = _trainable(model, owned)
    return TrainableModel(
        model=model,
        trainable=parameters,
        targets=tuple(modules),
        save=save,
        begin=lambda _, number: select(number),
        rest=select,
        fast=frozenset(name for name in parameters if ".lora_B." in name),
    )


def _shared_names(recipe: Recipe, names: Sequence[str]) -> tuple[str, ...]:
    """`shared`, or `shared1`, `shared2` and so on.

    Raises:
        UnsupportedError: see `build`.
    """
    if len(names) < 2:
        raise UnsupportedError(
            "--method parallel trains several tasks at once; give each with --task NAME=FILE."
        )
    shared = ("shared",) if recipe.shared == 1 else tuple(f"shared{i + 1}" for i in range(recipe.shared))
    for name in names:
        if name in shared or not name.replace("-", "").replace("_", "").isalnum():
            raise UnsupportedError(
                f"A task cannot be called {name!r}: it names a folder, and may have letters, digits, - and "
                f"_; {', '.join(shared) or 'nothing else'} is taken."
            )
    return shared


def _branched(loaded: LoadedModel, modules: Sequence[str], recipe: Recipe, names: Sequence[str]) -> Any:
    """The model with a LoRA for each branch; PEFT is told of no heads."""
    import peft

    def config() -> Any:
        return peft.LoraConfig(
            r=recipe.rank,
            lora_alpha=recipe.scaled_alpha,
            lora_dropout=recipe.dropout,
            target_modules=list(modules),
        )

    with _peft.quiet():
        model = peft.get_peft_model(loaded.model, config(), adapter_name=names[0])
        for name in names[1:]:
            model.add_adapter(name, config())
    return model


def _heads_for(loaded: LoadedModel, tasks: Sequence[Task], number: int) -> dict[str, nn.Module]:
    """Return a task's own heads: the model's for the first task, those of a new model for the others."""
    source = loaded if number == 0 else _loaded_again(loaded, tasks[number])
    if (
        source.heads != loaded.heads
        or kinds.model_task(tasks[number].kind).auto_class != kinds.model_task(tasks[0].kind).auto_class
    ):
        raise UnsupportedError(
            "Tasks that are trained side by side need models of one class; train those of another kind apart."
        )
    heads = {path: copy.deepcopy(source.model.get_submodule(path)) for path in loaded.heads}
    for head in heads.values():
        head.requires_grad_(True)
        head.to(next(loaded.model.parameters()).device)
    return heads


def _loaded_again(loaded: LoadedModel, task: Task) -> LoadedModel:
    return load_model(loaded.name, task, loaded.tokenizer, as_outline=loaded.is_outline)


def _trainable(model: nn.Module, owned: Mapping[str, Mapping[str, nn.Module]]) -> dict[str, nn.Parameter]:
    factors = {
        name: each for name, each in model.named_parameters() if ".lora_A." in name or ".lora_B." in name
    }
    heads = {
        f"{task}.{path}.{name}": each
        for task, modules in owned.items()
        for path, head in modules.items()
        for name, each in head.named_parameters()
    }
    return {**factors, **heads}


def _write_branch(folder: Path, model: Any, name: str, heads: Mapping[str, nn.Module], task: Task) -> None:
    """A branch as PEFT lays out an adapter, with its task's head."""
    import peft

    with _peft.quiet():
        tensors: dict[str, Tensor] = peft.get_peft_model_state_dict(
            model, adapter_name=name, save_embedding_layers=False
        )
    for path, head in heads.items():
        tensors |= {f"base_model.model.{path}.{key}": each for key, each in head.state_dict().items()}
    folder.mkdir()
    lazy = {key: LazyTensor.of(each.detach().cpu().contiguous()) for key, each in sorted(tensors.items())}
    write_safetensors(folder / WEIGHTS_FILE, lazy, {"format": "pt"})
    config = copy.copy(model.peft_config[name])
    config.modules_to_save = sorted(heads) or None
    config.task_type = kinds.model_task(task.kind).peft if heads else None
    config.inference_mode = True
    config.save_pretrained(folder)
    _peft.tidy(folder, {})

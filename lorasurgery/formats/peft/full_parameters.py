"""How PEFT carries full parameters: biases, norms, heads, bare parameters, buffers.

There are three ways, and this decides which parameter goes which:

- *saved*: the whole module is in `modules_to_save`, by full path, with all its tensors under their
  plain names. PEFT keeps a copy next to the base's, so the adapter can be disabled.
- *bias*: a key of its own, under `bias="all"`, with the absolute value; PEFT loads it over the
  base's.
- *direct*: a key of its own, without any mention in the config. PEFT loads every key that names one
  of the model's tensors (`load_state_dict(strict=False)` in `set_peft_model_state_dict`): the same
  way that biases and `save_embedding_layers` take. It serves what the others cannot: a parameter
  without a module of its own (`cls_token`), a module of which only one tensor changed, one that
  `modules_to_save` cannot name without hitting others (`norm` next to `input_layernorm`), and a
  tied weight, whose tie `modules_to_save` would cut.

Biases and direct keys change the base model in memory: disabling the adapter does not bring them
back. PEFT's own `save_pretrained` writes biases again, and leaves direct keys out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from lorasurgery.adapter import Host
from lorasurgery.formats.peft.matching import savable

# PEFT's model classes add these to modules_to_save on their own (`peft_model.py`), and then fail on
# a file that lacks them.
HEADS_BY_TASK = {
    "SEQ_CLS": ("classifier", "score"),
    "TOKEN_CLS": ("classifier", "score"),
    "QUESTION_ANS": ("qa_outputs",),
}


@dataclass(frozen=True)
class FullParameters:
    """The modules to save, the parameters with keys of their own, and the task type where it is known."""

    saved: tuple[str, ...]
    own_keys: tuple[str, ...]
    task_type: str | None

    @property
    def has_biases(self) -> bool:
        return any(name.endswith(".bias") for name in self.own_keys)


def divide(host: Host, replaced: Collection[str], adapted: Collection[str]) -> FullParameters:
    """Decide how each replaced parameter is carried; `adapted` are the modules with low-rank factors."""
    whole = _whole_modules(host, replaced)
    heads = _heads(host)
    task_type = host.task_type if _heads_are_safe(heads, whole) else None
    if task_type is None:
        heads = set()
    owners = {_owner(name) for name in replaced if not name.endswith(".bias")}
    wanted = heads | {owner for owner in owners & whole if not any(_is_inside(owner, head) for head in heads)}
    topmost = {module for module in wanted if not any(_is_inside(module, other) for other in wanted)}
    saved = savable(topmost, host.modules, adapted)
    assert heads <= saved, (
        f"PEFT saves {sorted(heads)} whole for {host.task_type}, and they have factors as well"
    )
    own_keys = [name for name in replaced if not any(_is_inside(name, module) for module in saved)]
    return FullParameters(tuple(sorted(saved)), tuple(sorted(own_keys)), task_type)


def _owner(parameter: str) -> str:
    return parameter.rpartition(".")[0]


def _is_inside(name: str, module: str) -> bool:
    return name.startswith(f"{module}.")


def _ancestors(parameter: str) -> list[str]:
    parts = parameter.split(".")
    return [".".join(parts[:stop]) for stop in range(1, len(parts))]


def _whole_modules(host: Host, replaced: Collection[str]) -> set[str]:
    """Find modules whose tensors are all replaced, and none tied to another module's."""
    tied = {*host.tied.keys(), *host.tied.values()}
    contents: dict[str, set[str]] = defaultdict(set)
    for parameter in {*host.parameters, *tied, *replaced}:
        for module in _ancestors(parameter):
            contents[module].add(parameter)
    changed = set(replaced) - tied
    return {module for module, inside in contents.items() if inside <= changed}


def _heads(host: Host) -> set[str]:
    names = HEADS_BY_TASK.get(host.task_type or "", ())
    return {module for module in host.modules if module.endswith(names)} if names else set()


def _heads_are_safe(heads: set[str], whole: set[str]) -> bool:
    nested = any(_is_inside(module, head) for module in heads for head in heads)
    return heads <= whole and not nested

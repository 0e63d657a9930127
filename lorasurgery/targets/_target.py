"""What a target is: a program that loads adapters, and what its own code does with each tensor of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:  # the command line lists the targets' names, and opens nothing
    from pathlib import Path

    from lorasurgery.checkpoint import Checkpoint
    from lorasurgery.lazy import LazyTensor
    from lorasurgery.paths import StrPath

# lands: the target applies it as it was trained. altered: it applies something else, without a word.
# ignored: it loads the file and leaves this out. refused: it ends with an error. unknown: no table
# says what it does.
Fate = Literal["lands", "altered", "ignored", "refused", "unknown"]


@dataclass(frozen=True)
class AdapterHeader:
    """An adapter as it lies on disk, headers only: the names are the file's own.

    `format` is the name of its format here; `config` the JSON beside the tensors, empty where there
    is none.
    """

    path: Path
    format: str
    tensors: Mapping[str, LazyTensor]
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Landing:
    """What becomes of one module of an adapter.

    `module` is the name that the adapter's file has, without the parts of its format; `served` the
    target's own name for where it lands, with the packed module that it becomes a part of. `reason`
    says why it does not land as trained, `way_out` what to do, and `source` where the target's code
    says so. `option` is what the target must be started with for this module.
    """

    module: str
    fate: Fate
    served: str = ""
    reason: str = ""
    way_out: str = ""
    source: str = ""
    option: str = ""


@dataclass(frozen=True)
class FileRefusal:
    """Why the target takes nothing of the file."""

    reason: str
    way_out: str = ""
    source: str = ""


@dataclass(frozen=True)
class Findings:
    """What a target does with an adapter: by module, with the whole file, and with which options."""

    landings: Sequence[Landing] = ()
    refusals: Sequence[FileRefusal] = ()
    options: Sequence[str] = ()
    notes: Sequence[str] = ()


Examine = Callable[[AdapterHeader, "Checkpoint", Mapping[str, Any]], Findings]
StacksExperts = Callable[["Checkpoint", Mapping[str, Any]], bool | None]


def _open_or_describe(base: StrPath) -> Checkpoint:
    from lorasurgery.architecture.config_alone import open_or_describe

    return open_or_describe(base)


@dataclass(frozen=True)
class Target:
    """A program that loads adapters.

    `title` is its own name, `formats` those of ours that it reads, the first of which is written for
    it, `other_names` what people also call it. `examine(adapter, base, facts)` holds an adapter of one
    of these formats against a base, by the facts of one version. `stacks_experts(base, facts)` says
    whether the factors of a mixture's experts are one stack there (True), each expert's own (False), or
    nobody knows.

    What it asks of every adapter: one rank and one scale for all modules (`uniform`), nothing but
    factors (`only_factors`) of plain LoRA (`only_lora`), and a config that names its target modules in
    a list and not by an expression (`lists_targets`).

    `names_as_stored` says that experts have the names of the base's files there, and not those of
    transformers' classes; `open_base` opens what adapters are held against.
    """

    name: str
    title: str
    formats: tuple[str, ...]
    examine: Examine
    other_names: tuple[str, ...] = ()
    stacks_experts: StacksExperts = lambda *_: None
    uniform: bool = False
    only_factors: bool = False
    only_lora: bool = False
    lists_targets: bool = False
    names_as_stored: bool = False
    open_base: Callable[[StrPath], Checkpoint] = _open_or_describe

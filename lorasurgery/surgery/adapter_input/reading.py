"""How the adapters of a run are read: their alpha, the order of their experts, and which modules.

Modules are chosen by `--include` and `--exclude` before the base is asked for them. What is left
out need not be in the base: an adapter for a larger model, or for several parts of a pipeline, goes
into what there is.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lorasurgery import formats
from lorasurgery.adapter import Adapter, Host
from lorasurgery.errors import UnsupportedError
from lorasurgery.formats._stated_base import stated_base
from lorasurgery.surgery.adapter_input.base_root import notes_on_base
from lorasurgery.surgery.adapter_input.block_weights import AS_TRAINED, BlockWeights
from lorasurgery.surgery.adapter_input.slips import name_of
from lorasurgery.surgery.base.name_filter import ALL, NameFilter, matched
from lorasurgery.text import listed
from lorasurgery.variants.lora import LoraFactors


@dataclass(frozen=True)
class AdapterFile:
    """An adapter as its file has it, without the modules that are left out.

    `name` is what to call it, `folder` its folder or file. `all_names` are the parameters that it
    names, with those that are left out; none where nothing is left out.
    """

    name: str
    folder: Path
    adapter: Adapter
    all_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class AdapterReading:
    """How the adapters of one run are read.

    Attributes:
        alpha: divided by the rank it is the scale, for formats that do not store it.
        experts_order: how PEFT's file packs the factors of fused experts, `peft` or
            `grouped-by-expert`; None as the file says.
        choice: which modules are wanted.
        part: of an adapter for several models, which modules are for the one in hand, by the file's
            own names; the others are not missed.
        blocks: weights of some modules of all adapters.
        holds_base: whether the model is meant to be the one that adapters were made for; a model that they
            were merged into is not.
    """

    alpha: float | None = None
    experts_order: str | None = None
    choice: NameFilter = ALL
    part: Callable[[str], bool] | None = None
    blocks: BlockWeights = AS_TRAINED
    holds_base: bool = True

    @staticmethod
    def of(
        alpha: float | None,
        experts_order: str | None,
        include: str | Sequence[str] = (),
        exclude: str | Sequence[str] = (),
        weight: str | Sequence[str] = (),
    ) -> AdapterReading:
        """The user's words."""
        choice, blocks = NameFilter.of(include, exclude), BlockWeights.of(weight)
        return AdapterReading(alpha, experts_order, choice, blocks=blocks)

    def read(self, name: str, host: Host | None = None) -> AdapterFile:
        """Read the headers of an adapter in any format; a note lists what is left out.

        Args:
            host: the model that it is for, where that is known.

        Raises:
            CheckpointError, AlignmentError, UnsupportedError: see `lorasurgery.errors`.
        """
        names = self._file_names(name) if self.choice.include else []
        include = matched(self.choice.include, map(_weight, names))
        # A pattern is one of the file's names where it matches any of them, and else of the base's.
        by_file = self.choice.including(include if len(include) == len(self.choice.include) else ())
        left_out: list[str] = []

        def keep(module: str) -> bool:
            if self.part is not None and not self.part(module):
                return False
            is_wanted = by_file(_weight(module))
            if not is_wanted:
                left_out.append(module)
            return is_wanted

        # By the file's own names first: what they leave out, no base is searched for.
        folder, adapter = formats.read_adapter(
            name,
            host,
            alpha=self.alpha,
            experts_order=self.experts_order,
            keep=None if self.choice == ALL and self.part is None else keep,
        )
        shown_name = name_of(name, folder)
        stated = _stated_host(folder, adapter)
        if host is None:
            adapter = dataclasses.replace(adapter, host=stated or adapter.host)
        elif stated is not None and self.holds_base:
            adapter = _with_notes(adapter, notes_on_base(shown_name, stated, host))
        if self.choice == ALL:
            return AdapterFile(shown_name, folder, adapter)
        part = _part(adapter, self._by_path(name, host, include))
        gone = sorted({*left_out, *map(_module, _names(adapter))} - {*map(_module, _names(part))})
        if gone:
            note = f"left out by --include or --exclude: {listed(gone)} ({len(gone)} modules of {name})"
            part = _with_notes(part, (note,))
        all_names = (*map(_weight, (*names, *left_out)), *_names(adapter))
        return AdapterFile(shown_name, folder, part, all_names)

    def _by_path(self, name: str, host: Host | None, include: Sequence[str]) -> Callable[[str], bool]:
        """Choose by the base's names, after the patterns that are of the file's names had their effect.

        Args:
            include: those of the patterns that include which are of the file's names.
        """
        if len(include) == len(self.choice.include):
            return self.choice.including(()) if include else self.choice
        if not include:
            return self.choice
        wanted, part = self.choice.including(include), self.part or (lambda _: True)
        _, chosen = formats.read_adapter(
            name,
            host,
            alpha=self.alpha,
            experts_order=self.experts_order,
            keep=lambda module: part(module) and wanted(_weight(module)),
        )
        paths = {*map(_weight, chosen.modules)}
        return lambda path: self.choice(path) or (path in paths and not self.choice.excludes(path))

    def names_in(self, name: str) -> list[str]:
        """Return what an adapter's file calls its modules.

        Raises:
            CheckpointError, UnsupportedError: see `read`.
        """
        found: list[str] = []

        def keep(module: str) -> bool:
            found.append(module)
            return True

        _, adapter = formats.read_adapter(name, experts_order=self.experts_order, keep=keep)
        return found or list(adapter.modules)

    def _file_names(self, name: str) -> list[str]:
        """Return the file's names of the modules that are asked for, where its format chooses by these."""
        found: list[str] = []

        def keep(module: str) -> bool:
            if self.part is None or self.part(module):
                found.append(module)
            return True

        formats.read_adapter(name, alpha=self.alpha, experts_order=self.experts_order, keep=keep)
        return found

    def check(self, adapters: Iterable[AdapterFile]) -> None:
        """Refuse what had no effect on any of the adapters of a run.

        Raises:
            NothingToDoError: a pattern matches nothing, or nothing is left.
            UnsupportedError: an order of experts is given, and no adapter is PEFT's and has factors
                for fused experts.
        """
        adapters = list(adapters)
        if self.choice != ALL:
            self.choice.check(name for each in adapters for name in each.all_names)
        if self.experts_order is not None and not any(_has_fused_experts(each.adapter) for each in adapters):
            raise UnsupportedError(
                "--experts-order is for PEFT's adapters on fused experts (target_parameters), and there is "
                "none here; leave it out."
            )


def _has_fused_experts(adapter: Adapter) -> bool:
    is_of_peft = adapter.source is not None and adapter.source.format == "peft"
    fused = (isinstance(each, LoraFactors) and len(each.A.shape) == 3 for each in adapter.modules.values())
    return is_of_peft and any(fused)


def _stated_host(path: Path, adapter: Adapter) -> Host | None:
    """The adapter's host with what its file says of the base; None where it says nothing."""
    stated = stated_base(path)
    if stated is None:
        return None
    return dataclasses.replace(
        adapter.host,
        base_root=lambda: stated.root,
        base_name=stated.name or adapter.host.base_name,
        base_revision=stated.revision or adapter.host.base_revision,
    )


def _with_notes(adapter: Adapter, notes: tuple[str, ...]) -> Adapter:
    return dataclasses.replace(adapter, notes=(*adapter.notes, *notes)) if notes else adapter


def _part(adapter: Adapter, choice: Callable[[str], bool]) -> Adapter:
    wanted = {path for path in adapter.modules if choice(_weight(path))}
    return dataclasses.replace(
        adapter,
        modules={path: factors for path, factors in adapter.modules.items() if path in wanted},
        replaced={name: tensor for name, tensor in adapter.replaced.items() if choice(name)},
        token_rows={path: rows for path, rows in adapter.token_rows.items() if choice(_weight(path))},
        copies=frozenset(filter(choice, adapter.copies)),
        aims=_aims(adapter.aims, choice) if adapter.aims else None,
    )


def _aims(
    aims: Callable[[Iterable[str]], set[str]], choice: Callable[[str], bool]
) -> Callable[[Iterable[str]], set[str]]:
    """What is left out is not missed."""
    return lambda paths: {path for path in aims(paths) if choice(_weight(path))}


def _names(adapter: Adapter) -> list[str]:
    return [*map(_weight, adapter.modules), *adapter.replaced, *map(_weight, adapter.token_rows)]


def _weight(path: str) -> str:
    """The parameter of a module, which patterns match by its name or its module's."""
    return f"{path}.weight"


def _module(name: str) -> str:
    return name.rpartition(".")[0]

"""The part of an adapter that the user wants: modules by `--include` and `--exclude`, before the base is asked for them.

What is left out need not be in the base: an adapter for a larger model, or for several parts of a pipeline, goes into what there is.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from pathlib import Path

from lorasurgery import formats
from lorasurgery.adapter import Adapter, Host
from lorasurgery.surgery.base.name_filter import ALL, NameFilter
from lorasurgery.text import listed


class Selection:
    """What of some adapters is wanted; `check` refuses patterns that matched nothing in any of them."""

    def __init__(self, choice: NameFilter = ALL) -> None:
        self._choice = choice
        self._names: list[str] = []

    def read(
        self,
        name: str,
        host: Host | None = None,
        *,
        alpha: float | None = None,
        experts_order: str | None = None,
    ) -> tuple[Path, Adapter]:
        """Read an adapter as `formats.read_adapter` does, without what is left out; a note lists that.

        Raises:
            CheckpointError, AlignmentError, UnsupportedError: see `lorasurgery.errors`.
        """
        if self._choice == ALL:
            return formats.read_adapter(name, host, alpha=alpha, experts_order=experts_order)
        dropped: list[str] = []

        def keep(module: str) -> bool:
            is_wanted = self._choice(_weight(module))
            if not is_wanted:
                dropped.append(module)
            return is_wanted

        # By the file's own names first: what they leave out, no base is searched for.
        folder, adapter = formats.read_adapter(
            name, host, alpha=alpha, experts_order=experts_order, keep=keep
        )
        self._names += [*map(_weight, dropped), *_names(adapter)]
        left = _part(adapter, self._choice)
        gone = sorted({*dropped, *map(_module, _names(adapter))} - {*map(_module, _names(left))})
        if not gone:
            return folder, left
        note = f"left out by --include or --exclude: {listed(gone)} ({len(gone)} modules of {name})"
        return folder, dataclasses.replace(left, notes=(*left.notes, note))

    def check(self) -> None:
        """Refuse a choice that chose nothing, once all adapters are read.

        Raises:
            NothingToDoError: a pattern matches nothing, or nothing is left.
        """
        if self._choice != ALL:
            self._choice.check(self._names)


def _part(adapter: Adapter, choice: NameFilter) -> Adapter:
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
    aims: Callable[[Iterable[str]], set[str]], choice: NameFilter
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

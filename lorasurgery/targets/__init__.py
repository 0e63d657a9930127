"""Where adapters are served: for each target its rules, and what its own code says, by version.

The folder is the registry. Every folder here whose name does not start with `_` is a target: its
value `TARGET` has the rules, and a JSON file for each version the facts, with repository, commit
and date. `tools/` has the scripts that write them. Nothing of a target is imported.
"""

from __future__ import annotations

import functools
import importlib
import json
import pkgutil
import re
from pathlib import Path
from typing import Any

from lorasurgery.errors import UnsupportedError
from lorasurgery.targets._target import AdapterHeader, Fate, FileRefusal, Findings, Landing, Target

__all__ = [
    "AdapterHeader",
    "Fate",
    "FileRefusal",
    "Findings",
    "Landing",
    "Target",
    "facts_of",
    "find",
    "load",
    "named",
    "names",
    "versions",
]


@functools.cache
def names() -> tuple[str, ...]:
    """List the targets, sorted."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(__path__) if found.name[0] != "_"))


def load(name: str) -> Target:
    """Import the target called `name`."""
    target: Target = importlib.import_module(f"{__name__}.{name}").TARGET
    return target


def find(name: str) -> Target | None:
    """Find the target with this name, or with one that people also call it."""
    name = name.lower()
    return next((each for each in map(load, names()) if name in (each.name, *each.other_names)), None)


def named(text: str) -> tuple[Target, str | None]:
    """Find the target that `vllm` or `vllm@0.29` names, and the version after the `@`.

    Raises:
        UnsupportedError: there is no such target.
    """
    name, _, version = text.partition("@")
    target = find(name)
    if target is None:
        raise UnsupportedError(f"--for {text!r} is not one of {', '.join(names())}.")
    return target, version or None


@functools.cache
def versions(name: str) -> tuple[str, ...]:
    """List the versions of a target whose facts are here, oldest first."""
    folder = Path(__file__).parent / name
    return tuple(sorted((path.stem for path in folder.glob("*.json")), key=_numbers))


def facts_of(name: str, version: str | None = None) -> dict[str, Any]:
    """Read the facts of a version; by default of the newest.

    Of a version that has no file, those of the last one before it hold.

    Raises:
        UnsupportedError: it is older than all that are here.
    """
    known = versions(name)
    asked = _numbers(version) if version else _numbers(known[-1])
    before = [each for each in known if _numbers(each)[: len(asked)] <= asked]
    if not before:
        raise UnsupportedError(
            f"There are no facts on {name} {version}, which is older than {known[0]}; there are those of "
            f"{', '.join(known)}."
        )
    facts: dict[str, Any] = json.loads((Path(__file__).parent / name / f"{before[-1]}.json").read_bytes())
    return facts


def _numbers(version: str) -> list[int]:
    return [int(each) for each in re.findall(r"\d+", version)]

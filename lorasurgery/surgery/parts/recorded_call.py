"""A call of a verb as it is recorded with each part, so that `assemble` can plan the same run again.

Recorded are the arguments by their names, without those that change no byte of the output and those that are
left at their defaults.
"""

from __future__ import annotations

import dataclasses
import inspect
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from lorasurgery.errors import DamagedFileError, UnsupportedError
from lorasurgery.remote import is_signed, without_signatures
from lorasurgery.surgery.factorise.dynamic_rank import DynamicRank
from lorasurgery.surgery.factorise.rank_rule import AllRanks, Budget, Energy, FixedRank, NoiseEdge

# The verbs that are done in parts: where each is planned.
PLANNED_BY = {
    "merge": ("lorasurgery.surgery.merge", "plan_merge"),
    "unmerge": ("lorasurgery.surgery.unmerge", "plan_unmerge"),
    "extract": ("lorasurgery.surgery.extract", "plan_extract"),
    "rerank": ("lorasurgery.surgery.rerank", "plan_rerank"),
    "convert": ("lorasurgery.surgery.convert", "plan_convert"),
    "diff": ("lorasurgery.surgery.make_delta", "plan_make_delta"),
    "export-onnx": ("lorasurgery.onnx.export", "plan_export_onnx"),
}
# The output is known by its place; the others change no byte.
NOT_RECORDED = frozenset(("output", "workers", "force", "progress"))
RULES = {rule.__name__: rule for rule in (FixedRank, Energy, NoiseEdge, Budget, AllRanks, DynamicRank)}
RULE_KEY = "rank rule"


@dataclass(frozen=True)
class RecordedCall:
    """A verb by its name, and its options as JSON values, sorted."""

    verb: str
    options: Mapping[str, Any]

    @staticmethod
    def of(
        verb: str, plan: Callable[..., object], args: tuple[Any, ...], options: Mapping[str, Any]
    ) -> RecordedCall:
        """Record a call of the planning function of a verb.

        Raises:
            UnsupportedError: a value that a file cannot hold, or is not to hold.
        """
        parameters = inspect.signature(plan).parameters
        named = dict(zip(parameters, args, strict=False)) | dict(options)
        recorded = {
            name: _plain(value, name)
            for name, value in sorted(named.items())
            if name not in NOT_RECORDED and not _is_default(value, parameters.get(name))
        }
        return RecordedCall(verb, recorded)

    def arguments(self) -> dict[str, Any]:
        """Return the options as values of the verb's arguments.

        Raises:
            DamagedFileError: they are not what a part records.
        """
        return {name: _value(value) for name, value in self.options.items() if name not in NOT_RECORDED}

    def planner(self) -> Callable[..., Any]:
        """Return the planning function of the verb.

        Raises:
            DamagedFileError: no verb of that name is done in parts.
        """
        if self.verb not in PLANNED_BY:
            raise DamagedFileError(f"`{self.verb}` is not done in parts.")
        module, name = PLANNED_BY[self.verb]
        found: Callable[..., Any] = getattr(import_module(module), name)
        return found

    def difference(self, other: RecordedCall) -> str:
        """Say in which options two calls differ; "" where they do not."""
        if self.verb != other.verb:
            return f"is of `{self.verb}` and not of `{other.verb}`"
        names = sorted({*self.options, *other.options})
        differing = [name for name in names if self.options.get(name) != other.options.get(name)]
        return ", ".join(
            f"has {name} {_said(self.options.get(name))} and not {_said(other.options.get(name))}"
            for name in differing
        )


def _said(value: object) -> str:
    return "as by default" if value is None else repr(value)


def _is_default(value: object, parameter: inspect.Parameter | None) -> bool:
    # Words for ranks are no parameters of the planning function itself; all of them are None or False.
    if parameter is None:
        return value is None or value is False
    return bool(value == parameter.default) or (parameter.default == () and value == [])


def _plain(value: object, name: str) -> Any:
    if isinstance(value, str) and is_signed(value):
        raise UnsupportedError(
            f"{without_signatures(value)} was given with more after a ?, which may be a signature, and parts "
            "record the names of their inputs. Leave out --part, --resume and --engine; or read it with "
            "credentials of the environment (docs/remote.md), or download it."
        )
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, Mapping):
        return [[_plain(each, name) for each in pair] for pair in value.items()]
    if isinstance(value, list | tuple):
        return [_plain(each, name) for each in value]
    if type(value).__name__ in RULES and dataclasses.is_dataclass(value):
        return {RULE_KEY: type(value).__name__, **vars(value)}
    raise UnsupportedError(
        f"{name}={value!r} cannot be recorded with a part; give a number, a text or a list of them."
    )


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_value(each) for each in value)
    if isinstance(value, dict):
        rule = RULES.get(str(value.get(RULE_KEY)))
        if rule is None:
            raise DamagedFileError(f"{value!r} is not an option that a part records.")
        return rule(**{key: each for key, each in value.items() if key != RULE_KEY})
    return value

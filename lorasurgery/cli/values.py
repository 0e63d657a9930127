"""The types of options and arguments: sizes, numbers, dtypes by any name, paths that a shell completes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import click
from click.shell_completion import CompletionItem


class Given(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.2 on, and not before
    """A path or a name on the Hub, as it was typed; a shell completes the names of files."""

    name = "text"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        return [CompletionItem(incomplete, type="file")]


class Size(click.ParamType):  # type: ignore[type-arg]  # as above
    """A number of bytes: `30MB`, `1.5GiB`, `20k`, `2000000`."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        from lorasurgery.arguments import parse_size
        from lorasurgery.errors import UnsupportedError

        try:
            nbytes = parse_size(str(value))
        except UnsupportedError as error:
            self.fail(str(error), param, ctx)
        if nbytes < 1:
            self.fail(f"{value!r} is too small; a size is at least 1 byte.", param, ctx)
        return nbytes


class Count(click.IntRange):
    """A whole number from 1 on; the help of the option says what it counts, and not the range."""

    name = "count"

    def __init__(self, least: int = 1) -> None:
        super().__init__(min=least)

    def _describe_range(self) -> str:
        return ""


class Finite(click.FloatRange):
    """A number within a range, which NaN and infinity are not."""

    name = "number"

    def _describe_range(self) -> str:
        """What the help says of the range: nothing, since the option's sentence says it in words."""
        return ""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number: float = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a finite number.", param, ctx)
        return number


class DtypeName(click.ParamType):  # type: ignore[type-arg]  # as above
    """One of some dtypes, by any of its names: `float16`, `fp16`, `half`."""

    name = "dtype"

    def __init__(self, allowed: Sequence[str]) -> None:
        self.allowed = tuple(allowed)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from lorasurgery.dtypes import spelled

        word = spelled(value)
        if word not in self.allowed:
            self.fail(f"{value!r} is not one of {', '.join(self.allowed)}.", param, ctx)
        return word

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return f"[{'|'.join(self.allowed)}]"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        return [CompletionItem(word) for word in self.allowed if word.startswith(incomplete)]


class TargetName(click.ParamType):  # type: ignore[type-arg]  # as above
    """A program that serves adapters, by any of its names, with a version where one is meant: `vllm@0.29`."""

    name = "target"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from lorasurgery import targets

        if targets.find(str(value).partition("@")[0]) is None:
            self.fail(f"{value!r} is not one of {', '.join(targets.names())}.", param, ctx)
        return str(value)

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return "TARGET[@VERSION]"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from lorasurgery import targets

        return [CompletionItem(name) for name in targets.names() if name.startswith(incomplete)]


class WritableFormat(click.ParamType):  # type: ignore[type-arg]  # as above
    """An adapter's file format; one that is only read is refused by the verb, with what can be done."""

    name = "format"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from lorasurgery import formats

        if value not in formats.names():
            self.fail(f"{value!r} is not one of {', '.join(formats.written())}.", param, ctx)
        return str(value)

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        from lorasurgery import formats

        return f"[{'|'.join(formats.written())}]"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from lorasurgery import formats

        return [CompletionItem(name) for name in formats.written() if name.startswith(incomplete)]

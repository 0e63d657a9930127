"""A list of ranks, as options have it: `1,2,4,8`."""

from __future__ import annotations

from typing import Any

import click


class Ranks(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.2 on, and not before
    """Ranks with commas between, each of them once, in their order."""

    name = "ranks"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        parts = str(value).split(",")
        if not all(part.strip().isdecimal() and int(part) > 0 for part in parts):
            self.fail(f"{value!r} is not a list of ranks; one looks like 1,2,4,8.", param, ctx)
        return tuple(sorted({int(part) for part in parts}))

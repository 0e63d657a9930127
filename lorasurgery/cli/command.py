"""A command that understands a size in two words, and says which option was meant by one that does not exist."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from lorasurgery.arguments import UNITS
from lorasurgery.cli.hints import for_option
from lorasurgery.cli.values import Size


class Command(click.Command):
    """What every command of ours is."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse as click does, with messages of our own."""
        try:
            ctx.allow_extra_args = True
            more = super().parse_args(ctx, self._with_sizes_joined(args))
        except click.NoSuchOption as error:
            if ctx.resilient_parsing:
                raise
            known = [name for param in self.params if not _is_hidden(param) for name in param.opts]
            hint = for_option(error.option_name, known, takes_adapters=self._takes_adapters())
            ctx.fail(f"No such option {error.option_name!r}.{hint}")
        if more and not ctx.resilient_parsing:
            ctx.fail(
                f"There are more arguments than it takes: {' '.join(map(repr, more))}.{self._what_is_more()}"
            )
        return more

    def _what_is_more(self) -> str:
        """What the user may have meant by an argument too many."""
        options = {name for param in self.params for name in param.opts}
        if "--adapter" in options:
            return " An adapter to subtract is named with --adapter."
        return " The output is named with -o." if "--output" in options else ""

    def _with_sizes_joined(self, args: Sequence[str]) -> list[str]:
        """`--size 20 kB` as `--size 20kB`, unless there is a file of the unit's name."""
        sizes = {name for param in self.params if isinstance(param.type, Size) for name in param.opts}
        joined: list[str] = []
        for arg in args:
            follows_number = (
                len(joined) > 1 and joined[-2] in sizes and joined[-1].replace(".", "", 1).isdecimal()
            )
            if follows_number and arg.upper() in UNITS and not Path(arg).exists():
                joined[-1] += arg
            else:
                joined.append(arg)
        return joined

    def _takes_adapters(self) -> bool:
        return any("ADAPTER[:WEIGHT]" in (param.metavar or "") for param in self.params)


def _is_hidden(param: click.Parameter) -> bool:
    return isinstance(param, click.Option) and param.hidden

"""A verb's parser and help: sizes in two words, unknown options with a hint, options in sections."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from lorasurgery.arguments import UNITS
from lorasurgery.cli.help import options_in_order, write_lines, write_sections
from lorasurgery.cli.hints import for_option
from lorasurgery.cli.log import verbose_option
from lorasurgery.cli.values import Size


class Command(click.Command):
    """A click command as every verb uses it; its epilog is a list of examples that run."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the verb's own parameters, `-v` and `-h`."""
        *own, shown_help = super().get_params(ctx)
        return [*own, verbose_option(), shown_help]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options in the sections of `cli/help.py`."""
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        write_sections(
            formatter,
            {
                title: [record for option in found if (record := option.get_help_record(ctx))]
                for title, found in options_in_order(options).items()
            },
        )

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples."""
        write_lines(formatter, "Examples", self.epilog or "")

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
        """Say what the user may have meant by an argument too many."""
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

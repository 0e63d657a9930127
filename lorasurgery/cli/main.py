"""The group of verbs, each imported when it is called; an error that a user can cause ends in one line."""

from __future__ import annotations

import gc
import importlib
import io
import os
import pkgutil
import sys
from pathlib import Path
from typing import NoReturn

import click

from lorasurgery.cli.failure import message_of, print_error
from lorasurgery.cli.help import COMPLETION, verbs_in_order, write_lines, write_sections
from lorasurgery.cli.interrupts import EXIT_CODE, noted_interrupts, outputs_in_place
from lorasurgery.option_words import options_in_messages

# New objects before Python looks for cycles among them. Importing torch makes a million that stay, and
# so does planning 100,000 tensors: to look through them again and again, as by default, is much of
# what a short command does.
OBJECTS = 2_000_000


class FolderOfCommands(click.Group):
    """Every file of `cli/commands` is a verb of its name, with `_` for `-`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the words of the command line, addresses without their signatures."""
        if any("://" in word and "?" in word for word in args):
            from lorasurgery.remote import without_signatures

            args = [without_signatures(word) for word in args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        found = pkgutil.iter_modules([str(Path(__file__).parent / "commands")])
        return sorted(module.name.replace("_", "-") for module in found)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name in WORDS:
            return WORDS[name]
        if name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"lorasurgery.cli.commands.{name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb; if there is none of that name, say which one is like it."""
        from lorasurgery.cli.hints import for_command

        names = [*self.list_commands(ctx), *WORDS]
        if args[0] not in names and not args[0].startswith("-") and not ctx.resilient_parsing:
            ctx.fail(f"No such command {args[0]!r}.{for_command(args[0], names)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verbs in sections, and how a shell completes them."""
        verbs = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        rows = {
            title: [
                (name, command.get_short_help_str(formatter.width))
                for name in names
                if (command := verbs[name])
            ]
            for title, names in verbs_in_order(verbs).items()
        }
        write_sections(formatter, rows)
        write_lines(formatter, "Completion", COMPLETION)


@click.command(
    cls=FolderOfCommands,
    invoke_without_command=True,
    subcommand_metavar="VERB [ARGS]...",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="`lorasurgery help VERB` shows the options and examples of a verb.",
)
@click.version_option(None, "--version", "-V", package_name="lorasurgery", prog_name="lorasurgery")
@click.pass_context
def group(context: click.Context) -> None:
    """Model surgery and weight conversion on checkpoint files."""
    if context.invoked_subcommand is None:
        # Whoever types the name alone wants to see what there is: that is an answer on stdout, and
        # no error.
        click.echo(context.get_help())


@click.command("help", short_help="Show the help of a verb.")
@click.argument("verb", required=False)
@click.pass_context
def help_of(context: click.Context, verb: str | None) -> None:
    """Show the help of VERB, or the list of verbs."""
    whole = context.parent
    assert whole is not None
    assert isinstance(whole.command, click.Group)
    if verb is None:
        click.echo(whole.get_help())
        return
    name, command, _ = whole.command.resolve_command(whole, [verb])
    assert command is not None
    with click.Context(command, info_name=name, parent=whole) as own:
        click.echo(command.get_help(own))


@click.command("version")
def version() -> None:
    """Show the version."""
    group.main(["--version"], prog_name="lorasurgery", standalone_mode=False)


# Words that are understood and are no verbs.
WORDS: dict[str, click.Command] = {"help": help_of, "version": version}


def main() -> NoReturn:
    """Run the command line; every problem that a user can cause ends in one line on stderr."""
    gc.set_threshold(OBJECTS)
    _open_streams()
    with options_in_messages(), noted_interrupts() as interrupts:
        try:
            group.main(standalone_mode=False)
        except BaseException as error:
            if interrupts.came or isinstance(error, click.exceptions.Abort | KeyboardInterrupt):
                interrupts.answer(error.__cause__ or error)  # click puts an Abort around it
                sys.exit(EXIT_CODE)
            _explain(error)
    gc.freeze()  # no search for garbage at exit
    sys.exit(0)


def _explain(error: BaseException) -> NoReturn:
    """End with a line that says what is wrong; an error that only we can cause is raised again."""
    if isinstance(error, click.ClickException):
        error.show()
        sys.exit(error.exit_code)
    message = message_of(error)
    if message is None:
        raise error
    in_place = outputs_in_place()  # as where the screen could not be written
    print_error(f"{message} {in_place} before that." if in_place else message)
    sys.exit(1)


def _open_streams() -> None:
    """Make both streams take any text, even where one is closed or has a narrow encoding."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115 - lives as long as the process
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")

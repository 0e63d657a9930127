"""Several inputs in one call: each has a report of its own, and one that fails does not stop the others.

The reports of writing verbs follow one another on the screen; with `--json` they are one array, in
which an input that failed is its name and its error. The exit code is 1 if any failed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from lorasurgery.cli.failure import message_of, print_error
from lorasurgery.errors import NotACheckpointError

if TYPE_CHECKING:
    from lorasurgery.reports import Report
    from lorasurgery.surgery.plan import Plan


@dataclass(frozen=True)
class Outcome:
    """What became of one input: its report, or why there is none."""

    name: str
    report: Report | None
    error: str = ""

    def as_json(self) -> dict[str, Any]:
        """The report, or the name and the error."""
        return self.report.as_json() if self.report else {"input": self.name, "error": self.error}


def outcome_of(name: str, work: Callable[[str], Report], hint: str = "") -> Outcome:
    """Do the work for one input; an error that a user can cause is printed and kept.

    Args:
        hint: what the user may have meant by a name that is not an input.
    """
    try:
        return Outcome(name, work(name))
    except Exception as error:
        message = message_of(error)
        if message is None:
            raise
        if isinstance(error, NotACheckpointError) and hint:
            message = f"{message} {hint}"
        print_error(message if name in message else f"{name}: {message}")
        return Outcome(name, None, message)


def carry_out_each(
    names: Sequence[str],
    output: str | None,
    plan: Callable[[str, str | None], Plan[Report, Report]],
    verb: str,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Forecast or run a plan for each of several adapters, and print what comes of it.

    Args:
        names: the adapters; one alone is an ordinary call of the verb.
        output: the output of one adapter; of several, the folder of their outputs, each under its
            adapter's name.
        plan: makes the plan of an adapter and its output.
        verb: the title of the bar.
    """
    from lorasurgery.cli.carry_out import carried_out
    from lorasurgery.cli.screens import show

    if len(names) == 1:
        show(carried_out(plan(names[0], output), verb, dry_run=dry_run), as_json=as_json)
        return
    _refuse_clashes(names, output)
    done: list[Outcome] = []
    for number, name in enumerate(names, start=1):
        title = f"{verb} {number} of {len(names)}"
        target = output if output is None else str(Path(output) / _stem(name))
        hint = "The output is named with -o." if output is None else ""
        outcome = outcome_of(name, _work(plan, target, title, dry_run=dry_run), hint)
        if outcome.report and not as_json:
            show(outcome.report, as_json=False, title=name)
        done.append(outcome)
    finish(done, as_json=as_json)


def _work(
    plan: Callable[[str, str | None], Plan[Report, Report]], target: str | None, title: str, *, dry_run: bool
) -> Callable[[str], Report]:
    from lorasurgery.cli.carry_out import carried_out

    return lambda name: carried_out(plan(name, target), title, dry_run=dry_run)


def finish(outcomes: Sequence[Outcome], *, as_json: bool) -> None:
    """Print the array of reports, or a line that counts what failed; exit with 1 if anything did."""
    from lorasurgery.cli.screens import console

    failed = [each.name for each in outcomes if each.report is None]
    if as_json:
        console.as_json([each.as_json() for each in outcomes])
    elif failed:
        done = len(outcomes) - len(failed)
        names = ", ".join(map(console.plain, failed))
        console.console_for().print(f"[bold]{done} of {len(outcomes)} done[/], {len(failed)} failed: {names}")
    else:
        console.console_for().print(f"[bold]all {len(outcomes)} done[/]")
    if failed:
        sys.exit(1)


def _refuse_clashes(names: Iterable[str], output: str | None) -> None:
    """Refuse adapters whose outputs would have one name, before any work starts."""
    seen: dict[str, str] = {}
    for name in names:
        stem = _stem(name)
        if stem in seen:
            _fail(f"{seen[stem]} and {name} would have one output, named after {stem!r}", output)
        seen[stem] = name


def _fail(clash: str, output: str | None) -> NoReturn:
    where = "" if output is None else f" in {output}"
    raise click.UsageError(f"{clash}{where}. Give them in separate calls, each with its own -o.")


def _stem(name: str) -> str:
    from lorasurgery.surgery.output.default_name import adapter_stem

    return adapter_stem(name)

"""The log on stderr that `-v` turns on: which files were opened, in which format, and what was computed how.

The library logs to `logging.getLogger("lorasurgery...")` at level INFO; a Python caller turns that
on with `logging.basicConfig`."""

from __future__ import annotations

import logging

import click

from lorasurgery.stand_in_names import as_said


def verbose_option() -> click.Option:
    """Return the option `-v`, which every verb has."""
    return click.Option(
        ["-v", "--verbose"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_start,
        help="Log what is opened and how it is computed to stderr, with times.",
    )


def _start(_context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if not wanted:
        return
    lines = logging.StreamHandler()
    lines.setFormatter(logging.Formatter("%(relativeCreated)7.0f ms  %(name)s: %(message)s"))
    lines.addFilter(_call_by_address)
    log = logging.getLogger("lorasurgery")
    log.handlers = [lines]
    log.setLevel(logging.INFO)
    log.propagate = False


def _call_by_address(record: logging.LogRecord) -> bool:
    """Have files that are read from elsewhere called by their addresses."""
    record.msg, record.args = as_said(record.getMessage()), ()
    return True

"""A verb is a plan that can be run.

    plan = plan_merge(base, adapters)   headers only: what would be done and written, or why it cannot be
    plan.forecast()                     the dry run: plain values, for the screen and `--json`
    plan.run(progress=...)              the work; writes the output, and returns the report

`merge(...)` is both in one call. Its arguments are those of `plan_merge`, which are said in one
place
only: `at_once` makes the verb.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import ParamSpec, Protocol, TypeVar

from lorasurgery.surgery.workers import Progress

Arguments = ParamSpec("Arguments")
Forecast_co = TypeVar("Forecast_co", covariant=True)
Report_co = TypeVar("Report_co", covariant=True)
Report = TypeVar("Report")
Forecast = TypeVar("Forecast")


class Plan(Protocol[Forecast_co, Report_co]):
    """What every `plan_...` function returns: work held against the headers of its inputs, and not begun."""

    def forecast(self) -> Forecast_co:
        """Say what `run` would write, its bytes and its peak memory, without reading more than headers."""
        ...

    def run(self, progress: Progress | None = None) -> Report_co:
        """Do the work and return its report; `progress` is called with the bytes done so far and in all."""
        ...


def at_once(
    plan: Callable[Arguments, Plan[Forecast, Report]], name: str, summary: str
) -> Callable[Arguments, Report]:
    """Make the verb `name` that plans and runs in one call, with the arguments and errors of `plan`.

    Args:
        plan: the planning function. Its keyword `progress` goes to the plan, whose `run` uses it.
        name: of the verb, as Python and the command line know it.
        summary: the first line of the verb's docstring; the rest is that of `plan`.
    """

    @functools.wraps(plan)
    def verb(*args: Arguments.args, **options: Arguments.kwargs) -> Report:
        return plan(*args, **options).run()

    _introduce(verb, plan, name, summary, "run")
    return verb


def forecast_only(
    plan: Callable[Arguments, Plan[Forecast, Report]], name: str, summary: str
) -> Callable[Arguments, Forecast]:
    """Make the function `name` that plans and forecasts in one call, with the arguments of `plan`."""

    @functools.wraps(plan)
    def dry_run(*args: Arguments.args, **options: Arguments.kwargs) -> Forecast:
        return plan(*args, **options).forecast()

    _introduce(dry_run, plan, name, summary, "forecast")
    return dry_run


def add_keyword(
    planning: Callable[..., object],
    plan: Callable[..., object],
    keyword: str,
    annotation: str,
    default: object = None,
) -> None:
    """Give a function that wraps a planning function its signature, and one more keyword."""
    signature = inspect.signature(plan)
    own = inspect.Parameter(keyword, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
    planning.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[*signature.parameters.values(), own]
    )


def _introduce(
    verb: Callable[..., object], plan: Callable[..., object], name: str, summary: str, method: str
) -> None:
    """Give a verb its name and its plan's docstring and signature, but for the first line and the result.

    Args:
        method: the method of the plan's class whose result is the verb's.
    """
    # Whoever unwraps the verb to document it would find the plan.
    del verb.__wrapped__  # type: ignore[attr-defined]
    verb.__name__ = verb.__qualname__ = name
    verb.__doc__ = "\n".join([summary, *(plan.__doc__ or "").split("\n")[1:]])
    signature = inspect.signature(plan)
    # Where there are several classes of plans for one verb, all have the same forecast and the same
    # report.
    plan_class = inspect.unwrap(plan).__globals__[signature.return_annotation.split(" | ")[0]]
    result = inspect.signature(getattr(plan_class, method)).return_annotation
    verb.__signature__ = signature.replace(return_annotation=result)  # type: ignore[attr-defined]

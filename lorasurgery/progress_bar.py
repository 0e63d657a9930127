"""What `progress=` takes: a function that is called with what is done and the total, or True for a bar.

The bar is tqdm's, which draws in a terminal and, where it finds itself there, in a notebook.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from lorasurgery.errors import MissingExtraError, UnsupportedError

Called = TypeVar("Called", bound=Callable[..., None])


class Bar:
    """A bar that appears with the first figure and goes with the last; `unit` is B for bytes."""

    def __init__(self, unit: str) -> None:
        try:
            from tqdm.auto import tqdm
        except ImportError:
            raise MissingExtraError("progress=True needs tqdm: pip install tqdm.") from None
        self._new: Any = tqdm
        self._unit = unit
        self._bar: Any = None

    def __call__(self, done: int, total: int, *figures: float) -> None:
        if self._bar is None:
            self._bar = self._new(total=total, unit=self._unit, unit_scale=self._unit == "B", leave=False)
        if figures:
            self._bar.set_postfix_str(" ".join(f"{figure:.4g}" for figure in figures), refresh=False)
        self._bar.update(done - self._bar.n)
        if done >= total:
            self._bar.close()


def callback(progress: Called | bool | None, unit: str = "B") -> Called | Bar | None:
    """Return what is called with the progress: a given function, a bar for True, else None.

    Raises:
        UnsupportedError: it is something else.
        MissingExtraError: there is to be a bar, and tqdm is not installed.
    """
    if progress is True:
        return Bar(unit)
    if progress is None or progress is False:
        return None
    if not callable(progress):
        raise UnsupportedError(f"progress is True or a function of two numbers, and not {progress!r}.")
    return progress

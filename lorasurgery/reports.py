"""What all reports can do: one line in a shell, the screen in a notebook, plain values, a pandas table.

A report is a frozen dataclass that says `repr=False`, so that the line of `Report` is its repr, and
it pickles as every dataclass does."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from lorasurgery.errors import MissingExtraError

if TYPE_CHECKING:
    from pandas import DataFrame

# Draws reports. The command line is above the library, so it is looked up by name when a notebook
# asks for it.
SCREENS = "lorasurgery.cli.screens"


class Report:
    """The methods of every report and forecast; `summary` and `as_json` are its own."""

    # The key of `as_json` whose list is the table of `to_pandas`; without one the table has the
    # report as its one row.
    ROWS: ClassVar[str] = ""

    @property
    def summary(self) -> str:
        """The most important facts in one line."""
        raise NotImplementedError

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values, the same as those of `as_json`."""
        return self.as_json()

    def to_pandas(self) -> DataFrame:
        """Return the rows of the report (modules, tensors, graphs, ranks) as a pandas DataFrame.

        Raises:
            MissingExtraError: pandas is not installed.
        """
        try:
            import pandas
        except ImportError:
            raise MissingExtraError("to_pandas() needs pandas: pip install pandas.") from None
        content = self.as_json()
        return pandas.DataFrame(content[self.ROWS] if self.ROWS else [content])

    def __repr__(self) -> str:
        return f"{type(self).__name__}: {self.summary}"

    def _repr_html_(self) -> str:
        """Return the screen of the command line for a notebook."""
        try:
            page: str = import_module(SCREENS).as_html(self)
        except ImportError:  # rich is not installed
            from html import escape

            return f"<pre>{escape(repr(self))}</pre>"
        return page

"""Show what `lorasurgery --help` shows from a text that was made beforehand, in a sixth of the time.

`docs/make.py` writes the texts from the commands themselves, and a test holds them against what the
commands say: one for 80 columns, as where the output is no terminal, and one for 100 and more,
beyond which help is not laid out wider. For all else the help is made from the commands.
"""

import os
import sys

# Type checkers take this for true; see `lorasurgery/__init__.py`.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# Columns of a screen -> the text in this folder.
WIDTHS = {80: "list_of_verbs_80.txt", 100: "list_of_verbs_100.txt"}
# In the texts, for the name under which the program was called.
PROGRAM = "PROGRAM"
ASKS: "tuple[tuple[str, ...], ...]" = (("--help",), ("-h",), ("help",), ())


def was_shown(command_line: "Sequence[str]") -> bool:
    """Show the list of verbs if the command line asks for it and the text fits the screen."""
    program = _program(command_line[0])
    if tuple(command_line[1:]) not in ASKS or not program or "_LORASURGERY_COMPLETE" in os.environ:
        return False
    name = WIDTHS.get(min(_columns(), max(WIDTHS)))
    if name is None or sys.stdout is None:
        return False
    try:
        with open(os.path.join(os.path.dirname(__file__), name), encoding="ascii") as file:  # noqa: PTH118, PTH120, PTH123 - pathlib takes as long as Python's own start
            text = file.read()
    except OSError:
        return False
    try:
        sys.stdout.write(text.replace(PROGRAM, program, 1))
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stdout = None  # nobody reads it: no second try at exit
        sys.exit(1)
    return True


def _program(path: str) -> str:
    """Return the name that help gives the program; "" where the command line is another program's."""
    if getattr(sys.modules["__main__"], "__package__", None) == "lorasurgery":
        return "python -m lorasurgery"
    return "lorasurgery" if os.path.basename(path) == "lorasurgery" else ""  # noqa: PTH119 - as above


def _columns() -> int:
    """Return the width of the screen, as `shutil.get_terminal_size` finds it."""
    named = os.environ.get("COLUMNS", "")
    if named.isdecimal() and int(named) > 0:
        return int(named)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):
        return 80

"""Where Python looks for modules: never in the current folder, which may be a downloaded model.

`python -m`, and `python -c` without `-P`, put the current folder first on `sys.path`. A
`transformers.py` next to downloaded weights would then be imported in place of the library. (What
Python imports for `-m` itself, `contextlib` for one, comes before any of our code; the command
`lorasurgery` looks for nothing there.)
"""

# A `pathlib.py` of the current folder would run here; os and sys are loaded already.
# ruff: noqa: PTH100, PTH110, PTH120, PTH121

import os
import sys

# The folder that holds the package `lorasurgery`: that of installed packages, or the root of a
# source tree.
HOME = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))


def is_our_program() -> bool:
    """Return whether Python is starting `python -m lorasurgery`; only then is the search path changed."""
    return sys.argv[:1] == ["-m"] and any(each in ("lorasurgery", "-mlorasurgery") for each in sys.orig_argv)


def leave_out_current_folder() -> None:
    """Remove the current folder from the search path; if this package is in it, it goes to the end."""
    sys.path[:] = trusted()


def trusted() -> list[str]:
    """Return the search path without the current folder, as absolute paths, and with this package's
    folder.
    """
    kept = [_absolute(entry) for entry in sys.path if entry and not _is_current_folder(entry)]
    return kept if HOME in kept else [*kept, HOME]


def _absolute(entry: str) -> str:
    # Editable installs put names there that are not paths.
    return os.path.abspath(entry) if os.path.exists(entry) else entry


def _is_current_folder(entry: str) -> bool:
    try:
        return os.path.samefile(entry, os.curdir)
    except OSError:  # an entry that does not exist, or a current folder that was removed
        return False

"""`lorasurgery`, and `python -m lorasurgery`."""

import sys

from lorasurgery.search_path import leave_out_current_folder

# Type checkers take this for true; see `lorasurgery/__init__.py`.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

leave_out_current_folder()


def main() -> "NoReturn":
    """Run the command line.

    What it needs is imported here, where Ctrl-C is handled and nothing is looked for in the current
    folder.
    """
    try:
        from lorasurgery.cli.list_of_verbs import was_shown

        if was_shown(sys.argv):
            sys.exit(0)
        from lorasurgery.cli.main import main as run
    except KeyboardInterrupt:
        print("interrupted; no output was written", file=sys.stderr)
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()

"""`lorasurgery`, and `python -m lorasurgery`."""

from lorasurgery.search_path import leave_out_current_folder

leave_out_current_folder()

# Nothing that is imported from here on is looked for in the current folder.
from lorasurgery.cli.main import main  # noqa: E402

if __name__ == "__main__":
    main()
